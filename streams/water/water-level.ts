// Rivers and reservoirs: water level (m above the station's datum), discharge and rain of automatic gauges. A river alarms against its own marks.
//
// The marks stand in the Thing: limits.z.warning (警戒水位; reservoirs: 汛限水位), limits.z.guarantee (保证), limits.z.record (历史最高).
import { defineStream, type Threshold } from '../../contracts/stream.ts';

const signal = '《水情预警发布管理办法》洪水预警信号';
function mark(name: string, level: Threshold['level'], zh: string, clause: string): Threshold {
  return {
    id: `z.${name}`,
    series: 'z/instant/value',
    level,
    direction: 'above',
    limit: { ofThing: `z.${name}` },
    // A wave or two of wind must not open and close an alarm.
    hysteresis: 0.05,
    title: { zh },
    source: `${signal}：${clause}`,
  };
}

export const waterLevel = defineStream({
  id: 'water-level',
  theme: 'water',
  title: { zh: '江河水库水情', en: 'River and reservoir levels' },
  provider: { department: 'water', zh: '省水文局' },
  sharing: 'unconditional',
  kind: 'state',
  periodSeconds: 300,
  // SL 651 gauges send every 5 minutes; three missed ones are a fault.
  staleAfterSeconds: 1200,
  headline: 'z/instant/value',
  quality: {
    // Lowest and highest water surface of the province. 0.3 m in a minute is faster than any flood wave but a dam break.
    'z/instant/value': { range: [-5, 1000], ratePerSecond: 0.005, stuckSeconds: 72 * 3600, spike: 0.3 },
    'q/instant/value': { range: [-100, 30_000] },
    'rain/hour/sum': { range: [0, 300] },
  },
  thresholds: [
    mark('record', 'red', '超历史最高', '红色，水位达到或超过历史最高'),
    mark('guarantee', 'orange', '超保证', '橙色，水位达到或超过保证水位'),
    mark('warning', 'yellow', '超警戒', '黄色，水位达到或超过警戒水位'),
  ],
});
