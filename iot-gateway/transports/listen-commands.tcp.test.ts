// Commands over real sockets: a logger that answers, one that is deaf, one that comes later, one that moves to another connection.
import { connect, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { type CommandDesk, type CommandDeskLimits, createCommandDesk, overhearing } from '../command-desk.ts';
import { type Command, isEnded } from '../commands.ts';
import type { Transport } from '../gateway.ts';
import { createMemoryIntake } from '../memory-intake.ts';
import { type Hj212Order, prepareHj212, receiptOfHj212 } from '../protocols/hj212/commands.ts';
import { cutHj212 } from '../protocols/hj212/framing.ts';
import { parseSegment, type Segment } from '../protocols/hj212/segment.ts';
import { encodeHj212, hj212 } from '../protocols/hj212.ts';
import { listenTcp } from './listen.tcp.ts';

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const thing of open.splice(0).reverse()) await thing.close();
});

interface House {
  readonly desk: CommandDesk;
  readonly transport: Transport;
  readonly changes: Command[];
  order(order: Hj212Order, timing?: { overTimeSeconds: number; reCount: number }, expires?: number): Command;
}
async function start(limits: Partial<CommandDeskLimits> = {}): Promise<House> {
  const changes: Command[] = [];
  let [transport, qn]: [Transport | undefined, number] = [undefined, Date.now()];
  const desk = createCommandDesk({
    now: Date.now,
    after: (milliseconds, ring) => {
      const timer = setTimeout(ring, milliseconds);
      return () => clearTimeout(timer);
    },
    send: (_, device, bytes) => transport?.send?.(device, bytes) ?? false,
    receipts: { hj212: receiptOfHj212 },
    changed: (command) => changes.push(command),
    limits,
  });
  open.push(desk);
  const intake = overhearing(
    createMemoryIntake(Date.now, (commit) => setTimeout(commit, 2)),
    desk,
  );
  transport = await listenTcp({
    protocol: hj212 as never,
    port: 0,
    host: '127.0.0.1',
    intake,
    now: Date.now,
    reachable: (device) => desk.reachable('hj212', device),
  });
  open.push(transport);
  return {
    ...{ desk, transport, changes },
    order: (order, timing, expires = Date.now() + 60_000) =>
      desk.order(prepareHj212(order, { mn: '2101', st: '32', pw: '123456', base: 4 }, ++qn, timing), expires),
  };
}

/** A logger: says hello with a heartbeat, keeps what it is told, and answers as `reply` has it. */
async function logger(
  port: number,
  reply: (heard: Segment, count: number) => readonly [cn: string, cp: string][],
): Promise<{ heard: Segment[]; socket: Socket }> {
  const socket = connect({ port, host: '127.0.0.1' });
  open.push({ close: () => socket.destroy() });
  const heard: Segment[] = [];
  let memory: Uint8Array = new Uint8Array(0);
  const say = (cn: string, cp: string, qn: string, flag: number): void => {
    socket.write(encodeHj212({ qn, st: cn.startsWith('9') && cn !== '9015' ? '91' : '32', cn, pw: '123456', mn: '2101', flag, cp }));
  };
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => {
    const cut = cutHj212(memory, chunk);
    memory = cut.memory;
    for (const frame of cut.frames) {
      const segment = parseSegment(Buffer.from(frame.subarray(6, -4)).toString());
      if (segment.cn === '9013' || segment.cn === '9014') continue;
      heard.push(segment);
      for (const [cn, cp] of reply(segment, heard.length)) say(cn, cp, segment.qn!, 4);
    }
  });
  await new Promise((resolve) => socket.once('connect', resolve));
  say('9015', '', '20261124080000000', 9);
  return { heard, socket };
}
const states = ({ changes }: House, { id }: Command): string[] => changes.filter((command) => command.id === id).map(({ state }) => state);
async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { timeout: 20_000, interval: 5 }).toBe(true);
}
const ended = (house: House, { id }: Command): boolean => isEnded(house.desk.command(id)!);
const willing = (): [string, string][] => [['9011', 'QnRtn=1'], ['9012', 'ExeRtn=1']]; // biome-ignore format: a pair

it('set the interval: sent, ready, executed; one after the other, in order', async () => {
  const house = await start();
  const { heard } = await logger(house.transport.port, willing);
  const first = house.order({ cn: '1062', seconds: 30 });
  const second = house.order({ cn: '1012' });
  await until(() => ended(house, first) && ended(house, second));
  expect(states(house, first)).toEqual(['queued', 'sent', 'accepted', 'done']);
  expect(states(house, second).at(-1)).toBe('done');
  expect(heard.map(({ cn, cp }) => [cn, cp?.split('=')[0]])).toEqual([['1062', 'RtdInterval'], ['1012', 'SystemTime']]); // biome-ignore format: pairs
  expect(house.desk.waiting()).toBe(0);
});

