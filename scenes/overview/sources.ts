// Who answers for a number, short enough for a truth strip, and the streams that the wall listens to.
import type { Stream } from '../../contracts/stream.ts';
import { airQuality } from '../../streams/ecology/air-quality.ts';
import { pollutionSource } from '../../streams/ecology/pollution-source.ts';
import { vehiclePosition } from '../../streams/emergency/vehicle-position.ts';
import { fireHotspot } from '../../streams/forestry/fire-hotspot.ts';
import { waterLevel } from '../../streams/water/water-level.ts';

export const wallStreams = {
  air: airQuality,
  sources: pollutionSource,
  vehicles: vehiclePosition,
  fires: fireHotspot,
  water: waterLevel,
} as const;

const short: Readonly<Record<string, string>> = {
  ecology: '省生态厅',
  water: '省水文局',
  forestry: '省林草局',
  emergency: '省应急厅',
  transport: '省交通厅',
  ocean: '省海洋局',
  planning: '省资源厅',
  data: '省数据局',
};
export function sourceName(department: string): string {
  return short[department] ?? department;
}
export function sourceOf(stream: Pick<Stream, 'provider'>): string {
  return sourceName(stream.provider.department);
}
