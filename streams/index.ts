// The list of streams. One line per file; index.test.ts compares it with the folders.
import { Problem } from '../contracts/problem.ts';
import { type Stream, type StreamPath, streamPath } from '../contracts/stream.ts';
import { airQuality } from './ecology/air-quality.ts';
import { pollutionSource } from './ecology/pollution-source.ts';
import { vehiclePosition } from './emergency/vehicle-position.ts';
import { fireHotspot } from './forestry/fire-hotspot.ts';
import { waterLevel } from './water/water-level.ts';

export const streams: readonly Stream[] = [airQuality, pollutionSource, vehiclePosition, fireHotspot, waterLevel];

/** Streams by path. @throws Problem duplicate-declaration */
export function byPath(list: readonly Stream[]): ReadonlyMap<string, Stream> {
  const map = new Map<string, Stream>();
  for (const stream of list) {
    const path: StreamPath = streamPath(stream);
    if (map.has(path)) throw new Problem('duplicate-declaration', { what: path });
    map.set(path, stream);
  }
  return map;
}
