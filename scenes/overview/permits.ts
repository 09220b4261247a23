// Polluters against their own permits: each source by its worst factor, as a share of what the permit allows. Pure.

import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import { observedProperty } from '../../contracts/observed-property.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { named } from '../../screen/live/mirror.ts';
import { pollutionSource } from '../../streams/ecology/pollution-source.ts';
import { isLive } from '../../streams/staleness.ts';

export interface PermitRow {
  readonly id: number;
  readonly name: string;
  readonly factor: string;
  /** value / permit; above 1 is over. */
  readonly ratio: number;
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
  readonly live: boolean;
  readonly trusted: boolean;
  readonly asOf: Instant;
  readonly datastream: number;
}
/** Hour and day means are what permits speak of; shorter ones only inform. */
const judged = ['hour/mean', 'day/mean'];

export function permitRows(things: Iterable<ThingState>, now: Instant): PermitRow[] {
  const rows: PermitRow[] = [];
  for (const thing of things) {
    let worst: PermitRow | null = null;
    for (const [series, tuple] of Object.entries(thing.series) as [SeriesKey, ThingState['series'][SeriesKey]][]) {
      const [code = '', ...rest] = series.split('/');
      const limit = thing.properties.limits?.[code]?.['permit'];
      const value = tuple ? named(tuple) : null;
      if (!limit || !value || value.result === null || !judged.includes(rest.join('/'))) continue;
      const ratio = value.result / limit;
      if (worst && worst.ratio >= ratio) continue;
      const property = observedProperty(code);
      worst = {
        id: thing.id,
        name: thing.name,
        factor: property.zh,
        ratio,
        value: value.result,
        limit,
        unit: property.code.startsWith('a') ? 'mg/m³' : 'mg/L',
        live: isLive(pollutionSource, tuple, now, series),
        trusted: value.quality === 'good',
        asOf: value.phenomenonTime,
        datastream: value.datastream,
      };
    }
    if (worst) rows.push(worst);
  }
  return rows.sort((a, b) => b.ratio - a.ratio);
}
