// The figure of a check in the few characters that its cell has; the whole sentence stands in its title, and below the row when it failed.
import type { Check } from '../../contracts/observation.ts';

/** Shortens the sentences of /api/lineage (server/routes/lineage.ts). What it does not know it leaves as it is. */
export function shortFigure(check: Check, sentence: string, unit: string): string {
  const clause = sentence.split('，')[0] ?? '';
  // A whole word only: the m of metres is not the one of min.
  const plain = (
    unit === '' ? clause : clause.split(` ${unit}`).reduce((text, rest) => text + (/^\w/.test(rest) ? ` ${unit}` : '') + rest)
  ).trim();
  if (plain === '本序列未设') return '未设';
  if (check === 'rate') return plain.startsWith('每分钟 ') ? `${plain.slice(4)}/min` : plain.replace('没有前一个值', '无前值');
  if (check === 'stuck') return plain.replace(/^已 (.+) 未变$/, '$1同值');
  if (check === 'clock')
    return plain.replace(/^观测时刻(早于|晚于)到达 (.+)$/, (_, side: string, span: string) => `${side.slice(0, 1)} ${span}`);
  if (check === 'flag') return plain.replace('设备标记 ', '').replace('设备没有标记', '未带');
  if (check === 'spike') return plain.replace(/^高出前后值 (\S+) 以上.*$/, '凸出 > $1');
  if (check === 'neighbour') return plain.replace(/^(\S+) km 内至少 (\d+) 站的中位数$/, '$1 km ≥ $2 站');
  if (check === 'pair') return plain.replace(/^与 (.+)：不应更高$/, '≤ $1').replace(/^与 (.+)应相等$/, '= $1');
  return plain;
}