it('waits for a logger that is not there, and is sent when it comes', async () => {
  const house = await start();
  const command = house.order({ cn: '1011' });
  expect([command.state, command.attempts]).toEqual(['queued', 0]);
  await logger(house.transport.port, () => [['9011', 'QnRtn=1'], ['1011', 'SystemTime=20261124080000'], ['9012', 'ExeRtn=1']]); // biome-ignore format: a reply
  await until(() => ended(house, command));
  expect(house.desk.command(command.id)).toMatchObject({ state: 'done', attempts: 1, receipt: { stage: 'done', meaning: '执行成功' } });
});

it('is sent again with the same QN until it is answered: OverTime, ReCount', async () => {
  const house = await start();
  const { heard } = await logger(house.transport.port, (_, count) => (count < 3 ? [] : willing()));
  await until(() => house.transport.stats().frames > 0);
  const command = house.order({ cn: '3011', factor: 'w01018' }, { overTimeSeconds: 0.05, reCount: 3 });
  await until(() => ended(house, command));
  expect(house.desk.command(command.id)).toMatchObject({ state: 'done', attempts: 3 });
  expect(new Set(heard.map(({ qn }) => qn)).size).toBe(1);
});

it('a deaf logger: ReCount + 1 times, then timeout; the next command has its turn', async () => {
  const house = await start();
  const { heard } = await logger(house.transport.port, ({ cn }) => (cn === '3012' ? [] : willing()));
  await until(() => house.transport.stats().frames > 0);
  const deaf = house.order({ cn: '3012', factor: 'w01018' }, { overTimeSeconds: 0.03, reCount: 2 });
  const next = house.order({ cn: '1012' });
  await until(() => ended(house, next));
  expect(house.desk.command(deaf.id)).toMatchObject({ state: 'timeout', attempts: 3 });
  expect(heard.map(({ cn }) => cn)).toEqual(['3012', '3012', '3012', '1012']);
});

it.each([
  [[['9011', 'QnRtn=3']], 'refused', 'PW 错误'],
  [[['9011', 'QnRtn=1'], ['9012', 'ExeRtn=5']], 'failed', '系统繁忙'],
] as [[string, string][], string, string][])('%j: %s, %s', async (reply, state, meaning) => {
  const house = await start();
  await logger(house.transport.port, () => reply);
  const command = house.order({ cn: '3013', factor: 'w01018' });
  await until(() => ended(house, command));
  expect(house.desk.command(command.id)).toMatchObject({ state, receipt: { meaning } });
}); // biome-ignore format: a table

it('expires while nobody is there, and is never sent after', async () => {
  const house = await start();
  const command = house.order({ cn: '3014', factor: 'w01018' }, undefined, Date.now() + 40);
  await until(() => ended(house, command));
  const { heard } = await logger(house.transport.port, willing);
  const next = house.order({ cn: '1012' });
  await until(() => ended(house, next));
  expect([house.desk.command(command.id)?.state, heard.map(({ cn }) => cn)]).toEqual(['expired', ['1012']]);
});

it('follows the logger to its newest connection', async () => {
  const house = await start();
  const old = await logger(house.transport.port, () => []);
  await until(() => house.transport.stats().frames === 1);
  const fresh = await logger(house.transport.port, willing);
  await until(() => house.transport.stats().frames === 2);
  const command = house.order({ cn: '1012' });
  await until(() => ended(house, command));
  expect([old.heard.length, fresh.heard.length]).toEqual([0, 1]);
  fresh.socket.destroy();
  await until(() => house.transport.stats().connections === 1);
  expect(house.transport.send?.('2101', Uint8Array.of(1))).toBe(false);
});

it('holds so many commands and no more', async () => {
  const house = await start({ ofDevice: 2, endedKept: 1 });
  const first = house.order({ cn: '1012' });
  const second = house.order({ cn: '1012' });
  expect(() => house.order({ cn: '1012' })).toThrow(expect.objectContaining({ code: 'overloaded' }));
  await logger(house.transport.port, willing);
  await until(() => house.desk.waiting() === 0);
  expect([house.desk.command(first.id), house.desk.command(second.id)?.state]).toEqual([undefined, 'done']);
});
