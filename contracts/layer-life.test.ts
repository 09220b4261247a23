// The state machine of a layer, every step by every kind of person; its metadata, age and search.
import fc from 'fast-check';
import { Value } from 'typebox/value';
import { describe, expect, test } from 'vitest';
import type { Department, Identity, Role } from './access.ts';
import { type LayerState, layerStates } from './layer.ts';
import * as life from './layer-life.ts';
import { Problem } from './problem.ts';

const person = (role: Role, departments: '*' | readonly Department[]): Identity => ({
  ...{ user: role, displayName: role, role },
  scope: { adcode: '210000', departments },
});
const people = {
  admin: person('admin', '*'),
  chief: person('steward', '*'),
  water: person('steward', ['water']),
  ecology: person('steward', ['ecology']),
  leader: person('leader', '*'),
};
/** step: [from, to, who may]; everything else is refused. */
const allowed: Readonly<Record<life.LayerStep, readonly [from: LayerState[], to: LayerState, who: (keyof typeof people)[]]>> = {
  apply: [['draft', 'offline'], 'applied', ['admin', 'chief', 'water']],
  withdraw: [['applied'], 'draft', ['admin', 'chief', 'water']],
  approve: [['applied'], 'approved', ['admin', 'chief']],
  return: [['applied', 'approved'], 'draft', ['admin', 'chief']],
  publish: [['approved'], 'published', ['admin', 'chief']],
  offline: [['published'], 'offline', ['admin', 'chief']],
};
const codeOf = (run: () => unknown): string => {
  try {
    return String(run());
  } catch (error) {
    return error instanceof Problem ? error.code : 'defect';
  }
};

describe('steps', () => {
  const cases = life.layerSteps.flatMap((step) =>
    layerStates.flatMap((state) => (Object.keys(people) as (keyof typeof people)[]).map((who) => [step, state, who] as const)),
  );
  test(`there are ${6 * 5 * 5} cases`, () => expect(cases.length).toBe(150));
  test.each(cases)('%s from %s by %s', (step, state, who) => {
    const [from, to, doers] = allowed[step];
    const layer = { state, department: 'water' as const };
    const expected = !doers.includes(who) ? 'forbidden' : !from.includes(state) ? 'conflict' : to;
    expect(codeOf(() => life.nextState(people[who], layer, step, '数据有误'))).toBe(expected);
    expect(life.mayStep(people[who], layer, step)).toBe(expected === to);
  });
  test.each(['withdraw', 'return', 'offline'] as const)('%s goes back and says why', (step) => {
    const layer = { state: allowed[step][0][0] as LayerState, department: 'water' as const };
    expect(codeOf(() => life.nextState(people.admin, layer, step, '  '))).toBe('bad-body');
  });
});

describe('metadata (GB/T 21063.3)', () => {
  test.each([
    ['302001', true],
    ['30200101/000123', true],
    ['306ABC', false],
    ['3060', false],
    ['302001/', false],
  ])('resource code %s', (code, good) => {
    expect(Value.Check(life.LayerMetadataSchema, { resourceCode: code })).toBe(good);
    expect(life.partsOfResourceCode(code) !== null).toBe(good);
  });
  test('a code falls into 类 项 目 细目 顺序码 and comes together again', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{6}[0-9A-Za-z]{0,6}(\/[0-9A-Za-z]{1,6})?$/), (code) => {
        const parts = life.partsOfResourceCode(code);
        expect(parts && `${parts.kind}${parts.item}${parts.entry}${parts.detail}${parts.serial ? `/${parts.serial}` : ''}`).toBe(code);
      }),
    );
  });
  test.each([
    ['2026-02-28', true],
    ['2024-02-29', true],
    ['2026-02-29', false],
    ['2026-13-01', false],
    ['2026-00-10', false],
    ['26-01-01', false],
    ['', false],
  ])('day %s', (day, good) => expect(life.isDay(day)).toBe(good));
  test('no text makes the parser throw', () => {
    fc.assert(fc.property(fc.string(), (text) => void life.partsOfResourceCode(text)));
  });
  test('what is missing is named', () => {
    const some = { abstract: '沿河闸坝', provider: '省水利厅' };
    const rest = ['分类', '信息资源代码', '更新周期', '联系人'];
    expect(life.missingForApply(some, 'unconditional')).toEqual(rest);
    // Sharing has to be explained: on which conditions, or by which law it is refused.
    expect(life.missingForApply({ ...some, sharingBasis: '某条例' }, 'conditional')).toEqual([...rest, '共享条件']);
    expect(life.missingForApply({ ...some, sharingBasis: ' ' }, 'none')).toEqual([...rest, '不予共享的依据']);
    expect(life.missingForApply({ ...some, sharingBasis: '某条例' }, 'none')).toEqual(rest);
    expect(Value.Check(life.LayerMetadataSchema, { colour: 'red' })).toBe(false);
  });
});

test.each([
  [null, 3600, { seconds: null, verdict: 'unknown' }],
  [0, null, { seconds: 3600, verdict: 'unpromised' }],
  [0, 3600, { seconds: 3600, verdict: 'kept' }],
  [0, 3599, { seconds: 3600, verdict: 'late' }],
])('age of %s against %s', (written, promise, expected) => {
  expect(life.ageOf(written, promise, 3_600_000)).toEqual(expected);
});

test.each([
  [{}, true],
  [{ q: '闸 水利' }, true],
  [{ q: '闸 公路' }, false],
  [{ q: 'SLUICE' }, true],
  [{ department: 'water', sharing: 'conditional', cycle: 'monthly', state: 'published', theme: 'water' }, true],
  [{ cycle: 'daily' }, false],
  [{ department: 'ecology' }, false],
] as [life.LayerSearch, boolean][])('search %j', (search, found) => {
  const entry: life.Searchable = {
    ...{ id: 'sluices', theme: 'water', title: { zh: '水闸', en: 'Sluices' }, department: 'water', sharing: 'conditional' },
    ...{ state: 'published', source: '省水利厅', metadata: { updateCycle: 'monthly' } },
  };
  expect(life.matchesSearch(entry, search)).toBe(found);
});
