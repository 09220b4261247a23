// The table of routes against what is really mounted, its two descriptions, and what every route answers to bad input.
import type { Router } from 'express';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { problems } from '../../contracts/problem.ts';
import { type Route, routes } from '../../contracts/routes.ts';
import { streamPath } from '../../contracts/stream.ts';
import { openSight } from '../../geo-services/features/sight.pg.ts';
import { streams } from '../../streams/index.ts';
import { testDatabase } from '../../tests/database.pg.ts';
import { mountedRouters } from '../app.http.ts';
import { openTestHouse, type TestHouse } from './test-house.http.ts';

type Json = Record<string, unknown>;
const table = Object.entries(routes) as [string, Route][];
let t: TestHouse;
let admin: string;

beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  admin = await t.token('admin', { adcode: '210000', departments: '*' });
});
afterAll(() => t?.close());

/** An address of the route, its parameters filled in. */
const example = (path: string): string =>
  path
    .replace('{kind}', 'frame')
    .replace('{adcode}', '210000')
    .replace('{path}', 'Things')
    .replaceAll(/\{\w+\}/g, '1');

interface Layer {
  readonly route?: { readonly path: string | RegExp | (string | RegExp)[]; readonly methods: Record<string, boolean> };
  readonly handle: { readonly stack?: readonly Layer[] };
}
/** `get /api/scenes/{id}` of every handler; a path that is a pattern stands as it is. */
function mounted(prefix: string, stack: readonly Layer[]): [method: string, path: string | RegExp][] {
  return stack.flatMap(({ route, handle }) => {
    if (!route) return handle.stack ? mounted(prefix, handle.stack) : [];
    const paths = [route.path].flat();
    const methods = Object.keys(route.methods).filter((method) => method !== '_all');
    return paths.flatMap((path) =>
      methods.map((method): [string, string | RegExp] => [
        method,
        typeof path === 'string'
          ? `${prefix === '/' ? '' : prefix}${path}`.replaceAll(/\{?[:*](\w+)\}?/g, '{$1}')
          : new RegExp(path.source.replace('^', `^${prefix.replaceAll('/', '\\/')}`), path.flags),
      ]),
    );
  });
}

describe('the table of routes', () => {
  test('what is mounted is in the table, and what is in the table is mounted', () => {
    const found = mountedRouters(t.parts, openSight(t.parts.house)).flatMap(([prefix, router]) =>
      mounted(prefix, (router as Router & { stack: Layer[] }).stack),
    );
    const names = new Set(found.flatMap(([method, path]) => (typeof path === 'string' ? `${method} ${path}` : [])));
    const patterns = found.filter((one): one is [string, RegExp] => typeof one[1] !== 'string');
    const declared = new Set(table.map(([, route]) => `${route.method} ${route.path}`));
    const byPattern = [...declared].filter((name) =>
      patterns.some(([method, pattern]) => name.startsWith(`${method} `) && pattern.test(example(name.slice(method.length + 1)))),
    );
    expect([...declared].filter((name) => !names.has(name) && !byPattern.includes(name))).toEqual([]);
    expect([...names].filter((name) => !declared.has(name))).toEqual([]);
    expect([declared.size, byPattern]).toEqual([
      table.length,
      ['post /sta/v1.1/Datastreams({id})/Observations', 'post /sta/v1.1/Observations'],
    ]);
  });
  test.each(table)('%s asks who is there', async (_, route) => {
    const call = { get: t.get, post: t.post } as const;
    if (route.method !== 'get' && route.method !== 'post') return;
    const answer = await (route.method === 'get' ? call.get(example(route.path)) : call.post(example(route.path), 'no-such-token', {}));
    if (route.who !== 'everyone') expect([answer.status, answer.body.code]).toEqual([401, 'unauthenticated']);
    else if (route.method === 'get') expect(answer.status).toBe(200);
  });
  test.each([
    ['delete', '/api/latest', 'GET'],
    ['put', '/api/devices/claim', 'POST'],
    ['patch', '/api/streams/ecology%2Fair-quality', 'GET'],
    ['put', '/api/session', 'GET, POST, DELETE'],
    ['put', '/ogc/collections/rivers/items', 'GET, HEAD'],
    ['put', '/readyz', 'GET'],
    ['delete', '/ogc/collections/rivers/items/1', 'GET, HEAD, OPTIONS'],
  ] as const)('%s %s is answered with what is allowed', async (method, path, allow) => {
    const { body, headers } = await t.call(method, path, admin).expect(405);
    expect([body.code, headers['allow']]).toEqual(['method-not-allowed', allow]);
  });
  test.each(['/api/session', '/api/devices/claim', '/sta/v1.1/Things', '/sta/v1.1/Observations'])(
    'POST %s with a body that is no JSON is not looked into',
    async (path) => {
      const { body } = await t
        .post(path, admin, 'username=admin&password=x')
        .set('Content-Type', 'application/x-www-form-urlencoded')
        .expect(415);
      expect([body.code, body.details.allowed]).toEqual(['unsupported-media-type', 'application/json']);
    },
  );
  test('an unknown address is a problem too', async () => {
    const { body, headers } = await t.get('/api/nothing', admin).expect(404);
    expect([body.code, headers['content-type']]).toEqual(['not-found', 'application/problem+json; charset=utf-8']);
  });
});

