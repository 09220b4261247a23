// HJ 212 over real sockets: answers after durable and in order, back-pressure, an outage, and every kind of bad peer.
import { connect, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterEach, expect, it } from 'vitest';
import type { Protocol } from '../../contracts/protocol.ts';
import type { Transport } from '../gateway.ts';
import type { Intake } from '../intake.ts';
import { createMemoryIntake, type MemoryIntake } from '../memory-intake.ts';
import { encodeHj212, hj212, qnOf } from '../protocols/hj212.ts';
import { listenTcp, type TcpLimits } from './listen.tcp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(limits: Partial<TcpLimits> = {}): Promise<{ intake: MemoryIntake; transport: Transport }> {
  const intake = createMemoryIntake(Date.now, (commit) => setTimeout(commit, 2));
  const transport = await listenTcp({ protocol: hj212 as unknown as Protocol, port: 0, host: '127.0.0.1', intake, now: Date.now, limits });
  open.push(transport);
  return { intake, transport };
}
interface Peer {
  readonly socket: Socket;
  text(): string;
  closed(): boolean;
}
async function dial(port: number, options: { allowHalfOpen?: boolean } = {}): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  let [text, closed] = ['', false];
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    closed = true;
  });
  open.push({ close: () => socket.destroy() });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, text: () => text, closed: () => closed };
}
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}
const frame = (n: number, flag = 5): Uint8Array =>
  encodeHj212({
    qn: qnOf(1_795_478_400_000 + n),
    st: '22',
    cn: '2011',
    pw: '123456',
    mn: '2101',
    flag,
    cp: `DataTime=20201124080000;a34004-Rtd=${n},a34004-Flag=N`,
  });
const answered = (text: string): string[] => [...text.matchAll(/QN=(\d+);ST=91;CN=9014/g)].map((match) => match[1]!);
const qns = (count: number): string[] => Array.from({ length: count }, (_, n) => qnOf(1_795_478_400_000 + n));

