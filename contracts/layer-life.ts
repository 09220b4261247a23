// The life of a layer: 草稿 → 申请 → 审批 → 发布 → 下线, who may do which step, and its metadata as a catalogue of shared data wants them.
//
// Source: GB/T 21063.3-2007 政务信息资源目录体系 第3部分 核心元数据 (names of the core elements; the sharing attribute); 政务信息资源目录编制指南 for
// formats and update cycles. Of the information-resource code only what is sure is checked: 类 1 digit, 项 2, 目 3, then 细目 of any length.
import { type Static, Type } from 'typebox';
import type { Department, Identity } from './access.ts';
import type { LayerState } from './layer.ts';
import { TextParameter } from './parameters.ts';
import { Problem } from './problem.ts';

export const layerSteps = ['apply', 'withdraw', 'approve', 'return', 'publish', 'offline'] as const;
export type LayerStep = (typeof layerSteps)[number];

interface StepRule {
  readonly zh: string;
  readonly from: readonly LayerState[];
  readonly to: LayerState;
  /** steward: of the layer's department. approver: an administrator, or a steward of all departments. */
  readonly by: 'steward' | 'approver';
  /** A step back says why. */
  readonly reasoned: boolean;
}
export const stepRules: Readonly<Record<LayerStep, StepRule>> = {
  apply: { zh: '申请', from: ['draft', 'offline'], to: 'applied', by: 'steward', reasoned: false },
  withdraw: { zh: '撤回', from: ['applied'], to: 'draft', by: 'steward', reasoned: true },
  approve: { zh: '审批通过', from: ['applied'], to: 'approved', by: 'approver', reasoned: false },
  return: { zh: '退回', from: ['applied', 'approved'], to: 'draft', by: 'approver', reasoned: true },
  publish: { zh: '发布', from: ['approved'], to: 'published', by: 'approver', reasoned: false },
  offline: { zh: '下线', from: ['published'], to: 'offline', by: 'approver', reasoned: true },
};
export const stateTitle: Readonly<Record<LayerState, string>> = {
  draft: '草稿',
  applied: '待审批',
  approved: '待发布',
  published: '已发布',
  offline: '已下线',
};

/** Looks after the data of a department: a steward whose scope has it, or an administrator. */
export function isSteward({ role, scope }: Pick<Identity, 'role' | 'scope'>, department: Department): boolean {
  if (role === 'admin') return true;
  return role === 'steward' && (scope.departments === '*' || scope.departments.includes(department));
}
/** Approves, publishes and takes offline. */
export function isApprover({ role, scope }: Pick<Identity, 'role' | 'scope'>): boolean {
  return role === 'admin' || (role === 'steward' && scope.departments === '*');
}
/** Whether this one may do the step with the layer as it stands; a reason is not asked for yet. */
export function mayStep(identity: Identity, layer: { state: LayerState; department: Department }, step: LayerStep): boolean {
  const rule = stepRules[step];
  if (!rule.from.includes(layer.state)) return false;
  return rule.by === 'approver' ? isApprover(identity) : isSteward(identity, layer.department);
}

/**
 * The state after a step.
 * @throws Problem forbidden: not his to do · conflict: not from this state · bad-body: a step back without a reason
 */
export function nextState(
  identity: Identity,
  layer: { readonly state: LayerState; readonly department: Department },
  step: LayerStep,
  reason: string,
): LayerState {
  const rule = stepRules[step];
  const allowed = rule.by === 'approver' ? isApprover(identity) : isSteward(identity, layer.department);
  if (!allowed) throw new Problem('forbidden', { what: `图层${rule.zh}` });
  if (!rule.from.includes(layer.state))
    throw new Problem('conflict', {
      what: `图层现为“${stateTitle[layer.state]}”，${rule.zh}要求${rule.from.map((state) => `“${stateTitle[state]}”`).join('或')}`,
    });
  if (rule.reasoned && reason.trim() === '') throw new Problem('bad-body', { reason: `${rule.zh}要写明理由 reason` });
  return rule.to;
}

