// What the API definition says of the catalogue: searching for records, one record, its schemas.
//
// Source: OpenAPI 3.0.3; OGC API Records Part 1 (20-004r1) definitions of q, type, ids, externalIds, sortby and the schema recordGeoJSON.
import { filterLanguages } from '../cql2/filter.ts';
import { CRS84, crsList } from './crs.ts';
import { documentFormats, recordFormats } from './formats.ts';
import { CATALOGUE, RECORD_TYPE, recordColumns } from './record.ts';
import { DEFAULT_RECORDS, MAX_RECORDS, sortKeys } from './record-query.ts';
import { SCHEMA_TYPE } from './schemas.ts';

type Get = (id: string, summary: string, type: string, parameters?: readonly object[]) => object;
const query = (name: string, schema: object, description?: string): object => ({
  ...{ name, in: 'query', required: false, ...(description ? { description } : {}), schema },
  ...('items' in schema ? { style: 'form', explode: false } : {}),
});
const texts = { type: 'array', items: { type: 'string' } };
const formats = query('f', { type: 'string', enum: recordFormats.flatMap(({ id, names }) => [id, ...names]) });
const page = query('f', { type: 'string', enum: documentFormats.map(({ id }) => id) });
const degrees = crsList.filter(({ unit }) => unit === 'degree').map(({ uri }) => uri);

const parameters: readonly object[] = [
  query('q', texts, '名称、摘要、关键字中的词；逗号表示“或”，空格隔开的词须依次出现'),
  query('type', texts, `资源类型，本目录全为 ${RECORD_TYPE}`),
  query('ids', texts, '记录标识'),
  query('externalIds', texts, '外部标识（信息资源代码），可写作 方案:值'),
  query('bbox', { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 6 }),
  query('bbox-crs', { type: 'string', format: 'uri', enum: degrees, default: CRS84.uri }),
  query('datetime', { type: 'string' }),
  query('limit', { type: 'integer', minimum: 1, maximum: MAX_RECORDS, default: DEFAULT_RECORDS }),
  query('offset', { type: 'integer', minimum: 0, default: 0 }),
  query('sortby', { type: 'array', minItems: 1, items: { type: 'string', pattern: `^[+-]?(${sortKeys.join('|')})$` } }),
  query('filter', { type: 'string' }, `CQL2，属性：${[...recordColumns.keys()].join(' ')}`),
  query('filter-lang', { type: 'string', enum: filterLanguages, default: filterLanguages[0] }),
  query('filter-crs', { type: 'string', format: 'uri', default: CRS84.uri }),
  formats,
];

const link = { $ref: '#/components/schemas/Link' };
export const recordSchemas: Readonly<Record<string, object>> = {
  Link: {
    ...{ type: 'object', required: ['href', 'rel'] },
    properties: { href: { type: 'string' }, rel: { type: 'string' }, type: { type: 'string' }, title: { type: 'string' } },
  },
  Record: {
    ...{ type: 'object', required: ['id', 'type', 'time', 'geometry', 'properties', 'links'] },
    properties: {
      id: { type: 'string' },
      type: { type: 'string', enum: ['Feature'] },
      time: {
        type: 'object',
        nullable: true,
        properties: { interval: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 } },
      },
      geometry: { type: 'object', nullable: true },
      properties: {
        ...{ type: 'object', required: ['type', 'title'] },
        properties: {
          ...Object.fromEntries(['type', 'title', 'description', 'license', 'rights'].map((name) => [name, { type: 'string' }])),
          ...Object.fromEntries(['created', 'updated'].map((name) => [name, { type: 'string', format: 'date-time' }])),
          keywords: texts,
          ...Object.fromEntries(
            ['themes', 'formats', 'contacts', 'externalIds'].map((name) => [name, { type: 'array', items: { type: 'object' } }]),
          ),
          access: { type: 'string', enum: ['open', 'apply'] },
        },
      },
      links: { type: 'array', items: link },
      linkTemplates: { type: 'array', items: { type: 'object', required: ['uriTemplate'] } },
    },
  },
  Records: {
    ...{ type: 'object', required: ['type', 'features'] },
    properties: {
      type: { type: 'string', enum: ['FeatureCollection'] },
      numberMatched: { type: 'integer', minimum: 0 },
      numberReturned: { type: 'integer', minimum: 0 },
      features: { type: 'array', items: { $ref: '#/components/schemas/Record' } },
      links: { type: 'array', items: link },
    },
  },
};

/** `get` as openapi.ts writes one; formats are told here, records being in fewer than features. */
export function recordPaths(get: Get): Record<string, object> {
  const own = `/collections/${CATALOGUE}`;
  const records = (id: string, summary: string, schema: string, given: readonly object[]): object => {
    const { get: operation } = get(id, summary, 'application/geo+json', given) as { get: { responses: Record<string, object> } };
    const content = {
      'application/geo+json': { schema: { $ref: `#/components/schemas/${schema}` } },
      'text/html': { schema: { type: 'string' } },
    };
    return { get: { ...operation, responses: { ...operation.responses, '200': { description: summary, content } } } };
  };
  return {
    [`${own}/items`]: records('catalogue.records', '图层目录：检索', 'Records', parameters),
    [`${own}/items/{recordId}`]: records('catalogue.record', '图层目录：一条记录', 'Record', [
      { name: 'recordId', in: 'path', required: true, schema: { type: 'string' } },
      formats,
    ]),
    [own]: get('catalogue.collection', '图层目录', 'application/json', [page]),
    [`${own}/queryables`]: get('catalogue.queryables', '图层目录：可查询的属性', SCHEMA_TYPE, [page]),
    [`${own}/sortables`]: get('catalogue.sortables', '图层目录：可排序的属性', SCHEMA_TYPE, [page]),
  };
}
