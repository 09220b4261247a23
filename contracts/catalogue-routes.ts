// The routes of the catalogue: layers and their life, applications, keys and their use, and the public portal. Their part of the table in routes.ts.
//
// Replies are named after the types below; times in them are RFC 3339.
import { Type } from 'typebox';
import { departments } from './access.ts';
import { AdCodeSchema } from './geo.ts';
import { layerStates } from './layer.ts';
import { type AgeVerdict, cycleNames, LayerMetadataSchema, layerSteps, type Searchable } from './layer-life.ts';
import { BBoxParameter, CursorParameter, TextParameter } from './parameters.ts';
import { jsonOf, limitOf, pageOf, type Route } from './route.ts';

const kebab = (description: string) => Type.String({ pattern: '^[a-z][a-z0-9-]{0,62}$', description });
const layer = Type.Object({ id: kebab('图层，如 water-gauges') });
const numbered = Type.Object({ id: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER, description: '编号，不小于 1' }) });
const sharings = ['unconditional', 'conditional', 'none'] as const;
const search = {
  q: Type.Optional(TextParameter('检索词，空格分开，都要有', 100)),
  theme: Type.Optional(kebab('主题，如 water')),
  department: Type.Optional(Type.Enum([...departments], { description: departments.join('、') })),
  sharing: Type.Optional(Type.Enum([...sharings], { description: sharings.join('、') })),
  cycle: Type.Optional(Type.Enum(cycleNames, { description: cycleNames.join('、') })),
};
const page = { limit: limitOf(1000, 100), cursor: Type.Optional(CursorParameter) };
const none = Type.Object({});
const quota = {
  perDay: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, description: '每日次数' })),
  perMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: '每分钟次数' })),
};

