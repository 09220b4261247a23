// What the server pays to fan out to many sockets at 10 Hz: our rooms against a plain socket.io broadcast of the same bytes, alternating in one run.
//
// The budget (issue: at most 1.5) is the CPU time of this process with our rooms ÷ with plain socket.io, medians of the rounds. Ours includes
// the store, coalescing and filtering. The clients are raw sockets in a child process, so that reading does not weigh on the figure.
// Alone: npx tsx tests/bench/fan-out.ts --sockets=1000 --things=20 --seconds=8 --rounds=3 --scopes=1
import { spawn } from 'node:child_process';
import { createServer, type Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { Server } from 'socket.io';
import type { Identity } from '../../contracts/access.ts';
import { defineStream } from '../../contracts/stream.ts';
import type { Delta, Health } from '../../contracts/wire.ts';
import { createLatency } from '../../server/sockets/latency.ts';
import { openPush } from '../../server/sockets/push.socket.ts';
import { createRooms } from '../../server/sockets/rooms.ts';
import { createStore } from '../../server/store/latest.ts';
import { median, type Result } from './result.ts';

export interface FanOutOptions {
  readonly sockets: number;
  /** Things that change in each tick. */
  readonly things: number;
  readonly seconds: number;
  readonly rounds: number;
  /** Different scopes over which the sockets are spread; each is a room. */
  readonly scopes: number;
}
export interface FanOutResult {
  /** CPU seconds of the server per measured second. */
  readonly plain: number;
  readonly rooms: number;
  readonly ratio: number;
  /** Bytes of one delta. */
  readonly bytes: number;
}

const hertz = 10;
const topic = 'things:bench/values';
const stream = defineStream({
  ...{ id: 'values', theme: 'bench', title: { zh: '值', en: 'values' }, provider: { department: 'ecology', zh: '台架' } },
  ...{ sharing: 'conditional', kind: 'state', periodSeconds: 1, staleAfterSeconds: 10 },
  ...{ headline: 'a34004/hour/mean', quality: {}, thresholds: [] },
});
// Scopes that read the same rows and are yet not the same: each makes a room of its own.
const extra = ['water', 'forestry', 'emergency', 'transport', 'ocean', 'planning', 'data'] as const;
function identity(scope: number): Identity {
  const departments = ['ecology' as const, ...extra.filter((_, bit) => (scope >> bit) & 1)];
  return { user: `u${scope}`, displayName: '', role: 'monitor', scope: { adcode: '210000', departments } };
}

/** A store whose things change by the tick, the same in each round. */
function source(things: number) {
  const store = createStore([stream]);
  for (let id = 1; id <= things; id++)
    store.putThing({
      ...{ id, uid: `t${id}`, name: `站${id}`, description: '', adcode: '210102' },
      position: [123, 41],
      properties: { stream: 'bench/values' },
    });
  let tick = 0;
  return {
    store,
    change(): void {
      const now = 1_764_000_000_000 + ++tick * 100;
      for (let id = 1; id <= things; id++)
        store.putObservation(
          {
            ...{
              datastream: id,
              thing: id,
              series: 'a34004/hour/mean',
              phenomenonTime: now,
              result: ((tick * id) % 500) / 10,
              position: null,
            },
            ...{ quality: 'good', failed: [], flag: 'N', provenance: 'measured', frame: tick, identity: tick },
            hops: { received: now, durable: now + 12, processed: now + 14 },
          },
          true,
        );
    },
  };
}
const noHealth = (): Health => ({}) as Health;

function listen(): Promise<{ server: HttpServer; port: number }> {
  const server = createServer();
  return new Promise((ready) => server.listen(0, '127.0.0.1', () => ready({ server, port: (server.address() as AddressInfo).port })));
}

/** Starts the clients and resolves once all have joined. `read` tells how many messages they got so far. */
async function clients(port: number, subscribe: boolean, { sockets, scopes }: FanOutOptions) {
  const script = fileURLToPath(new URL('./fan-out-clients.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', script, String(port), String(sockets), String(scopes), subscribe ? topic : ''],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  let text = '';
  const waiting: (() => void)[] = [];
  child.stdout.on('data', (chunk) => {
    text += chunk;
    for (const wake of waiting.splice(0)) wake();
  });
  async function line(): Promise<string> {
    while (!text.includes('\n')) await new Promise<void>((wake) => waiting.push(wake));
    const end = text.indexOf('\n');
    const first = text.slice(0, end);
    text = text.slice(end + 1);
    return first;
  }
  if ((await line()) !== 'joined') throw new Error('the clients did not join');
  return {
    async read(): Promise<number> {
      child.stdin.write('?\n');
      return Number(await line());
    },
    async close(): Promise<void> {
      const gone = new Promise((exited) => child.once('exit', exited));
      child.kill();
      await gone;
    },
  };
}

/** Calls `work` at 10 Hz for the seconds given, after one second to warm up; returns CPU seconds per second, and checks that all was received. */
async function measure(work: () => void, group: Awaited<ReturnType<typeof clients>>, options: FanOutOptions): Promise<number> {
  const beat = (ticks: number): Promise<void> =>
    new Promise((done) => {
      let left = ticks;
      const timer = setInterval(() => {
        work();
        if (--left > 0) return;
        clearInterval(timer);
        setTimeout(done, 300);
      }, 1000 / hertz);
    });
  await beat(hertz);
  const before = await group.read();
  const cpu = process.cpuUsage();
  const began = process.hrtime.bigint();
  await beat(options.seconds * hertz);
  const { user, system } = process.cpuUsage(cpu);
  const seconds = Number(process.hrtime.bigint() - began) / 1e9;
  const received = (await group.read()) - before;
  const share = received / (options.sockets * options.seconds * hertz);
  if (share < 0.95)
    throw new Error(`only ${(share * 100).toFixed(1)} % of the deltas arrived: the machine is too busy, or the clients are`);
  return (user + system) / 1e6 / seconds;
}

async function plainRound(options: FanOutOptions, deltas: readonly Delta[]): Promise<number> {
  const { server, port } = await listen();
  const io = new Server(server, { serveClient: false, perMessageDeflate: false });
  io.on('connection', (socket) => void socket.join(String(socket.handshake.auth['token'])));
  const group = await clients(port, false, options);
  let next = 0;
  const cost = await measure(
    () => {
      const delta = deltas[next++ % deltas.length];
      if (options.scopes === 1) io.emit('delta', delta);
      else for (let scope = 0; scope < options.scopes; scope++) io.to(String(scope)).emit('delta', delta);
    },
    group,
    options,
  );
  await group.close();
  await io.close();
  return cost;
}

async function roomsRound(options: FanOutOptions): Promise<number> {
  const { server, port } = await listen();
  const { store, change } = source(options.things);
  const auth = { authenticate: async (token: string) => identity(Number(token)), audit: () => undefined };
  const house = { store, streams: [stream], auth, config: { allowedOrigins: [] }, now: Date.now };
  const push = openPush({ http: server, house, latency: createLatency(), health: noHealth });
  const group = await clients(port, true, options);
  const cost = await measure(change, group, options);
  await group.close();
  await push.close();
  return cost;
}

/** The ratio, from rounds that alternate. @throws Error when the clients did not get what was sent */
export async function fanOut(given: Partial<FanOutOptions> = {}): Promise<FanOutResult> {
  const options: FanOutOptions = { sockets: 1000, things: 20, seconds: 8, rounds: 3, scopes: 1, ...given };
  // The very deltas that our rooms make, to be broadcast by plain socket.io.
  const { store, change } = source(options.things);
  const rooms = createRooms({ store, streams: [stream], health: noHealth });
  store.onChange((one) => rooms.note(one));
  rooms.enter(topic, identity(0), null);
  const deltas: Delta[] = [];
  for (let i = 0; i < 50; i++) {
    change();
    deltas.push(...rooms.tick(i).map(({ delta }) => delta));
  }
  const [plain, ours]: [number[], number[]] = [[], []];
  for (let round = 0; round < options.rounds; round++) {
    plain.push(await plainRound(options, deltas));
    ours.push(await roomsRound(options));
  }
  const result = { plain: median(plain), rooms: median(ours) };
  return { ...result, ratio: result.rooms / result.plain, bytes: JSON.stringify(deltas[0]).length };
}

const budget = 1.5;
/** For the bench runner: the ratio, and what it is made of. */
export async function bench(given: Partial<FanOutOptions> = {}): Promise<Result[]> {
  const { plain, rooms, ratio, bytes } = await fanOut(given);
  const against = 'plain socket.io broadcast of the same bytes';
  return [
    { name: 'fan-out', value: ratio, unit: 'ratio', budget, against },
    { name: 'fan-out-rooms', value: rooms, unit: 'CPU s/s' },
    { name: 'fan-out-plain', value: plain, unit: 'CPU s/s' },
    { name: 'fan-out-delta', value: bytes, unit: 'byte' },
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const flags = Object.fromEntries(process.argv.slice(2).map((flag) => flag.replace(/^--/, '').split('='))) as Record<string, string>;
  const result = await fanOut(Object.fromEntries(Object.entries(flags).map(([name, value]) => [name, Number(value)])));
  console.log(JSON.stringify({ name: 'fan-out', value: result.rooms, unit: 'CPU s/s', ...result, budget }));
  if (result.ratio > budget) process.exitCode = 1;
}
