// What the API definition says of writing features: the operations of Part 4 on the layers that are written to.
//
// Source: OpenAPI 3.0.3; OGC 20-002r1 (Features Part 4); RFC 7396.
import type { Layer } from '../../contracts/layer.ts';
import { crsUris } from './crs.ts';
import { operationName } from './openapi-formats.ts';

const problem = (description: string): object => ({
  description,
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
});
const refusals = {
  '400': problem('内容不对'),
  '401': problem('未登录'),
  '403': problem('无权写入'),
  '404': problem('没有这个要素'),
  '413': problem('内容过大'),
  '415': problem('内容类型不对'),
};
const locked = { '412': problem('已被他人改过（If-Match）') };
const ifMatch = { name: 'If-Match', in: 'header', schema: { type: 'string' }, description: '读取时的 ETag；给出则不会覆盖他人的修改' };
const contentCrs = {
  name: 'Content-Crs',
  in: 'header',
  schema: { type: 'string', enum: crsUris.map((uri) => `<${uri}>`) },
  description: '请求内容的坐标系，缺省 CRS84',
};
const feature = { 'application/geo+json': { schema: { type: 'object', required: ['type', 'geometry', 'properties'] } } };
const body = (content: object): object => ({ required: true, content });
const written = (description: string): object => ({
  description,
  headers: { ETag: { schema: { type: 'string' } } },
  content: { 'application/geo+json': { schema: { type: 'object' } } },
});

/** `paths` with the writing operations added. */
export function withWrites(paths: Readonly<Record<string, object>>, layers: readonly Layer[]): Record<string, object> {
  const all: Record<string, object> = { ...paths };
  for (const layer of layers.filter(({ editable }) => editable === true)) {
    const items = `/collections/${layer.id}/items`;
    const one = `${items}/{featureId}`;
    const id = { name: 'featureId', in: 'path', required: true, schema: { type: 'integer', minimum: 1 } };
    const name = operationName(layer.id);
    const { zh } = layer.title;
    all[items] = {
      ...all[items],
      post: {
        ...{ operationId: `${name}.create`, summary: `${zh}：新建要素`, parameters: [contentCrs], requestBody: body(feature) },
        responses: {
          '201': { ...written('新要素'), headers: { Location: { schema: { type: 'string' } }, ETag: { schema: { type: 'string' } } } },
          ...refusals,
        },
      },
    };
    all[one] = {
      ...all[one],
      put: {
        ...{
          operationId: `${name}.replace`,
          summary: `${zh}：替换要素`,
          parameters: [id, ifMatch, contentCrs],
          requestBody: body(feature),
        },
        responses: { '200': written('替换后的要素'), ...refusals, ...locked },
      },
      patch: {
        ...{ operationId: `${name}.update`, summary: `${zh}：修改要素`, parameters: [id, ifMatch, contentCrs] },
        requestBody: body({ 'application/merge-patch+json': { schema: { type: 'object' } } }),
        responses: { '200': written('修改后的要素'), ...refusals, ...locked },
      },
      delete: {
        ...{ operationId: `${name}.delete`, summary: `${zh}：删除要素`, parameters: [id, ifMatch] },
        responses: { '204': { description: '已删除' }, ...refusals, ...locked },
      },
    };
  }
  return all;
}
