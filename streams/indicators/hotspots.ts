// Fire hotspots of an area that are still on the map.
import { adcodeContains } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import { streamPath } from '../../contracts/stream.ts';
import { fireHotspot } from '../forestry/fire-hotspot.ts';
import { Backing, type IndicatorSource, indicator, toMinute, type Words } from './backing.ts';

const leastConfidence = Math.min(...fireHotspot.thresholds.map(({ limit }) => limit as number));

/** 'hotspots'. */
export function hotspotIndicators(source: IndicatorSource, list: Indicator[]): void {
  const { now, adcode, locate } = source;
  const path = streamPath(fireHotspot);
  const backing = new Backing();
  // A source that sees the whole province serves its cities too, if someone can tell in which one a hotspot lies.
  const feeds = [...source.things(path)].filter(
    (feed) => adcodeContains(adcode, feed.adcode) || (locate !== undefined && adcodeContains(feed.adcode, adcode)),
  );
  if (feeds.length === 0) return;
  backing.expected = feeds.length;
  for (const feed of feeds) {
    const latest = feed.series[fireHotspot.headline];
    backing.from(feed.provenance);
    if (!latest) continue;
    backing.reporting++;
    if (backing.newest === null || latest[1] > backing.newest) backing.newest = latest[1];
  }
  let value = 0;
  for (const event of source.observations(path)) {
    if (event.series !== fireHotspot.headline || event.result === null || event.quality === 'bad' || event.result < leastConfidence)
      continue;
    if (event.phenomenonTime > now || now >= event.phenomenonTime + (fireHotspot.activeSeconds ?? 0) * 1000) continue;
    const place = (event.position && locate?.(event.position)) ?? event.adcode;
    if (!adcodeContains(adcode, place)) continue;
    value++;
    backing.counted++;
    if (event.quality === 'good') backing.good++;
    backing.from(event.provenance);
  }
  const words: Words = {
    code: 'hotspots',
    title: '林火热点',
    unit: '处',
    department: fireHotspot.provider.zh,
    source: `近 ${(fireHotspot.activeSeconds ?? 0) / 3600} 小时卫星热点像元，置信度 ${leastConfidence} % 以上`,
  };
  list.push(
    indicator(words, adcode, backing, backing.reporting === 0 ? null : value, backing.newest === null ? null : toMinute(backing.newest)),
  );
}