it('answers 9014 after the frame is durable, not before', async () => {
  const { intake, transport } = await start();
  intake.hold();
  const peer = await dial(transport.port);
  peer.socket.write(frame(0));
  await until(() => intake.offered() === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(peer.text()).toBe('');
  intake.release();
  await until(() => answered(peer.text()).length === 1);
  expect(intake.accepted[0]!.decoded.readings[0]).toMatchObject({ device: '2101', property: 'a34004', result: 0 });
  expect(intake.accepted[0]!.frame.address).toMatch(/^127\.0\.0\.1:\d+#1$/);
});

it('keeps the order of frames and answers, and lets many share a commit', async () => {
  const { intake, transport } = await start();
  const peer = await dial(transport.port);
  const stream = Buffer.concat(Array.from({ length: 1000 }, (_, n) => frame(n)));
  for (let at = 0; at < stream.length; at += 777) peer.socket.write(stream.subarray(at, at + 777));
  await until(() => answered(peer.text()).length === 1000);
  expect(answered(peer.text())).toEqual(qns(1000));
  expect(intake.accepted.map(({ decoded }) => decoded.readings[0]!.result)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
  expect(intake.commits()).toBeLessThan(500);
});

it('stops reading while frames wait to be durable', async () => {
  const { intake, transport } = await start({ framesWaiting: 10 });
  intake.hold();
  const peer = await dial(transport.port);
  const many = Buffer.concat(Array.from({ length: 20_000 }, (_, n) => frame(n)));
  peer.socket.write(many);
  await until(() => intake.offered() > 10);
  await new Promise((resolve) => setTimeout(resolve, 100));
  // One chunk of the socket (64 KB) may come at once; the rest waits in the kernel and at the sender.
  expect(intake.offered()).toBeLessThan(1500);
  intake.release();
  await until(() => answered(peer.text()).length === 20_000);
});

it('offers frames again while the database is away, and answers none until then', async () => {
  const { intake, transport } = await start();
  intake.away = true;
  const peer = await dial(transport.port);
  peer.socket.write(frame(0));
  peer.socket.write(frame(1, 4));
  await until(() => intake.offered() >= 4);
  expect(peer.text()).toBe('');
  intake.away = false;
  await until(() => intake.accepted.length === 2);
  await until(() => answered(peer.text()).length === 1);
  expect(transport.stats().unacknowledged).toBe(0);
});

it('answers in the order of the connection when a later frame is durable first', async () => {
  const resolvers: (() => void)[] = [];
  const intake: Intake = {
    accept: () => ({ index: 0, committed: new Promise((resolve) => resolvers.push(() => resolve({ batch: 1, durable: 0 }))) }),
    refuse: () => undefined,
  };
  const transport = await listenTcp({ protocol: hj212 as unknown as Protocol, port: 0, host: '127.0.0.1', intake, now: Date.now });
  open.push(transport);
  const peer = await dial(transport.port);
  for (let n = 0; n < 5; n++) peer.socket.write(frame(n));
  await until(() => resolvers.length === 5);
  for (const resolve of resolvers.reverse()) {
    resolve();
    await new Promise((done) => setTimeout(done, 5));
  }
  await until(() => answered(peer.text()).length === 5);
  expect(answered(peer.text())).toEqual(qns(5));
});

it('gives up after a while: not acknowledged, the connection ends', async () => {
  const { intake, transport } = await start({ retryMilliseconds: 150 });
  intake.away = true;
  const peer = await dial(transport.port);
  peer.socket.write(frame(0));
  await until(() => peer.closed());
  expect(peer.text()).toBe('');
  expect(transport.stats()).toMatchObject({ unacknowledged: 1, inFlight: 0, dropped: { unacknowledged: 1 } });
});

it('answers a peer that has closed its sending half', async () => {
  const { transport } = await start();
  const peer = await dial(transport.port, { allowHalfOpen: true });
  peer.socket.end(frame(0));
  await until(() => answered(peer.text()).length === 1);
  await until(() => peer.closed());
});

it('counts and keeps what is no frame, and closes after too much of it', async () => {
  const { intake, transport } = await start({ refusedBytes: 2000 });
  const peer = await dial(transport.port);
  peer.socket.write('GET / HTTP/1.1\r\n\r\n');
  peer.socket.write(frame(0));
  await until(() => answered(peer.text()).length === 1);
  expect(intake.refusals.map(({ refused }) => Buffer.from(refused.bytes).toString()).join('')).toContain('GET / HTTP/1.1');
  peer.socket.write(Buffer.alloc(5000, 'x'));
  await until(() => peer.closed());
  expect(transport.stats().dropped).toEqual({ refused: 1 });
});

it('ends what is slow, silent, or half there', async () => {
  const { transport } = await start({ stalledMilliseconds: 200, firstFrameMilliseconds: 200, idleMilliseconds: 200 });
  const silent = await dial(transport.port);
  const slow = await dial(transport.port);
  const trickle = setInterval(() => slow.socket.write('1'), 20);
  slow.socket.write('##9');
  const once = await dial(transport.port);
  once.socket.write(frame(0));
  await until(() => silent.closed() && slow.closed() && once.closed());
  clearInterval(trickle);
  expect(answered(once.text()).length).toBe(1);
  expect(transport.stats()).toMatchObject({ connections: 0 });
  expect(transport.stats().dropped).toMatchObject({ stalled: expect.any(Number), idle: expect.any(Number) });
});

it('holds no more connections than it says', async () => {
  const { transport } = await start({ connections: 3 });
  const peers = await Promise.all(Array.from({ length: 5 }, () => dial(transport.port)));
  await until(() => peers.filter((peer) => peer.closed()).length === 2);
  expect(transport.stats()).toMatchObject({ connections: 3, dropped: { full: 2 } });
});

it('ends a peer that does not read its answers', async () => {
  const { transport } = await start({ unreadBytes: 20_000 });
  const peer = await dial(transport.port);
  peer.socket.pause();
  const many = Buffer.concat(Array.from({ length: 2000 }, (_, n) => frame(n)));
  const push = (error?: Error | null): void => {
    if (!error && !peer.socket.destroyed) peer.socket.write(many, push);
  };
  push();
  await until(() => transport.stats().dropped['slow-reader'] === 1);
});

it('survives any bytes on many connections, and still serves', async () => {
  const { transport } = await start();
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.oneof(
          fc.uint8Array({ maxLength: 3000 }),
          fc.constantFrom('##9999', '##0000', '##').map((text) => Buffer.from(text)),
        ),
        { maxLength: 6 },
      ),
      async (chunks) => {
        const peer = await dial(transport.port);
        for (const chunk of chunks) peer.socket.write(chunk);
        peer.socket.destroySoon();
      },
    ),
    { numRuns: 60 },
  );
  const huge = await dial(transport.port);
  huge.socket.write(Buffer.alloc(2_000_000, '#'));
  const peer = await dial(transport.port);
  peer.socket.write(frame(7));
  await until(() => answered(peer.text()).length === 1);
  await until(() => transport.stats().connections <= 2);
});

it('close() answers what is in flight', async () => {
  const { intake, transport } = await start();
  intake.hold();
  const peer = await dial(transport.port);
  peer.socket.write(frame(0));
  await until(() => intake.offered() === 1);
  const closing = transport.close();
  setTimeout(() => intake.release(), 50);
  await closing;
  await until(() => peer.closed());
  expect(answered(peer.text())).toEqual(qns(1));
});
