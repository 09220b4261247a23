// The portal's words and addresses: age against promise, shares, sizes, the request of the try-out and its curl line. Pure.
import type { HealthVerdict, LayerAge } from '../../contracts/catalogue-routes.ts';
import { updateCycles } from '../../contracts/layer-life.ts';
import { ageText } from '../console/wording.ts';

/** Sides of a layer's health. */
export const sideTitle: Readonly<Record<HealthVerdict['side'], string>> = {
  age: '时效',
  completeness: '完整',
  pull: '来数',
  thresholds: '阈值',
};
/** Which of pages are offered: the first, the last, and those around this one; 0 stands for a gap. */
export function pageNumbers(page: number, pages: number): number[] {
  const shown = [...new Set([1, page - 1, page, page + 1, pages])].filter((one) => one >= 1 && one <= pages).sort((a, b) => a - b);
  return shown.flatMap((one, i) => (i > 0 && one - (shown[i - 1] ?? one) > 1 ? [0, one] : [one]));
}

/** 30 min 前更新，承诺 90 min */
export function ageWords(age: Pick<LayerAge, 'seconds' | 'promiseSeconds' | 'verdict'>): string {
  if (age.seconds === null) return '尚无数据';
  const said = `${ageText(age.seconds * 1000)} 前更新`;
  if (age.promiseSeconds === null) return `${ageText(age.seconds * 1000)} 前写入，不定期更新`;
  if (age.verdict === 'late') return `${said}，超承诺 ${ageText((age.seconds - age.promiseSeconds) * 1000)}`;
  return `${said}，承诺 ${ageText(age.promiseSeconds * 1000)}`;
}
export function cycleWords(cycle: string | undefined): string {
  return cycle && cycle in updateCycles ? updateCycles[cycle as keyof typeof updateCycles].zh : '未填';
}
/** 98.3 %; — for null. Never 100 % while something is missing, never 0 % while something is there. */
export function shareWords(share: number | null): string {
  if (share === null) return '—';
  if (share > 0.999 && share < 1) return '99.9 %';
  if (share > 0 && share < 0.001) return '0.1 %';
  return `${(share * 100).toFixed(share === 1 || share === 0 ? 0 : 1)} %`;
}
export function bytesWords(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  if (bytes < 1e6) return `${(bytes / 1e3).toFixed(1)} kB`;
  return bytes < 1e9 ? `${(bytes / 1e6).toFixed(1)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** 有效 · 已停用 · 已过期; `now`: RFC 3339 of Asia/Shanghai's clock. */
export function keyState({ revoked, expires }: { readonly revoked: string | null; readonly expires: string }, now: string): string {
  return revoked !== null ? '已停用' : expires.slice(0, 19) <= now.slice(0, 19) ? '已过期' : '有效';
}

export interface TryOut {
  readonly layer: string;
  readonly format: 'geojson' | 'jsonfg' | 'csv';
  readonly limit: number;
  /** 西,南,东,北; '' none. */
  readonly bbox: string;
  /** CQL2 text; '' none. */
  readonly filter: string;
  readonly key: string;
}
/** Path and query at our own origin, without the key. */
export function itemsAddress(asked: Omit<TryOut, 'key'>): string {
  const query = new URLSearchParams({ f: asked.format, limit: String(asked.limit) });
  if (asked.bbox.trim()) query.set('bbox', asked.bbox.trim());
  if (asked.filter.trim()) query.set('filter', asked.filter.trim());
  return `/ogc/collections/${asked.layer}/items?${query}`;
}
/** A line for a POSIX shell. Single quotes keep everything but themselves. */
export function curlLine(origin: string, asked: TryOut): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  const key = asked.key.trim() ? ` -H ${quoted(`Authorization: Bearer ${asked.key.trim()}`)}` : '';
  return `curl -i${key} ${quoted(origin + itemsAddress(asked))}`;
}
