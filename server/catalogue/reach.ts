// Whether the limits of a stream can fire at all: a published threshold that no believable reading reaches is shown red in the catalogue.
import type { ThresholdReach } from '../../contracts/catalogue-routes.ts';
import type { Stream, Threshold } from '../../contracts/stream.ts';
import type { ThingProperties } from '../../contracts/thing.ts';

type Limited = { readonly properties: Pick<ThingProperties, 'limits'> };

/** A number inside what the range check lets through fires; no range: any number does. */
function fires(limit: number, { direction }: Threshold, range: readonly [number, number] | undefined): boolean {
  if (!Number.isFinite(limit)) return false;
  return range === undefined || (direction === 'above' ? limit < range[1] : limit > range[0]);
}

/** Every threshold of the stream against its Things. A limit of the Thing itself ('z.warning') counts for those that have one. */
export function thresholdReach(stream: Stream, things: readonly Limited[]): ThresholdReach[] {
  return stream.thresholds.map((threshold) => {
    const { id, limit, series } = threshold;
    const range = stream.quality[series]?.range;
    const title = threshold.title.zh;
    if (typeof limit === 'number') {
      const reachable = fires(limit, threshold, range) && things.length > 0;
      const why = things.length === 0 ? '没有设备' : reachable ? `限值 ${limit}` : `限值 ${limit} 在量程 ${range?.join('–')} 之外`;
      return { id, title, reachable, things: [reachable ? things.length : 0, things.length], why };
    }
    const [property = '', name = ''] = limit.ofThing.split('.');
    const limits = things.map(({ properties }) => properties.limits?.[property]?.[name]);
    const given = limits.filter((value): value is number => typeof value === 'number');
    const good = given.filter((value) => fires(value, threshold, range)).length;
    const why =
      given.length === 0
        ? `没有设备登记 ${limit.ofThing}`
        : good < given.length
          ? `${given.length - good} 个限值在量程之外`
          : '限值由设备登记';
    return { id, title, reachable: good > 0, things: [good, things.length], why };
  });
}
