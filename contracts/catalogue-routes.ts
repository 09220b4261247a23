// The routes of the catalogue: layers and their life, applications, keys and their use, and the public portal. Their part of the table in routes.ts.
//
// Replies are named after the types below and in catalogue-access.ts; times in them are RFC 3339.
import { type Static, Type } from 'typebox';
import { departments } from './access.ts';
import { usageGroups } from './catalogue-access.ts';
import { AdCodeSchema } from './geo.ts';
import { layerStates } from './layer.ts';
import { type AgeVerdict, cycleNames, LayerMetadataPatchSchema, layerSorts, layerSteps, type Searchable } from './layer-life.ts';
import { BBoxParameter, CursorParameter, TextParameter } from './parameters.ts';
import { jsonOf, limitOf, pageOf, type Route } from './route.ts';
import type { Page } from './wire.ts';

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
const sort = Type.Optional(
  Type.Enum([...layerSorts], { description: 'usual 声明的在前、按主题，title 按标题拼音，updated 最近更新在前；不给为 usual' }),
);
const page = { limit: limitOf(1000, 100), cursor: Type.Optional(CursorParameter) };
const none = Type.Object({});
const attributes = Type.Array(Type.String({ maxLength: 63 }), { minItems: 1, maxItems: 100, uniqueItems: true });
const graceHours = Type.Optional(Type.Integer({ minimum: 0, maximum: 720, default: 24, description: '旧密钥再用几小时 0–720，不给为 24' }));
const quota = {
  perDay: Type.Optional(Type.Integer({ minimum: 1, maximum: 10_000_000, description: '每日次数' })),
  perMinute: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000, description: '每分钟次数' })),
};

const attributeName = TextParameter('属性名', 63);
export const LayerGuardSchema = Type.Object(
  {
    departmentColumn: Type.Union([attributeName, Type.Null()], { description: '写着各行部门的属性；null：各行不分部门' }),
    sensitive: Type.Union(
      [
        Type.Object({
          hidden: Type.Array(attributeName, { maxItems: 200 }),
          precisionMetres: Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 100_000 }), Type.Null()]),
        }),
        Type.Null(),
      ],
      { description: '未获授权者看不到的属性、位置不细于几米；null：不脱敏' },
    ),
  },
  { additionalProperties: false },
);

