// The routes of spatial analysis: bodies and answers. Computed in PostGIS on the rows that the viewer may read.
import { type Static, Type } from 'typebox';
import { TextParameter } from './parameters.ts';
import { jsonOf as json, type Route } from './route.ts';

const LayerId = Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$', description: '图层编号，如 cities' });
const Filter = Type.Optional(Type.String({ maxLength: 8000, description: 'CQL2 文本；不给为全部' }));
const strict = { additionalProperties: false } as const;
const GeometrySchema = Type.Object(
  {
    type: Type.Enum(['Point', 'MultiPoint', 'LineString', 'MultiLineString', 'Polygon', 'MultiPolygon']),
    coordinates: Type.Array(Type.Any(), { minItems: 1, description: 'GeoJSON 坐标，经度在前，CGCS2000' }),
  },
  strict,
);
/** Rows of a layer, or a shape that was drawn. */
const Rows = Type.Object({ layer: LayerId, filter: Filter }, strict);
const Source = Type.Union([Rows, Type.Object({ geometry: GeometrySchema }, strict)]);
export type AnalysisSource = Static<typeof Source>;
export type AnalysisRows = Static<typeof Rows>;

export const BufferBody = Type.Object({ of: Source, metres: Type.Number({ minimum: 1, maximum: 200_000 }) }, strict);
export const OverlayBody = Type.Object({ rows: Rows, with: Source, keep: Type.Enum(['inside', 'outside']) }, strict);
export const StatisticsBody = Type.Object({ rows: Rows, regions: Source, attribute: Type.Optional(TextParameter('数值属性', 63)) }, strict);

const none = Type.Object({});
export const analysisRoutes = {
  analysisBuffer: {
    method: 'post',
    path: '/api/analysis/buffer',
    summary: '缓冲区：要素或图形外扩若干米，合成一个面（椭球面上量）',
    query: none,
    body: BufferBody,
    who: 'signed-in',
    reply: json('{geometry, squareMetres, rows}'),
  },
  analysisOverlay: {
    method: 'post',
    path: '/api/analysis/overlay',
    summary: '叠置：图层的要素在某范围之内或之外的部分，带面积或长度',
    query: none,
    body: OverlayBody,
    who: 'signed-in',
    reply: json('FeatureCollection，属性另有 measure（平方米或米）'),
  },
  analysisStatistics: {
    method: 'post',
    path: '/api/analysis/statistics',
    summary: '分区统计：每个区域内要素的个数、长度或面积，及一个数值属性的和、均值、最小、最大',
    query: none,
    body: StatisticsBody,
    who: 'signed-in',
    reply: json('{unit, regions: [{id, name, count, measure, sum, mean, least, most}]}'),
  },
} as const satisfies Record<string, Route>;
