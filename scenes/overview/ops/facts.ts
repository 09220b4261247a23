// The row of facts on top of the operations page: what an operator must know before anything else, each with its unit, age and verdict. Pure.
import type { Instant } from '../../../contracts/observation.ts';
import type { Health } from '../../../contracts/wire.ts';
import { dateTime, none, number, span } from '../../../screen/theme/format.ts';
import { type Sample, sampleOf } from './exposition.ts';
import { paintedTarget } from './latency-axis.ts';

export interface Fact {
  readonly name: string;
  readonly value: string;
  readonly unit: string;
  readonly meta: string;
  readonly bad: boolean;
}
/** The line and the health topic as screen/live tells them. */
interface Line {
  readonly state: 'connecting' | 'live' | 'away';
  readonly since: Instant;
  readonly retryAt: Instant | null;
  readonly attempt: number;
}
/** What the page asked /metrics for; use-poll.http.ts has it. */
interface Scrape {
  readonly state: 'loading' | 'normal' | 'error' | 'forbidden';
  readonly data: readonly Sample[] | null;
}
const mebibyte = 1024 * 1024;

export function factsOf(health: Health | null, line: Line, scrape: Scrape, now: Instant): readonly Fact[] {
  const missing = { loading: '正在读取', error: '读取失败', forbidden: '本机或系统管理员可看', normal: '本版服务器没有此项' }[scrape.state];
  const told = (name: string, labels?: Record<string, string>): number | null => (scrape.data ? sampleOf(scrape.data, name, labels) : null);
  const [memory, heap] = [told('process_resident_memory_bytes'), told('nodejs_heap_size_used_bytes')];
  const [waiting, backlog] = [told('liaozhi_log_waiting_frames'), told('liaozhi_history_backlog_rows')];
  const lag = told('nodejs_eventloop_lag_seconds', { quantile: '0.99' });
  const painted = health?.latency.painted;
  const slow = painted !== undefined && painted.count > 0 && painted.p95 > paintedTarget;
  const [live, expected] = (health?.streams ?? []).reduce(([a, b], one) => [a + one.live, b + one.expected], [0, 0] as [number, number]);
  const off = line.state === 'away';
  const facts: Fact[] = [
    {
      name: '数据库',
      value: health === null ? none : off ? '未知' : health.database === 'up' ? '正常' : '断开',
      unit: '',
      meta: health === null ? '正在读取' : off ? `断线前${health.database === 'up' ? '正常' : '断开'}` : sinceWords(health, now),
      bad: health?.database === 'away' && !off,
    },
    {
      name: '线路',
      value: { connecting: '连接中', live: '通', away: '断' }[line.state],
      unit: '',
      meta:
        off && line.retryAt !== null
          ? `${Math.max(0, Math.ceil((line.retryAt - now) / 1000))} 秒后第 ${line.attempt} 次重连`
          : `已 ${span(now - line.since)}`,
      bad: off,
    },
    {
      name: '入库读数',
      value: number(health?.readingsPerSecond, (health?.readingsPerSecond ?? 0) < 10 ? 1 : 0),
      unit: '条/秒',
      meta: '各协议合计',
      bad: false,
    },
    {
      name: '帧到屏 p95',
      value: painted && painted.count > 0 ? number(painted.p95, 0) : none,
      unit: 'ms',
      meta:
        painted === undefined
          ? ''
          : painted.count === 0
            ? '近 1 分没有画面回报'
            : `目标 ≤ ${paintedTarget} · ${number(painted.count, 0)} 样本`,
      bad: slow,
    },
    {
      name: '在线来源',
      value: health ? `${live}/${expected}` : none,
      unit: '个',
      meta: health ? `失联或未到 ${expected - live}` : '',
      bad: false,
    },
    { name: '在看的屏', value: number(health?.sockets, 0), unit: '个', meta: '本页在内', bad: false },
    {
      name: '常驻内存',
      value: memory === null ? none : number(memory / mebibyte, 0),
      unit: 'MiB',
      meta: memory === null ? missing : heap === null ? '服务进程' : `堆 ${number(heap / mebibyte, 0)} MiB`,
      bad: scrape.state === 'error',
    },
  ];
  if (waiting !== null || backlog !== null)
    facts.push({
      name: '待落盘 · 待入历史',
      value: `${number(waiting, 0)} · ${number(backlog, 0)}`,
      unit: '帧 · 行',
      meta: '积压应归零',
      bad: false,
    });
  if (lag !== null) facts.push({ name: '事件循环 p99', value: number(lag * 1000, 0), unit: 'ms', meta: '上次读取以来', bad: lag > 0.2 });
  return facts;
}
function sinceWords(health: Health, now: Instant): string {
  return health.database === 'up' ? `自 ${dateTime(health.since)}` : `已 ${span(now - health.since)} · 读数不应答，由设备重发`;
}
