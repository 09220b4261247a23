// OpenAPI 3.1 and AsyncAPI 3.0 of the house, made from the table of routes and the declared streams. Nothing is written by hand twice.
import { problems } from '../../contracts/problem.ts';
import { apiVersion, type Route, routes } from '../../contracts/routes.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';

type Json = Readonly<Record<string, unknown>>;

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457',
  required: ['type', 'title', 'status', 'code'],
  properties: {
    type: { type: 'string' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string', enum: Object.keys(problems) },
    details: { type: 'object' },
  },
};
const pageSchema = (of: string): Json => ({
  type: 'object',
  required: ['items', 'numberReturned', 'next'],
  properties: {
    items: { type: 'array', items: { type: 'object', description: of } },
    numberReturned: { type: 'integer' },
    next: { type: ['string', 'null'], description: '下一页的地址；null：没有了' },
  },
});

function parametersOf(route: Route): Json[] {
  const list: Json[] = [];
  for (const [place, object] of [
    ['path', route.params],
    ['query', route.query],
  ] as const)
    for (const [name, schema] of Object.entries(object?.properties ?? {}))
      list.push({
        name,
        in: place,
        required: place === 'path' || ((object?.required ?? []) as readonly string[]).includes(name),
        schema: JSON.parse(JSON.stringify(schema)) as Json,
      });
  return list;
}
function answersOf(route: Route): Json {
  const { status, type, of } = route.reply;
  const content = {
    none: {},
    text: { 'text/plain': { schema: { type: 'string' } } },
    page: { 'application/json': { schema: pageSchema(of) } },
    json: { 'application/json': { schema: { description: of } } },
  }[type];
  const problem = { description: '出错', content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } };
  return { [status]: { description: of, ...(type === 'none' ? {} : { content }) }, default: problem };
}

export function openApi(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const [name, route] of Object.entries(routes) as [string, Route][]) {
    const who = route.who === 'everyone' ? [] : [{ bearer: [] }, { cookie: [] }];
    paths[route.path] = {
      ...paths[route.path],
      [route.method]: {
        operationId: name,
        summary: route.summary,
        description: route.who === 'everyone' || route.who === 'signed-in' ? '' : `角色须有“${route.who}”`,
        security: who,
        parameters: parametersOf(route),
        ...(route.body
          ? { requestBody: { required: true, content: { 'application/json': { schema: JSON.parse(JSON.stringify(route.body)) as Json } } } }
          : {}),
        responses: answersOf(route),
      },
    };
  }
  return {
    openapi: '3.1.0',
    info: { title: '辽智', version: apiVersion, description: '地图服务另见 /ogc/api' },
    paths,
    components: {
      schemas: { Problem: problemSchema },
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' }, cookie: { type: 'apiKey', in: 'cookie', name: 'liaozhi_session' } },
    },
  };
}

const topicSchema: Json = { type: 'string', description: '主题，即各频道的 address' };
/** What a page says to the server (ClientToServer of contracts/wire.ts). */
const toServer: readonly (readonly [event: string, summary: string, payload: Json])[] = [
  [
    'subscribe',
    '订阅；回执为快照，或 {problem}',
    {
      type: 'object',
      required: ['topic'],
      properties: { topic: topicSchema, bbox: { type: 'array', items: { type: 'number' }, minItems: 4, maxItems: 4 } },
    },
  ],
  ['unsubscribe', '退订', { type: 'object', required: ['topic'], properties: { topic: topicSchema } }],
  [
    'painted',
    '绘出样本：[收到, 绘出] 毫秒',
    { type: 'array', items: { type: 'array', items: { type: 'integer' }, minItems: 2, maxItems: 2 } },
  ],
  ['time', '问服务器时刻；回执为毫秒', { type: 'null' }],
];

/** Every topic as a channel: what a subscription answers and what follows. */
export function asyncApi(streams: readonly Stream[]): Json {
  const topics: [string, string, string][] = [
    ['alarms', '告警，逐条不合并', 'Alarm'],
    ['indicators', '指标', 'Indicator'],
    ['health', '系统状态，每秒', 'Health'],
  ];
  for (const stream of streams) {
    topics.push([`things:${streamPath(stream)}`, `${stream.title.zh}：各对象最新值`, 'ThingState；增量为 ThingDelta']);
    if (stream.kind === 'event') topics.push([`observations:${streamPath(stream)}`, `${stream.title.zh}：逐条不合并`, 'ObservationEvent']);
  }
  const channels: Record<string, Json> = {};
  const operations: Record<string, Json> = {};
  for (const [topic, title, of] of topics) {
    const id = topic.replaceAll(/[^a-z]+/g, '_');
    const payload = {
      type: 'object',
      required: ['topic', 'seq', 'sent', 'data'],
      properties: { topic: { const: topic }, seq: { type: 'integer' }, sent: { type: 'integer' }, data: { description: of } },
    };
    channels[id] = { address: topic, title, messages: { snapshot: { payload }, delta: { payload } } };
    operations[`receive_${id}`] = {
      action: 'receive',
      channel: { $ref: `#/channels/${id}` },
      summary: `订阅 ${topic}：先得快照，后得连号的增量；缺号须重新订阅`,
    };
  }
  for (const [event, summary, payload] of toServer) {
    channels[event] = { address: event, title: summary, messages: { [event]: { payload } } };
    operations[`send_${event}`] = { action: 'send', channel: { $ref: `#/channels/${event}` }, summary };
  }
  return {
    asyncapi: '3.0.0',
    info: {
      title: '辽智推送',
      version: apiVersion,
      description: 'socket.io 4，路径 /socket.io；握手凭会话 cookie、Authorization: Bearer 或 auth.token',
    },
    channels,
    operations,
  };
}
