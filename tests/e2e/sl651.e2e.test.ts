// A hydrological station that sends SL 651 to the real server over TCP, and its values found by the doors that other programs use.
import { connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { beijingDigits, hexOf } from '../../iot-gateway/protocols/sl651/frame.ts';
import { bodyOf, split, up } from '../../iot-gateway/protocols/sl651/test-frames.ts';
import { asAdmin, dataFolder, type RunningServer, startServer } from '../server.file.ts';

type Json = Record<string, unknown>;
const folder = dataFolder();
let server: RunningServer;
let call: Awaited<ReturnType<typeof asAdmin>>;
const get = async (path: string): Promise<Json> => (await call(path)).json() as Promise<Json>;
beforeAll(async () => {
  server = await startServer(folder.path, ['--demo', '0']);
  call = await asAdmin(server);
});
afterAll(async () => {
  await server?.stop();
  folder.remove();
});

const minute = 60_000;
const hour = 60 * minute;
const now = Math.floor(Date.now() / minute) * minute;
const group = (station: string, at: number): string => `F1F1${station}48F0F0${beijingDigits(at).slice(0, 10)}`;

/** Sends frames on one connection, and hears until so many answers are there. */
function send(frames: readonly Uint8Array[], answers: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = '';
    const socket = connect(server.sl651, '127.0.0.1', () => {
      for (const frame of frames) socket.write(frame);
    });
    socket.on('data', (data) => {
      heard += hexOf(data);
      if (heard.split('7E7E').length > answers) {
        resolve(heard);
        socket.destroy();
      }
    });
    socket.once('error', reject);
  });
}
async function register(name: string, id: string): Promise<string> {
  const answer = await call('/sta/v1.1/Things', {
    ...{ name, description: '水文遥测站', properties: { device: { protocol: 'sl651', id } } },
    Locations: [{ name, description: '', encodingType: 'application/geo+json', location: { type: 'Point', coordinates: [123.43, 41.8] } }],
  });
  expect(answer.status).toBe(201);
  return String(answer.headers.get('location')).replace(server.http, '');
}
/** property → [[phenomenonTime, result] …] of a Thing. */
async function observed(self: string): Promise<Record<string, [number, unknown][]>> {
  const expand = '$expand=ObservedProperty,Observations($orderby=phenomenonTime asc;$top=100)';
  const list = ((await get(`${self}/Datastreams?${expand}`)).value ?? []) as { ObservedProperty: Json; Observations: Json[] }[];
  return Object.fromEntries(
    list.map(({ ObservedProperty, Observations }) => [
      String(ObservedProperty['@iot.id']),
      Observations.map((one): [number, unknown] => [Date.parse(String(one['phenomenonTime']).split('/')[0] ?? ''), one['result']]),
    ]),
  );
}

it('a registered station: level, rain and voltage are stored, late data in their own time, the answer is the standard’s', async () => {
  const self = await register('沈阳水文站', '0021012345');
  const thing = { station: '0021012345' };
  const report = up(0x32, bodyOf(`${group('0021012345', now)}3923000412351A1900008538121265`, { serial: 5 }), thing);
  const late = up(0x32, bodyOf(`${group('0021012345', now - 48 * hour)}392300041000`, { serial: 6 }), thing);
  const heard = await send([report, late], 2);
  expect(heard).toMatch(/^7E7E0021012345011234328008020005.{12}04.{4}7E7E0021012345011234328008020006.{12}04.{4}$/);
  const expected = {
    z: [
      [now - 48 * hour, 41],
      [now, 41.235],
    ],
    rain: [[now - hour, 8.5]],
    vt: [[now, 12.65]],
  };
  await expect.poll(() => observed(self), { timeout: 20_000 }).toEqual(expected);
  // It is a gauge by what it sends: found in the stream of levels.
  const stream = (await get('/api/latest?stream=water/water-level')).items as { name: string; series: Record<string, unknown[]> }[];
  expect(stream.find(({ name }) => name === '沈阳水文站')?.series['z/instant/value']?.[0]).toBe(41.235);
  // The frame behind a number is laid open, and the bytes of that number are named.
  const datastreams = (await get(`${self}/Datastreams?$expand=ObservedProperty`)).value as { '@iot.id': number; ObservedProperty: Json }[];
  const z = datastreams.find((one) => one.ObservedProperty['@iot.id'] === 'z');
  expect(JSON.stringify(await get(`/api/lineage/observation/${z?.['@iot.id']}:${now}`))).toContain('瞬时河道水位');
  const protocols = await (await fetch(`${server.http}/metrics`)).text();
  expect(protocols).toContain('sl651');
});

it('a split series of an unknown station is confirmed once, listed, and replayed whole when it is claimed', async () => {
  const body = bodyOf(`${group('0021099999', now - hour)}0418000005F460${'0A'.repeat(12)}`);
  const heard = await send(split(0x38, body, 20, { station: '0021099999' }), 1);
  expect(heard).toMatch(/^7E7E002109999901123438800B16003003/);
  const unclaimed = async () => JSON.stringify((await get('/api/devices/unclaimed')).items);
  await expect.poll(unclaimed, { timeout: 20_000 }).toContain('0021099999');
  const self = await register('后来登记的雨量站', '0021099999');
  const expected = Array.from({ length: 12 }, (_, n) => [now - hour - 5 * minute + n * 5 * minute, 1]);
  await expect.poll(() => observed(self), { timeout: 20_000 }).toEqual({ pn05: expected });
});

it('a bad checksum is not answered and stands among the dead letters', async () => {
  const bad = up(0x32, bodyOf(`${group('0021012345', now)}392300041236`), { station: '0021012345' });
  bad[bad.length - 1]! ^= 0xff;
  const good = up(0x2f, bodyOf(''), { station: '0021012345' });
  const next = up(0x32, bodyOf(`${group('0021012345', now)}38121266`, { serial: 9 }), { station: '0021012345' });
  expect(await send([bad, good, next], 1)).toMatch(/^7E7E0021012345011234328008020009.{12}1B.{4}$/);
  const letters = async () => JSON.stringify((await get('/api/dead-letters?protocol=sl651')).items);
  await expect.poll(letters, { timeout: 20_000 }).toContain('bad-checksum');
});
