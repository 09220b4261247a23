// The search in the database against the rule of one layer (contracts/layer-life.ts, accessTo), over layers of every kind; pages, counts, order.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { departments, type Identity } from '../../contracts/access.ts';
import { layerStates } from '../../contracts/layer.ts';
import { cycleNames, type LayerSearch, layerSorts, matchesSearch } from '../../contracts/layer-life.ts';
import { openSight } from '../../geo-services/features/sight.pg.ts';
import { streams } from '../../streams/index.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { accessTo, type Catalogue, type Catalogued, openCatalogue } from './entries.pg.ts';
import { everybody, type Sees, seesOf } from './search.pg.ts';

let db: Awaited<ReturnType<typeof testDatabase>>;
let catalogue: Catalogue;
let all: readonly Catalogued[];
const sharings = ['unconditional', 'conditional', 'none'] as const;
/** Sees every layer. */
const admin: Identity = { user: 'a', displayName: 'a', role: 'admin', scope: { adcode: '210000', departments: '*' } };
const titles = ['水闸', '避难场所', '矿产', 'Äcker 100%', "O'Brien_\\", '林地'];

beforeAll(async () => {
  db = await testDatabase();
  for (let n = 0; n < 120; n++)
    await db.database.query(
      `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, sharing, department, source, provenance, state, metadata, updated)
       VALUES ($1, $2, $3, 'Sheet', 'point', $4, '[]', $5, $6, '省厅', 'reported', $7, $8, $9)`,
      [
        ...[`brought-${n}`, ['water', 'hazards'][n % 2], `${titles[n % titles.length]} ${n}`, `layer_${n}`, sharings[n % 3]],
        ...[departments[n % departments.length], layerStates[n % layerStates.length]],
        JSON.stringify({
          ...(n % 4 === 0 ? {} : { updateCycle: cycleNames[n % cycleNames.length] }),
          ...(n % 5 === 0 ? { abstract: `第 ${n} 幅，含“孔数”` } : {}),
          ...(n % 7 === 0 ? { keywords: ['防汛', `k${n}`] } : {}),
        }),
        new Date(1_800_000_000_000 + ((n * 37) % 120) * 1000),
      ],
    );
  // A layer whose id is a declared one's is not there twice.
  await db.database.query(
    `INSERT INTO layer (id, theme, title_zh, title_en, geometry, table_name, attributes, department, source, provenance, state, sharing)
     VALUES ('rivers', 'water', '另一条河', '', 'line', 'other', '[]', 'water', '', 'reported', 'published', 'unconditional')`,
  );
  catalogue = openCatalogue(db.database, openSight({ database: db.database, now: Date.now }), streams, () => 1_800_000_000_000);
  all = (await catalogue.find(seesOf(admin), {}, { offset: 0, limit: 10_000 })).items;
});
afterAll(() => db?.drop());

const ids = (layers: readonly Catalogued[]): string[] => layers.map(({ entry }) => entry.id);

test('an administrator finds every layer once, the declared ones first', () => {
  expect(new Set(ids(all)).size).toBe(all.length);
  expect(all.filter(({ entry }) => !entry.declared).length).toBe(120);
  const declared = all.filter(({ entry }) => entry.declared).length;
  expect(all.slice(0, declared).every(({ entry }) => entry.declared)).toBe(true);
  expect(all.find(({ entry }) => entry.id === 'rivers')?.entry.title.zh).not.toBe('另一条河');
});

const identity = fc.record({
  ...{ user: fc.constant('u'), displayName: fc.constant('u'), role: fc.constantFrom('leader', 'steward', 'admin') },
  scope: fc.record({ adcode: fc.constantFrom('210000', '210100'), departments: fc.oneof(fc.constant('*'), fc.subarray([...departments])) }),
}) as fc.Arbitrary<Identity>;
const maybe = <T>(values: readonly T[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
const search = fc.record({
  q: maybe(['闸', '水闸 1', 'SHEET', '100%', "o'brien_\\", '防汛', 'k7', '孔数”', '["', ' ', 'river', '没有这样的词']),
  ...{ theme: maybe(['water', 'hazards', 'ecology']), department: maybe(departments), sharing: maybe(sharings) },
  ...{ cycle: maybe(cycleNames), state: maybe(layerStates) },
}) as fc.Arbitrary<LayerSearch>;

test('the search finds what the rule of one layer finds, in order, page by page, with the counts', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.option(identity),
      search,
      fc.integer({ min: 0, max: 30 }),
      fc.integer({ min: 1, max: 40 }),
      async (who, asked, offset, limit) => {
        const sees: Sees = who ? seesOf(who) : everybody;
        const visible = all.filter(({ entry }) =>
          who ? accessTo(who, entry) !== 'hidden' : entry.state === 'published' && entry.sharing !== 'none',
        );
        const expected = visible.filter(({ entry }) => matchesSearch(entry, asked));
        const found = await catalogue.find(sees, asked, { offset, limit });
        expect([ids(found.items), found.numberMatched]).toEqual([ids(expected.slice(offset, offset + limit)), expected.length]);
        // A side's counts leave that side's own condition out.
        const { theme: _, ...rest } = asked;
        const counted: Record<string, number> = {};
        for (const { entry } of visible.filter((one) => matchesSearch(one.entry, rest)))
          counted[entry.theme] = (counted[entry.theme] ?? 0) + 1;
        expect(found.facets.theme).toEqual(counted);
        const { state: __, ...others } = asked;
        const states: Record<string, number> = {};
        for (const { entry } of visible.filter((one) => matchesSearch(one.entry, others)))
          states[entry.state] = (states[entry.state] ?? 0) + 1;
        expect(found.facets.state).toEqual(states);
      },
    ),
    { numRuns: 150 },
  );
});

test.each(layerSorts)('sorted by %s the pages together are all layers, once', async (sort) => {
  const seen: Catalogued[] = [];
  for (let offset = 0; ; offset += 50) {
    const { items } = await catalogue.find(seesOf(admin), {}, { sort, offset, limit: 50 });
    seen.push(...items);
    if (items.length < 50) break;
  }
  expect([...ids(seen)].sort()).toEqual([...ids(all)].sort());
  if (sort === 'updated') {
    const updated = seen.flatMap(({ entry }) => entry.updated ?? []);
    expect(updated).toEqual([...updated].sort().reverse());
  }
  if (sort === 'title') {
    const own = seen.map(({ entry }) => entry.title.zh).filter((title) => /^(水闸|避难|矿产|林地)/.test(title));
    expect(own.map((title) => title[0])).toEqual(
      [...own.map((title) => title[0])].sort(
        (a, b) => ['避', '矿', '林', '水'].indexOf(a ?? '') - ['避', '矿', '林', '水'].indexOf(b ?? ''),
      ),
    );
  }
});
