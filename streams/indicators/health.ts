// How the data of an area is doing, and what is alarmed in it.
import { alertLevels, alertLevelTitle } from '../../contracts/event.ts';
import { adcodeContains } from '../../contracts/geo.ts';
import type { Indicator } from '../../contracts/indicator.ts';
import type { SeriesKey } from '../../contracts/observation.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { LatestTuple } from '../../contracts/wire.ts';
import { streams } from '../index.ts';
import { roundHalfEven } from '../models/aqi.ts';
import { isLive, isThingLive } from '../staleness.ts';
import { Backing, type IndicatorSource, indicator, inside, toMinute, type Words } from './backing.ts';

/** Things of the state streams in the area: how many are live, and how good their live values are. Silence of an event stream is no fault. */
function liveness(source: IndicatorSource): { things: Backing; values: Backing } {
  const things = new Backing();
  const values = new Backing();
  for (const stream of streams) {
    if (stream.kind === 'event') continue;
    for (const thing of inside(source.things(streamPath(stream)), source.adcode)) {
      things.expected++;
      things.from(thing.provenance);
      if (!isThingLive(stream, thing, source.now)) continue;
      things.reporting++;
      values.from(thing.provenance);
      for (const [series, latest] of Object.entries(thing.series) as [SeriesKey, LatestTuple][])
        if (isLive(stream, latest, source.now, series)) values.value(latest);
    }
  }
  values.expected = things.expected;
  values.reporting = things.reporting;
  return { things, values };
}

/** 'alarms-open', 'timeliness' and 'good-quality'. */
export function healthIndicators(source: IndicatorSource, list: Indicator[]): void {
  const { adcode, now } = source;
  const { things, values } = liveness(source);
  const asOf = toMinute(now);
  const open = [...source.alarms].filter((alarm) => alarm.cleared === null && adcodeContains(adcode, alarm.adcode));
  if (things.expected === 0 && open.length === 0) return;
  const percent = (share: number): number => roundHalfEven(share * 100, 1);

  const behind = new Backing();
  behind.expected = things.expected;
  behind.reporting = things.reporting;
  behind.counted = open.length;
  behind.from(things.provenance);
  for (const alarm of open) {
    behind.from(alarm.provenance);
    if (alarm.quality === 'good') behind.good++;
  }
  const counts = alertLevels
    .map((level) => [level, open.filter((alarm) => alarm.level === level).length] as const)
    .filter(([, count]) => count > 0);
  const words: Words = {
    code: 'alarms-open',
    title: '在警',
    unit: '条',
    department: '省应急管理厅',
    source: '各数据流阈值规则，未解除的告警',
  };
  const more = {
    grade: counts[0] ? alertLevelTitle[counts[0][0]].zh : null,
    note: counts.length > 0 ? counts.map(([level, count]) => `${alertLevelTitle[level].zh} ${count}`).join(' · ') : null,
  };
  list.push(indicator(words, adcode, behind, open.length, asOf, more));
  if (things.expected === 0) return;
  list.push(
    indicator(
      { code: 'timeliness', title: '按时到数率', unit: '%', department: '省数据局', source: '未超过各数据流过期时限的设备 / 登记设备' },
      adcode,
      things,
      percent(things.reporting / things.expected),
      asOf,
    ),
    indicator(
      { code: 'good-quality', title: '数据可信率', unit: '%', department: '省数据局', source: '最新值中通过全部检查的 / 未过期的最新值' },
      adcode,
      values,
      values.quality === null ? null : percent(values.quality),
      asOf,
    ),
  );
}