describe('bad parameters', () => {
  /** Values that no schema of ours takes. */
  const wrong = ["'; drop table thing; --\u0000", '', 'NaN'];
  const checked = table.filter(([, { method, path }]) => method === 'get' && path.startsWith('/api/'));
  const cases = checked.flatMap(([name, route]) =>
    Object.keys(route.query?.properties ?? {}).map((parameter): [string, string, Route] => [name, parameter, route]),
  );
  // Free words of searches and of the administrator's lists: any text is a name that may not be there.
  const free = new Set(['accounts after', 'audit account', 'audit act', 'layers q', 'portalLayers q', 'apiKeys q']);
  test.each(cases.filter(([name, parameter]) => !free.has(`${name} ${parameter}`)))('%s names a bad %s', async (_, parameter, route) => {
    const required = (route.query?.required ?? []) as readonly string[];
    const others = required.filter((name) => name !== parameter).map((name) => `&${name}=1`);
    for (const value of wrong) {
      const { body } = await t.get(`${example(route.path)}?${parameter}=${encodeURIComponent(value)}${others.join('')}`, admin).expect(400);
      expect(body).toMatchObject({ code: 'bad-parameter', details: { name: parameter } });
      expect(String(body.details.allowed).length).toBeGreaterThan(1);
      expect(String(body.details.given).length).toBeLessThan(200);
    }
    // A flag is no number, however a converter likes to read it.
    if (['integer', 'number'].includes(String((route.query?.properties[parameter] as { type?: string } | undefined)?.type)))
      await t.get(`${example(route.path)}?${parameter}=true${others.join('')}`, admin).expect(400);
    // Twice is not once.
    await t.get(`${example(route.path)}?${parameter}=1&${parameter}=2${others.join('')}`, admin).expect(400);
  });
  test.each(checked.filter(([, route]) => route.query))('%s knows no parameter of another name', async (name, route) => {
    if (name === 'accounts' || name === 'audit') return;
    const required = ((route.query?.required ?? []) as readonly string[]).map((one) => `&${one}=1`);
    const { body } = await t.get(`${example(route.path)}?colour=red${required.join('')}`, admin).expect(400);
    expect(body.details).toMatchObject({ name: 'colour', given: 'red' });
  });
  test.each([
    ['/api/history', 'datastream'],
    ['/api/history?datastream=1&limit=10001', 'limit'],
    ['/api/latest?limit=5001', 'limit'],
    ['/api/latest?bbox=123,41,122,42', 'bbox'],
    ['/api/latest?at=2026-02-30T00:00:00Z', 'at'],
    ['/api/latest?stream=a/b/c', 'stream'],
    ['/api/indicators/21', 'adcode'],
    ['/api/lineage/thing/5', 'kind'],
    ['/api/lineage/observation/x', 'id'],
    ['/api/frames/-1', 'id'],
  ])('%s: %s', async (path, name) => {
    const { body } = await t.get(path, admin).expect(400);
    expect(body).toMatchObject({ code: 'bad-parameter', details: { name } });
  });
});