/** 更新周期, with the age in seconds that it promises; null: promises none. */
export const updateCycles = {
  realtime: { zh: '实时', seconds: 3600 },
  daily: { zh: '每日', seconds: 86_400 },
  weekly: { zh: '每周', seconds: 7 * 86_400 },
  monthly: { zh: '每月', seconds: 31 * 86_400 },
  quarterly: { zh: '每季度', seconds: 92 * 86_400 },
  yearly: { zh: '每年', seconds: 366 * 86_400 },
  irregular: { zh: '不定期', seconds: null },
} as const;
export type UpdateCycle = keyof typeof updateCycles;
export const cycleNames = Object.keys(updateCycles) as UpdateCycle[];

export const sharingTitle = { unconditional: '无条件共享', conditional: '有条件共享', none: '不予共享' } as const;
export const departmentTitle: Readonly<Record<Department, string>> = {
  ecology: '生态环境',
  water: '水利',
  forestry: '林草',
  emergency: '应急',
  transport: '交通',
  ocean: '海洋',
  planning: '规划',
  data: '数据',
};
/** Themes of 一张图, in the order of its tree; another one is called by its id. */
export const themeTitles: Readonly<Record<string, string>> = {
  context: '周边',
  divisions: '行政区划',
  places: '地名',
  stations: '监测站点',
  resources: '自然资源',
  water: '水系',
  forestry: '林草',
  ecology: '生态环境',
  emergency: '应急',
  imports: '导入',
};
export const themeTitle = (theme: string): string => themeTitles[theme] ?? theme;
/** 信息资源格式 */
export const resourceFormats = ['电子文件', '电子表格', '数据库', '图形图像', '流媒体', '自描述格式'] as const;

const text = (description: string, most: number) => Type.Optional(TextParameter(description, most));
const ResourceCodeSchema = Type.String({
  pattern: '^\\d{6}[0-9A-Za-z]*(/[0-9A-Za-z]+)?$',
  maxLength: 60,
  description: '信息资源代码：类 1 位、项 2 位、目 3 位、细目，其后可有“/顺序码”',
});
/** What a steward writes; title, department and sharing stand with the layer itself. */
export const LayerMetadataSchema = Type.Object(
  {
    abstract: Type.Optional(Type.String({ maxLength: 2000, description: '信息资源摘要' })),
    provider: text('信息资源提供方', 100),
    resourceCode: Type.Optional(ResourceCodeSchema),
    classification: text('信息资源分类', 100),
    keywords: Type.Optional(Type.Array(TextParameter('关键字', 40), { maxItems: 20 })),
    format: Type.Optional(Type.Enum([...resourceFormats], { description: '信息资源格式' })),
    updateCycle: Type.Optional(Type.Enum(cycleNames, { description: '更新周期' })),
    publicationDate: Type.Optional(Type.String({ pattern: '^\\d{4}-\\d{2}-\\d{2}$', description: '发布日期 YYYY-MM-DD' })),
    sharingConditions: Type.Optional(Type.String({ maxLength: 1000, description: '共享条件：有条件共享的写明条件' })),
    sharingBasis: Type.Optional(Type.String({ maxLength: 1000, description: '不予共享的依据：法律、行政法规或政策' })),
    relatedCodes: Type.Optional(Type.Array(ResourceCodeSchema, { maxItems: 20, description: '关联资源代码' })),
    contact: text('联系人与电话', 100),
    maintainer: text('元数据维护方', 100),
  },
  { additionalProperties: false },
);
export type LayerMetadata = Static<typeof LayerMetadataSchema>;
/** A change of them: what is null is taken away (RFC 7396). */
export const LayerMetadataPatchSchema = Type.Object(
  Object.fromEntries(
    Object.entries(LayerMetadataSchema.properties).map(([name, schema]) => [name, Type.Optional(Type.Union([schema, Type.Null()]))]),
  ),
  { additionalProperties: false },
);
export type LayerMetadataPatch = { readonly [Name in keyof LayerMetadata]?: LayerMetadata[Name] | null };

