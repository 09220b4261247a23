// /livez, /readyz and /metrics (Prometheus text 0.0.4).
import { Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import { fromThisMachine, identityOf } from '../auth/identity.http.ts';
import type { House } from '../house.ts';

export function probesRouter(house: House): Router {
  const router = Router();
  router.get('/livez', (_request, response) => void response.type('text/plain').send('ok\n'));
  router.get('/readyz', (_request, response) => {
    if (!house.database.state().up) throw new Problem('database-unavailable');
    response.type('text/plain').send('ready\n');
  });
  router.get('/metrics', (request, response) => {
    if (!fromThisMachine(request) && identityOf(request)?.role !== 'admin') throw new Problem('forbidden', { what: '/metrics' });
    const health = house.health();
    const lines = [
      '# HELP liaozhi_latency_milliseconds Latency of each stretch over the last minute.',
      '# TYPE liaozhi_latency_milliseconds summary',
    ];
    for (const [stretch, { p50, p95, p99, count }] of Object.entries(health.latency)) {
      for (const [quantile, value] of [
        ['0.5', p50],
        ['0.95', p95],
        ['0.99', p99],
      ] as const)
        lines.push(`liaozhi_latency_milliseconds{stretch="${stretch}",quantile="${quantile}"} ${value}`);
      lines.push(`liaozhi_latency_milliseconds_count{stretch="${stretch}"} ${count}`);
    }
    for (const name of ['frames', 'refused', 'readings', 'unclaimed'] as const) {
      lines.push(`# TYPE liaozhi_${name}_total counter`);
      for (const [protocol, counts] of Object.entries(health.protocols))
        lines.push(`liaozhi_${name}_total{protocol="${protocol}"} ${counts[name]}`);
    }
    lines.push('# TYPE liaozhi_database_up gauge', `liaozhi_database_up ${health.database === 'up' ? 1 : 0}`);
    lines.push('# TYPE liaozhi_sockets gauge', `liaozhi_sockets ${health.sockets}`);
    lines.push('# TYPE process_resident_memory_bytes gauge', `process_resident_memory_bytes ${process.memoryUsage().rss}`);
    response.type('text/plain; version=0.0.4').send(`${lines.join('\n')}\n`);
  });
  return router;
}
