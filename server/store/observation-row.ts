// A row of the observation table as it is read: the columns of a SELECT, and the Observation they stand for.
import { checksOf, type Observation, type Quality, qualities } from '../../contracts/observation.ts';
import type { Row } from '../database/database.ts';
import type { Registry } from '../house.ts';

/** For a SELECT FROM observation AS o. Times are milliseconds since 1970. */
export const observationFigures = `o.datastream, (extract(epoch FROM o.phenomenon_time) * 1000)::float8 AS time,
  (extract(epoch FROM o.received) * 1000)::float8 AS received, o.result, o.quality, o.failed, o.flag, o.frame, o.lng, o.lat, o.identity`;
export interface ObservationFigures extends Row {
  readonly datastream: number;
  readonly time: number;
  readonly received: number;
  readonly result: number | null;
  readonly quality: number;
  readonly failed: number;
  readonly flag: string | null;
  readonly frame: number;
  readonly lng: number | null;
  readonly lat: number | null;
  readonly identity: number;
}
export function qualityOf(row: Pick<ObservationFigures, 'quality'>): Quality {
  return qualities[row.quality] ?? 'suspect';
}

/** null: its Datastream is registered no more. */
export function observationOf(row: ObservationFigures, registry: Pick<Registry, 'datastream' | 'thing'>): Observation | null {
  const datastream = registry.datastream(row.datastream);
  const thing = datastream && registry.thing(datastream.thing);
  if (!datastream || !thing) return null;
  const received = Math.round(row.received);
  return {
    datastream: datastream.id,
    thing: thing.id,
    series: datastream.series,
    phenomenonTime: Math.round(row.time),
    result: row.result,
    position: row.lng === null || row.lat === null ? null : [row.lng, row.lat],
    quality: qualityOf(row),
    failed: checksOf(row.failed),
    flag: row.flag,
    provenance: thing.properties.provenance ?? 'measured',
    frame: Number(row.frame),
    identity: row.identity,
    // Later hops of a past value are not kept: its arrival stands for them.
    hops: { received, durable: received, processed: received },
  };
}
