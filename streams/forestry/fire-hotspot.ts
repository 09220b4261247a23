// Fire hotspots seen by satellite: one event per detected pixel, with its position, confidence (%) and radiative power (MW). Never merged.
//
// The Thing is the satellite or the receiving station. No event means no fire seen, not a broken line: silence is no staleness here.
import { defineStream } from '../../contracts/stream.ts';

const confidence = {
  series: 'fire-confidence/instant/value',
  direction: 'above',
  hysteresis: 0,
} as const;

export const fireHotspot = defineStream({
  id: 'fire-hotspot',
  theme: 'forestry',
  title: { zh: '林火热点', en: 'Fire hotspots' },
  provider: { department: 'forestry', zh: '省林业和草原局' },
  sharing: 'unconditional',
  kind: 'event',
  // Four polar passes a day.
  periodSeconds: 21_600,
  staleAfterSeconds: 43_200,
  // Until the next pass can see the place again.
  activeSeconds: 21_600,
  headline: 'fire-confidence/instant/value',
  quality: {
    'fire-confidence/instant/value': { range: [0, 100] },
    'frp/instant/value': { range: [0, 20_000] },
  },
  thresholds: [
    {
      ...confidence,
      id: 'fire-confidence.high',
      level: 'orange',
      limit: 80,
      title: { zh: '林火热点 高置信' },
      source: 'MODIS MOD14 置信度 80–100 % 为高（Giglio 2016）；预警级别为本系统设定',
    },
    {
      ...confidence,
      id: 'fire-confidence.nominal',
      level: 'yellow',
      limit: 50,
      title: { zh: '林火热点' },
      source: 'MODIS MOD14 置信度 30–80 % 为中（Giglio 2016）；取 50 % 起报为本系统设定',
    },
  ],
});
