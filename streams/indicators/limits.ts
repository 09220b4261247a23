// How many Things of an area are beyond a limit of their own: gauges over their warning level, outlets over their permit.
import type { Indicator } from '../../contracts/indicator.ts';
import type { Instant } from '../../contracts/observation.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { pollutionSource } from '../ecology/pollution-source.ts';
import { excessOf, type Family, familiesOf, limitOf, type Rung } from '../operators/threshold.ts';
import { numberText } from '../operators/wording.ts';
import { waterLevel } from '../water/water-level.ts';
import { Backing, type IndicatorSource, indicator, inside, toMinute, usable, type Words } from './backing.ts';

interface OverLimit {
  readonly name: string;
  /** Beyond the limit, as a share of it for pollutants and in metres for levels. */
  readonly by: number;
  readonly text: string;
}

/** How many Things are beyond one of these limits; those without any of the limits are not expected to say anything. */
function overLimits(
  stream: Stream,
  things: readonly ThingState[],
  rungs: readonly (readonly [Family, Rung])[],
  now: Instant,
  backing: Backing,
  describe: (excess: number, limit: number, rung: Rung) => { by: number; text: string },
): OverLimit[] {
  const over: OverLimit[] = [];
  const silent: ThingState[] = [];
  for (const thing of things) {
    let expected = false;
    let reporting = false;
    let worst: OverLimit | null = null;
    for (const [family, rung] of rungs) {
      const limit = limitOf(rung, thing);
      if (limit === null) continue;
      expected = true;
      const latest = usable(stream, thing, family.series, now);
      if (!latest) continue;
      reporting = true;
      backing.value(latest);
      const excess = excessOf(family.direction, latest[0] as number, limit);
      if (rung.threshold.strict ? excess <= 0 : excess < 0) continue;
      const found = { name: thing.name, ...describe(excess, limit, rung) };
      if (!worst || found.by > worst.by) worst = found;
    }
    if (!expected) continue;
    backing.expected++;
    if (!reporting) silent.push(thing);
    if (reporting) {
      backing.reporting++;
      backing.from(thing.provenance);
    }
    if (worst) over.push(worst);
  }
  if (backing.reporting === 0) for (const thing of silent) backing.from(thing.provenance);
  return over.sort((a, b) => b.by - a.by);
}

const rungsOf = (stream: Stream, wanted: (rung: Rung) => boolean): (readonly [Family, Rung])[] =>
  [...familiesOf(stream).values()].flat().flatMap((family) => family.rungs.filter(wanted).map((rung) => [family, rung] as const));
const warningRungs = rungsOf(waterLevel, (rung) => rung.threshold.id === 'z.warning');
const permitRungs = rungsOf(pollutionSource, (rung) => rung.path !== null && rung.threshold.series.endsWith('/hour/mean'));

/** 'water-over-warning' and 'sources-over-permit'. */
export function limitIndicators(source: IndicatorSource, list: Indicator[]): void {
  const { now, adcode } = source;
  const water = new Backing();
  const gauges = inside(source.things(streamPath(waterLevel)), adcode);
  const flooded = overLimits(waterLevel, gauges, warningRungs, now, water, (by) => ({ by, text: `+${numberText(by, 2)} m` }));
  const report = (words: Words, backing: Backing, over: readonly OverLimit[]): void => {
    if (backing.expected === 0) return;
    const value = backing.reporting === 0 ? null : over.length;
    const asOf = backing.newest === null ? null : toMinute(backing.newest);
    list.push(indicator(words, adcode, backing, value, asOf, { note: over[0] ? `${over[0].name} ${over[0].text}` : null }));
  };
  report(
    {
      code: 'water-over-warning',
      title: '超警戒水位站',
      unit: '站',
      department: waterLevel.provider.zh,
      source: '水位达到或超过本站警戒水位（水库：汛限水位）',
    },
    water,
    flooded,
  );
  const sources = new Backing();
  const polluters = inside(source.things(streamPath(pollutionSource)), adcode);
  const exceeding = overLimits(pollutionSource, polluters, permitRungs, now, sources, (excess, limit, rung) => ({
    by: excess / (limit || 1),
    text: `${rung.threshold.title.zh} ${numberText((excess / (limit || 1)) * 100, 0)}%`,
  }));
  report(
    {
      code: 'sources-over-permit',
      title: '超许可排放口',
      unit: '个',
      department: pollutionSource.provider.zh,
      source: '小时均值超过排污许可证载明的许可排放浓度',
    },
    sources,
    exceeding,
  );
}
