// JT/T 808 over real sockets, as a terminal goes through its day: register, authenticate, report, hand in late, send a photo and lose a piece of it.
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Protocol } from '../../contracts/protocol.ts';
import type { Transport } from '../gateway.ts';
import { createMemoryIntake, type MemoryIntake } from '../memory-intake.ts';
import { readMessage } from '../protocols/jt808/message.ts';
import { batchBody, bytesOf, cutAll, hexOf, locationBody, mediaBody } from '../protocols/jt808/test-frames.ts';
import { assembleMedia, encodeJt808, jt808 } from '../protocols/jt808.ts';
import { listenTcp } from './listen.tcp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

async function start(): Promise<{ intake: MemoryIntake; transport: Transport }> {
  const intake = createMemoryIntake(Date.now, (commit) => setTimeout(commit, 2));
  const transport = await listenTcp({ protocol: jt808 as unknown as Protocol, port: 0, host: '127.0.0.1', intake, now: Date.now });
  open.push(transport);
  return { intake, transport };
}
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}

/** A terminal: sends messages with serial numbers of its own, and keeps what the platform says as `id body`. */
class Terminal {
  readonly socket: Socket;
  readonly phone: string;
  readonly version: number | undefined;
  private heard: Uint8Array[] = [];
  serial = 0;
  constructor(port: number, phone: string, version?: number) {
    this.phone = phone;
    this.version = version;
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk: Uint8Array) => this.heard.push(chunk));
    this.socket.on('error', () => undefined);
    open.push({ close: () => this.socket.destroy() });
  }
  said(): string[] {
    return cutAll(this.heard).frames.map((frame) => {
      const read = readMessage(bytesOf(frame));
      if ('problem' in read) return read.problem.code;
      expect([read.device, read.version2019]).toEqual([this.phone, this.version !== undefined]);
      return `${read.id.toString(16).toUpperCase().padStart(4, '0')} ${hexOf(read.bytes.subarray(read.body, read.end))}`;
    });
  }
  frame(id: number, body?: Uint8Array, sub?: readonly [number, number]): Uint8Array {
    return encodeJt808({
      ...{ id, phone: this.phone, serial: this.serial++ & 0xffff },
      ...(body ? { body } : {}),
      ...(sub ? { sub } : {}),
      ...(this.version === undefined ? {} : { version: this.version }),
    });
  }
  /** Sends, and waits for `answers` more messages. */
  async ask(frames: Uint8Array | readonly Uint8Array[], answers: number): Promise<string[]> {
    const before = this.said().length;
    for (const frame of frames instanceof Uint8Array ? [frames] : frames) this.socket.write(frame);
    await until(() => this.said().length >= before + answers);
    return this.said().slice(before);
  }
}
/** YYMMDDhhmmss, Beijing time, `secondsAgo`. */
const clock = (secondsAgo: number): string =>
  new Date(Date.now() + 8 * 3_600_000 - secondsAgo * 1000).toISOString().replace(/\D/g, '').slice(2, 14);
const registration2013 = Uint8Array.from([0, 21, 0, 100, ...new Array(32).fill(0x41), 2, ...bytesOf('C1C9413132333435')]);
const registration2019 = Uint8Array.from([0, 21, 0, 100, ...new Array(71).fill(0x41), 2, ...bytesOf('C1C9413132333435')]);

