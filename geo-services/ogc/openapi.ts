// The API definition of /ogc, from the declared layers. Source: OpenAPI 3.0.3; OGC API Features 1.0.1 §7.3 and §9 (conf/oas30).
import type { Layer } from '../../contracts/layer.ts';
import { filterLanguages } from '../cql2/filter.ts';
import { matrixSets } from '../tiles/matrix-sets.ts';
import { DEFAULT_COLLECTIONS } from './collections-page.ts';
import { CRS84, crsUris } from './crs.ts';
import { ANY, inAllFormats, operationName } from './openapi-formats.ts';
import { recordPaths, recordSchemas } from './openapi-records.ts';
import { stylePaths } from './openapi-styles.ts';
import { withWrites } from './openapi-writes.ts';
import { DEFAULT_LIMIT, MAX_LIMIT } from './query.ts';
import { TILE_PIXELS } from './wmts-request.ts';

const MVT = 'application/vnd.mapbox-vector-tile';
const problem = {
  description: '问题说明（RFC 9457）',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};
const refusals = { '400': problem, '401': problem, '403': problem, '404': problem, '503': problem };

function answer(type: string, description: string): object {
  return {
    '200': { description, content: { [type]: { schema: type === MVT ? { type: 'string', format: 'binary' } : { type: 'object' } } } },
    ...refusals,
  };
}
function get(operationId: string, summary: string, type: string, parameters: readonly object[] = []): object {
  return { get: { operationId, summary, ...(parameters.length ? { parameters } : {}), responses: answer(type, summary) } };
}
const inPath = (name: string, schema: object): object => ({ name, in: 'path', required: true, schema });
/** Part 3 (19-079r2) §7. */
const filterParameters = [
  { name: 'filter', in: 'query', schema: { type: 'string' } },
  { name: 'filter-lang', in: 'query', schema: { type: 'string', enum: filterLanguages, default: filterLanguages[0] } },
  { name: 'filter-crs', in: 'query', schema: { type: 'string', format: 'uri', enum: crsUris, default: CRS84.uri } },
];
const tileParameters = ['tileMatrix', 'tileRow', 'tileCol'].map((name) => inPath(name, { type: 'integer', minimum: 0 }));
const setParameter = inPath('tileMatrixSetId', { type: 'string', enum: [...matrixSets.keys()] });
const inQuery = (name: string, required = false, values?: readonly string[]): object => ({
  name,
  in: 'query',
  required,
  schema: { type: 'string', ...(values ? { enum: values } : {}) },
});

/** More layers are not described one by one: 25,000 of them would be a document that nobody can read and no server can print. */
const MOST_NAMED = 200;
/** One that stands for all of them, its id being a parameter of the address. */
function anyOf(layers: readonly Layer[]): Layer[] {
  const [first] = layers;
  if (!first || layers.length <= MOST_NAMED) return [...layers];
  const { call: _, ...plain } = first;
  return [
    {
      ...plain,
      id: ANY,
      title: { zh: '任一图层', en: 'Any layer' },
      attributes: [],
      editable: layers.some(({ editable }) => editable === true),
    },
  ];
}
const withCollection = (paths: Readonly<Record<string, object>>): Record<string, object> =>
  Object.fromEntries(
    Object.entries(paths).map(([path, item]) => [
      path,
      path.includes(ANY) ? { parameters: [inPath('collectionId', { type: 'string' })], ...item } : item,
    ]),
  );

