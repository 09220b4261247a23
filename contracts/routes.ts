// The table of HTTP routes: address, parameters, who may, what comes back. Routers take their schemas from here, /api/openapi.json is made from it.
//
// Replies named after a type are that type of contracts/wire.ts, with times in milliseconds since 1970; in all others times are RFC 3339.
import { Type } from 'typebox';
import { accountRoutes } from './account-routes.ts';
import { analysisRoutes } from './analysis-routes.ts';
import { catalogueRoutes } from './catalogue-routes.ts';
import { AdCodeSchema } from './geo.ts';
import { grantRoutes } from './grant-routes.ts';
import { importRoutes } from './import-routes.ts';
import { BBoxParameter, CursorParameter, IdParameter, TextParameter, TimeParameter } from './parameters.ts';
import { type ProblemCode, problems } from './problem.ts';
import { jsonOf as json, limitOf as limit, pageOf as page, type Route } from './route.ts';
import { trustRoutes } from './trust-routes.ts';

export type { Route };

const none = Type.Object({});
const streamPathParameter = Type.String({ pattern: '^[a-z][a-z-]*/[a-z][a-z-]*$', description: '数据流，如 ecology/air-quality' });
const at = Type.Optional(TimeParameter);
const cursor = Type.Optional(CursorParameter);

const text = (description: string) => Type.Optional(Type.String({ maxLength: 500, description }));
const staOptions = Type.Object({
  $top: Type.Optional(Type.Integer({ minimum: 0, description: '至多几条；服务一页至多 1000' })),
  $skip: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000 })),
  $count: Type.Optional(Type.Boolean()),
  $orderby: text('属性或经导航到达的属性，后接 asc 或 desc，逗号分开'),
  $select: text('属性名，逗号分开'),
  $expand: text('导航名，可带括号内的选项，如 Datastreams($select=name)'),
  $filter: text("OGC 18-088 §9.3.3.5 的表达式，如 result gt 50 and Datastream/ObservedProperty/id eq 'a34004'"),
  $resultFormat: text('dataArray（用于 Observations）'),
});

const staPath = Type.Object({ path: TextParameter('资源路径（OGC 18-088 §9.2），至多 8 级', 300) });
const anyObject = Type.Record(Type.String(), Type.Unknown());

const frameNumber = Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '报文编号，不小于 0' });
const bucketSeconds = { minimum: 10, maximum: 31 * 86_400 } as const;

/** Of the interface, in its descriptions. */
export const apiVersion = '0.1.0';

