// The sockets of the house over a real port and a real store, without a database: who is who is said by the token itself.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Identity, Scope } from '../contracts/access.ts';
import type { Alarm } from '../contracts/event.ts';
import type { AdCode, LngLat } from '../contracts/geo.ts';
import type { Observation, SeriesKey } from '../contracts/observation.ts';
import type { Health } from '../contracts/wire.ts';
import { streamHealth } from '../server/health.ts';
import { createLatency, type Latency } from '../server/sockets/latency.ts';
import { openPush, type Push, type PushLimits } from '../server/sockets/push.socket.ts';
import { createStore } from '../server/store/latest.ts';
import { streams } from '../streams/index.ts';

export interface TestPush {
  readonly port: number;
  readonly url: string;
  readonly push: Push;
  readonly store: ReturnType<typeof createStore>;
  readonly latency: Latency;
  /** Targets of `read-restricted`, in order. */
  readonly audited: string[];
  /** Tokens that no longer open anything. */
  readonly ended: Set<string>;
  /** How far the server's clock is ahead, ms. */
  ahead: number;
  thing(id: number, stream: string, adcode: AdCode, position: LngLat | null, name?: string): void;
  read(thing: number, result: number | null, series?: SeriesKey, position?: LngLat | null): void;
  alarm(id: string, stream: string, adcode: AdCode, open: boolean, value?: number): void;
  indicator(code: string, adcode: AdCode, value: number): void;
  close(): Promise<void>;
}

/** A token that says who carries it: `210200:ecology+water`, `210000:*`; what follows a second colon tells two sessions of it apart. */
export function scopeOfToken(token: string): Scope {
  const [adcode = '', departments = ''] = token.split(':');
  return { adcode, departments: departments === '*' ? '*' : (departments.split('+').filter(Boolean) as never) };
}
const tokenShape = /^\d{6}:[a-z+*]*(:\w+)?$/;

export async function openTestPush(limits: Partial<PushLimits> = {}): Promise<TestPush> {
  const http = createServer();
  const store = createStore(streams);
  const latency = createLatency();
  const audited: string[] = [];
  const ended = new Set<string>();
  const now = (): number => Date.now() + made.ahead;
  let frame = 0;
  const authenticate = async (token: string): Promise<Identity | null> => {
    if (!tokenShape.test(token) || ended.has(token)) return null;
    const scope = scopeOfToken(token);
    return { user: `${scope.adcode}`, displayName: '', role: 'monitor', scope };
  };
  const health = (): Health => ({
    ...{ now: now(), database: 'up', since: 0, demo: false, readingsPerSecond: 0, sockets: push.sockets(), protocols: {} },
    latency: latency.summary(now()),
    streams: streams.map((stream) => streamHealth(store, stream, now())),
  });
  const push = openPush({
    ...{ http, latency, health, limits },
    house: {
      ...{ store, streams, now, config: { allowedOrigins: ['http://friend.example'] } },
      auth: { authenticate, audit: ({ target }) => void audited.push(target) },
    },
  });
  await new Promise<void>((ready) => http.listen(0, '127.0.0.1', ready));
  const { port } = http.address() as AddressInfo;
  const made: TestPush = {
    ahead: 0,
    ...{ port, url: `http://127.0.0.1:${port}`, push, store, latency, audited, ended },
    thing: (id, stream, adcode, position, name = `站${id}`) =>
      store.putThing({ id, uid: `t${id}`, name, description: '', adcode, position, properties: { stream } }),
    read(thing, result, series = 'z/instant/value', position = null) {
      const at = now();
      frame++;
      const observation: Observation = {
        ...{ datastream: thing * 10, thing, series, phenomenonTime: frame, result, position, quality: 'good', failed: [], flag: null },
        ...{ provenance: 'measured', frame, identity: frame, hops: { received: at - 5, durable: at - 2, processed: at } },
      };
      store.putObservation(observation, true);
    },
    alarm(id, stream, adcode, open, value = 1) {
      const alarm: Alarm = {
        ...{ id, thing: 1, thingName: `${adcode}的站`, stream, series: 'z/instant/value', level: 'red', rule: 'r', title: '', value },
        ...{ limit: 0, unit: '', source: '', since: 1, updated: 2, cleared: open ? null : 3, adcode, position: null },
        ...{ quality: 'good', provenance: 'measured', frame: 0 },
      };
      store.putAlarm(alarm);
    },
    indicator(code, adcode, value) {
      store.putIndicators([
        {
          ...{ code, adcode, title: '', value, unit: '', grade: null, note: null, targets: [], asOf: 1, coverage: [1, 1], quality: 1 },
          ...{ provenance: 'measured', department: 'ecology', source: '' },
        },
      ]);
    },
    async close() {
      await push.close();
      http.closeAllConnections();
    },
  };
  return made;
}