/** OpenAPI document; `base` is the address that the paths hang on. */
export function openApi(base: string, all: readonly Layer[]): object {
  const layers = anyOf(all);
  const paths: Record<string, object> = {
    '/': get('landingPage', '首页', 'application/json'),
    '/conformance': get('conformance', '符合性', 'application/json'),
    '/collections': get('collections', '图层目录', 'application/json', [
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_COLLECTIONS } },
      { name: 'offset', in: 'query', schema: { type: 'integer', minimum: 0, default: 0 } },
    ]),
    '/tiles': get('tilesets', '瓦片集目录', 'application/json'),
    '/tiles/{tileMatrixSetId}': get('tileset', '瓦片集', 'application/json', [setParameter]),
    '/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}': get('tile', '多图层矢量瓦片', MVT, [
      setParameter,
      ...tileParameters,
      { name: 'collections', in: 'query', schema: { type: 'array', items: { type: 'string' } }, style: 'form', explode: false },
    ]),
    '/tileMatrixSets': get('tileMatrixSets', '切片方案', 'application/json'),
    '/tileMatrixSets/{tileMatrixSetId}': get('tileMatrixSet', '切片方案', 'application/json', [setParameter]),
    '/wmts': get('wmts', 'WMTS 1.0.0：GetCapabilities 答 XML，GetTile 答矢量瓦片，GetFeatureInfo 答某像素处的要素', 'application/xml', [
      inQuery('Service', true, ['WMTS']),
      inQuery('Request', true, ['GetCapabilities', 'GetTile', 'GetFeatureInfo']),
      inQuery('Version', false, ['1.0.0']),
      ...[
        'Layer',
        'Style',
        'Format',
        'TileMatrixSet',
        'TileMatrix',
        'TileRow',
        'TileCol',
        'J',
        'I',
        'InfoFormat',
        'AcceptVersions',
        'Sections',
      ].map((name) => inQuery(name)),
    ]),
    '/wmts/1.0.0/WMTSCapabilities.xml': get('wmtsCapabilities', 'WMTS 服务元数据', 'application/xml'),
    '/wmts/1.0.0/{layer}/default/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}.mvt': get('wmtsTile', 'WMTS 矢量瓦片', MVT, [
      inPath('layer', { type: 'string', ...(layers.length === all.length ? { enum: layers.map((layer) => layer.id) } : {}) }),
      setParameter,
      ...tileParameters,
    ]),
    '/wmts/1.0.0/{layer}/default/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}/{j}/{i}.json': get(
      ...(['wmtsFeatureInfo', 'WMTS：某像素处的要素', 'application/json'] as const),
      [
        ...[inPath('layer', { type: 'string' }), setParameter, ...tileParameters],
        ...['j', 'i'].map((name) => inPath(name, { type: 'integer', minimum: 0, maximum: TILE_PIXELS - 1 })),
      ],
    ),
  };
  for (const layer of layers) {
    const own = `/collections/${layer.id}`;
    const name = operationName(layer.id);
    paths[own] = get(`${name}.collection`, layer.title.zh, 'application/json');
    paths[`${own}/items`] = get(`${name}.items`, `${layer.title.zh}：要素`, 'application/geo+json', [
      { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT } },
      {
        name: 'bbox',
        in: 'query',
        schema: { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 6 },
        style: 'form',
        explode: false,
      },
      { name: 'datetime', in: 'query', schema: { type: 'string' } },
      { name: 'after', in: 'query', schema: { type: 'integer', minimum: 0 } },
      { name: 'sortby', in: 'query', schema: { type: 'array', items: { type: 'string' } }, style: 'form', explode: false },
      { name: 'offset', in: 'query', schema: { type: 'integer', minimum: 0 } },
      { name: 'exact-count', in: 'query', schema: { type: 'boolean', default: false } },
      ...filterParameters,
      ...layer.attributes.map((attribute) => ({ name: attribute, in: 'query', schema: { type: 'string' } })),
      ...(layer.call?.parameters ?? []).map(({ name: parameter, title, min, max, otherwise }) => ({
        ...{ name: parameter, in: 'query', description: title },
        schema: { type: 'number', minimum: min, maximum: max, ...(otherwise === undefined ? {} : { default: otherwise }) },
      })),
    ]);
    paths[`${own}/queryables`] = get(`${name}.queryables`, `${layer.title.zh}：可查询的属性`, 'application/schema+json');
    paths[`${own}/schema`] = get(`${name}.schema`, `${layer.title.zh}：要素的结构`, 'application/schema+json');
    paths[`${own}/items/{featureId}`] = get(`${name}.item`, `${layer.title.zh}：一个要素`, 'application/geo+json', [
      inPath('featureId', { type: 'integer', minimum: 1 }),
    ]);
    paths[`${own}/tiles`] = get(`${name}.tilesets`, `${layer.title.zh}：瓦片集目录`, 'application/json');
    paths[`${own}/tiles/{tileMatrixSetId}`] = get(`${name}.tileset`, `${layer.title.zh}：瓦片集`, 'application/json', [setParameter]);
    paths[`${own}/tiles/{tileMatrixSetId}/{tileMatrix}/{tileRow}/{tileCol}`] = get(`${name}.tile`, `${layer.title.zh}：矢量瓦片`, MVT, [
      setParameter,
      ...tileParameters,
    ]);
  }
  Object.assign(paths, stylePaths(layers, get));
  return {
    openapi: '3.0.3',
    info: { title: '辽智一张图', version: '1.0.0', description: 'OGC API Features、Tiles、Styles、Records 与 WMTS 1.0.0' },
    servers: [{ url: base }],
    paths: withCollection(withWrites({ ...recordPaths(get), ...inAllFormats(paths) }, layers)),
    components: {
      schemas: {
        ...recordSchemas,
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            detail: { type: 'string' },
            code: { type: 'string' },
          },
        },
      },
    },
  };
}
