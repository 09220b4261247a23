// /metrics for Prometheus, /livez and /readyz for whoever starts and watches the process.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Router } from 'express';
import { Gauge, type Metric, Registry } from 'prom-client';
import { Problem } from '../../contracts/problem.ts';
import { fromThisMachine, requireAct } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import type { PushStats } from '../sockets/push.socket.ts';

/** What is counted outside the health of the house, read at each scrape. */
export interface Figures {
  readonly log: { readonly failing: boolean; readonly waitingFrames: number; readonly commits: number; readonly frames: number };
  /** Rows that wait for the history. */
  readonly backlog: number;
  readonly push: PushStats;
  /** Since the start. */
  readonly refused: readonly { readonly protocol: string; readonly code: string; readonly count: number }[];
}
interface Value {
  readonly value: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly metricName?: string;
}

export function metricRoutes(house: House, figures: () => Figures): Router {
  const registry = new Registry();
  const lag = monitorEventLoopDelay({ resolution: 20 });
  lag.enable();

  // Figures are counted where they arise; here they are only read, so that nothing is counted twice.
  const read = (name: string, help: string, type: 'counter' | 'gauge' | 'summary', values: () => readonly Value[]): void =>
    registry.registerMetric({
      name,
      help,
      get: async () => ({ name, help, type, aggregator: 'sum', values: values() }),
    } as unknown as Metric);
  const gauge = (name: string, help: string, value: () => number): Gauge =>
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(value());
      },
    });

  read('liaozhi_hop_seconds', 'Latency of the hops over the last minute; painted is the whole way from the first byte', 'summary', () =>
    Object.entries(house.health().latency).flatMap(([hop, { p50, p95, p99, count }]): Value[] => [
      // Nothing measured is no number, not the fastest one.
      ...(
        [
          ['0.5', p50],
          ['0.95', p95],
          ['0.99', p99],
        ] as const
      ).map(([quantile, milliseconds]) => ({
        value: count === 0 ? Number.NaN : Math.round(milliseconds * 10) / 10_000,
        labels: { hop, quantile },
      })),
      { value: count, labels: { hop }, metricName: 'liaozhi_hop_seconds_count' },
    ]),
  );
  for (const [key, help] of [
    ['frames', 'Frames taken in'],
    ['readings', 'Readings judged and stored'],
    ['unclaimed', 'Frames of devices nobody has registered'],
  ] as const)
    read(`liaozhi_${key}_total`, help, 'counter', () =>
      Object.entries(house.health().protocols).map(([protocol, counters]) => ({ value: counters[key], labels: { protocol } })),
    );
  read('liaozhi_refused_total', 'Frames and readings refused, by the code of contracts/problem.ts', 'counter', () =>
    figures().refused.map(({ protocol, code, count }) => ({ value: count, labels: { protocol, code } })),
  );
  read('liaozhi_log_frames_total', 'Raw frames made durable', 'counter', () => [{ value: figures().log.frames }]);
  read('liaozhi_log_commits_total', 'Group commits of the log', 'counter', () => [{ value: figures().log.commits }]);
  gauge('liaozhi_log_waiting_frames', 'Frames that wait for their commit', () => figures().log.waitingFrames);
  gauge('liaozhi_history_backlog_rows', 'Observations that wait for the history', () => figures().backlog);
  read('liaozhi_stream_things', 'Things of a stream: registered, and live by its staleAfter', 'gauge', () =>
    house.health().streams.flatMap(({ stream, live, expected }) => [
      { value: expected, labels: { stream, state: 'registered' } },
      { value: live, labels: { stream, state: 'live' } },
    ]),
  );
  gauge('liaozhi_log_failing', '1 while the last commit of the log failed though the database answers', () =>
    figures().log.failing ? 1 : 0,
  );
  gauge('liaozhi_sockets', 'Pages connected', () => figures().push.sockets);
  gauge(
    'liaozhi_sockets_congested',
    'Pages that read too slowly and get no values until they have drained',
    () => figures().push.congested,
  );
  gauge('liaozhi_rooms', 'Rooms: topic × scope × viewport', () => figures().push.rooms);
  gauge('liaozhi_room_members', 'Subscriptions in all rooms', () => figures().push.members);
  read('liaozhi_deltas_total', 'Deltas made, one per room and change', 'counter', () => [{ value: figures().push.deltas }]);
  read('liaozhi_sockets_closed_total', 'Pages closed for reading too slowly or asking too much', 'counter', () => [
    { value: figures().push.closed },
  ]);
  gauge('liaozhi_database_up', '1 while the database answers', () => (house.database.state().up ? 1 : 0));
  gauge('process_resident_memory_bytes', 'Resident memory', () => process.memoryUsage.rss());
  gauge('nodejs_heap_size_used_bytes', 'Heap in use', () => process.memoryUsage().heapUsed);
  read('process_cpu_seconds_total', 'CPU time of the process', 'counter', () => {
    const { user, system } = process.cpuUsage();
    return [{ value: (user + system) / 1e6 }];
  });
  read('nodejs_eventloop_lag_seconds', 'Delay of the event loop since the last scrape', 'gauge', () => {
    const of = (value: number): number => (Number.isFinite(value) ? value / 1e9 : 0);
    const values = [
      { value: of(lag.percentile(50)), labels: { quantile: '0.5' } },
      { value: of(lag.percentile(99)), labels: { quantile: '0.99' } },
      { value: of(lag.max), labels: { quantile: '1' } },
    ];
    lag.reset();
    return values;
  });

  return Router()
    .get('/livez', (_req, res) => {
      res.type('text/plain').send('ok\n');
    })
    .get('/readyz', (_req, res) => {
      // A database that answers and cannot write (a full disk) takes in nothing either.
      if (!house.database.state().up || figures().log.failing) throw new Problem('database-unavailable');
      res.type('text/plain').send('ready\n');
    })
    .get('/metrics', async (req, res) => {
      // Behind a proxy everybody comes from loopback: then a token is needed too.
      if (!fromThisMachine(req)) requireAct(req, 'manage-users', '运行指标');
      res.type(registry.contentType).send(await registry.metrics());
    });
}