/** 类1 项2 目3 细目n / 顺序码; null: no such code. */
export function partsOfResourceCode(code: string): { kind: string; item: string; entry: string; detail: string; serial: string } | null {
  const [, kind, item, entry, detail, serial] = /^(\d)(\d{2})(\d{3})([0-9A-Za-z]*)(?:\/([0-9A-Za-z]+))?$/.exec(code) ?? [];
  return kind && item && entry ? { kind, item, entry, detail: detail ?? '', serial: serial ?? '' } : null;
}

/** 类 of the code, as the guide for catalogues of 2017 names them. Another digit has no name here, and is not refused for it. */
export const resourceKinds: Readonly<Record<string, string>> = { 1: '基础信息资源', 2: '主题信息资源', 3: '部门信息资源' };

/** Whether a day YYYY-MM-DD is one of the calendar. */
export function isDay(text: string): boolean {
  const [year = 0, month = 0, day = 0] = text.split('-').map(Number);
  const date = new Date(Date.UTC(year, month - 1, day));
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
}

/**
 * Core elements that an application must have filled in before it is handed in (GB/T 21063.3: mandatory ones), and what its sharing has to be
 * explained by: 有条件 its conditions, 不予 its basis. In Chinese.
 */
export function missingForApply(metadata: LayerMetadata, sharing: string): string[] {
  const wanted: readonly (readonly [keyof LayerMetadata, string])[] = [
    ['abstract', '摘要'],
    ['provider', '提供方'],
    ['classification', '分类'],
    ['resourceCode', '信息资源代码'],
    ['updateCycle', '更新周期'],
    ['contact', '联系人'],
    ...(sharing === 'conditional' ? [['sharingConditions', '共享条件'] as const] : []),
    ...(sharing === 'none' ? [['sharingBasis', '不予共享的依据'] as const] : []),
  ];
  return wanted.filter(([name]) => !String(metadata[name] ?? '').trim()).map(([, zh]) => zh);
}

export type AgeVerdict = 'kept' | 'late' | 'unpromised' | 'unknown';
/** Age against promise. `written`: milliseconds since 1970 of the newest row, or null; `promiseSeconds` null: nothing is promised. */
export function ageOf(written: number | null, promiseSeconds: number | null, now: number): { seconds: number | null; verdict: AgeVerdict } {
  if (written === null) return { seconds: null, verdict: 'unknown' };
  const seconds = Math.max(0, Math.round((now - written) / 1000));
  if (promiseSeconds === null) return { seconds, verdict: 'unpromised' };
  return { seconds, verdict: seconds <= promiseSeconds ? 'kept' : 'late' };
}

/** usual: declared ones first, then by theme and title. */
export const layerSorts = ['usual', 'title', 'updated'] as const;
export type LayerSort = (typeof layerSorts)[number];

/** What a search asks for; absent: anything. */
export interface LayerSearch {
  readonly q?: string | undefined;
  readonly theme?: string | undefined;
  readonly department?: string | undefined;
  readonly sharing?: string | undefined;
  readonly cycle?: string | undefined;
  readonly state?: string | undefined;
}
/** What is searched of a layer. */
export interface Searchable {
  readonly id: string;
  readonly theme: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly department: string;
  readonly sharing: string;
  readonly state: string;
  readonly source: string;
  readonly metadata: LayerMetadata;
}
/**
 * Every word of `q` stands somewhere in the title, id, source, abstract or keywords; the rest are equal.
 * The rule of one layer, which the search of the database (server/catalogue/search.pg.ts) keeps over all of them.
 */
export function matchesSearch(entry: Searchable, search: LayerSearch): boolean {
  const said = [entry.id, entry.title.zh, entry.title.en, entry.source, entry.metadata.abstract ?? '', ...(entry.metadata.keywords ?? [])]
    .join('\n')
    .toLowerCase();
  const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return (
    words.every((word) => said.includes(word)) &&
    (search.theme === undefined || entry.theme === search.theme) &&
    (search.department === undefined || entry.department === search.department) &&
    (search.sharing === undefined || entry.sharing === search.sharing) &&
    (search.cycle === undefined || entry.metadata.updateCycle === search.cycle) &&
    (search.state === undefined || entry.state === search.state)
  );
}