export const routes = {
  live: {
    method: 'get',
    path: '/livez',
    summary: '进程在运行',
    query: none,
    who: 'everyone',
    reply: { status: 200, type: 'text', of: 'ok' },
  },
  ready: {
    method: 'get',
    path: '/readyz',
    summary: '可以接报并作答；否则 503 并说明原因',
    query: none,
    who: 'everyone',
    reply: { status: 200, type: 'text', of: 'ready' },
  },
  metrics: {
    method: 'get',
    path: '/metrics',
    summary: 'Prometheus 指标；本机可读，其他机器要系统管理员的令牌',
    query: none,
    who: 'everyone',
    reply: { status: 200, type: 'text', of: 'Prometheus text 0.0.4' },
  },
  latest: {
    method: 'get',
    path: '/api/latest',
    summary: '各对象的最新值，此刻的或某一时刻已知的；事件流（如林火热点）给出仍在图上的每一条',
    query: Type.Object({
      stream: Type.Optional(streamPathParameter),
      thing: Type.Optional(IdParameter('对象编号')),
      bbox: Type.Optional(BBoxParameter),
      at,
      limit: limit(5000, 1000),
      cursor,
    }),
    who: 'signed-in',
    reply: page('ThingState；事件流为 ObservationEvent'),
  },
  history: {
    method: 'get',
    path: '/api/history',
    summary: '一个数据序列的历史：逐点（同一时刻后到的为准）或按时段的均值、最小、最大',
    query: Type.Object({
      datastream: IdParameter('序列编号'),
      from: at,
      to: at,
      at,
      bucket: Type.Optional(
        Type.Union([Type.Integer(bucketSeconds), Type.Literal('auto')], { description: '时段秒数 10–2678400，或 auto；不给为逐点' }),
      ),
      limit: limit(10_000, 2000),
      cursor,
    }),
    who: 'signed-in',
    reply: json('History'),
  },
  alarms: {
    method: 'get',
    path: '/api/alarms',
    summary: '告警：此刻未解除的、某一时刻未解除的（at），或某一时段内发生的（from、to）',
    query: Type.Object({ at, open: Type.Optional(Type.Boolean()), from: at, to: at, limit: limit(2000, 500), cursor }),
    who: 'signed-in',
    reply: page('Alarm'),
  },
  indicators: {
    method: 'get',
    path: '/api/indicators/{adcode}',
    summary: '一个区域的指标，此刻的或某一时刻的；below=1 连同下一级区域',
    params: Type.Object({ adcode: AdCodeSchema }),
    query: Type.Object({ at, below: Type.Optional(Type.Integer({ minimum: 0, maximum: 1 })) }),
    who: 'signed-in',
    reply: page('Indicator'),
  },
  arrivals: {
    method: 'get',
    path: '/api/arrivals',
    summary: '每个时段到达的报文数，时间条的底图',
    query: Type.Object({
      from: at,
      to: at,
      bucket: Type.Optional(Type.Integer({ ...bucketSeconds, default: 900, description: '时段秒数 10–2678400' })),
    }),
    who: 'signed-in',
    reply: json('{bucketSeconds, buckets: [{at, count}], alarms: Alarm[]}'),
  },
  lineage: {
    method: 'get',
    path: '/api/lineage/{kind}/{id}',
    summary: '从一个数回到它的规则、检查和原始报文；同一时刻有几条观测时以 frame 指明',
    params: Type.Object({
      kind: Type.Union([Type.Literal('observation'), Type.Literal('frame')]),
      id: Type.String({
        pattern: '^(\\d{1,10}:-?\\d{1,16}|\\d{1,16})$',
        description: 'observation：序列编号:观测时刻毫秒；frame：报文编号',
      }),
    }),
    query: Type.Object({ at, frame: Type.Optional(frameNumber) }),
    who: 'signed-in',
    reply: json('Lineage'),
  },
  frame: {
    method: 'get',
    path: '/api/frames/{id}',
    summary: '一份原始报文，逐字段解读，不论是否形成读数',
    params: Type.Object({ id: frameNumber }),
    query: none,
    who: 'read-raw',
    reply: json('Lineage["frame"]'),
  },
  streams: {
    method: 'get',
    path: '/api/streams',
    summary: '所有数据流：提供方、承诺、实测',
    query: none,
    who: 'signed-in',
    reply: page('{id, title, provider, promise, measured, score, provenance}'),
  },
  stream: {
    method: 'get',
    path: '/api/streams/{id}',
    summary: '一个数据流：提供方、承诺、近 24 小时实测（及时、完整、有效）、检查与阈值',
    params: Type.Object({ id: TextParameter('数据流，斜线写作 %2F，如 ecology%2Fair-quality', 80) }),
    query: none,
    who: 'signed-in',
    reply: json('{id, title, provider, promise, measured, score, provenance, quality, thresholds}'),
  },
  streamOfTheme: {
    method: 'get',
    path: '/api/streams/{theme}/{id}',
    summary: '同上，编号写成两段',
    params: Type.Object({ theme: TextParameter('主题', 40), id: TextParameter('数据流', 40) }),
    query: none,
    who: 'signed-in',
    reply: json('{id, title, provider, promise, measured, score, provenance, quality, thresholds}'),
  },
  scenes: { method: 'get', path: '/api/scenes', summary: '所有场景', query: none, who: 'signed-in', reply: page('Scene') },
  scene: {
    method: 'get',
    path: '/api/scenes/{id}',
    summary: '一个场景：它回答的问题，图层、数据流、面板、角色',
    params: Type.Object({ id: TextParameter('场景', 40) }),
    query: none,
    who: 'signed-in',
    reply: json('Scene'),
  },
  unclaimed: {
    method: 'get',
    path: '/api/devices/unclaimed',
    summary: '未登记而在发报的设备，最近的在前；报文已留存',
    query: Type.Object({ limit: limit(1000, 100), cursor }),
    who: 'read-raw',
    reply: page('{protocol, device, firstSeen, lastSeen, frames, kept, address}'),
  },
  claim: {
    method: 'post',
    path: '/api/devices/claim',
    summary: '认领设备：登记为对象，并把留存的报文补入',
    query: none,
    body: Type.Object(
      {
        protocol: TextParameter('协议', 20),
        device: TextParameter('设备编号', 100),
        name: TextParameter('名称', 100),
        adcode: AdCodeSchema,
        position: Type.Optional(Type.Array(Type.Number(), { minItems: 2, maxItems: 2 })),
        stream: streamPathParameter,
        description: Type.Optional(TextParameter('说明', 1000)),
        recorded: Type.Optional(TextParameter('所发为回放的录制数据时：录自何处', 400)),
      },
      { additionalProperties: false },
    ),
    who: 'claim-device',
    reply: { status: 201, type: 'json', of: '{thing, replayed}' },
  },
  deadLetters: {
    method: 'get',
    path: '/api/dead-letters',
    summary: '被拒的报文与读数及原因，最近的在前',
    query: Type.Object({
      protocol: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,19}$', description: '协议，如 hj212' })),
      code: Type.Optional(Type.Enum(Object.keys(problems) as ProblemCode[])),
      limit: limit(1000, 100),
      cursor,
    }),
    who: 'read-raw',
    reply: page('{id, received, protocol, address, device, frame, code, reason, hex}'),
  },
  conflicts: {
    method: 'post',
    path: '/api/analysis/conflicts',
    summary: '三区三线冲突检查：画出的或导入的项目占用各控制线的面积、要素与规则；无权读取的控制线如实列为未检查',
    query: none,
    body: Type.Object(
      {
        geometry: Type.Optional(
          Type.Record(Type.String(), Type.Unknown(), { description: 'GeoJSON Polygon 或 MultiPolygon，CGCS2000 度' }),
        ),
        collection: Type.Optional(TextParameter('项目所在图层，代替 geometry', 63)),
        id: Type.Optional(IdParameter('图层中的要素；不给为全部')),
      },
      { additionalProperties: false },
    ),
    who: 'signed-in',
    reply: json('ConflictReport：{projectHectares, conflict, incomplete, simulated, lines}'),
  },
  openapi: {
    method: 'get',
    path: '/api/openapi.json',
    summary: '本接口的 OpenAPI 3.1 描述',
    query: none,
    who: 'everyone',
    reply: json('OpenAPI'),
  },
  asyncapi: {
    method: 'get',
    path: '/api/asyncapi.json',
    summary: '推送主题的 AsyncAPI 3.0 描述',
    query: none,
    who: 'everyone',
    reply: json('AsyncAPI'),
  },
  staRoot: {
    method: 'get',
    path: '/sta/v1.1',
    summary: 'OGC SensorThings 1.1 服务入口',
    query: none,
    who: 'everyone',
    reply: json('{value, serverSettings}'),
  },
  staList: {
    method: 'get',
    path: '/sta/v1.1/{path}',
    summary: 'SensorThings 实体与实体集，可沿导航逐级走，如 Things(7)/Datastreams',
    params: staPath,
    query: staOptions,
    who: 'signed-in',
    reply: json('{@iot.count, @iot.nextLink, value}'),
  },
  staCreate: {
    method: 'post',
    path: '/sta/v1.1/{path}',
    summary: '新建任一实体集的实体，可内嵌或链接其他实体；也可在导航之下新建，如 Things(7)/Datastreams',
    params: staPath,
    body: anyObject,
    who: 'write-thing',
    reply: { status: 201, type: 'json', of: '新实体 (OGC 18-088 §10.2)' },
  },
  staPatch: {
    method: 'patch',
    path: '/sta/v1.1/{path}',
    summary: '修改实体的部分属性；application/json-patch+json 按 RFC 6902。观测的更正作为新读数入链，原值留在历史',
    params: staPath,
    body: anyObject,
    who: 'write-thing',
    reply: json('修改后的实体 (OGC 18-088 §10.3)'),
  },
  staPut: {
    method: 'put',
    path: '/sta/v1.1/{path}',
    summary: '整体替换实体的属性，编号不变',
    params: staPath,
    body: anyObject,
    who: 'write-thing',
    reply: json('替换后的实体 (OGC 18-088 §10.3.1)'),
  },
  staDelete: {
    method: 'delete',
    path: '/sta/v1.1/{path}',
    summary: '删除实体及依附于它的实体；观测是撤回，原值留在历史',
    params: staPath,
    who: 'write-thing',
    reply: { status: 200, type: 'none', of: '已删除 (OGC 18-088 §10.4)' },
  },
  staBatch: {
    method: 'post',
    path: '/sta/v1.1/$batch',
    summary: '一次请求里的多个请求，依次执行',
    query: none,
    body: Type.Object({ requests: Type.Array(anyObject) }),
    who: 'signed-in',
    reply: json('{responses} (OGC 18-088 §11)'),
  },
  staDataArray: {
    method: 'post',
    path: '/sta/v1.1/CreateObservations',
    summary: '以数组批量写入观测，每行答其地址或 "error"',
    query: none,
    body: Type.Array(anyObject),
    who: 'write-thing',
    reply: { status: 201, type: 'json', of: '地址的数组 (OGC 18-088 §13.2)' },
  },
  staThing: {
    method: 'post',
    path: '/sta/v1.1/Things',
    summary: '登记对象，可连同 Locations 与 Datastreams；properties.device 登记设备',
    query: none,
    body: Type.Object({
      name: TextParameter('名称', 100),
      description: Type.Optional(Type.String({ maxLength: 1000 })),
      properties: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      Locations: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 1 })),
      Datastreams: Type.Optional(Type.Array(Type.Record(Type.String(), Type.Unknown()), { maxItems: 100 })),
    }),
    who: 'write-thing',
    reply: { status: 201, type: 'json', of: 'Thing (OGC 18-088 §8.2.1)' },
  },
  staDatastream: {
    method: 'post',
    path: '/sta/v1.1/Datastreams',
    summary: '为对象登记数据序列',
    query: none,
    body: Type.Record(Type.String(), Type.Unknown()),
    who: 'write-thing',
    reply: { status: 201, type: 'json', of: 'Datastream (OGC 18-088 §8.2.4)' },
  },
  staObservationOf: {
    method: 'post',
    path: '/sta/v1.1/Datastreams({id})/Observations',
    summary: '写入一条观测；持久化后才答 201',
    params: Type.Object({ id: IdParameter('序列编号') }),
    body: Type.Record(Type.String(), Type.Unknown()),
    who: 'write-thing',
    reply: { status: 201, type: 'none', of: 'Location 为观测的地址' },
  },
  staObservation: {
    method: 'post',
    path: '/sta/v1.1/Observations',
    summary: '同上，序列写在 Datastream.@iot.id',
    body: Type.Record(Type.String(), Type.Unknown()),
    who: 'write-thing',
    reply: { status: 201, type: 'none', of: 'Location 为观测的地址' },
  },
  ...accountRoutes,
  ...catalogueRoutes,
  ...grantRoutes,
  ...importRoutes,
  ...analysisRoutes,
  ...trustRoutes,
} as const satisfies Record<string, Route>;

export type RouteName = keyof typeof routes;