export const catalogueRoutes = {
  layers: {
    method: 'get',
    path: '/api/layers',
    summary: '图层目录：代码声明的与导入的，含状态、元数据；只列看得到的',
    query: Type.Object({ ...search, state: Type.Optional(Type.Enum([...layerStates], { description: layerStates.join('、') })), ...page }),
    who: 'signed-in',
    reply: pageOf('ListedLayer'),
  },
  layer: {
    method: 'get',
    path: '/api/layers/{id}',
    summary: '一个图层：元数据、可走的步骤、经历',
    params: layer,
    query: none,
    who: 'signed-in',
    reply: jsonOf('ListedLayer & {steps, may}'),
  },
  layerChange: {
    method: 'patch',
    path: '/api/layers/{id}',
    summary: '改导入图层的标题、元数据、共享属性；代码声明的图层答 409',
    params: layer,
    body: Type.Object(
      {
        title: Type.Optional(TextParameter('标题', 100)),
        sharing: Type.Optional(Type.Enum([...sharings])),
        metadata: Type.Optional(LayerMetadataSchema),
      },
      { additionalProperties: false },
    ),
    who: 'signed-in',
    reply: jsonOf('ListedLayer & {steps, may}'),
  },
  layerStep: {
    method: 'post',
    path: '/api/layers/{id}/steps',
    summary: '申请、撤回、审批、退回、发布、下线；退后的步骤要写理由',
    params: layer,
    body: Type.Object(
      { step: Type.Enum([...layerSteps]), reason: Type.Optional(Type.String({ maxLength: 1000 })) },
      { additionalProperties: false },
    ),
    who: 'signed-in',
    reply: jsonOf('ListedLayer & {steps, may}'),
  },
  layerHealth: {
    method: 'get',
    path: '/api/layers/{id}/health',
    summary: '图层的健康：距上次更新对承诺，属性与几何的完整率，阈值能否触发',
    params: layer,
    query: none,
    who: 'signed-in',
    reply: jsonOf('LayerHealth'),
  },
  layerPurge: {
    method: 'post',
    path: '/api/layers/{id}/purge',
    summary: '清除一个范围、若干级别的瓦片缓存',
    params: layer,
    body: Type.Object(
      {
        bbox: Type.Optional(BBoxParameter),
        zooms: Type.Optional(Type.Tuple([Type.Integer({ minimum: 0, maximum: 30 }), Type.Integer({ minimum: 0, maximum: 30 })])),
      },
      { additionalProperties: false },
    ),
    who: 'signed-in',
    reply: { status: 204, type: 'none', of: '没有内容' },
  },
  accessRequest: {
    method: 'post',
    path: '/api/access-requests',
    summary: '申请使用一个图层；门户开放时不必登录',
    body: Type.Object(
      {
        layer: kebab('图层'),
        purpose: Type.String({ minLength: 4, maxLength: 1000, description: '用途' }),
        attributes: Type.Optional(Type.Array(Type.String({ maxLength: 63 }), { maxItems: 100 })),
        area: Type.Optional(AdCodeSchema),
        name: TextParameter('姓名', 60),
        organisation: TextParameter('单位', 100),
        contact: TextParameter('电话或邮箱', 100),
      },
      { additionalProperties: false },
    ),
    who: 'everyone',
    reply: { status: 201, type: 'json', of: '{number, state}' },
  },
  accessRequests: {
    method: 'get',
    path: '/api/access-requests',
    summary: '使用申请，最近的在前：数据管理员见本部门图层的，其他人见自己的',
    query: Type.Object({ state: Type.Optional(Type.Enum(['pending', 'approved', 'refused'])), ...page }),
    who: 'signed-in',
    reply: pageOf('AccessRequest'),
  },
  accessDecision: {
    method: 'post',
    path: '/api/access-requests/{id}/decision',
    summary: '批准（生成密钥，只显示一次）或不予批准（写明理由）',
    params: numbered,
    body: Type.Object(
      {
        approve: Type.Boolean(),
        reason: Type.Optional(Type.String({ maxLength: 1000 })),
        ...quota,
        days: Type.Optional(Type.Integer({ minimum: 1, maximum: 730, description: '有效天数' })),
        area: Type.Optional(AdCodeSchema),
      },
      { additionalProperties: false },
    ),
    who: 'signed-in',
    reply: jsonOf('AccessRequest & {key}'),
  },
  apiKeys: {
    method: 'get',
    path: '/api/api-keys',
    summary: '接口密钥：配额、今日用量、是否停用；没有密钥本身',
    query: Type.Object({ ...page }),
    who: 'signed-in',
    reply: pageOf('ApiKeyEntry'),
  },
  apiKeyChange: {
    method: 'patch',
    path: '/api/api-keys/{id}',
    summary: '停用一个密钥，或改它的配额',
    params: numbered,
    body: Type.Object({ revoked: Type.Optional(Type.Literal(true)), ...quota }, { additionalProperties: false }),
    who: 'signed-in',
    reply: jsonOf('ApiKeyEntry'),
  },
  apiUsage: {
    method: 'get',
    path: '/api/api-usage',
    summary: '按密钥、图层、日的调用次数、超额次数与字节',
    query: Type.Object({
      key: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '密钥编号，0 为免密访客' })),
      layer: Type.Optional(kebab('图层')),
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, default: 30, description: '近几日 1–366，不给为 30' })),
    }),
    who: 'signed-in',
    reply: pageOf('UsageRow'),
  },
  portalLayers: {
    method: 'get',
    path: '/api/portal/layers',
    summary: '公开门户的目录：无条件与有条件共享的已发布图层；门户未开放时为空',
    query: Type.Object({ ...search }),
    who: 'everyone',
    reply: jsonOf('PortalCatalogue'),
  },
  portalStatistics: {
    method: 'get',
    path: '/api/portal/statistics',
    summary: '公开门户近 30 日的调用：按日与按图层',
    query: none,
    who: 'everyone',
    reply: jsonOf('PortalStatistics'),
  },
  portalStatus: {
    method: 'post',
    path: '/api/portal/status',
    summary: '凭申请号查办理情况',
    body: Type.Object({ number: TextParameter('申请号', 40) }, { additionalProperties: false }),
    who: 'everyone',
    reply: jsonOf('{number, layer, title, state, created, decided, reason, key}'),
  },
} as const satisfies Record<string, Route>;

