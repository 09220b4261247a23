// Tests of the scope clause: on a real table it leaves exactly the rows that mayRead lets through.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { departments, type Guard, mayRead, type Scope, type Sharing } from '../../contracts/access.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { type GuardColumns, scopeClause } from './scope.ts';

let db: TestDatabase;
const adcodes = [
  '210000',
  '210100',
  '210102',
  '210199',
  '210200',
  '210283',
  '211400',
  '211481',
  '220100',
  '100000',
  '110000',
  '130000',
  '999999',
];
const sharings: (Sharing | null)[] = ['unconditional', 'conditional', 'none', null];
interface Guarded extends Record<string, unknown> {
  id: number;
  adcode: string;
  department: string | null;
  sharing: Sharing | null;
}
const rows: Guarded[] = [];
for (const adcode of adcodes)
  for (const department of [...departments, 'unheard-of', '', null])
    for (const sharing of sharings) rows.push({ id: rows.length, adcode, department, sharing });

beforeAll(async () => {
  db = await testDatabase();
  await db.database.query('CREATE TABLE guarded (id integer, adcode char(6), department text, sharing text, geom geometry(Point, 4490))');
  await db.database.query(
    `INSERT INTO guarded SELECT id, adcode, department, sharing, ST_SetSRID(ST_MakePoint(123, 41), 4490)
       FROM jsonb_to_recordset($1::jsonb) AS r (id integer, adcode text, department text, sharing text)`,
    [JSON.stringify(rows)],
  );
});
afterAll(() => db.drop());

const scopes: fc.Arbitrary<Scope> = fc.record({
  adcode: fc.oneof(
    fc.constantFrom(...adcodes),
    fc.integer({ min: 0, max: 999_999 }).map((code) => String(code).padStart(6, '0')),
  ),
  departments: fc.oneof(fc.constant('*' as const), fc.subarray([...departments])),
});
const guards: fc.Arbitrary<{ columns: GuardColumns; guardOf: (row: Guarded) => Guard }> = fc.oneof(
  fc.constant({
    columns: { adcode: 'guarded.adcode', department: 'department', sharing: { column: 'guarded.sharing' } },
    guardOf: (row: Guarded) => ({ adcode: row.adcode, department: row.department ?? undefined, sharing: row.sharing ?? undefined }),
  }),
  fc.constantFrom<Sharing>('unconditional', 'conditional', 'none').map((sharing) => ({
    columns: { adcode: 'adcode', department: 'department', sharing },
    guardOf: (row: Guarded) => ({ adcode: row.adcode, department: row.department ?? undefined, sharing }),
  })),
  fc.tuple(fc.constantFrom<Sharing>('conditional', 'none'), fc.constantFrom(...departments)).map(([sharing, value]) => ({
    columns: { adcode: 'adcode', department: { value }, sharing },
    guardOf: (row: Guarded) => ({ adcode: row.adcode, department: value, sharing }),
  })),
  fc.constant({ columns: { adcode: 'adcode' }, guardOf: (row: Guarded) => ({ adcode: row.adcode }) }),
  fc.constant({
    columns: { adcode: 'adcode', sharing: 'none' as const },
    guardOf: (row: Guarded) => ({ adcode: row.adcode, sharing: 'none' as const }),
  }),
);

describe('scopeClause', () => {
  it(`leaves what mayRead lets through, on ${rows.length} guarded rows`, async () => {
    let shown = 0;
    let hidden = 0;
    await fc.assert(
      fc.asyncProperty(scopes, guards, fc.integer({ min: 1, max: 3 }), async (scope, { columns, guardOf }, first) => {
        const clause = scopeClause(scope, columns, first);
        const before = Array.from({ length: first - 1 }, (_, index) => `$${index + 1}::int IS NOT NULL AND`).join(' ');
        const found = await db.database.query<{ id: number }>(`SELECT id FROM guarded WHERE ${before} ${clause.sql} ORDER BY id`, [
          ...Array<number>(first - 1).fill(0),
          ...clause.values,
        ]);
        const expected = rows.filter((row) => mayRead(scope, guardOf(row))).map((row) => row.id);
        expect(found.map((row) => row.id)).toEqual(expected);
        shown += expected.length;
        hidden += rows.length - expected.length;
        // Never null: NOT of it is the rest.
        const [rest] = await db.database.query<{ count: number }>(
          `SELECT count(*) AS count FROM guarded WHERE ${before} NOT ${clause.sql}`,
          [...Array<number>(first - 1).fill(0), ...clause.values],
        );
        expect(rest?.count).toBe(rows.length - expected.length);
      }),
      { numRuns: 300 },
    );
    expect(shown).toBeGreaterThan(1000);
    expect(hidden).toBeGreaterThan(1000);
  });

  it('a row without an AdCode is shown to nobody', async () => {
    const { sql, values } = scopeClause({ adcode: '210000', departments: '*' }, { adcode: 'adcode' }, 1);
    expect(await db.database.query(`SELECT 1 FROM (SELECT NULL::char(6) AS adcode) AS r WHERE ${sql}`, values)).toEqual([]);
  });

  it.each(['adcode; DROP TABLE account', 'a.b.c', '"x"', '', "adcode' OR '1'='1"])('column %j is refused', (adcode) => {
    expect(() => scopeClause({ adcode: '210000', departments: [] }, { adcode }, 1)).toThrow(
      expect.objectContaining({ code: 'bad-declaration' }),
    );
  });
});
