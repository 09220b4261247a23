// AIS over a real socket: a receiver that dials in and talks, in pieces that end anywhere, while several ships' sentences interleave; nothing is answered.
import { existsSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import type { Protocol } from '../../contracts/protocol.ts';
import { createMemoryIntake } from '../memory-intake.ts';
import { ais, encodeAis } from '../protocols/ais.ts';
import { listenTcp } from './listen.tcp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});
async function start() {
  const intake = createMemoryIntake(Date.now, (commit) => setTimeout(commit, 2));
  const transport = await listenTcp({ protocol: ais as unknown as Protocol, port: 0, host: '127.0.0.1', intake, now: Date.now });
  open.push(transport);
  let said = 0;
  const socket = connect({ port: transport.port, host: '127.0.0.1' });
  socket.on('data', (chunk: Uint8Array) => {
    said += chunk.length;
  });
  socket.on('error', () => undefined);
  open.push({ close: () => socket.destroy() });
  return { intake, transport, socket, said: () => said };
}
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}

it('ships off Dalian: positions, a name in two sentences between those of another ship, rubbish kept', async () => {
  const { intake, socket, said } = await start();
  const place = { lng: 121.72 * 600_000, lat: 38.91 * 600_000 };
  const names = [1, 2].map((n) => encodeAis({ type: 5, mmsi: 412_000_000 + n, name: `LIAO ${n}`, draught: 40 + n }, { number: n }));
  const moves = [1, 2].map((n) =>
    encodeAis({ type: 1, mmsi: 412_000_000 + n, speed: 100 + n, ...place, course: 900, heading: 90, second: 60 }),
  );
  const lines = [names[0]![0], moves[0]![0], names[1]![0], '# a comment', names[0]![1], moves[1]![0], names[1]![1], '!AIVDM,1,1,,A,x,0*00'];
  const stream = Buffer.from(lines.map((line) => `${line}\r\n`).join(''));
  for (let at = 0; at < stream.length; at += 7) socket.write(stream.subarray(at, at + 7));
  await until(() => intake.accepted.length === 7);
  const readings = intake.accepted.flatMap(({ decoded }) => decoded.readings);
  const knots = ({ result }: { result: number | null }): number => Math.round((result! / (1852 / 3600)) * 10) / 10;
  const speeds = readings.filter(({ property }) => property === 'sog');
  expect(speeds.map((reading) => [reading.device, knots(reading), reading.position])).toEqual([
    ['412000001', 10.1, [121.72, 38.91]],
    ['412000002', 10.2, [121.72, 38.91]],
  ]);
  expect(intake.accepted.flatMap(({ decoded }) => decoded.reported?.['name'] ?? [])).toEqual(['LIAO 1', 'LIAO 2']);
  expect(intake.accepted.at(-1)?.decoded.problem?.code).toBe('bad-checksum');
  expect(intake.refusals.map(({ refused }) => Buffer.from(refused.bytes).toString())).toEqual(['# a comment']);
  expect(said()).toBe(0);
});

const recording = '../shared/data/ais/nais400-merrimac.log';
it.skipIf(!existsSync(recording))('a recorded hour goes through whole and in order (skipped where absent)', async () => {
  const { intake, socket } = await start();
  const bytes = readFileSync(recording);
  socket.write(bytes);
  await until(() => intake.accepted.length === 765);
  expect(intake.accepted.map(({ frame }) => Buffer.from(frame.bytes).toString())).toEqual(
    bytes
      .toString()
      .split(/\r?\n/)
      .filter((line) => line !== ''),
  );
  expect(new Set(intake.accepted.flatMap(({ decoded }) => decoded.device ?? [])).size).toBe(156);
});
