// The layers of 一张图 as the page knows them: the documents of /ogc/collections, grouped by theme or department, searched by name.
import type { Department, Sharing } from '../../contracts/access.ts';
import type { BBox } from '../../contracts/geo.ts';
import type { LayerTiles } from '../../contracts/layer.ts';
import { themeTitle } from '../../contracts/layer-life.ts';

/** One entry of /ogc/collections (geo-services/ogc/documents.ts). */
export interface Collection {
  readonly id: string;
  readonly title: string;
  readonly description?: string;
  readonly attribution?: string;
  readonly theme: string;
  readonly department: Department;
  readonly sharing: Sharing;
  readonly geometry: 'point' | 'line' | 'polygon';
  readonly provenance?: string;
  /** From which level on it is drawn; absent: always. */
  readonly minZoom?: number;
  readonly state?: string;
  /** When its newest row was written, RFC 3339. */
  readonly updated?: string;
  /** Tiles that were brought in (geo-services/ogc/raster-documents.ts). */
  readonly raster?: Pick<LayerTiles, 'kind' | 'minZoom' | 'maxZoom' | 'bounds' | 'vectorLayers'>;
  readonly extent?: { readonly spatial: { readonly bbox: readonly BBox[] } };
}
/** One attribute of /ogc/collections/{id}/schema. */
export interface Attribute {
  readonly name: string;
  readonly title: string;
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'geometry';
  readonly format: string | null;
}

export const departmentTitle: Readonly<Record<Department, string>> = {
  ecology: '省生态环境厅',
  water: '省水利厅',
  forestry: '省林草局',
  emergency: '省应急管理厅',
  transport: '省交通运输厅',
  ocean: '省海洋渔业局',
  planning: '省自然资源厅',
  data: '省数据局',
};
export const sharingTitle: Readonly<Record<Sharing, string>> = { unconditional: '无条件', conditional: '有条件', none: '不予' };
export const stateTitle: Readonly<Record<string, string>> = { draft: '草稿', applied: '申请', approved: '审批', offline: '下线' };
export const groupings = ['theme', 'department'] as const;
export type Grouping = (typeof groupings)[number];

export interface Group {
  readonly id: string;
  readonly title: string;
  readonly layers: readonly Collection[];
}
/** Groups in the order in which their first layer comes; empty ones are left out. */
export function groupsOf(collections: readonly Collection[], by: Grouping, query: string): readonly Group[] {
  const word = query.trim().toLowerCase();
  const groups = new Map<string, Collection[]>();
  for (const one of collections) {
    if (word !== '' && ![one.title, one.id, one.description ?? ''].some((text) => text.toLowerCase().includes(word))) continue;
    const key = by === 'theme' ? one.theme : one.department;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups].map(([id, layers]) => ({
    id,
    title: by === 'theme' ? themeTitle(id) : departmentTitle[id as Department],
    layers,
  }));
}

interface SchemaProperty {
  readonly title?: string;
  readonly type?: string;
  readonly format?: string;
}
/** The attributes of a layer in their order; the geometry is one of them. */
export function attributesOf(schema: { readonly properties: Readonly<Record<string, SchemaProperty>> }): readonly Attribute[] {
  return Object.entries(schema.properties).map(([name, { title, type, format }]) => ({
    name,
    title: title ?? name,
    type: type === undefined ? 'geometry' : (type as Attribute['type']),
    format: format ?? null,
  }));
}

const words: Readonly<Record<string, string>> = { simulated: '模拟', measured: '实测', reported: '上报', model: '模型', replayed: '回放' };
/** A value as people read it; null: none, which is not an empty text. */
export function valueText(value: unknown, attribute?: string): string {
  if (value === null || value === undefined) return '—';
  if (typeof value === 'boolean') return value ? '是' : '否';
  if (attribute === 'provenance') return words[String(value)] ?? String(value);
  if (attribute === 'department') return departmentTitle[value as Department] ?? String(value);
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
/** What a feature is called in a list. */
export function nameOf(properties: Readonly<Record<string, unknown>>, id: number): string {
  const name = properties['name'] ?? properties['名称'] ?? properties['title'];
  return typeof name === 'string' && name !== '' ? name : `编号 ${id}`;
}
