// Tiles of Things: no bubble hides the one that is red, every Thing is counted once, and an alarm redraws the tile it lies in.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, serveOneMap, type TestDoor } from '../../tests/one-map.http.ts';

let test: TestDatabase;
let door: TestDoor;
/** A cluster in Shenyang, one far away, one of another city just over the edge of the cell. */
const places = [
  { uid: 'a', adcode: '210102', lng: 123.43, lat: 41.8 },
  { uid: 'b', adcode: '210102', lng: 123.431, lat: 41.801 },
  { uid: 'c', adcode: '210106', lng: 123.432, lat: 41.802 },
  { uid: 'far', adcode: '211402', lng: 120.83, lat: 40.71 },
];
beforeAll(async () => {
  test = await testDatabase();
  await addStations(test, places);
  door = serveOneMap(test);
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});
const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));

interface Drawn {
  readonly id: number | undefined;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}
async function tile(z: number, set = 'WebMercatorQuad', user = 'province'): Promise<Drawn[]> {
  const all: Drawn[] = [];
  const [lngs, lats] = [places.map(({ lng }) => lng), places.map(({ lat }) => lat)];
  const seen = new Set<string>();
  for (const [i, lng] of lngs.entries()) {
    const lat = lats[i] as number;
    const [x, y] =
      set === 'WebMercatorQuad'
        ? [((lng + 180) / 360) * 2 ** z, ((1 - Math.asinh(Math.tan((lat * Math.PI) / 180)) / Math.PI) / 2) * 2 ** z]
        : [((lng + 180) / 360) * 2 ** (z + 1), ((90 - lat) / 180) * 2 ** z];
    const address = `${z}/${Math.floor(y)}/${Math.floor(x)}`;
    if (seen.has(address)) continue;
    seen.add(address);
    const bytes = await door.bytes(user, `/ogc/collections/air-stations/tiles/${set}/${address}`);
    const layer = bytes.byteLength ? new VectorTile(new PbfReader(bytes)).layers['air-stations'] : undefined;
    for (let n = 0; n < (layer?.length ?? 0); n++) {
      const feature = layer?.feature(n);
      const at = feature?.loadGeometry()[0]?.[0];
      // What lies in the margin is the next tile's to draw, as MapLibre has it.
      const own = at && at.x >= 0 && at.x < 4096 && at.y >= 0 && at.y < 4096;
      if (feature && own) all.push({ id: feature.id, properties: feature.properties });
    }
  }
  return all;
}
async function alarm(id: string, uid: string, level: string, cleared = false): Promise<void> {
  await test.database.query(
    `INSERT INTO alarm (id, thing, stream, series, level, rule, title, value, limit_value, unit, source, since, updated, cleared, adcode, quality, provenance, frame)
     SELECT $1, id, stream, 'z/instant/value', $3, 'r', 't', 1, 1, 'm', 's', now(), now(), CASE WHEN $4::boolean THEN now() END, adcode, 'good', 'simulated', 0 FROM thing WHERE uid = $2
     ON CONFLICT (id) DO UPDATE SET level = excluded.level, cleared = excluded.cleared`,
    [id, uid, level, cleared],
  );
  await pause(150);
}
const told = (drawn: readonly Drawn[]): unknown[] =>
  drawn.map(({ properties }) => [properties['count'] ?? 1, properties['alarm'] ?? null, properties['uid'] ?? null]).sort();

describe('bubbles', () => {
  it('count what they hold; one alone keeps its name', async () => {
    expect(told(await tile(6))).toEqual([
      [1, null, 'far'],
      [3, null, null],
    ]);
  });
  it('carry the worst open alarm of all in them, at once, and lose it with it', async () => {
    await alarm('1', 'b', 'yellow');
    expect(told(await tile(6))).toEqual([
      [1, null, 'far'],
      [3, 'yellow', null],
    ]);
    await alarm('2', 'c', 'red');
    await alarm('3', 'a', 'blue');
    expect(told(await tile(6))).toEqual([
      [1, null, 'far'],
      [3, 'red', null],
    ]);
    expect(told(await tile(14))).toEqual([
      [1, null, 'far'],
      [1, 'blue', 'a'],
      [1, 'red', 'c'],
      [1, 'yellow', 'b'],
    ]);
    await alarm('2', 'c', 'red', true);
    expect(told(await tile(6))).toEqual([
      [1, null, 'far'],
      [3, 'yellow', null],
    ]);
  });
  it('hold the rows of the viewer’s area alone', async () => {
    expect(told(await tile(6, 'WebMercatorQuad', 'shenyang'))).toEqual([[3, 'yellow', null]]);
    expect(told(await tile(6, 'WebMercatorQuad', 'dalian'))).toEqual([]);
  });
  it.each([4, 5, 7, 8, 9, 12])('at z%i every Thing is counted once, on both grids', async (z) => {
    for (const set of ['WebMercatorQuad', 'WorldCRS84Quad']) {
      const drawn = await tile(set === 'WebMercatorQuad' ? z : z - 1, set);
      const ids = drawn.flatMap(({ id, properties }) => (properties['count'] === undefined || properties['count'] === 1 ? [id] : []));
      expect(new Set(ids).size).toBe(ids.length);
      expect(drawn.reduce((sum, { properties }) => sum + Number(properties['count'] ?? 1), 0)).toBe(places.length);
    }
  });
});
