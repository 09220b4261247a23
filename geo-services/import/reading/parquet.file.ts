// GeoParquet by hyparquet, a piece of a row group at a time. Source: GeoParquet 1.1.0 (metadata key "geo"; WKB becomes GeoJSON in the library).
import { asyncBufferFromFile, cachedAsyncBuffer, type FileMetaData, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { Problem } from '../../../contracts/problem.ts';
import type { Geometry, SourceLayer, SourceRow } from './row.ts';

const rowsAtOnce = 2000;

interface GeoMetadata {
  readonly primary_column?: string;
  readonly columns?: Readonly<
    Record<string, { readonly crs?: { readonly id?: { readonly authority?: string; readonly code?: number | string } } | null }>
  >;
}

/** {column of the geometry, crs}: absent crs is CRS84 by the specification, null is unknown. */
export function readGeoMetadata(metadata: Pick<FileMetaData, 'key_value_metadata'>): { column: string; crs: string | null } | null {
  const text = metadata.key_value_metadata?.find(({ key }) => key === 'geo')?.value;
  if (!text) return null;
  try {
    const geo = JSON.parse(text) as GeoMetadata;
    const column = geo.primary_column ?? 'geometry';
    const crs = geo.columns?.[column]?.crs;
    const id = crs?.id;
    return { column, crs: crs === undefined ? 'OGC:CRS84' : id ? `${id.authority}:${id.code}` : null };
  } catch {
    return null;
  }
}

export async function openParquet(path: string, name: string): Promise<SourceLayer[]> {
  const buffer = await asyncBufferFromFile(path);
  const metadata = await parquetMetadataAsync(buffer).catch((error: Error) => {
    throw new Problem('bad-file', { name, reason: error.message.slice(0, 200) });
  });
  const geo = readGeoMetadata(metadata);
  const count = Number(metadata.num_rows);
  return [
    {
      ...{ name, format: 'GeoParquet', encoding: 'UTF-8', count, declared: null, crs: geo?.crs ?? null, tabular: geo === null, notes: [] },
      async *read({ skip, limit, signal, onProgress }) {
        const last = Math.min(count, limit === undefined ? count : skip + limit);
        // A column chunk is decoded as a whole: a row group is read once, and its rows are given out in pieces.
        let groupStart = 0;
        for (const group of metadata.row_groups) {
          const groupEnd = groupStart + Number(group.num_rows);
          const file = cachedAsyncBuffer(buffer);
          for (let from = Math.max(groupStart, skip); from < Math.min(groupEnd, last); from += rowsAtOnce) {
            signal?.throwIfAborted();
            const to = Math.min(from + rowsAtOnce, groupEnd, last);
            const rows = (await parquetReadObjects({ file, metadata, compressors, rowStart: from, rowEnd: to })) as Record<
              string,
              unknown
            >[];
            for (const [n, row] of rows.entries()) {
              const { [geo?.column ?? '']: geometry, ...attributes } = row;
              yield { number: from + n + 1, attributes, geometry: (geometry as Geometry | undefined) ?? null } satisfies SourceRow;
            }
            onProgress?.(to / count);
          }
          groupStart = groupEnd;
        }
      },
    },
  ];
}
