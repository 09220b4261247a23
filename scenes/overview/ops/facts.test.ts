// The facts of the operations page: nothing that was not told reads as a number, and what is wrong is marked.
import { describe, expect, it } from 'vitest';
import type { Health } from '../../../contracts/wire.ts';
import { readExposition } from './exposition.ts';
import { factsOf } from './facts.ts';

const now = 1e12;
const quiet = { p50: 0, p95: 0, p99: 0, count: 0 };
function health(change: Partial<Health> = {}): Health {
  return {
    ...{ now, database: 'up', since: now - 60_000, demo: false, readingsPerSecond: 12.4, sockets: 3, streams: [], protocols: {} },
    latency: { durable: quiet, processed: quiet, sent: quiet, painted: quiet },
    ...change,
  };
}
const line = { state: 'live', since: now - 5000, retryAt: null, attempt: 0 } as const;
const scrape = (text: string | null) => ({ state: 'normal' as const, data: text === null ? null : readExposition(text) });
const painted = (p95: number) => ({ durable: quiet, processed: quiet, sent: quiet, painted: { p50: 1, p95, p99: p95, count: 9 } });
const cases = [
  { name: '数据库', value: '正常', bad: false, given: factsOf(health(), line, scrape(null), now) },
  { name: '数据库', value: '断开', bad: true, given: factsOf(health({ database: 'away' }), line, scrape(null), now) },
  { name: '数据库', value: '未知', bad: false, given: factsOf(health(), { ...line, state: 'away' }, scrape(null), now) },
  { name: '数据库', value: '—', bad: false, given: factsOf(null, line, scrape(null), now) },
  {
    name: '线路',
    value: '断',
    bad: true,
    given: factsOf(health(), { ...line, state: 'away', retryAt: now + 1500, attempt: 2 }, scrape(null), now),
  },
  { name: '帧到屏 p95', value: '—', bad: false, given: factsOf(health(), line, scrape(null), now) },
  { name: '帧到屏 p95', value: '500', bad: false, given: factsOf(health({ latency: painted(500) }), line, scrape(null), now) },
  { name: '帧到屏 p95', value: '501', bad: true, given: factsOf(health({ latency: painted(501) }), line, scrape(null), now) },
  { name: '常驻内存', value: '—', bad: false, given: factsOf(health(), line, scrape(''), now) },
  { name: '常驻内存', value: '154', bad: false, given: factsOf(health(), line, scrape('process_resident_memory_bytes 161271808'), now) },
  {
    name: '待落盘 · 待入历史',
    value: '0 · 7',
    bad: false,
    given: factsOf(health(), line, scrape('liaozhi_log_waiting_frames 0\nliaozhi_history_backlog_rows 7'), now),
  },
];
describe('facts', () => {
  it.each(cases)('$name is $value', ({ name, value, bad, given }) => {
    const fact = given.find((one) => one.name === name);
    expect([fact?.value, fact?.bad]).toEqual([value, bad]);
  });
  it('leaves out what this server does not tell', () => {
    expect(factsOf(health(), line, scrape(''), now).map((fact) => fact.name)).not.toContain('待落盘 · 待入历史');
  });
});
