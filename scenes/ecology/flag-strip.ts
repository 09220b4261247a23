// The device's own flags along the time axis: one cell per slot, the worst flag of the slot, and what the letters mean.
//
// Source: HJ 212-2017 §6.6.4.2 table 8 (data flags), as kept in HJ 212-2025.
import type { Instant } from '../../contracts/observation.ts';
import type { HistoryPoint } from '../../contracts/wire.ts';

export interface FlagCell {
  readonly from: Instant;
  /** '' when nothing came in the slot. */
  readonly flag: string;
  readonly title: string;
}

export const flagMeaning: Readonly<Record<string, string>> = {
  N: '正常',
  F: '停运',
  M: '维护',
  S: '手工录入',
  D: '故障',
  C: '校准',
  T: '超上限',
  B: '通讯异常',
};
export function flagText(flag: string | null): string {
  if (flag === null || flag === '') return '未带';
  const meaning = flagMeaning[flag];
  return meaning ? `${flag} ${meaning}` : flag;
}

const SHANGHAI = 8 * 3_600_000;

export function flagStrip(
  points: readonly HistoryPoint[],
  from: Instant,
  to: Instant,
  slots: number,
): { cells: FlagCell[]; note(seen: readonly string[]): string } {
  const width = (to - from) / slots;
  const cells: FlagCell[] = [];
  let anyFlag = false;
  for (let index = 0; index < slots; index++) {
    const start = from + index * width;
    const inside = points.filter((point) => point.phenomenonTime >= start && point.phenomenonTime < start + width);
    const odd = inside.find((point) => point.flag !== null && point.flag !== '' && point.flag !== 'N');
    const plain = inside.find((point) => point.flag === 'N');
    anyFlag ||= Boolean(odd ?? plain);
    // A device without flags of its own still shows that it spoke.
    const flag = odd?.flag ?? (plain ? 'N' : inside.length > 0 ? '–' : '');
    const time = new Date(start + SHANGHAI).toISOString().slice(5, 16).replace('T', ' ');
    cells.push({ from: start, flag, title: `${time} ${flag === '' ? '缺测' : flag === '–' ? '未带标记' : flagText(flag)}` });
  }
  const shown = anyFlag ? cells : cells.map((cell) => ({ ...cell, flag: cell.flag === '–' ? '' : cell.flag }));
  return {
    cells: shown,
    note: (seen) => {
      if (!anyFlag) return '设备不带标记；断线处为缺测，不补线';
      const letters = ['N', ...seen.filter((flag) => flag !== '–')].map((flag) => flagText(flag)).join(' · ');
      return `${letters}；断线处为缺测，不计入均值`;
    },
  };
}
