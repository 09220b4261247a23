// Stations as points of the map: air a disc, water a diamond; late or doubted ones hollow. And how the legend counts them. Pure.
import type { Instant } from '../../contracts/observation.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import type { PointLook, PointMark } from '../../screen/map/points.ts';
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
/** Live ones full, doubted ones hollow, late ones hollow and grey. */
export const discLooks: Readonly<Record<Trust, PointLook>> = {
  live: { shape: 'disc', radius: 2.5, fill: '#63cfe6', stroke: null },
  doubted: { shape: 'disc', radius: 2.8, fill: 'rgba(6,15,28,0.35)', stroke: { colour: '#63cfe6', width: 1.4 } },
  late: { shape: 'disc', radius: 2.8, fill: 'rgba(6,15,28,0.35)', stroke: { colour: '#9fb0bf', width: 1.4 } },
};
export const diamondLooks: Readonly<Record<Trust, PointLook>> = {
  live: { shape: 'diamond', radius: 4.6, fill: '#0d2536', stroke: { colour: '#63cfe6', width: 1.5 } },
  doubted: { shape: 'diamond', radius: 4.6, fill: null, stroke: { colour: '#63cfe6', width: 1.5 } },
  late: { shape: 'diamond', radius: 4.6, fill: null, stroke: { colour: '#9fb0bf', width: 1.5 } },
};
export function stationPoints(
  stream: Pick<Stream, 'staleAfterSeconds' | 'headline'>,
  things: Iterable<ThingState>,
  looks: Readonly<Record<Trust, PointLook>>,
  now: Instant,
): { marks: PointMark[]; count: StationCount /** Equal for equal pictures. */; signature: string } {
  const marks: PointMark[] = [];
  const count = { live: 0, doubted: 0, late: 0, total: 0 };
  let signature = '';
  for (const thing of things) {
    const trust = trustOf(stream, thing, now);
    count[trust]++;
    count.total++;
    if (!thing.position) continue;
    marks.push({ position: thing.position, look: looks[trust] });
    signature += `${thing.id}${trust}${thing.position} `;
  }
  return { marks, count, signature };
}
