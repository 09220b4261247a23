// GeoJSON, as one collection or a feature a line: read as a stream. Source: RFC 7946; the crs member of its 2008 forerunner is heeded.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { createFeatureSplitter, type Piece } from './feature-splitter.ts';
import type { Geometry, ReadOptions, SourceLayer, SourceRow } from './row.ts';

interface Parsed {
  readonly type?: string;
  readonly id?: unknown;
  readonly properties?: Record<string, unknown> | null;
  readonly geometry?: Geometry | null;
  readonly features?: readonly Parsed[];
}
const geometryTypes = /^(Multi)?(Point|LineString|Polygon)$|^GeometryCollection$/;

/** Rows of one text: a feature, a bare geometry, or a whole collection that stood in a sequence. */
export function* rowsOf({ text, broken }: Piece, first: number): Generator<SourceRow> {
  const bad = (reason: string): SourceRow => ({ number: first, attributes: {}, geometry: null, broken: reason });
  if (text === null) {
    yield bad(broken ?? '读不懂');
    return;
  }
  let value: Parsed;
  try {
    value = JSON.parse(text) as Parsed;
  } catch (error) {
    yield bad(`JSON 不合规：${(error as Error).message.slice(0, 120)}`);
    return;
  }
  let number = first;
  for (const one of value.type === 'FeatureCollection' && Array.isArray(value.features) ? value.features : [value]) {
    if (one?.type === 'Feature') {
      const properties =
        typeof one.properties === 'object' && one.properties !== null && !Array.isArray(one.properties) ? one.properties : {};
      const attributes =
        one.id === undefined || one.id === null || Object.keys(properties).some((name) => name.toLowerCase() === 'id')
          ? properties
          : { fid: one.id, ...properties };
      yield { number, attributes, geometry: one.geometry ?? null };
    } else if (geometryTypes.test(String(one?.type))) yield { number, attributes: {}, geometry: one as unknown as Geometry };
    else yield { ...bad('不是 GeoJSON 要素'), number };
    number++;
  }
}

/** Rows of chunks of bytes. */
export async function* featureRows(chunks: AsyncIterable<Uint8Array>, { skip, limit }: ReadOptions): AsyncGenerator<SourceRow> {
  const splitter = createFeatureSplitter();
  let number = 0;
  const take = function* (pieces: Piece[]): Generator<SourceRow> {
    for (const piece of pieces) {
      // What is loaded already is not parsed again; only a collection inside a sequence counts for more than one.
      if (number < skip && piece.text !== null && !piece.text.startsWith('FeatureCollection', piece.text.indexOf('Feature'))) {
        number++;
        continue;
      }
      for (const row of rowsOf(piece, number + 1)) {
        number = row.number;
        if (number > skip) yield row;
      }
    }
  };
  const most = limit ?? Number.POSITIVE_INFINITY;
  let given = 0;
  for await (const chunk of chunks)
    for (const row of take(splitter.push(chunk))) {
      yield row;
      if (++given >= most) return;
    }
  for (const row of take(splitter.end())) {
    yield row;
    if (++given >= most) return;
  }
}

/** The crs member before the features (2008 specification §3); null: none. */
export function crsOfHead(head: string): string | null {
  return /"crs"\s*:\s*\{[^{}]*\{\s*"name"\s*:\s*"([^"]{1,200})"/.exec(head)?.[1] ?? null;
}

export async function openGeojson(path: string, name: string): Promise<SourceLayer[]> {
  const { size } = await stat(path);
  const file = await open(path);
  const buffer = Buffer.alloc(64 * 1024);
  const { bytesRead } = await file.read(buffer, 0, buffer.length, 0).finally(() => file.close());
  return [
    {
      ...{ name, format: 'GeoJSON', encoding: 'UTF-8', count: null, declared: null, tabular: false, notes: [] },
      crs: crsOfHead(buffer.toString('utf8', 0, bytesRead)),
      async *read(options) {
        const stream = createReadStream(path, { highWaterMark: 1 << 20, ...(options.signal ? { signal: options.signal } : {}) });
        const counted = (async function* () {
          for await (const chunk of stream) {
            options.onProgress?.(size === 0 ? 1 : stream.bytesRead / size);
            yield chunk as Buffer;
          }
        })();
        try {
          yield* featureRows(counted, options);
        } finally {
          stream.destroy();
        }
      },
    },
  ];
}