describe('OpenAPI 3.1', () => {
  let document: Json & { paths: Record<string, Record<string, Json>>; components: Record<string, Json> };
  beforeAll(async () => {
    document = (await t.get('/api/openapi.json').expect(200)).body;
  });
  const operations = (): [path: string, method: string, operation: Json][] =>
    Object.entries(document.paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, operation]): [string, string, Json] => [path, method, operation]),
    );
  /** Every `{key: value}` below, with the key. */
  function* walk(value: unknown): Generator<[string, unknown]> {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      yield [key, inner];
      yield* walk(inner);
    }
  }
  test('§4.8.1 has openapi, info and paths; one operation per route', () => {
    expect(document['openapi']).toMatch(/^3\.1\.\d+$/);
    expect(document['info']).toMatchObject({ title: expect.any(String), version: expect.any(String) });
    expect(
      operations()
        .map(([path, method]) => `${method} ${path}`)
        .sort(),
    ).toEqual(table.map(([, route]) => `${route.method} ${route.path}`).sort());
  });
  test('§4.8.10 operation ids are unique, every operation has responses with a description, a GET has no body', () => {
    const ids = operations().map(([, , operation]) => operation['operationId']);
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, method, operation] of operations()) {
      const responses = Object.entries(operation['responses'] as Record<string, Json>);
      expect(responses.length, path).toBeGreaterThan(1);
      for (const [status, response] of responses) {
        expect(status).toMatch(/^([1-5]\d\d|default)$/);
        expect(response['description']).toEqual(expect.any(String));
      }
      if (method === 'get') expect(operation['requestBody'], path).toBeUndefined();
    }
  });
  test('§4.8.12 every {name} of a path is a required path parameter, and no parameter stands twice', () => {
    for (const [path, , operation] of operations()) {
      const parameters = operation['parameters'] as { name: string; in: string; required: boolean; schema: Json }[];
      const inPath = parameters.filter((one) => one.in === 'path');
      expect(inPath.map((one) => one.name).sort(), path).toEqual([...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).sort());
      expect(inPath.every((one) => one.required)).toBe(true);
      expect(new Set(parameters.map((one) => `${one.in} ${one.name}`)).size).toBe(parameters.length);
      for (const { schema } of parameters) expect(schema).toEqual(expect.any(Object));
    }
  });
  test('§4.8.23 references lead somewhere; JSON Schema types and patterns are such', () => {
    const types = ['string', 'number', 'integer', 'boolean', 'array', 'object', 'null'];
    let references = 0;
    for (const [key, value] of walk(document)) {
      if (key === '$ref') {
        const target = String(value)
          .replace('#/', '')
          .split('/')
          .reduce<unknown>((at, step) => (at as Json)[step], document);
        expect(target, String(value)).toEqual(expect.any(Object));
        references++;
      }
      if (key === 'type' && (typeof value === 'string' || Array.isArray(value)) && !['http', 'apiKey'].includes(String(value)))
        for (const one of [value].flat()) expect(types).toContain(one);
      if (key === 'pattern' && typeof value === 'string') expect(() => new RegExp(value, 'u')).not.toThrow();
      if (key === 'required' && Array.isArray(value)) expect(new Set(value).size).toBe(value.length);
    }
    expect(references).toBe(table.length);
    const schemes = Object.keys(document.components['securitySchemes'] as Json);
    for (const [, , operation] of operations())
      for (const one of operation['security'] as Json[]) expect(schemes).toEqual(expect.arrayContaining(Object.keys(one)));
  });
  test('the codes of problems are those of the contract', () => {
    const { Problem } = document.components['schemas'] as { Problem: { properties: { code: { enum: string[] } } } };
    expect(Problem.properties.code.enum).toEqual(Object.keys(problems));
  });
});

test('AsyncAPI 3.0: a channel for each topic, an operation for each channel', async () => {
  const { body } = await t.get('/api/asyncapi.json').expect(200);
  expect(body.asyncapi).toBe('3.0.0');
  const topics = [
    ...['alarms', 'indicators', 'health'],
    ...streams.map((stream) => `things:${streamPath(stream)}`),
    ...streams.filter((stream) => stream.kind === 'event').map((stream) => `observations:${streamPath(stream)}`),
    ...['subscribe', 'unsubscribe', 'painted', 'time'],
  ];
  const channels = body.channels as Record<string, { address: string; messages: Json }>;
  expect(
    Object.values(channels)
      .map((channel) => channel.address)
      .sort(),
  ).toEqual(topics.sort());
  const referred = Object.values(body.operations as Record<string, { action: string; channel: { $ref: string } }>).map(
    ({ channel }) => channel.$ref.split('/').at(-1) ?? '',
  );
  expect(referred.sort()).toEqual(Object.keys(channels).sort());
});
