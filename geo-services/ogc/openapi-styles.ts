// What the API definition says of styles: lists, sheets, metadata, legends, and writing them.
//
// Source: OpenAPI 3.0.3; OGC API Styles (20-009, draft) core, manage-styles, style-validation.
import type { Layer } from '../../contracts/layer.ts';
import { layerStyles } from '../style/layer-style.ts';
import { operationName } from './openapi-formats.ts';
import { STYLE_TYPE } from './styles.ts';

type Get = (id: string, summary: string, type: string, parameters?: readonly object[]) => object;
const problem = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const refusals = {
  '400': problem('内容不对，或指向外部地址'),
  '401': problem('未登录'),
  '403': problem('无权写入，或样式为内置'),
  '404': problem('没有这个样式'),
  '415': problem('内容类型不对'),
};
const locked = { '412': problem('已被他人改过（If-Match）') };
const none = { '204': { description: '已完成' } };
const dryRun = {
  ...{ name: 'dry-run', in: 'query', required: false, schema: { type: 'boolean', default: false } },
  description: '只检查，不保存：无误答 204',
};
const prefer = { name: 'Prefer', in: 'header', schema: { type: 'string' }, description: 'handling=strict；样式总是要检查的' };
const ifMatch = { name: 'If-Match', in: 'header', schema: { type: 'string' }, description: '读取时的 ETag；给出则不会覆盖他人的修改' };
const body = (type: string, schema: object): object => ({ required: true, content: { [type]: { schema } } });
const sheet = body(STYLE_TYPE, {
  ...{ type: 'object', required: ['version', 'sources', 'layers'] },
  properties: {
    version: { type: 'integer', enum: [8] },
    name: { type: 'string' },
    sources: { type: 'object' },
    layers: { type: 'array', items: { type: 'object' } },
  },
});
const described = {
  type: 'object',
  properties: {
    ...Object.fromEntries(['title', 'description', 'pointOfContact', 'license'].map((name) => [name, { type: 'string', nullable: true }])),
    keywords: { type: 'array', items: { type: 'string' }, nullable: true },
  },
};
const styleId = (values?: readonly string[]): object => ({
  ...{ name: 'styleId', in: 'path', required: true },
  schema: { type: 'string', ...(values ? { enum: values } : {}) },
});

/** Reading and writing at one list of styles; `at`: its path, `name`: what the operations begin with. */
function ofList(get: Get, at: string, name: string, title: string): Record<string, object> {
  const operation = (id: string, summary: string, rest: object): object => ({
    operationId: `${name}${id}`,
    summary: `${title}${summary}`,
    ...rest,
  });
  const one = `${at}/{styleId}`;
  const made = { description: '新样式', headers: { Location: { schema: { type: 'string' } }, ETag: { schema: { type: 'string' } } } };
  return {
    [at]: {
      ...get(`${name}styles`, `${title}样式`, 'application/json'),
      post: operation('createStyle', '新建样式', {
        ...{ parameters: [dryRun, prefer], requestBody: sheet },
        responses: { '201': made, ...none, ...refusals, '409': problem('标识已有') },
      }),
      patch: operation('defaultStyle', '改缺省样式', {
        requestBody: body('application/merge-patch+json', { type: 'object', properties: { default: { type: 'string', nullable: true } } }),
        responses: { ...none, ...refusals },
      }),
    },
    [one]: {
      ...get(`${name}style`, `${title}一个样式`, STYLE_TYPE, [styleId()]),
      put: operation('replaceStyle', '替换样式（没有则新建）', {
        ...{ parameters: [styleId(), ifMatch, dryRun, prefer], requestBody: sheet },
        responses: { '201': made, ...none, ...refusals, ...locked },
      }),
      delete: operation('deleteStyle', '删除样式', { parameters: [styleId(), ifMatch], responses: { ...none, ...refusals, ...locked } }),
    },
    [`${one}/metadata`]: {
      ...get(`${name}styleMetadata`, `${title}样式的元数据`, 'application/json', [styleId()]),
      put: operation('replaceStyleMetadata', '替换样式的元数据', {
        ...{ parameters: [styleId(), ifMatch], requestBody: body('application/json', described) },
        responses: { ...none, ...refusals, ...locked },
      }),
      patch: operation('updateStyleMetadata', '修改样式的元数据', {
        ...{ parameters: [styleId(), ifMatch], requestBody: body('application/merge-patch+json', described) },
        responses: { ...none, ...refusals, ...locked },
      }),
    },
  };
}

/** Paths for the API definition; `get` as openapi.ts writes one. */
export function stylePaths(layers: readonly Layer[], get: Get): Record<string, object> {
  const legends = [styleId(layerStyles.map(({ id }) => id))];
  const paths = ofList(get, '/styles', '', '');
  for (const { id, title } of layers) {
    const name = operationName(id);
    const at = `/collections/${id}/styles`;
    Object.assign(paths, ofList(get, at, `${name}.`, `${title.zh}：`));
    paths[`${at}/{styleId}/legend`] = get(`${name}.legend`, `${title.zh}：图例`, 'application/json', legends);
    paths[`${at}/{styleId}/legend.svg`] = get(`${name}.legendPicture`, `${title.zh}：图例`, 'image/svg+xml', legends);
  }
  return paths;
}
