// CreateObservations: many Observations of several Datastreams as arrays, cut into Observations as any other is posted.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §13.1, §13.2 (components, dataArray, "error" for what could not be made).
import { bad, type Json, record } from './bodies.ts';

export interface ArrayEntry {
  readonly datastream: number;
  readonly body: Json;
}
const mostEntries = 20_000;
const components = [
  'phenomenonTime',
  'resultTime',
  'result',
  'resultQuality',
  'validTime',
  'parameters',
  'FeatureOfInterest/id',
  'FeatureOfInterest/@iot.id',
];

/** Entries in order; null where a row does not fit its components. @throws Problem bad-body */
export function readDataArray(body: unknown): readonly (ArrayEntry | null)[] {
  if (!Array.isArray(body) || body.length > 1000) throw bad('应为 {Datastream, components, dataArray} 的数组，至多 1000 块');
  const entries: (ArrayEntry | null)[] = [];
  for (const one of body as unknown[]) {
    const block = record(one, 'CreateObservations');
    const id = record(block['Datastream'], 'Datastream')['@iot.id'];
    const datastream = typeof id === 'number' ? id : typeof id === 'string' && /^\d{1,15}$/.test(id) ? Number(id) : Number.NaN;
    if (!Number.isSafeInteger(datastream) || datastream < 0) throw bad('Datastream.@iot.id 应为整数');
    const names = block['components'];
    if (!Array.isArray(names) || names.length > components.length) throw bad('components 应为名称的数组');
    for (const name of names as unknown[])
      if (typeof name !== 'string' || !components.includes(name)) throw bad(`components 可用 ${components.join('、')}`);
    if (new Set(names).size < names.length || !names.includes('result')) throw bad('components 各出现一次，并有 result');
    const rows = block['dataArray'];
    if (!Array.isArray(rows)) throw bad('dataArray 应为数组的数组');
    const count = block['dataArray@iot.count'];
    if (count !== undefined && count !== rows.length)
      throw bad(`dataArray@iot.count 为 ${JSON.stringify(count)?.slice(0, 20)}，实有 ${rows.length} 行`);
    if (entries.length + rows.length > mostEntries) throw bad(`一次至多 ${mostEntries} 条观测`);
    for (const row of rows as unknown[]) entries.push(entryOf(datastream, names as string[], row));
  }
  return entries;
}
function entryOf(datastream: number, names: readonly string[], row: unknown): ArrayEntry | null {
  if (!Array.isArray(row) || row.length !== names.length) return null;
  const body: Record<string, unknown> = {};
  names.forEach((name, index) => {
    const value = (row as unknown[])[index];
    if (name.startsWith('FeatureOfInterest')) body['FeatureOfInterest'] = { '@iot.id': value };
    // null in an optional place says that there is none; a null result is a result.
    else if (value !== null || name === 'result') body[name] = value;
  });
  return { datastream, body };
}
