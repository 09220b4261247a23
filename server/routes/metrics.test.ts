// Probes and metrics: what a scrape says, and who may scrape.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { morning, openTestHouse, type TestHouse } from './test-house.http.ts';

let t: TestHouse;
let admin: string;
let leader: string;
beforeAll(async () => {
  t = await openTestHouse(await testDatabase());
  admin = await t.token('admin', { adcode: '210000', departments: '*' });
  leader = await t.token('leader', { adcode: '210000', departments: '*' });
  await t.thing('巨流河', '210181', [122.93, 42.0], { device: { protocol: 'mqtt', id: 'gauge' }, stream: 'water/water-level' });
  for (let i = 0; i < 3; i++) await t.telemetry('gauge', { time: morning + i, values: { z: i } });
  await t.telemetry('gauge', { values: 'none' });
  for (let i = 1; i <= 100; i++) t.latency.processed({ received: morning - i, durable: morning, processed: morning }, morning);
  await t.written();
});
afterAll(() => t?.close());

test('live and ready', async () => {
  await t.get('/livez').expect(200, 'ok\n');
  await t.get('/readyz').expect(200, 'ready\n');
});
test.each([
  ['a quantile of each hop', /^liaozhi_hop_seconds\{hop="durable",quantile="0.95"\} 0.09[3-7]\d*$/m],
  ['p50', /^liaozhi_hop_seconds\{hop="durable",quantile="0.5"\} 0.0(49|50|51)\d*$/m],
  ['p99', /^liaozhi_hop_seconds\{hop="durable",quantile="0.99"\} 0.(09[7-9]|10[01])\d*$/m],
  ['no number of a hop that nothing was measured of', /^liaozhi_hop_seconds\{hop="painted",quantile="0.99"\} nan$/im],
  ['frames by protocol', /^liaozhi_frames_total\{protocol="mqtt"\} 4$/m],
  ['readings by protocol', /^liaozhi_readings_total\{protocol="mqtt"\} 3$/m],
  ['refusals by code', /^liaozhi_refused_total\{protocol="mqtt",code="malformed-frame"\} 1$/m],
  ['the log', /^liaozhi_log_frames_total 4$/m],
  ['the log waits for nothing', /^liaozhi_log_waiting_frames 0$/m],
  ['the history is written', /^liaozhi_history_backlog_rows 0$/m],
  ['Things by stream', /^liaozhi_stream_things\{stream="water\/water-level",state="registered"\} 1$/m],
  ['sockets', /^liaozhi_sockets 0$/m],
  ['rooms', /^liaozhi_rooms 0$/m],
  ['deltas', /^liaozhi_deltas_total 0$/m],
  ['that the log can write', /^liaozhi_log_failing 0$/m],
  ['the database', /^liaozhi_database_up 1$/m],
  ['memory', /^process_resident_memory_bytes \d{7,}$/m],
  ['the event loop', /^nodejs_eventloop_lag_seconds\{quantile="0.99"\} [\d.e-]+$/m],
])('a scrape tells %s', async (_, line) => {
  const { text, headers } = await t.get('/metrics').expect(200);
  expect(headers['content-type']).toContain('text/plain');
  expect(text).toMatch(line);
});
test.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])(
  'a request with %s is not from this machine: only the administrator',
  async (header) => {
    await t.get('/metrics').set(header, '127.0.0.1').expect(401);
    await t.get('/metrics', leader).set(header, '127.0.0.1').expect(403);
    await t.get('/metrics', admin).set(header, '127.0.0.1').expect(200);
  },
);
