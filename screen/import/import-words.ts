// What the import page says: states, coordinate systems and how sure they are, sizes; and the plan that a person's choices make.
import type {
  CrsFinding,
  GeometryClass,
  ImportJob,
  ImportPlan,
  ImportState,
  ImportType,
  LayerPreview,
  RasterPreview,
} from '../../contracts/import.ts';

/** What is taken, and what a person must bring with it. */
export const acceptedFormats: readonly { readonly title: string; readonly words: string }[] = [
  { title: 'GeoJSON', words: '.geojson .json，逐行的 .geojsonl .ndjson' },
  { title: 'Shapefile', words: '打成 zip，或 .shp .dbf .shx .prj（.cpg）一起选' },
  { title: 'GeoPackage', words: '.gpkg，每张表一个图层' },
  { title: 'FlatGeobuf', words: '.fgb' },
  { title: 'GeoParquet', words: '.parquet .geoparquet' },
  { title: 'CSV', words: '.csv .tsv .txt，首行为列名' },
  { title: 'Excel', words: '.xlsx，每个工作表一个图层' },
  { title: 'KML', words: '.kml .kmz' },
  { title: 'GPX', words: '.gpx，航点与轨迹' },
  { title: 'DXF', words: '.dxf，坐标系按数值判断或由人指定' },
  { title: 'GeoTIFF', words: '.tif .tiff，作为影像或高程' },
  { title: 'MBTiles', words: '.mbtiles，矢量或影像瓦片' },
  { title: 'PMTiles', words: '.pmtiles，矢量或影像瓦片' },
];
export const stateText: Readonly<Record<ImportState, string>> = {
  uploading: '上传中',
  queued: '排队',
  previewing: '预览中',
  ready: '待确认',
  running: '导入中',
  done: '已导入',
  failed: '未成',
  cancelled: '已取消',
};
export const classText: Readonly<Record<GeometryClass, string>> = { point: '点', line: '线', polygon: '面' };
export const typeText: Readonly<Record<ImportType, string>> = {
  text: '文本',
  bigint: '整数',
  'double precision': '小数',
  boolean: '是否',
  date: '日期',
  'timestamp with time zone': '时刻',
};
export const kindText = { skipped: '略过', repaired: '修复', changed: '改动' } as const;
const howText = { told: '人工指定', file: '文件所写', numbers: '按数值判断', assumed: '无从判断' } as const;
const sureText = { sure: '确定', likely: '很可能', guess: '存疑' } as const;

export function crsText(crs: CrsFinding): string {
  return `${crs.code ?? '须指定'} · ${crs.title} · ${howText[crs.how]}，${sureText[crs.sure]}`;
}
/** What may be chosen, likely ones first. */
export function crsChoices(crs: CrsFinding): string[] {
  return [
    ...new Set([
      ...(crs.code ? [crs.code] : []),
      ...crs.others,
      'EPSG:4490',
      'GCJ-02',
      'BD-09',
      'EPSG:3857',
      'EPSG:4549',
      'EPSG:4550',
      'EPSG:4551',
      'EPSG:4528',
      'EPSG:4529',
      'EPSG:4530',
    ]),
  ];
}
export function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const power = Math.min(3, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** power).toFixed(1)} ${['B', 'KB', 'MB', 'GB'][power]}`;
}
/** 12345 → 12 345 with narrow spaces. */
export const countText = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, '\u202f');
export const isWorking = (state: ImportState): boolean =>
  state === 'queued' || state === 'previewing' || state === 'running' || state === 'uploading';

/** 读 3 · 导入 2 · 略过 1 */
export function accountText({ report }: Pick<ImportJob, 'report'>): string {
  const parts: (readonly [string, number])[] = [
    ['导入', report.imported],
    ['略过', report.skipped],
    ['修复', report.repaired],
    ['改动', report.changed],
  ];
  return [
    `读 ${countText(report.read)} 行`,
    ...parts.filter(([, n], i) => n > 0 || i === 0).map(([word, n]) => `${word} ${countText(n)}`),
  ].join(' · ');
}

export interface FieldChoice {
  readonly name: string;
  as: string;
  type: ImportType;
  keep: boolean;
}
/** A raster or an archive in one line. */
export function rasterText({ kind, width, height, bands, pixelMetres, minZoom, maxZoom, tiles, format }: RasterPreview): string {
  const levels = minZoom === null || maxZoom === null ? '级别待定' : `${minZoom}–${maxZoom} 级`;
  const count = tiles === null ? '' : ` · 约 ${countText(tiles)} 块瓦片`;
  if (kind === 'archive') return `${format} 瓦片档案 · ${levels}${count}`;
  const [first] = bands;
  const numbers = first?.statistics;
  const range = numbers ? ` · 值 ${numbers.min.toFixed(1)}–${numbers.max.toFixed(1)}（抽样，平均 ${numbers.mean.toFixed(1)}）` : '';
  const size = pixelMetres === null ? '' : ` · 像元 ${pixelMetres < 10 ? pixelMetres.toFixed(2) : Math.round(pixelMetres)} m`;
  return `${width} × ${height} 像元 · ${bands.length} 波段 ${first?.type ?? ''} · 无数据 ${first?.nodata ?? '未写'}${range}${size} · ${levels}${count}`;
}
export interface LayerChoice {
  readonly source: string;
  title: string;
  keep: boolean;
  /** '': as found. */
  crs: string;
  /** Of a raster: what is made of it. */
  use: 'picture' | 'elevation' | null;
  readonly fields: FieldChoice[];
}
export function choicesOf(preview: readonly LayerPreview[]): LayerChoice[] {
  return preview.map((layer) => ({
    ...{ source: layer.source, title: layer.source, keep: layer.classes.length > 0 || layer.place !== null, crs: layer.crs.code ?? '' },
    use: layer.raster?.uses[0] ?? null,
    fields: layer.fields.map(({ name, as, type }) => ({ name, as, type, keep: true })),
  }));
}
/** Only what differs from the preview is told: a type that nobody chose may still be widened. */
export function planOf(
  preview: readonly LayerPreview[],
  choices: readonly LayerChoice[],
  about: { readonly source: string; readonly theme: string },
): ImportPlan {
  return {
    ...(about.source.trim() ? { source: about.source.trim() } : {}),
    ...(about.theme.trim() ? { theme: about.theme.trim() } : {}),
    layers: choices.map((choice, n) => {
      const seen = preview[n];
      const fields = choice.fields.flatMap((field, i) => {
        const was = seen?.fields[i];
        const change = {
          ...(field.as !== was?.as ? { as: field.as } : {}),
          ...(field.type !== was?.type ? { type: field.type } : {}),
          ...(field.keep ? {} : { skip: true }),
        };
        return Object.keys(change).length > 0 ? [{ name: field.name, ...change }] : [];
      });
      return {
        source: choice.source,
        ...(choice.keep ? {} : { skip: true }),
        ...(choice.title.trim() && choice.title !== seen?.source ? { title: choice.title.trim() } : {}),
        ...(choice.crs && choice.crs !== seen?.crs.code ? { crs: choice.crs } : {}),
        ...(choice.use && choice.use !== seen?.raster?.uses[0] ? { raster: { as: choice.use } } : {}),
        ...(fields.length > 0 ? { fields } : {}),
      };
    }),
  };
}
