// SL 651 over real sockets: both encodings on one port, answers after durable, a split message asked for again, a bad peer told apart.
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Protocol } from '../../contracts/protocol.ts';
import type { Transport } from '../gateway.ts';
import { createMemoryIntake, type MemoryIntake } from '../memory-intake.ts';
import { hexOf } from '../protocols/sl651/frame.ts';
import { bodyOf, split, up } from '../protocols/sl651/test-frames.ts';
import { sl651 } from '../protocols/sl651.ts';
import { listenTcp } from './listen.tcp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
async function start(): Promise<{ intake: MemoryIntake; transport: Transport }> {
  const intake = createMemoryIntake(Date.now, (commit) => setTimeout(commit, 2));
  const transport = await listenTcp({ protocol: sl651 as unknown as Protocol, port: 0, host: '127.0.0.1', intake, now: Date.now });
  open.push(transport);
  return { intake, transport };
}
async function dial(port: number): Promise<{ socket: Socket; heard(): string }> {
  const socket = connect({ port, host: '127.0.0.1' });
  let heard = '';
  socket.on('data', (chunk) => {
    heard += hexOf(chunk);
  });
  socket.on('error', () => undefined);
  open.push({ close: () => socket.destroy() });
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, heard: () => heard };
}
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}
/** Answers heard, each by function, packet numbers and end character. */
function answers(heard: string): string[] {
  return [...heard.matchAll(/7E7E0012345678011234(..)80(08|0B)(?:02|16(.{6}))(.{4}).{12}(04|06|15|1B).{4}/g)].map(
    ([, fn, , packet, serial, end]) => `${fn} ${packet ?? '-'} ${serial} ${end}`,
  );
}
const river = 'F1F1001234567848F0F02411240800';
const report = (n: number, level: string): Uint8Array => up(0x32, bodyOf(`${river}3923${level}`, { serial: n }));

it('answers a report in its own encoding once it is durable, and keeps the order', async () => {
  const { intake, transport } = await start();
  intake.hold();
  const { socket, heard } = await dial(transport.port);
  const ascii = up(0x32, bodyOf('ST 0012345678 H TT 2411240800 Z 12.35 ', { serial: 2, encoding: 'ascii' }), { encoding: 'ascii' });
  for (const piece of [report(1, '00012340'), ascii, report(3, '00012360')])
    for (let at = 0; at < piece.length; at += 9) socket.write(piece.subarray(at, at + 9));
  await until(() => intake.offered() === 3);
  expect(heard()).toBe('');
  intake.release();
  await until(() => answers(heard()).length === 2);
  expect(answers(heard())).toEqual(['32 - 0001 04', '32 - 0003 04']);
  expect(Buffer.from(heard(), 'hex').toString('latin1')).toContain('\u00010012345678011234328010\u00020002');
  expect(intake.accepted.map(({ decoded }) => decoded.readings[0]?.result)).toEqual([12.34, 12.35, 12.36]);
});

it('§6.3.1.2 c: a packet damaged on the way is asked for by its number, the message confirmed once, the picture whole in the log', async () => {
  const { intake, transport } = await start();
  const { socket, heard } = await dial(transport.port);
  const jpeg = Uint8Array.from({ length: 1000 }, (_, n) => (n * 7) & 0xff);
  const body = new Uint8Array([...bodyOf(`${river}F3F3`, { serial: 7 }), ...jpeg]);
  const packets = split(0x36, body, 220);
  const damaged = Uint8Array.from(packets[2]!);
  damaged[40]! ^= 0xff;
  for (const packet of [packets[0]!, packets[1]!, damaged, ...packets.slice(3)]) socket.write(packet);
  await until(() => answers(heard()).length === 1);
  expect(answers(heard())).toEqual(['36 005003 0007 15']);
  socket.write(up(0x36, body.subarray(440, 660), { packet: { total: 5, sequence: 3 }, end: 0x03 }));
  await until(() => answers(heard()).length === 2);
  expect(answers(heard())[1]).toBe('36 005005 0007 04');
  expect(intake.accepted.length).toBe(6);
  expect(intake.accepted.filter(({ decoded }) => decoded.problem?.code === 'bad-checksum')).toHaveLength(1);
  expect(intake.accepted.flatMap(({ decoded }) => decoded.readings)).toEqual([]);
});

it('§6.6.4.2: a station that keeps its link is told to stay, one that does not is let go', async () => {
  const { transport } = await start();
  const [kept, brief] = [await dial(transport.port), await dial(transport.port)];
  kept.socket.write(up(0x2f, bodyOf('')));
  for (const { socket } of [kept, brief]) socket.write(report(9, '00012340'));
  await until(() => answers(kept.heard()).length + answers(brief.heard()).length === 2);
  expect([answers(kept.heard()), answers(brief.heard())]).toEqual([['32 - 0009 1B'], ['32 - 0009 04']]);
});

it('rubbish is refused, kept and counted, and the next report is heard', async () => {
  const { intake, transport } = await start();
  const { socket, heard } = await dial(transport.port);
  socket.write('GET / HTTP/1.1\r\n\r\n');
  socket.write(report(1, '00012340').subarray(0, 30));
  for (const n of [2, 3, 4]) socket.write(report(n, '00012340'));
  await until(() => answers(heard()).length >= 3);
  expect(answers(heard())).toEqual(['32 - 0002 04', '32 - 0003 04', '32 - 0004 04']);
  expect(intake.refusals.length).toBeGreaterThanOrEqual(2);
  expect(transport.stats().refused).toBe(intake.refusals.length);
});
