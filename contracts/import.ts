// Bringing files in: the job, its preview, the plan that a person makes of it, and the report. Both ends and the command line read this.
import { type Static, Type } from 'typebox';
import { departments } from './access.ts';

/**
 * uploading → queued → previewing → ready (waits for a plan) → running → done; failed and cancelled end it. Nothing of a job is on any map
 * before `done`.
 */
export const importStates = ['uploading', 'queued', 'previewing', 'ready', 'running', 'done', 'failed', 'cancelled'] as const;
export type ImportState = (typeof importStates)[number];
export const isOver = (state: ImportState): boolean => state === 'done' || state === 'failed' || state === 'cancelled';

/** What one upload may be at most; the page says it, the readers hold it. */
export const importLimits = { files: 50, fileBytes: 16 * 2 ** 30, archiveEntries: 5000, archiveBytes: 20 * 2 ** 30 } as const;

/** Types of attributes as PostgreSQL names them. */
export const importTypes = ['text', 'bigint', 'double precision', 'boolean', 'date', 'timestamp with time zone'] as const;
export type ImportType = (typeof importTypes)[number];
export const geometryClasses = ['point', 'line', 'polygon'] as const;
export type GeometryClass = (typeof geometryClasses)[number];

/** Where a row's place comes from when the file has no geometry: its columns by name. */
export const PlaceSchema = Type.Union([
  Type.Object({ lng: Type.String(), lat: Type.String() }),
  Type.Object({ wkt: Type.String() }),
  /** Six digits of GB/T 2260, or the name of a division: the row stands at the division's centre and says so. */
  Type.Object({ division: Type.String() }),
]);
export type Place = Static<typeof PlaceSchema>;

const name = (description: string, maxLength = 100) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f]*$', description });
const FieldPlanSchema = Type.Object(
  {
    name: Type.String({ maxLength: 500, description: '文件中的字段名' }),
    as: Type.Optional(name('列名：小写字母、数字、下划线或汉字', 63)),
    title: Type.Optional(name('显示名')),
    type: Type.Optional(Type.Enum([...importTypes])),
    skip: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
);
export const rasterRamps = ['terrain', 'grey', 'heat', 'blues'] as const;
export type RasterRamp = (typeof rasterRamps)[number];
/** What becomes of a raster: a picture, or heights. What is left out is as the preview says. */
export const RasterPlanSchema = Type.Object(
  {
    as: Type.Optional(Type.Enum(['picture', 'elevation'], { description: '影像，或高程' })),
    band: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: '单波段用哪一个，从 1 数起' })),
    bands: Type.Optional(Type.Array(Type.Integer({ minimum: 1, maximum: 1000 }), { minItems: 3, maxItems: 3, description: '红、绿、蓝' })),
    min: Type.Optional(Type.Number({ description: '色带或拉伸的下限' })),
    max: Type.Optional(Type.Number({ description: '色带或拉伸的上限' })),
    ramp: Type.Optional(Type.Enum([...rasterRamps], { description: '单波段的色带' })),
    nodata: Type.Optional(Type.Number({ description: '无数据值' })),
  },
  { additionalProperties: false },
);
export type RasterPlan = Static<typeof RasterPlanSchema>;
const LayerPlanSchema = Type.Object(
  {
    /** Name in the preview. */
    source: Type.String({ maxLength: 500 }),
    skip: Type.Optional(Type.Boolean()),
    id: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,59}$', description: '图层编号：小写字母、数字、连字符' })),
    title: Type.Optional(name('图层名称')),
    crs: Type.Optional(Type.String({ maxLength: 40, description: 'EPSG:nnnn、GCJ-02、BD-09' })),
    place: Type.Optional(PlaceSchema),
    raster: Type.Optional(RasterPlanSchema),
    fields: Type.Optional(Type.Array(FieldPlanSchema, { maxItems: 1600 })),
  },
  { additionalProperties: false },
);
/** What shall become of the file; everything that is left out is as the preview says. */
export const ImportPlanSchema = Type.Object(
  {
    layers: Type.Optional(Type.Array(LayerPlanSchema, { maxItems: 500 })),
    crs: Type.Optional(Type.String({ maxLength: 40, description: '所有图层的坐标系：EPSG:nnnn、GCJ-02、BD-09' })),
    encoding: Type.Optional(Type.Enum(['UTF-8', 'GB18030', 'BIG5'])),
    title: Type.Optional(name('图层名称')),
    id: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,59}$', description: '图层编号：小写字母、数字、连字符' })),
    theme: Type.Optional(Type.String({ pattern: '^[a-z][a-z-]{0,39}$', description: '主题，如 planning' })),
    department: Type.Optional(Type.Enum([...departments])),
    source: Type.Optional(name('来源与许可', 500)),
    provenance: Type.Optional(Type.Enum(['measured', 'reported', 'modelled', 'simulated'])),
    adcodeColumn: Type.Optional(name('存放行政区划代码的列', 63)),
    raster: Type.Optional(RasterPlanSchema),
  },
  { additionalProperties: false },
);
export type ImportPlan = Static<typeof ImportPlanSchema>;

