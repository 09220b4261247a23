// What is said of a layer's health, by the figures it is said from.
import { expect, test } from 'vitest';
import type { HealthVerdict, LayerHealth } from '../../contracts/catalogue-routes.ts';
import { spanText, verdictsOf } from './verdict.ts';

const health: Omit<LayerHealth, 'verdicts'> = {
  ...{ layer: 'gates', asOf: '2026-11-24T08:05:00.000+08:00', rows: 3, simulated: 0 },
  age: { newest: '2026-11-20T08:05:00.000+08:00', seconds: 345_600, promiseSeconds: 2_678_400, verdict: 'kept' },
  ...{ lastWrite: '2026-11-20T08:05:00.000+08:00', lastPull: null, things: null, thresholds: null },
  completeness: { geometry: 1, attributes: [{ name: 'name', title: '名称', share: 1 }], overall: 1 },
};
const limit = (title: string, good: number, all: number) => ({
  ...{ id: title, title, reachable: good > 0, things: [good, all] as const, why: good > 0 ? '限值由设备登记' : '没有设备登记 z.warning' },
});

test.each<[string, Partial<Omit<LayerHealth, 'verdicts'>>, HealthVerdict['side'], HealthVerdict['verdict'], string]>([
  ['kept', {}, 'age', 'ok', '最近更新 2026-11-20 08:05，距今 4 d；承诺 31 d，余 27 d'],
  [
    'late',
    { age: { newest: '2026-11-20T08:05:00.000+08:00', seconds: 9000, promiseSeconds: 5400, verdict: 'late' } },
    ...(['age', 'bad', '最近更新 2026-11-20 08:05，距今 2 h 30 min；承诺 1 h 30 min，超出 60 min'] as const),
  ],
  [
    'promises nothing',
    { age: { newest: '2026-11-20T08:05:00.000+08:00', seconds: 60, promiseSeconds: null, verdict: 'unpromised' } },
    ...(['age', 'open', '最近更新 2026-11-20 08:05，距今 60 s；更新周期为不定期或未填，没有承诺可比'] as const),
  ],
  [
    'rows that nothing tells the age of',
    { age: { newest: null, seconds: null, promiseSeconds: 60, verdict: 'unknown' } },
    ...(['age', 'bad', '3 行，没有一次更新的记录'] as const),
  ],
  ['whole', {}, 'completeness', 'ok', '3 行的几何与 1 个信息项，平均 100 %，各项不低于 90 %'],
  [
    'gaps, the worst first',
    {
      completeness: {
        ...{ geometry: 2 / 3, overall: 0.7 },
        attributes: [
          { name: 'a', title: '孔数', share: 0 },
          { name: 'b', title: '名称', share: 0.9999 },
        ],
      },
    },
    ...(['completeness', 'bad', '3 行的几何与 2 个信息项，平均 70.0 %；低于 90 % 的：孔数 0 %、几何 66.7 %'] as const),
  ],
  [
    'nothing to count',
    { rows: 0, completeness: { geometry: null, attributes: [], overall: null } },
    ...(['completeness', 'open', '还没有行可量'] as const),
  ],
  ['no stream', {}, 'pull', 'open', '没有数据流，由人更新；最近写入 2026-11-20 08:05'],
  ['no device', { things: [0, 0] }, 'pull', 'bad', '数据流下没有登记的设备'],
  ['never came', { things: [0, 4] }, 'pull', 'bad', '4 台设备都还没有来过数'],
  [
    'some silent',
    { things: [3, 4], lastPull: '2026-11-24T08:04:00.000+08:00' },
    ...(['pull', 'bad', '最近来数 2026-11-24 08:04；4 台设备中 3 台在承诺的 31 d 内来过数'] as const),
  ],
  [
    'all there',
    { things: [4, 4], lastPull: '2026-11-24T08:04:00.000+08:00' },
    ...(['pull', 'ok', '最近来数 2026-11-24 08:04；4 台设备中 4 台在承诺的 31 d 内来过数'] as const),
  ],
  ['no limits', {}, 'thresholds', 'open', '没有带阈值的数据流'],
  ['limits that fire', { thresholds: [limit('超警', 1, 2)] }, 'thresholds', 'ok', '1 条限值都能触发；1 条只对部分设备有效'],
  [
    'a dead limit',
    { thresholds: [limit('超警', 0, 2), limit('超保', 2, 2)] },
    ...(['thresholds', 'bad', '2 条限值中 1 条永远不会触发：超警（没有设备登记 z.warning）'] as const),
  ],
])('%s', (_, change, side, verdict, why) => {
  expect(verdictsOf({ ...health, ...change }).find((one) => one.side === side)).toEqual({ side, verdict, why });
});

test.each([
  [0, '0 s'],
  [89, '89 s'],
  [90, '1 min'],
  [5399, '89 min'],
  [5400, '1 h 30 min'],
  [86_399, '23 h 59 min'],
  [86_400, '1 d'],
  [90_000, '1 d 1 h'],
  [11 * 86_400 + 7200, '11 d'],
])('%s seconds', (seconds, text) => expect(spanText(seconds)).toBe(text));
