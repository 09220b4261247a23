// Limits of one series of one Thing: the stream's thresholds with the Thing's own figures filled in, and which of them a value breaks.
import type { AlertLevel } from '../../contracts/event.ts';
import type { SeriesKey } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { ThingProperties } from '../../contracts/thing.ts';

export interface OwnLimit {
  readonly id: string;
  readonly title: string;
  readonly level: AlertLevel;
  readonly direction: 'above' | 'below';
  /** The limit itself is still allowed. */
  readonly strict: boolean;
  /** In the property's unit; null: the stream asks for a figure of the Thing that nobody has entered. */
  readonly limit: number | null;
  readonly source: string;
}

/** Limits of `series`, from the mildest to the gravest, as they are met on the way out. */
export function limitsOf(stream: Stream, series: SeriesKey, properties: ThingProperties): OwnLimit[] {
  return stream.thresholds
    .filter((threshold) => threshold.series === series)
    .map((threshold) => ({
      id: threshold.id,
      title: threshold.title.zh,
      level: threshold.level,
      direction: threshold.direction,
      strict: threshold.strict === true,
      limit: typeof threshold.limit === 'number' ? threshold.limit : ofThing(properties, threshold.limit.ofThing),
      source: threshold.source,
    }))
    .sort((a, b) => (a.limit ?? 0) - (b.limit ?? 0) || a.id.localeCompare(b.id))
    .sort((a, b) => Number(a.limit === null) - Number(b.limit === null));
}

/** 'z.warning' → properties.limits.z.warning */
function ofThing(properties: ThingProperties, path: string): number | null {
  const dot = path.lastIndexOf('.');
  const [property, name] = [path.slice(0, dot), path.slice(dot + 1)];
  const limit = properties.limits?.[property]?.[name];
  return typeof limit === 'number' && Number.isFinite(limit) ? limit : null;
}

/** By how much a value is beyond the limit, in its unit: positive is over, negative is what is left. null: no value or no limit. */
export function excess(limit: OwnLimit, value: number | null): number | null {
  if (value === null || limit.limit === null) return null;
  return limit.direction === 'above' ? value - limit.limit : limit.limit - value;
}

/** The limit that matters most to a value: the farthest one that is broken, or else the next one to come. */
export function nearestLimit(limits: readonly OwnLimit[], value: number | null): OwnLimit | null {
  const reckoned = limits.flatMap((limit) => {
    const beyond = excess(limit, value);
    return beyond === null ? [] : [{ limit, beyond }];
  });
  const broken = reckoned.filter(({ limit }) => isBroken(limit, value)).sort((a, b) => a.beyond - b.beyond);
  const ahead = reckoned.filter(({ limit }) => !isBroken(limit, value)).sort((a, b) => b.beyond - a.beyond);
  return broken[0]?.limit ?? ahead[0]?.limit ?? null;
}

/** ≥150 or >150.5, as the rule has it; 未录入 where the Thing lacks its figure. */
export function limitText(limit: OwnLimit): string {
  if (limit.limit === null) return '未录入';
  const sign = limit.direction === 'above' ? (limit.strict ? '>' : '≥') : limit.strict ? '<' : '≤';
  return `${sign}${String(limit.limit).replace('-', '−')}`;
}
/** Whether the rule holds: the limit itself breaks it unless it is strict. */
export function isBroken(limit: OwnLimit, value: number | null): boolean {
  const over = excess(limit, value);
  return over !== null && (limit.strict ? over > 0 : over >= 0);
}