export interface CrsFinding {
  /** EPSG:nnnn, GCJ-02, BD-09; null: not to be told without a person. */
  readonly code: string | null;
  readonly title: string;
  /** told by the person, read from the file, worked out from the numbers, or taken for want of anything else */
  readonly how: 'told' | 'file' | 'numbers' | 'assumed';
  readonly sure: 'sure' | 'likely' | 'guess';
  /** What else it could be. */
  readonly others: readonly string[];
  /** What must be known about it, e.g. that no datum shift is made. */
  readonly notes: readonly string[];
  /** The file gives northing before easting (or latitude before longitude). */
  readonly swapped: boolean;
}
export interface ImportField {
  readonly name: string;
  readonly as: string;
  readonly title: string;
  readonly type: ImportType;
  readonly sample: string;
}
export interface RasterBand {
  /** uint8, int16, float32 … */
  readonly type: string;
  /** red, green, blue, alpha, grey, palette, or '' */
  readonly colour: string;
  readonly nodata: number | null;
  /** Of pixels looked at, those without data left out; null: none had any. */
  readonly statistics: { readonly min: number; readonly max: number; readonly mean: number; readonly deviation: number } | null;
}
/** A raster or an archive of tiles as it is before it is brought in. */
export interface RasterPreview {
  /** archive: tiles that are taken as they are */
  readonly kind: 'raster' | 'archive';
  /** Pixels; 0 for an archive. */
  readonly width: number;
  readonly height: number;
  readonly bands: readonly RasterBand[];
  /** Side of a pixel, metres on the ground; null: an archive, or not known without its coordinate system. */
  readonly pixelMetres: number | null;
  readonly minZoom: number | null;
  readonly maxZoom: number | null;
  /** Tiles that will be, about; null: not known yet. */
  readonly tiles: number | null;
  /** image/png, application/vnd.mapbox-vector-tile … of an archive; null: a raster */
  readonly format: string | null;
  /** What a person may choose, the first being ours. */
  readonly uses: readonly ('picture' | 'elevation')[];
}
export interface LayerPreview {
  /** Unique in the job. */
  readonly source: string;
  readonly format: string;
  readonly encoding: string | null;
  /** As far as is known without reading everything. */
  readonly count: number | null;
  readonly classes: readonly GeometryClass[];
  /** [west, south, east, north] in degrees, of the rows looked at. */
  readonly extent: readonly [number, number, number, number] | null;
  readonly crs: CrsFinding;
  readonly place: Place | null;
  readonly fields: readonly ImportField[];
  /** The first 20 rows as they are. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly notes: readonly string[];
  readonly raster?: RasterPreview;
}
/** One row of the file that is not in the layer as it was. Rows count from 1. */
export interface ReportRow {
  readonly layer: string;
  readonly row: number;
  readonly kind: 'skipped' | 'repaired' | 'changed';
  readonly reason: string;
}
export interface ImportReport {
  /** Rows of the file; each is imported or skipped. Repaired and changed ones are among the imported. */
  readonly read: number;
  readonly imported: number;
  readonly skipped: number;
  readonly repaired: number;
  readonly changed: number;
  /** Exact, by reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** The first thousand. */
  readonly rows: readonly ReportRow[];
  readonly notes: readonly string[];
}
export interface ImportJob {
  readonly id: number;
  readonly state: ImportState;
  /** 0–1; null: not known. */
  readonly progress: number | null;
  readonly files: readonly { readonly name: string; readonly bytes: number }[];
  readonly preview: readonly LayerPreview[] | null;
  readonly result: { readonly collections: readonly string[]; readonly models: readonly string[]; readonly tilesets: readonly string[] };
  readonly report: ImportReport;
  /** Why it failed, or what it waits for. */
  readonly message: string | null;
  readonly createdBy: string;
  readonly created: string;
  readonly updated: string;
}
