// Which format a file has: by its name, held against its first bytes, so that nothing reaches a reader that it was not meant for.

export const formats = {
  geojson: { title: 'GeoJSON', names: /\.(geojson|json|geojsonl|geojsons|ndjson)$/i, driver: null },
  shapefile: { title: 'Shapefile', names: /\.shp$/i, driver: 'ESRI Shapefile' },
  geopackage: { title: 'GeoPackage', names: /\.gpkg$/i, driver: 'GPKG' },
  flatgeobuf: { title: 'FlatGeobuf', names: /\.fgb$/i, driver: 'FlatGeobuf' },
  csv: { title: 'CSV', names: /\.(csv|tsv|txt)$/i, driver: null },
  excel: { title: 'Excel', names: /\.xlsx$/i, driver: 'XLSX' },
  kml: { title: 'KML', names: /\.kml$/i, driver: 'LIBKML' },
  gpx: { title: 'GPX', names: /\.gpx$/i, driver: 'GPX' },
  dxf: { title: 'DXF', names: /\.dxf$/i, driver: 'DXF' },
  geoparquet: { title: 'GeoParquet', names: /\.(parquet|geoparquet)$/i, driver: null },
  geotiff: { title: 'GeoTIFF', names: /\.tiff?$/i, driver: 'GTiff' },
  mbtiles: { title: 'MBTiles', names: /\.mbtiles$/i, driver: null },
  pmtiles: { title: 'PMTiles', names: /\.pmtiles$/i, driver: null },
} as const satisfies Record<string, { title: string; names: RegExp; driver: string | null }>;
export type Format = keyof typeof formats;
/** Those that become tiles. */
export const isRaster = (format: Format): format is 'geotiff' | 'mbtiles' | 'pmtiles' =>
  format === 'geotiff' || format === 'mbtiles' || format === 'pmtiles';

export const isZip = (name: string): boolean => /\.(zip|kmz)$/i.test(name);

/** By the name alone; null: none of ours (or the companion of another, such as .dbf). */
export function formatOf(name: string): Format | null {
  for (const [format, { names }] of Object.entries(formats)) if (names.test(name)) return format as Format;
  return null;
}

/** Whether the first bytes (512 or the whole file) are of the format. */
export function looksLike(format: Format, head: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(head);
  const trimmed = text.replace(/^ï»¿/, '').trimStart();
  switch (format) {
    case 'geojson':
      return trimmed.startsWith('{') || trimmed.startsWith('\u001e');
    case 'shapefile':
      return head[0] === 0 && head[1] === 0 && head[2] === 0x27 && head[3] === 0x0a;
    case 'geopackage':
    case 'mbtiles':
      return text.startsWith('SQLite format 3\u0000');
    case 'flatgeobuf':
      return text.startsWith('fgb');
    case 'excel':
      return text.startsWith('PK');
    case 'geoparquet':
      return text.startsWith('PAR1');
    case 'pmtiles':
      return text.startsWith('PMTiles');
    case 'geotiff':
      return text.startsWith('II*\u0000') || text.startsWith('MM\u0000*') || text.startsWith('II+\u0000') || text.startsWith('MM\u0000+');
    case 'kml':
      return /^<\?xml|^<kml/i.test(trimmed) && !/<OGRVRTDataSource|<VRTDataset/i.test(text);
    case 'gpx':
      return /^<\?xml|^<gpx/i.test(trimmed) && !/<OGRVRTDataSource|<VRTDataset/i.test(text);
    case 'dxf':
      return /^(999\r?\n.*\r?\n)*\s*0\r?\n\s*SECTION|^AutoCAD Binary DXF/.test(trimmed);
    case 'csv':
      return !head.includes(0);
  }
}
