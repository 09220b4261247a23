// The two schemas of a collection: what a filter may name (queryables) and what a feature brings (returnables).
//
// Source: OGC API Features Part 3 (19-079r2) §6 queryables; Part 5 (23-058) §7 schemas, §8 core roles (x-ogc-role); JSON Schema 2020-12.
import type { Layer } from '../../contracts/layer.ts';
import type { Columns, ColumnType } from '../cql2/columns.ts';

export const SCHEMA_TYPE = 'application/schema+json';
export const QUERYABLES_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/queryables';
export const SCHEMA_LINK = 'http://www.opengis.net/def/rel/ogc/1.0/schema';

/** Titles of attributes that many layers have; a layer's own come before them, and what has none is called by its name. */
const titles: Readonly<Record<string, string>> = {
  id: '要素编号',
  geometry: '几何',
  adcode: '行政区划代码',
  name: '名称',
  name_en: '英文名称',
  kind: '类别',
  rank: '级别',
  inside: '省内',
  depth: '深度（米，此值以深）',
  uid: '设备编号',
  department: '部门',
  provenance: '数据来历',
};
/** What people call an attribute of a layer, with its unit where it has one. */
export function titleOf(attribute: string, layer: Pick<Layer, 'titles'>): string {
  return layer.titles?.[attribute] ?? titles[attribute] ?? attribute;
}
const formats = {
  point: 'geometry-point-or-multipoint',
  line: 'geometry-linestring-or-multilinestring',
  polygon: 'geometry-polygon-or-multipolygon',
} as const;

function typed(type: ColumnType, layer: Layer): object {
  switch (type) {
    case 'text':
      return { type: 'string' };
    case 'date':
      return { type: 'string', format: 'date' };
    case 'timestamp':
      return { type: 'string', format: 'date-time' };
    // 23-058 §7.6: a geometry has a format and no type.
    case 'geometry':
      return { format: formats[layer.geometry] };
    default:
      return { type };
  }
}

function schema(address: string, layer: Layer, columns: Columns, roles: boolean): object {
  const role: Readonly<Record<string, string>> = { id: 'id', geometry: 'primary-geometry' };
  const properties = [...columns].map(([name, { type }], i) => [
    name,
    {
      title: titleOf(name, layer),
      ...typed(type, layer),
      ...(roles ? { 'x-ogc-propertySeq': i + 1, ...(role[name] ? { 'x-ogc-role': role[name] } : {}) } : {}),
    },
  ]);
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: address,
    type: 'object',
    title: layer.title.zh,
    properties: Object.fromEntries(properties),
    // A name that is not listed is refused with 400 (Part 3, /req/queryables).
    additionalProperties: false,
  };
}

/** `base`: the address of /ogc. */
export const queryables = (base: string, layer: Layer, columns: Columns): object =>
  schema(`${base}/collections/${layer.id}/queryables`, layer, columns, false);

/** Part 5 §10 returnables: the properties of a feature, with its identifier and its geometry named by role. */
export const returnables = (base: string, layer: Layer, columns: Columns): object =>
  schema(`${base}/collections/${layer.id}/schema`, layer, columns, true);

/** For the document of a collection. */
export function schemaLinks(own: string): readonly { href: string; rel: string; type: string; title: string }[] {
  return [
    { href: `${own}/queryables`, rel: QUERYABLES_LINK, type: SCHEMA_TYPE, title: '可查询的属性' },
    { href: `${own}/schema`, rel: SCHEMA_LINK, type: SCHEMA_TYPE, title: '要素的结构' },
  ];
}
