// A layer's health in words: each side judged, with the figures that it is judged by. Pure.
import type { HealthVerdict, LayerHealth } from '../../contracts/catalogue-routes.ts';

/** 45 s · 90 min · 5 h · 3 d. Rounded down, so that nothing is older than it is said to be. */
export function spanText(seconds: number): string {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.floor(seconds / 60)} min`;
  const [whole, rest] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  if (whole < 24) return rest > 0 ? `${whole} h ${rest} min` : `${whole} h`;
  const [days, hours] = [Math.floor(whole / 24), whole % 24];
  return hours > 0 && days < 10 ? `${days} d ${hours} h` : `${days} d`;
}
const minuteText = (time: string): string => time.slice(0, 16).replace('T', ' ');
/** Never 100 % while something is missing. */
const share = (part: number): string =>
  part === 1 ? '100 %' : part === 0 ? '0 %' : `${Math.min(99.9, Math.max(0.1, part * 100)).toFixed(1)} %`;
/** Below this share of filled values an attribute is called incomplete. */
export const COMPLETE = 0.9;
const completeText = `${COMPLETE * 100} %`;

/** One line for each side: age against promise, completeness, what came, limits that can fire. */
export function verdictsOf(health: Omit<LayerHealth, 'verdicts'>): HealthVerdict[] {
  return [age(health), completeness(health), pull(health), thresholds(health)];
}
function age({ age: { newest, seconds, promiseSeconds, verdict }, rows }: Omit<LayerHealth, 'verdicts'>): HealthVerdict {
  const side = 'age';
  if (newest === null || seconds === null)
    return { side, verdict: rows === 0 ? 'open' : 'bad', why: rows === 0 ? '还没有数据' : `${rows} 行，没有一次更新的记录` };
  const when = `最近更新 ${minuteText(newest)}，距今 ${spanText(seconds)}`;
  if (promiseSeconds === null) return { side, verdict: 'open', why: `${when}；更新周期为不定期或未填，没有承诺可比` };
  const promise = `承诺 ${spanText(promiseSeconds)}`;
  return verdict === 'late'
    ? { side, verdict: 'bad', why: `${when}；${promise}，超出 ${spanText(seconds - promiseSeconds)}` }
    : { side, verdict: 'ok', why: `${when}；${promise}，余 ${spanText(promiseSeconds - seconds)}` };
}
function completeness({ rows, completeness: { geometry, attributes, overall } }: Omit<LayerHealth, 'verdicts'>): HealthVerdict {
  const side = 'completeness';
  if (overall === null) return { side, verdict: 'open', why: '还没有行可量' };
  const all = [...(geometry === null ? [] : [{ title: '几何', share: geometry }]), ...attributes];
  const low = all.filter((one): one is { title: string; share: number; name: string } => one.share !== null && one.share < COMPLETE);
  const named = low
    .sort((a, b) => a.share - b.share)
    .slice(0, 4)
    .map((one) => `${one.title} ${share(one.share)}`);
  const more = low.length > named.length ? ` 等 ${low.length} 项` : '';
  const figures = `${rows} 行的几何与 ${attributes.length} 个信息项，平均 ${share(overall)}`;
  return low.length === 0
    ? { side, verdict: 'ok', why: `${figures}，各项不低于 ${completeText}` }
    : { side, verdict: 'bad', why: `${figures}；低于 ${completeText} 的：${named.join('、')}${more}` };
}
function pull({ things, lastPull, lastWrite, age: { promiseSeconds } }: Omit<LayerHealth, 'verdicts'>): HealthVerdict {
  const side = 'pull';
  if (things === null)
    return { side, verdict: 'open', why: `没有数据流，由人更新${lastWrite === null ? '' : `；最近写入 ${minuteText(lastWrite)}`}` };
  const [inTime, all] = things;
  if (all === 0) return { side, verdict: 'bad', why: '数据流下没有登记的设备' };
  if (lastPull === null) return { side, verdict: 'bad', why: `${all} 台设备都还没有来过数` };
  const why = `最近来数 ${minuteText(lastPull)}；${all} 台设备中 ${inTime} 台在承诺的 ${spanText(promiseSeconds ?? 0)} 内来过数`;
  return { side, verdict: inTime === all ? 'ok' : 'bad', why };
}
function thresholds({ thresholds: all }: Omit<LayerHealth, 'verdicts'>): HealthVerdict {
  const side = 'thresholds';
  if (all === null) return { side, verdict: 'open', why: '没有带阈值的数据流' };
  const dead = all.filter(({ reachable }) => !reachable);
  const partly = all.filter(({ reachable, things: [good, of] }) => reachable && good < of);
  const named = dead.slice(0, 3).map(({ title, why }) => `${title}（${why}）`);
  const some = partly.length > 0 ? `；${partly.length} 条只对部分设备有效` : '';
  return dead.length === 0
    ? { side, verdict: 'ok', why: `${all.length} 条限值都能触发${some}` }
    : {
        side,
        verdict: 'bad',
        why: `${all.length} 条限值中 ${dead.length} 条永远不会触发：${named.join('、')}${dead.length > 3 ? ' 等' : ''}${some}`,
      };
}
