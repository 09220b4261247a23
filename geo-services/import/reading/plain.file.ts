// Shapefile, KML and GPX without GDAL: shapefile reads record by record; KML and GPX are read whole (xmldom, togeojson), so they may not be large.
import { open as openFile, readFile, stat } from 'node:fs/promises';
import { gpx, kml } from '@tmcw/togeojson';
import { DOMParser } from '@xmldom/xmldom';
import { open as openShapefile } from 'shapefile';
import { Problem } from '../../../contracts/problem.ts';
import { encodingOfDbf } from './encoding.ts';
import type { Geometry, SourceLayer, SourceRow } from './row.ts';

export type PlainFormat = 'shapefile' | 'kml' | 'gpx';
export const isPlain = (format: string): format is PlainFormat => format === 'shapefile' || format === 'kml' || format === 'gpx';
/** Of an XML file: its tree takes about twenty times that. */
const mostXmlBytes = 32 << 20;

/** A companion whatever the case of its ending; null: none. */
async function companion(path: string, ending: string): Promise<string | null> {
  for (const candidate of [path.replace(/shp$/i, ending), path.replace(/shp$/i, ending.toUpperCase())])
    if (
      await stat(candidate).then(
        () => true,
        () => false,
      )
    )
      return candidate;
  return null;
}
async function headOf(path: string | null, bytes: number): Promise<Buffer | null> {
  if (path === null) return null;
  const file = await openFile(path);
  const buffer = Buffer.alloc(bytes);
  const { bytesRead } = await file.read(buffer, 0, bytes, 0).finally(() => file.close());
  return buffer.subarray(0, bytesRead);
}

async function openShp(path: string, name: string, told: string | null): Promise<SourceLayer> {
  const [dbf, cpg, prj] = [await companion(path, 'dbf'), await companion(path, 'cpg'), await companion(path, 'prj')];
  const head = await headOf(dbf, 1 << 20);
  const found = encodingOfDbf((await headOf(cpg, 64))?.toString('latin1') ?? null, head ?? new Uint8Array());
  const encoding = told ?? found.encoding;
  const notes = [
    ...(dbf === null ? ['缺少 .dbf：没有属性'] : told === null && found.note ? [found.note] : []),
    '本机没有 GDAL：由内置读取器读取',
  ];
  // Bytes 4–7 of a .dbf: its records.
  const count = head && head.length >= 8 ? head.readUInt32LE(4) : null;
  return {
    ...{ name, format: 'Shapefile', encoding, count, declared: null, tabular: false, notes },
    crs: prj === null ? null : (await readFile(prj, 'utf8')).trim() || null,
    async *read({ skip, limit, signal, onProgress }) {
      const source = await openShapefile(path, dbf ?? undefined, { encoding: encoding.toLowerCase() }).catch((error: Error) => {
        throw new Problem('bad-file', { name, reason: `不是完整的 Shapefile：${error.message.slice(0, 100)}` });
      });
      let [number, given] = [0, 0];
      try {
        for (;;) {
          signal?.throwIfAborted();
          const { done, value } = await source.read();
          if (done) return;
          if (++number <= skip) continue;
          yield { number, attributes: value.properties ?? {}, geometry: (value.geometry as Geometry | null) ?? null } satisfies SourceRow;
          if (count) onProgress?.(Math.min(1, number / count));
          if (limit !== undefined && ++given >= limit) return;
        }
      } catch (error) {
        if (signal?.aborted) throw error;
        throw new Problem('bad-file', { name, reason: `第 ${number + 1} 条起读不出：${(error as Error).message.slice(0, 100)}` });
      } finally {
        await source.cancel();
      }
    },
  };
}

async function openXml(path: string, name: string, format: 'kml' | 'gpx'): Promise<SourceLayer> {
  const bad = (reason: string): Problem => new Problem('bad-file', { name, reason });
  if ((await stat(path)).size > mostXmlBytes) throw bad(`没有 GDAL 时 ${format.toUpperCase()} 至多 ${mostXmlBytes >> 20} MiB`);
  const text = await readFile(path, 'utf8');
  // Entities of its own can unfold without end.
  if (/<!DOCTYPE|<!ENTITY/i.test(text)) throw bad('XML 含 DOCTYPE，不读');
  let features: readonly { readonly properties: Record<string, unknown> | null; readonly geometry: unknown }[];
  try {
    const document = new DOMParser({
      onError: (level, message) => {
        if (level !== 'warning') throw new Error(message);
      },
    }).parseFromString(text, 'text/xml');
    features = (format === 'kml' ? kml : gpx)(document as never).features;
  } catch (error) {
    throw bad(`XML 不合规：${(error as Error).message.slice(0, 120)}`);
  }
  return {
    ...{ name, format: format.toUpperCase(), encoding: 'UTF-8', count: features.length, declared: null, tabular: false, crs: 'EPSG:4326' },
    notes: ['本机没有 GDAL：由内置读取器读取'],
    async *read({ skip, limit, signal, onProgress }) {
      for (const [n, { properties, geometry }] of features.slice(0, limit === undefined ? undefined : skip + limit).entries()) {
        signal?.throwIfAborted();
        if (n >= skip)
          yield { number: n + 1, attributes: properties ?? {}, geometry: (geometry as Geometry | null) ?? null } satisfies SourceRow;
        onProgress?.((n + 1) / features.length);
      }
    },
  };
}

/** @throws Problem bad-file */
export async function openPlain(
  path: string,
  name: string,
  format: PlainFormat,
  told: { readonly encoding: string | null },
): Promise<SourceLayer[]> {
  return [format === 'shapefile' ? await openShp(path, name, told.encoding) : await openXml(path, name, format)];
}