/** A layer as the catalogue tells it. */
export interface LayerEntry extends Searchable {
  readonly geometry: 'point' | 'line' | 'polygon';
  readonly attributes: readonly { readonly name: string; readonly title: string }[];
  /** Declared in code: no steps, no changes. */
  readonly declared: boolean;
  readonly provenance: string | null;
  readonly created: string | null;
  readonly updated: string | null;
}
/** As the list gives it. */
export interface ListedLayer extends LayerEntry {
  /** Whether any of its rows is simulated: marked on every surface. */
  readonly simulated: boolean;
}
export interface StepRow {
  readonly step: string;
  readonly from: string;
  readonly to: string;
  readonly account: string;
  readonly reason: string;
  readonly at: string;
}
export interface LayerDetail extends ListedLayer {
  /** Newest first. */
  readonly steps: readonly StepRow[];
  /** What the viewer may do now. */
  readonly may: { readonly change: boolean; readonly steps: readonly string[] };
}
export interface LayerAge {
  /** The newest row, or reading. */
  readonly newest: string | null;
  readonly seconds: number | null;
  readonly promiseSeconds: number | null;
  readonly verdict: AgeVerdict;
}
export interface LayerHealth {
  readonly layer: string;
  readonly asOf: string;
  readonly rows: number;
  /** Rows that a simulator feeds, or made: marked on every surface. */
  readonly simulated: number;
  readonly age: LayerAge;
  /** The last row written, and the last reading that came; null: none, or no stream. */
  readonly lastWrite: string | null;
  readonly lastPull: string | null;
  /** Shares 0–1; null: there are no rows. */
  readonly completeness: {
    readonly geometry: number | null;
    readonly attributes: readonly { readonly name: string; readonly title: string; readonly share: number | null }[];
    readonly overall: number | null;
  };
  /** Null: no stream with limits stands behind the layer. */
  readonly thresholds: readonly ThresholdReach[] | null;
}
export interface ThresholdReach {
  readonly id: string;
  readonly title: string;
  readonly reachable: boolean;
  /** Things that have a limit which can fire / all. */
  readonly things: readonly [number, number];
  readonly why: string;
}
export interface AccessRequest {
  readonly id: number;
  readonly number: string;
  readonly layer: string;
  readonly title: string;
  readonly purpose: string;
  readonly wished: { readonly attributes?: readonly string[]; readonly area?: string };
  readonly account: string | null;
  readonly name: string;
  readonly organisation: string;
  readonly contact: string;
  readonly created: string;
  readonly state: 'pending' | 'approved' | 'refused';
  readonly decidedBy: string | null;
  readonly decided: string | null;
  readonly reason: string;
  /** Only in the answer of the decision, once. */
  readonly key?: string;
}
export interface ApiKeyEntry {
  readonly id: number;
  readonly hint: string;
  readonly name: string;
  readonly layers: readonly string[];
  readonly area: string;
  readonly perDay: number;
  readonly perMinute: number;
  readonly created: string;
  readonly expires: string;
  readonly revoked: string | null;
  readonly usedToday: number;
  readonly refusedToday: number;
}
export interface UsageRow {
  readonly key: number;
  readonly layer: string;
  readonly day: string;
  readonly requests: number;
  readonly refused: number;
  readonly bytes: number;
}
export interface PortalLayer extends ListedLayer {
  readonly age: LayerAge;
  /** Of what is open to all: rows and the overall completeness. */
  readonly rows: number | null;
  readonly completeness: number | null;
}
export interface PortalCatalogue {
  readonly open: boolean;
  readonly items: readonly PortalLayer[];
}
export interface PortalStatistics {
  readonly open: boolean;
  readonly days: readonly { readonly day: string; readonly requests: number; readonly bytes: number }[];
  readonly layers: readonly { readonly layer: string; readonly title: string; readonly requests: number }[];
}
