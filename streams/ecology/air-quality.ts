// Ambient air: the six pollutants of GB 3095 at every automatic station, as hour means and, where sent, realtime values. µg/m³, CO mg/m³.
//
// Promise: the hour mean of 07–08 h is stamped 07:00 and arrives soon after 08:00; the next one is promised by 09:30. Until then the old one
// is the newest there can be, so it counts as live for 90 minutes from the end of its hour (staleAfterSeconds is counted from there).
import { defineStream, type QualityRule, type Threshold } from '../../contracts/stream.ts';

/** Limits are wide on purpose: a dust storm must not be called bad, an analyser's nonsense must. */
const rule = (high: number, ratePerSecond: number, stuckHours: number): QualityRule => ({
  range: [0, high],
  ratePerSecond,
  stuckSeconds: stuckHours * 3600,
});

/**
 * With what its neighbours and the other channel say. Within 15 km a city breathes much the same air at the same hour; a station beside a works
 * may stand out by its own source, so it is doubted only beyond the allowance and beyond what the neighbours differ among themselves.
 * PM2.5 is part of PM10: a small excess is the scatter of two instruments. All settings of ours.
 */
function withCompany(
  base: QualityRule,
  spike: number,
  absolute: number,
  containing?: 'a34002/hour/mean' | 'a34002/instant/value',
): QualityRule {
  return {
    ...base,
    spike,
    ...(containing?.endsWith('value')
      ? {}
      : { neighbours: { withinMetres: 15_000, withinSeconds: 1200, least: 3, absolute, relative: 0.6 } }),
    ...(containing ? { pair: { with: containing, relation: 'at-most', withinSeconds: 300, absolute: 10, relative: 0.1 } } : {}),
  };
}

/** Level mapping is our setting: classes 中度, 重度, 严重 of the hour report raise yellow, orange, red; 轻度 raises none. */
function classes(
  code: string,
  name: string,
  [moderate, heavy, severe]: readonly [number, number, number],
  hysteresis: number,
): readonly Threshold[] {
  const series = `${code}/hour/mean` as const;
  const common = { series, direction: 'above', hysteresis } as const;
  const source = `HJ 633-2026 分指数限值表（1 小时），修约后进级；预警级别为本系统设定`;
  // HJ 633 rounds the concentration half to even first, so a class begins above an odd half and at an even one: 115.5 → 116, but 150.5 → 150.
  const from = (limit: number): { limit: number; strict?: true } =>
    limit % 2 === 0 ? { limit: limit + 0.5, strict: true } : { limit: limit + 0.5 };
  return [
    { ...common, ...from(severe), id: `${code}.severe`, level: 'red', title: { zh: `${name} 严重污染` }, source },
    { ...common, ...from(heavy), id: `${code}.heavy`, level: 'orange', title: { zh: `${name} 重度污染` }, source },
    { ...common, ...from(moderate), id: `${code}.moderate`, level: 'yellow', title: { zh: `${name} 中度污染` }, source },
  ];
}

export const airQuality = defineStream({
  id: 'air-quality',
  theme: 'ecology',
  title: { zh: '环境空气质量', en: 'Ambient air quality' },
  provider: { department: 'ecology', zh: '省生态环境厅' },
  sharing: 'unconditional',
  kind: 'state',
  periodSeconds: 3600,
  staleAfterSeconds: 5400,
  headline: 'a34004/hour/mean',
  quality: {
    // Dust reaches several thousand µg/m³ of PM10 and arrives within the hour.
    'a34004/hour/mean': withCompany(rule(2000, 0.1, 8), 80, 60, 'a34002/hour/mean'),
    'a34002/hour/mean': withCompany(rule(6000, 1, 8), 150, 100),
    'a05024/hour/mean': withCompany(rule(1200, 0.05, 8), 80, 60),
    'a21004/hour/mean': rule(1000, 0.05, 12),
    // SO2 and CO stay at the detection limit for a day in clean air.
    'a21026/hour/mean': rule(2000, 0.1, 48),
    'a21005/hour/mean': rule(100, 0.005, 48),
    'a34004/instant/value': withCompany(rule(2000, 1, 6), 100, 60, 'a34002/instant/value'),
    'a34002/instant/value': rule(6000, 5, 6),
    'a05024/instant/value': rule(1200, 0.5, 6),
    'a21004/instant/value': rule(1000, 0.5, 12),
    'a21026/instant/value': rule(2000, 0.5, 48),
    'a21005/instant/value': rule(100, 0.05, 48),
  },
  thresholds: [
    ...classes('a34004', 'PM2.5', [115, 150, 250], 5),
    ...classes('a34002', 'PM10', [250, 350, 420], 10),
    ...classes('a05024', '臭氧', [300, 400, 800], 10),
  ],
});
