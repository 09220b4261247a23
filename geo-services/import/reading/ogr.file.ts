// Shapefile, GeoPackage, FlatGeobuf, Excel, KML, GPX and DXF through GDAL: a child writes one feature a line, we read as we can take them.
import { open, readFile } from 'node:fs/promises';
import { encodingOfDbf } from './encoding.ts';
import { type Format, formats } from './formats.ts';
import { featureRows } from './geojson.file.ts';
import { type OgrLayer, readSummary } from './ogr-summary.ts';
import { outputOf, textOf } from './programs.file.ts';
import type { SourceLayer } from './row.ts';

/** Reads a companion file whatever the case of its ending. */
async function companion(path: string, ending: string, bytes: number): Promise<Buffer | null> {
  for (const candidate of [ending, ending.toUpperCase()]) {
    const file = await open(path.replace(/shp$/i, candidate)).catch(() => null);
    if (!file) continue;
    const buffer = Buffer.alloc(bytes);
    const { bytesRead } = await file.read(buffer, 0, bytes, 0).finally(() => file.close());
    return buffer.subarray(0, bytesRead);
  }
  return null;
}

/** GPX gives every point of a track a second time; Excel's place is in its columns. */
const isSeen = (format: Format, layer: OgrLayer): boolean => format !== 'gpx' || !/_points$/.test(layer.name);

export async function openOgr(
  path: string,
  name: string,
  format: Format,
  told: { readonly encoding: string | null; readonly signal?: AbortSignal },
): Promise<SourceLayer[]> {
  const { title } = formats[format];
  const notes: string[] = [];
  const open: string[] = [];
  const config: string[] = [];
  let encoding: string | null = null;
  if (format === 'shapefile') {
    const dbf = await companion(path, 'dbf', 1 << 20);
    const cpg = await companion(path, 'cpg', 64);
    const found = encodingOfDbf(cpg?.toString('latin1') ?? null, dbf ?? new Uint8Array());
    encoding = told.encoding ?? found.encoding;
    if (dbf === null) notes.push('缺少 .dbf：没有属性');
    else if (told.encoding === null && found.note) notes.push(found.note);
    open.push('-oo', `ENCODING=${encoding}`);
    // A lost .shx is made anew from the .shp.
    if ((await companion(path, 'shx', 1)) === null) {
      config.push('--config', 'SHAPE_RESTORE_SHX', 'YES');
      notes.push('缺少 .shx：已由 .shp 重建');
    }
  }
  if (format === 'excel') config.push('--config', 'OGR_XLSX_HEADERS', 'AUTO');
  const signal = told.signal ? { signal: told.signal } : {};
  const summary = await textOf('ogrinfo', ['-ro', '-so', '-al', '-wkt_format', 'WKT1', ...config, ...open, path], { name, ...signal });
  const layers = readSummary(summary).filter((layer) => isSeen(format, layer) && layer.count !== 0);
  const prj = format === 'shapefile' ? await readFile(path.replace(/shp$/i, 'prj'), 'utf8').catch(() => null) : null;
  return layers.map((layer) => ({
    name: layers.length === 1 && format !== 'excel' ? name : `${name}/${layer.name}`,
    ...{ format: title, encoding, count: layer.count, declared: layer.fields, tabular: layer.geometry === 'None' },
    ...{ crs: prj?.trim() || layer.wkt, notes },
    async *read(options) {
      const told = { name, ...(options.signal ? { signal: options.signal } : {}) };
      // The writer would turn everything to WGS 84 by parameters of its own choice; told that it is that already, it leaves the numbers alone.
      const output = outputOf(
        'ogr2ogr',
        [
          ...[...config, '-f', 'GeoJSONSeq', '/vsistdout/', path, layer.name, '-a_srs', 'EPSG:4326', '-dim', 'XY', ...open],
          ...['-lco', 'COORDINATE_PRECISION=10', ...(options.limit ? ['-limit', String(options.limit + options.skip)] : [])],
        ],
        told,
      );
      for await (const row of featureRows(output, options)) {
        if (layer.count) options.onProgress?.(Math.min(1, row.number / layer.count));
        yield row;
      }
    },
  }));
}
