// Stations as points of the map: air a disc, water a diamond; late or doubted ones hollow. And how the legend counts them. Pure.
import type { Instant } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import type { PointFeature } from '../../screen/map/points.ts';
import { isThingLive } from '../../streams/staleness.ts';

export type Trust = 'live' | 'doubted' | 'late';
export function trustOf(stream: Pick<Stream, 'staleAfterSeconds' | 'headline'>, thing: ThingState, now: Instant): Trust {
  if (!isThingLive(stream, thing, now)) return 'late';
  return thing.series[stream.headline] && thing.series[stream.headline]?.[2] !== 'good' ? 'doubted' : 'live';
}
export interface StationCount {
  readonly live: number;
  readonly doubted: number;
  readonly late: number;
  readonly total: number;
}
export function stationPoints(
  stream: Pick<Stream, 'staleAfterSeconds' | 'headline'>,
  things: Iterable<ThingState>,
  now: Instant,
): { features: PointFeature[]; count: StationCount /** Equal for equal pictures. */; signature: string } {
  const features: PointFeature[] = [];
  const count = { live: 0, doubted: 0, late: 0, total: 0 };
  for (const thing of things) {
    const trust = trustOf(stream, thing, now);
    count[trust]++;
    count.total++;
    if (thing.position) features.push({ position: thing.position, properties: { id: thing.id, name: thing.name, trust } });
  }
  return {
    features,
    count,
    signature: features.map(({ position, properties }) => `${properties['id']}${properties['trust']}${position}`).join(' '),
  };
}

/** MapLibre layers of a source of discs. Sizes in CSS px per u. */
export function discLayers(id: string, unit: number): unknown[] {
  const hollow = ['!=', ['get', 'trust'], 'live'];
  const grey = ['==', ['get', 'trust'], 'late'];
  return [
    {
      id,
      type: 'circle',
      paint: {
        'circle-radius': ['case', hollow, 2.8 * unit, 2.5 * unit],
        'circle-color': ['case', hollow, 'rgba(6,15,28,0.35)', '#63cfe6'],
        'circle-stroke-width': ['case', hollow, 1.4 * unit, 0],
        'circle-stroke-color': ['case', grey, '#9fb0bf', '#63cfe6'],
      },
    },
  ];
}
/** MapLibre layer of a source of diamonds; the icons are `diamond-live`, `diamond-doubted`, `diamond-late`. */
export function diamondLayers(id: string): unknown[] {
  return [
    {
      id,
      type: 'symbol',
      layout: { 'icon-image': ['concat', 'diamond-', ['get', 'trust']], 'icon-allow-overlap': true, 'icon-ignore-placement': true },
    },
  ];
}