it.each([
  ['2013', undefined],
  ['2019', 1],
])('edition %s: register → authenticate → location → batch → media with a lost package asked for again → logout', async (_, version) => {
  const { intake, transport } = await start();
  const terminal = new Terminal(transport.port, '13840000001', version);
  const [registered] = await terminal.ask(terminal.frame(0x0100, version ? registration2019 : registration2013), 1);
  expect(registered).toMatch(/^8100 000000[0-9A-F]{24}$/);
  const code = bytesOf(registered!.slice(11));
  const given = version ? Uint8Array.from([code.length, ...code, ...new Array(35).fill(0x30)]) : code;
  expect(await terminal.ask(terminal.frame(0x0102, given), 1)).toEqual(['8001 0001010200']);
  expect(await terminal.ask(terminal.frame(0x0200, locationBody({ time: clock(1) })), 1)).toEqual(['8001 0002020000']);
  const late = [locationBody({ time: clock(3600) }), locationBody({ time: clock(3570), speed: 0 })];
  expect(await terminal.ask(terminal.frame(0x0704, batchBody(1, late)), 1)).toEqual(['8001 0003070400']);

  const data = Uint8Array.from({ length: 2500 }, (_, i) => (i * 31) & 0xff);
  const body = mediaBody(0x4d, data);
  const pieces = Array.from({ length: 6 }, (_, i) => terminal.frame(0x0801, body.slice(i * 450, (i + 1) * 450), [6, i + 1]));
  const sent = await terminal.ask(
    pieces.filter((_, i) => i !== 1 && i !== 3),
    5,
  );
  expect(sent).toEqual(['8001 0004080100', '8001 0006080100', '8001 0008080100', '8001 0009080100', '8800 0000004D0200020004']);
  expect(await terminal.ask([pieces[1]!, pieces[3]!], 2)).toEqual(['8001 0005080100', '8800 0000004D']);
  expect(await terminal.ask(terminal.frame(0x0003), 1)).toEqual(['8001 000A000300']);

  const readings = intake.accepted.flatMap(({ decoded }) => decoded.readings);
  const speeds = readings.filter(({ property }) => property === 'speed');
  expect(speeds.map(({ device, result, late }) => [device, Math.round(result! * 36), late === true])).toEqual([
    ['13840000001', 605, false],
    ['13840000001', 605, true],
    ['13840000001', 0, true],
    // Where the photo was taken.
    ['13840000001', 605, false],
  ]);
  expect(speeds.every(({ position }) => position?.[0] === 123.4315 && position[1] === 41.8057)).toBe(true);
  const media = assembleMedia(intake.accepted.map(({ frame }) => frame.bytes));
  expect(media).toMatchObject({ id: 0x4d, device: '13840000001' });
  expect('data' in media && media.data).toEqual(data);
  expect(intake.refusals).toEqual([]);
  expect(intake.accepted.every(({ decoded }) => decoded.problem === null && decoded.refused.length === 0)).toBe(true);
});

it('answers after the frame is durable, not before (8.2)', async () => {
  const { intake, transport } = await start();
  intake.hold();
  const terminal = new Terminal(transport.port, '13840000002');
  terminal.socket.write(terminal.frame(0x0200, locationBody({ time: clock(1) })));
  await until(() => intake.offered() === 1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(terminal.said()).toEqual([]);
  intake.release();
  await until(() => terminal.said().length === 1);
});

it('a wrong authentication code is answered, counted and kept, and so is what follows; other connections go on (8.8)', async () => {
  const { intake, transport } = await start();
  const wrong = new Terminal(transport.port, '13840000003');
  const other = new Terminal(transport.port, '13840000004');
  expect(await wrong.ask(wrong.frame(0x0102, bytesOf('313233')), 1)).toEqual(['8001 0000010201']);
  expect(await wrong.ask(wrong.frame(0x0200, locationBody({ time: clock(1) })), 1)).toEqual(['8001 0001020001']);
  expect(await other.ask(other.frame(0x0200, locationBody({ time: clock(1) })), 1)).toEqual(['8001 0000020000']);
  expect(intake.accepted.map(({ decoded }) => decoded.problem?.code ?? decoded.readings.length)).toEqual([
    'bad-credentials',
    'forbidden',
    5,
  ]);
});

it('finds its frames between rubbish, in whatever pieces they come, and keeps the rubbish', async () => {
  const { intake, transport } = await start();
  const terminal = new Terminal(transport.port, '13840000005');
  const stream = Buffer.concat([
    Buffer.from('GET / HTTP/1.1\r\n\r\n'),
    ...Array.from({ length: 200 }, () => terminal.frame(0x0200, locationBody({ time: clock(1) }))),
  ]);
  for (let at = 0; at < stream.length; at += 97) terminal.socket.write(stream.subarray(at, at + 97));
  await until(() => terminal.said().length === 200);
  expect(terminal.said().at(-1)).toBe('8001 00C7020000');
  expect(intake.refusals.map(({ refused }) => Buffer.from(refused.bytes).toString())).toEqual(['GET / HTTP/1.1']);
});
