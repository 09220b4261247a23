// npm run replay against the real server: the table holds what the file says, once each, although the connection is cut in between.
// Reads ../shared/data (Shenyang PM2.5, UCI dataset 394, CC BY 4.0; captured HJ 212 frames); skipped where it is absent.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeHj212 } from '../../iot-gateway/protocols/hj212.ts';
import { projectRoot } from '../../server/project-root.file.ts';
import { adminPassword, asAdmin, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';

const data = join(projectRoot(), '../shared/data');
const table = join(data, 'air_quality/ShenyangPM20100101_20151231.csv');
const captures = join(data, 'protocol_captures/hj212_frames.tsv');
const present = existsSync(table) && existsSync(captures);
if (!present) console.warn(`skipped: ${data} is absent`);

interface Ended {
  readonly code: number | null;
  readonly account: Readonly<Record<string, unknown>>;
  readonly said: string;
}
function replay(...words: string[]): Promise<Ended> {
  const child = spawn(process.execPath, ['--import', 'tsx', 'server/demo/replay.ts', ...words], { cwd: projectRoot() });
  let [printed, said] = ['', ''];
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  child.stderr.on('data', (chunk) => {
    said += chunk;
  });
  return new Promise((resolve) =>
    child.once('exit', (code) => {
      const line = /^replay (\{.*\})$/m.exec(printed)?.[1];
      resolve({ code, account: line ? JSON.parse(line) : {}, said });
    }),
  );
}

/** A line that breaks: after so many bytes of answers each connection is cut, some answers lost with it. */
async function brittleLine(to: number, answerBytes: readonly number[]): Promise<{ port: number; cuts(): number; close(): void }> {
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((device) => {
    const platform = connect(to, '127.0.0.1');
    const most = answerBytes[cuts] ?? Number.POSITIVE_INFINITY;
    let heard = 0;
    for (const socket of [device, platform]) {
      open.add(socket);
      socket.on('error', () => undefined);
    }
    device.on('data', (chunk) => platform.write(chunk));
    device.on('end', () => platform.end());
    platform.on('end', () => device.end());
    platform.on('data', (chunk: Buffer) => {
      heard += chunk.length;
      if (heard <= most) return void device.write(chunk);
      cuts++;
      device.destroy();
      platform.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : 0,
    cuts: () => cuts,
    close() {
      server.close();
      for (const socket of open) socket.destroy();
    },
  };
}

describe.skipIf(!present)('npm run replay', () => {
  const folder = dataFolder();
  let server: RunningServer;
  const access = (): string[] => ['--http', server.http, '--admin-password', adminPassword];
  beforeAll(async () => {
    server = await startServer(folder.path, ['--demo', '0']);
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  async function rows(device: string): Promise<{ series: string; time: number; result: number | null }[]> {
    const database = new pg.Client({ connectionString: databaseUrl(folder.path) });
    await database.connect();
    try {
      const { rows: found } = await database.query<{ series: string; time: string; result: number | null }>(
        `SELECT d.series, extract(epoch FROM o.phenomenon_time)::bigint * 1000 AS time, o.result
         FROM observation o JOIN datastream d ON d.id = o.datastream JOIN thing t ON t.id = d.thing WHERE t.device = $1 ORDER BY 1, 2`,
        [device],
      );
      return found.map((row) => ({ ...row, time: Number(row.time) }));
    } finally {
      await database.end();
    }
  }
  /** History is written behind the acknowledgement. */
  async function settled(device: string, count: number): Promise<{ series: string; time: number; result: number | null }[]> {
    for (let wait = 0; wait < 40 && (await rows(device)).length < count; wait++) await pause(250);
    await pause(500);
    return rows(device);
  }

  test('brings every value of the table once, NA as absent, over a line that breaks three times', async () => {
    const [from, limit, mn] = [28_900, 500, 'REPLAY-TEST-1'];
    const lines = readFileSync(table, 'utf8').split('\n');
    const columns = lines[0]!.trim().split(',');
    const expected: { series: string; time: number; result: number }[] = [];
    for (const line of lines.slice(1 + from, 1 + from + limit)) {
      const cell = (name: string): string => line.trim().split(',')[columns.indexOf(name)] ?? '';
      const time = Date.UTC(Number(cell('year')), Number(cell('month')) - 1, Number(cell('day')), Number(cell('hour')) - 8);
      const put = (code: string, text: string, value: number): unknown =>
        text !== 'NA' && expected.push({ series: `${code}/hour/mean`, time, result: value });
      put('a34004', cell('PM_US Post'), Number(cell('PM_US Post')));
      put('a01001', cell('TEMP'), Number(cell('TEMP')));
      put('a01002', cell('HUMI'), Number(cell('HUMI')));
      put('a01006', cell('PRES'), Math.round(Number(cell('PRES')) * 100) / 1000);
    }
    expected.sort((a, b) => (a.series === b.series ? a.time - b.time : a.series < b.series ? -1 : 1));
    // The slice has both: hours with PM2.5, and hours without.
    const pm = expected.filter(({ series }) => series.startsWith('a34004')).length;
    expect(pm).toBeGreaterThan(100);
    expect(pm).toBeLessThan(limit);

    const line = await brittleLine(server.hj212, [2000, 5000, 9000]);
    const words = [table, '--from', String(from), '--limit', String(limit), '--mn', mn, '--name', '试验', '--window', '50'];
    const { code, account, said } = await replay(...words, '--port', String(line.port), ...access());
    line.close();
    expect(said).toContain('确认 500');
    expect(code).toBe(0);
    expect(line.cuts()).toBe(3);
    expect(account).toMatchObject({ sent: limit, acknowledged: limit, unacknowledged: 0, refused: {}, failure: null });
    expect(account['again']).toBeGreaterThan(0);
    expect(await settled(mn, expected.length)).toEqual(expected);
  });

  test('registers the device as a recording, and takes over no station that sends of its own', async () => {
    const call = await asAdmin(server);
    const { items } = (await (await call('/api/latest?stream=ecology/air-quality')).json()) as {
      items: { name: string; properties: Record<string, unknown> }[];
    };
    expect(items.find(({ name }) => name === '试验（回放）')?.properties['recorded']).toBe('ShenyangPM20100101_20151231.csv');
    const claim = { protocol: 'hj212', device: 'REAL-1', name: '真站', adcode: '210100', stream: 'ecology/air-quality' };
    expect((await call('/api/devices/claim', claim)).status).toBe(201);
    const { code, said, account } = await replay(table, '--limit', '3', '--mn', 'REAL-1', '--port', String(server.hj212), ...access());
    expect(said).toContain('conflict: ');
    expect(said).toContain('真站');
    expect({ code, sent: account['sent'] }).toEqual({ code: 1, sent: 0 });
  });

  test('sends captured frames byte for byte: those that want an answer get one, bad checksums are dead letters', async () => {
    const { code, account } = await replay(captures, '--port', String(server.hj212), ...access());
    expect(code).toBe(0);
    expect(account).toMatchObject({ sent: 238, unacknowledged: 0, refused: {}, failure: null });
    expect(Number(account['acknowledged']) + Number(account['unanswerable'])).toBe(238);
    const database = new pg.Client({ connectionString: databaseUrl(folder.path) });
    await database.connect();
    const bad = readFileSync(captures, 'utf8').match(/\tbad\t/g)?.length;
    const query = "SELECT count(*)::int AS n FROM dead_letter WHERE code = 'bad-checksum'";
    await expect.poll(async () => (await database.query<{ n: number }>(query)).rows[0]?.n, { timeout: 20_000 }).toBe(bad);
    await database.end();
  });

  test('counts what the receiver refuses, by its code, and says so with the exit code', async () => {
    const file = join(folder.path, 'frames.txt');
    const message = { qn: '20160801085000001', st: '32', cn: '1062', mn: '010000A8900016F000169DC0', flag: 5, cp: 'RtdInterval=30' };
    const good = new TextDecoder().decode(encodeHj212(message)).trimEnd();
    writeFileSync(file, `${good}\n${good.slice(0, -4)}0000\nnothing\n`);
    const { code, account } = await replay(file, '--no-claim', '--port', String(server.hj212));
    expect(account).toMatchObject({
      sent: 2,
      acknowledged: 1,
      refused: { '9011 QnRtn=9': 1 },
      skipped: { '不是 ## 开头的 HJ 212 报文': 1 },
    });
    expect(code).toBe(1);
  });

  test('publishes MQTT messages with QoS 1', async () => {
    const file = join(folder.path, 'messages.jsonl');
    const message = (n: number): string =>
      JSON.stringify({
        topic: 'devices/replay-gauge/telemetry',
        payload: { time: Date.UTC(2026, 9, 1, n), values: { z: n === 3 ? null : n } },
      });
    writeFileSync(file, `${Array.from({ length: 300 }, (_, n) => message(n)).join('\n')}\n{"topic":"other","payload":{}}\nnot json\n`);
    const words = ['--stream', 'water/water-level', '--port', String(server.mqtt)];
    const { code, account } = await replay(file, ...words, ...access());
    expect(account).toMatchObject({ sent: 300, acknowledged: 300, skipped: { 主题不是遥测主题: 1, '不是 JSON': 1 } });
    expect(code).toBe(0);
    const found = await settled('replay-gauge', 300);
    expect(found.map(({ result }) => result)).toEqual(Array.from({ length: 300 }, (_, n) => (n === 3 ? null : n)));
  });

  test.each([
    ['no such file', ['nowhere.csv'], 2, 'bad-file: 文件 nowhere.csv 不可用'],
    ['nobody at the port', [table, '--port', '1', '--no-claim'], 1, 'unreachable: 连不上 HJ 212 127.0.0.1:1'],
    ['wrong option', [table, '--speed', 'fast'], 2, 'bad-parameter: '],
    ['no password', [table, '--limit', '1', '--port', 'HJ212'], 1, 'unauthenticated: '],
  ])('%s: an error with its code', async (_, words, code, text) => {
    const given = words.map((word) => (word === 'HJ212' ? String(server.hj212) : word));
    const ended = await replay(...given, '--http', server.http, '--token', 'wrong');
    expect(ended.said).toContain(text);
    expect(ended.code).toBe(code);
  });
});
