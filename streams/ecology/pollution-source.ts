// Polluters under permit: continuous monitoring of stacks (mg/m³) and outfalls (mg/L), judged against the permit of the very source.
//
// A permit limit stands in the Thing: limits.a21026.permit. Where the permit speaks of converted concentrations (折算, HJ 212 -Zs…) it is
// registered under that code (limits['a21026-Zs'].permit), so that a source is judged once. Rules are in the stack's unit, mg/m³.
import type { SeriesKey } from '../../contracts/observation.ts';
import { defineStream, type QualityRule, type Threshold } from '../../contracts/stream.ts';

const permit = '该单位排污许可证载明的许可排放浓度（《排污许可管理条例》国务院令第 736 号）；预警级别为本系统设定';

function over(code: string, name: string, hysteresis: number): Threshold {
  return {
    id: `${code}.permit`,
    series: `${code}/hour/mean`,
    level: 'yellow',
    direction: 'above',
    limit: { ofThing: `${code}.permit` },
    // The permitted concentration itself is permitted.
    strict: true,
    hysteresis,
    title: { zh: `${name} 超许可` },
    source: permit,
  };
}
/** Of waste water the day mean counts, the hour mean only warns (our setting). */
function overDay(code: string, name: string, hysteresis: number): Threshold {
  return {
    ...over(code, name, hysteresis),
    id: `${code}.permit-day`,
    series: `${code}/day/mean`,
    level: 'orange',
    title: { zh: `${name} 日均超许可` },
  };
}
const rules = (code: string, rule: QualityRule): Record<SeriesKey, QualityRule> => ({
  [`${code}/instant/value`]: rule,
  [`${code}/minute/mean`]: rule,
  [`${code}/hour/mean`]: rule,
});
const hours = (n: number): number => n * 3600;

export const pollutionSource = defineStream({
  id: 'pollution-source',
  theme: 'ecology',
  title: { zh: '污染源在线监测', en: 'Pollution source monitoring' },
  provider: { department: 'ecology', zh: '省生态环境厅' },
  sharing: 'conditional',
  kind: 'state',
  periodSeconds: 3600,
  // HJ 212 asks for the hour's data soon after the hour; two hours is one missed report and the time to resend it.
  staleAfterSeconds: hours(2),
  headline: 'a21026/hour/mean',
  quality: {
    ...rules('a34013', { range: [0, 1000], stuckSeconds: hours(12) }),
    ...rules('a21026', { range: [0, 5000], stuckSeconds: hours(12) }),
    ...rules('a21002', { range: [0, 5000], stuckSeconds: hours(12) }),
    ...rules('a34013-Zs', { range: [0, 5000] }),
    ...rules('a21026-Zs', { range: [0, 10000] }),
    ...rules('a21002-Zs', { range: [0, 10000] }),
    ...rules('w01001', { range: [0, 14], ratePerSecond: 0.05, stuckSeconds: hours(48) }),
    // Waste water analysers measure every two hours and repeat the value in between.
    ...rules('w01018', { range: [0, 10000], stuckSeconds: hours(24) }),
    ...rules('w21003', { range: [0, 1000], stuckSeconds: hours(24) }),
    ...rules('w21011', { range: [0, 200], stuckSeconds: hours(24) }),
    ...rules('w21001', { range: [0, 1000], stuckSeconds: hours(24) }),
  },
  thresholds: [
    over('a34013', '烟尘', 0.5),
    over('a21026', '二氧化硫', 2),
    over('a21002', '氮氧化物', 2),
    over('a34013-Zs', '烟尘折算', 0.5),
    over('a21026-Zs', '二氧化硫折算', 2),
    over('a21002-Zs', '氮氧化物折算', 2),
    over('w01018', '化学需氧量', 2),
    over('w21003', '氨氮', 0.2),
    over('w21011', '总磷', 0.02),
    over('w21001', '总氮', 0.5),
    overDay('w01018', '化学需氧量', 2),
    overDay('w21003', '氨氮', 0.2),
    overDay('w21011', '总磷', 0.02),
    overDay('w21001', '总氮', 0.5),
    { ...over('w01001', 'pH', 0.1), id: 'w01001.permit-high', limit: { ofThing: 'w01001.permitHigh' }, title: { zh: 'pH 超许可上限' } },
    {
      ...over('w01001', 'pH', 0.1),
      id: 'w01001.permit-low',
      direction: 'below',
      limit: { ofThing: 'w01001.permitLow' },
      title: { zh: 'pH 超许可下限' },
    },
  ],
});