export const catalogueRoutes = {
  layers: {
    method: 'get',
    path: '/api/layers',
    summary: '图层目录：代码声明的与导入的，含状态、元数据；只列看得到的',
    query: Type.Object({
      ...search,
      state: Type.Optional(Type.Enum([...layerStates], { description: layerStates.join('、') })),
      sort,
      ...page,
    }),
    who: 'signed-in',
    reply: pageOf('ListedLayer，另有 numberMatched 与 facets'),
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
        metadata: Type.Optional(LayerMetadataPatchSchema),
        guard: Type.Optional(LayerGuardSchema),
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
        attributes: Type.Optional(attributes),
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
    reply: pageOf('AccessRequest，另有 numberMatched'),
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
        attributes: Type.Optional(Type.Union([attributes, Type.Null()], { description: '批准的信息项；null 为全部，不给为所申请的' })),
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
    query: Type.Object({ q: Type.Optional(TextParameter('使用者、图层或密钥开头', 100)), ...page }),
    who: 'signed-in',
    reply: pageOf('ApiKeyEntry，另有 numberMatched'),
  },
  apiKeyChange: {
    method: 'patch',
    path: '/api/api-keys/{id}',
    summary: '停用一个密钥（写明理由），或改它的配额',
    params: numbered,
    body: Type.Object(
      { revoked: Type.Optional(Type.Literal(true)), reason: Type.Optional(TextParameter('停用理由', 200)), ...quota },
      { additionalProperties: false },
    ),
    who: 'signed-in',
    reply: jsonOf('ApiKeyEntry'),
  },
  apiKeyRotation: {
    method: 'post',
    path: '/api/api-keys/{id}/rotation',
    summary: '换发密钥：新的只显示一次，旧的再用几小时；配额、用量、有效期不变',
    params: numbered,
    body: Type.Object({ graceHours }, { additionalProperties: false }),
    who: 'signed-in',
    reply: jsonOf('ApiKeyEntry & {key}'),
  },
  apiUsage: {
    method: 'get',
    path: '/api/api-usage',
    summary: '调用次数、超额次数与字节，按 by 汇总；合计与总行数在每一页',
    query: Type.Object({
      by: Type.Optional(Type.Enum([...usageGroups], { description: 'row 密钥×图层×日，day 日，key 密钥，layer 图层；不给为 row' })),
      key: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: '密钥编号，0 为免密访客' })),
      layer: Type.Optional(kebab('图层')),
      days: Type.Optional(Type.Integer({ minimum: 1, maximum: 366, default: 30, description: '近几日 1–366，不给为 30' })),
      limit: limitOf(10_000, 1000),
      cursor: Type.Optional(CursorParameter),
    }),
    who: 'signed-in',
    reply: pageOf('UsageRow，另有 numberMatched 与 total'),
  },
  portalLayers: {
    method: 'get',
    path: '/api/portal/layers',
    summary: '公开门户的目录：无条件与有条件共享的已发布图层；给 id 时为一个图层，量过健康；门户未开放时为空',
    query: Type.Object({
      id: Type.Optional(kebab('图层')),
      ...search,
      sort,
      limit: limitOf(100, 30),
      cursor: Type.Optional(CursorParameter),
    }),
    who: 'everyone',
    reply: pageOf('PortalLayer，另有 open、numberMatched 与 facets'),
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
  portalKey: {
    method: 'post',
    path: '/api/portal/key',
    summary: '凭密钥查自己的配额与用量，换发或停用它',
    body: Type.Object(
      {
        key: TextParameter('密钥', 100),
        act: Type.Optional(Type.Enum(['look', 'rotate', 'stop'], { description: 'look 查询，rotate 换发，stop 停用；不给为 look' })),
        graceHours,
      },
      { additionalProperties: false },
    ),
    who: 'everyone',
    reply: jsonOf('{entry, days, layers, key}'),
  },
} as const satisfies Record<string, Route>;

/** A layer as the catalogue tells it. */
/** What people without a grant see less of, and whose rows are told apart by department (layer.ts `sensitive`, `departmentColumn`). */
export type LayerGuard = Static<typeof LayerGuardSchema>;
export interface LayerEntry extends Searchable {
  readonly guard: LayerGuard;
  readonly geometry: 'point' | 'line' | 'polygon';
  readonly attributes: readonly { readonly name: string; readonly title: string }[];
  /** Declared in code: no steps, no changes. */
  readonly declared: boolean;
  readonly provenance: string | null;
  readonly created: string | null;
  readonly updated: string | null;
}
/** How many layers have each value, of those that meet every other condition of the search. */
export interface LayerFacets {
  readonly theme: Readonly<Record<string, number>>;
  readonly department: Readonly<Record<string, number>>;
  readonly sharing: Readonly<Record<string, number>>;
  readonly cycle: Readonly<Record<string, number>>;
  readonly state: Readonly<Record<string, number>>;
}
export interface LayerPage extends Page<ListedLayer> {
  readonly numberMatched: number;
  readonly facets: LayerFacets;
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
  /** Things whose last reading is within the promise / all; null: no stream. */
  readonly things: readonly [number, number] | null;
  /** Shares 0–1; null: there are no rows. */
  readonly completeness: {
    readonly geometry: number | null;
    readonly attributes: readonly { readonly name: string; readonly title: string; readonly share: number | null }[];
    readonly overall: number | null;
  };
  /** Null: no stream with limits stands behind the layer. */
  readonly thresholds: readonly ThresholdReach[] | null;
  /** The same in words, one line for each side. */
  readonly verdicts: readonly HealthVerdict[];
}
export interface HealthVerdict {
  readonly side: 'age' | 'completeness' | 'pull' | 'thresholds';
  /** ok · bad: to be mended · open: nothing to judge by */
  readonly verdict: 'ok' | 'bad' | 'open';
  /** Why, with the figures it comes from. Chinese. */
  readonly why: string;
}
export interface ThresholdReach {
  readonly id: string;
  readonly title: string;
  readonly reachable: boolean;
  /** Things that have a limit which can fire / all. */
  readonly things: readonly [number, number];
  readonly why: string;
}
