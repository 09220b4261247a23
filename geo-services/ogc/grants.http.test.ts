// Grants at every door of 一张图, on a real PostGIS: whoever asks, by list, file, filter, tile or past moment, sees what his view leaves and no byte more.
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Department } from '../../contracts/access.ts';
import type { LayerGrant } from '../../contracts/grant.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { serveOneMap, type TestDoor, type Viewer } from '../../tests/one-map.http.ts';
import { createLayerTable, type LayerDraft, publishTable } from '../features/layers.pg.ts';
import { gridTileAt, matrixSets } from '../tiles/matrix-sets.ts';
import { buildPyramid } from '../tiles/pyramid.pg.ts';

const PRECISION = 2000;
const [STEP_EAST, STEP_NORTH] = [PRECISION / 78_715, PRECISION / 110_574];
const kinds = ['point', 'line', 'polygon'] as const;
const cities = ['210100', '210200', '210300', '210400'];
const owners: readonly Department[] = ['water', 'ecology', 'forestry'];
const square = (west: number, south: number, side: number) => ({
  type: 'Polygon' as const,
  coordinates: [[[west, south], [west + side, south], [west + side, south + side], [west, south + side], [west, south]]], // biome-ignore format: a ring
});
const [west, east] = [square(121, 40, 1.01), square(122.2, 40.7, 1)];

type Person = { readonly viewer: Viewer; readonly grants: readonly Partial<LayerGrant>[] };
/** What each sees less: rows of an area, of a department, a fence, attributes, places. */
const people: readonly Person[] = [
  { viewer: ['province', '210000', '*'], grants: [] },
  { viewer: ['shenyang', '210100', '*'], grants: [] },
  { viewer: ['water', '210000', ['water']], grants: [] },
  { viewer: ['dalian-two', '210200', ['water', 'ecology']], grants: [] },
  { viewer: ['lifted', '210000', '*'], grants: [{ view: 'full' }] },
  { viewer: ['fenced', '210000', '*'], grants: [{ view: 'full', fence: west }] },
  {
    viewer: ['twice-fenced', '210000', '*'],
    grants: [
      { view: 'full', fence: west },
      { view: 'full', fence: east },
    ],
  },
  { viewer: ['fenced-coarse', '210000', '*'], grants: [{ view: 'masked', fence: east }] },
  { viewer: ['nameless', '210000', '*'], grants: [{ view: 'full', hiddenAttributes: ['name'] }] },
  { viewer: ['only-name', '210300', ['forestry']], grants: [{ view: 'full', onlyAttributes: ['name'] }] },
  { viewer: ['barred', '210000', '*'], grants: [{ view: 'none' }] },
];
const named = (user: string): Person => people.find(({ viewer }) => viewer[0] === user) as Person;
const lifted = (user: string): boolean => named(user).grants.length > 0 && named(user).grants.every(({ view }) => view === 'full');
const seeing = people.map(({ viewer }) => viewer[0]).filter((user) => user !== 'barred');

let test: TestDatabase;
let door: TestDoor;
/** By layer: what is there. */
const rows = new Map<string, { id: number; adcode: string; department: string; x: number; y: number; west: boolean; east: boolean }[]>();

async function fill(kind: (typeof kinds)[number], id: string, many: number): Promise<void> {
  const attributes = ['name', 'adcode', 'department', 'owner'].map((name) => ({ name, type: 'text' as const }));
  const draft: LayerDraft = {
    ...{
      id,
      theme: 'emergency',
      title: { zh: id, en: id },
      geometry: kind,
      attributes,
      adcodeColumn: 'adcode',
      departmentColumn: 'department',
    },
    ...{ sensitive: { hidden: ['owner'], precisionMetres: PRECISION }, sharing: 'unconditional', department: 'emergency', source: '测试' },
    ...{ provenance: 'simulated', state: 'published' },
  };
  await test.database.transaction(async (tx) => {
    const table = await createLayerTable(tx, draft);
    // 0.003° is some 300 m, far less than a mesh; the places are between the points of the lattice.
    const shape = {
      point: 'at',
      line: 'ST_MakeLine(ST_Translate(at, -0.003, 0), ST_Translate(at, 0.003, 0.001))',
      polygon: 'ST_Buffer(at, 0.003, 2)',
    }[kind];
    await tx.query(
      `INSERT INTO "${table}" (name, adcode, department, owner, geom)
       SELECT 'row ' || n, (ARRAY['210102', '210202', '210302', '210402'])[1 + n % 4], (ARRAY['water', 'ecology', 'forestry', NULL])[1 + n / 4 % 4], 'SECRET-' || n,
         ${shape} FROM (SELECT n, ST_SetSRID(ST_MakePoint(121.1 + (n * 7919 % 2003) / 1001.0, 40.1 + (n * 104729 % 1999) / 1333.0), 4490) AS at FROM generate_series(1, $1) AS n) AS made`,
      [many],
    );
    await publishTable(tx, draft, table);
    rows.set(
      id,
      await tx.query(
        `SELECT id::int AS id, adcode, coalesce(department, '') AS department, ST_X(ST_Centroid(geom)) AS x, ST_Y(ST_Centroid(geom)) AS y,
           ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON($1), 4490)) AS west, ST_Intersects(geom, ST_SetSRID(ST_GeomFromGeoJSON($2), 4490)) AS east
         FROM "${table}" ORDER BY id`,
        [JSON.stringify(west), JSON.stringify(east)],
      ),
    );
  });
}
beforeAll(async () => {
  test = await testDatabase();
  for (const kind of kinds) await fill(kind, `secret-${kind}`, 400);
  await fill('point', 'secret-many', 6000);
  for (const { viewer, grants } of people)
    for (const { view, fence, hiddenAttributes = [], onlyAttributes = null } of grants)
      await test.database.query(
        `INSERT INTO layer_grant (layer, account, view, hidden_attributes, only_attributes, fence, reason, created_by)
         VALUES ('theme:emergency', $1, $2, $3, $4, ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON($5), 4490)), '测试', 'test')`,
        [viewer[0], view, hiddenAttributes, onlyAttributes, fence ? JSON.stringify(fence) : null],
      );
  door = serveOneMap(
    test,
    undefined,
    people.map(({ viewer }) => viewer),
  );
});
afterAll(async () => {
  door?.close();
  await test?.drop();
});

/** What the rules say, row by row. */
function seenBy(user: string, layer: string): number[] {
  const { viewer, grants } = named(user);
  const [, adcode, departments] = viewer;
  const prefix = adcode === '210000' ? '21' : adcode.slice(0, 4);
  const fences = grants.flatMap(({ fence }) => (fence ? [fence === west ? ('west' as const) : ('east' as const)] : []));
  return (rows.get(layer) ?? [])
    .filter((row) => row.adcode.startsWith(prefix) && (departments === '*' || (departments as readonly string[]).includes(row.department)))
    .filter((row) => fences.every((fence) => row[fence]))
    .map(({ id }) => id);
}
function hiddenOf(user: string): string[] {
  const { grants } = named(user);
  const only = grants.find(({ onlyAttributes }) => onlyAttributes)?.onlyAttributes;
  return [
    ...(lifted(user) ? [] : ['owner']),
    ...grants.flatMap(({ hiddenAttributes = [] }) => hiddenAttributes),
    ...(only ? ['adcode', 'department', 'owner'] : []),
  ];
}
const idsOf = (features: readonly { id?: unknown }[]): number[] => features.map(({ id }) => Number(id)).sort((a, b) => a - b);

/** Everything in the tiles of a level over the layers' place. */
async function tilesOf(user: string, layer: string, level: number) {
  const set = matrixSets.get('WebMercatorQuad')!;
  const [from, to] = [gridTileAt(set, level, [120.9, 41.8]), gridTileAt(set, level, [123.4, 39.9])];
  const found = new Map<number, { properties: Record<string, unknown>; points: [number, number][] }>();
  let bytes = '';
  for (let x = from.x; x <= to.x; x++)
    for (let y = from.y; y <= to.y; y++) {
      const body = await door.bytes(user, `/ogc/collections/${layer}/tiles/WebMercatorQuad/${level}/${y}/${x}`);
      bytes += body.toString('latin1');
      const part = new VectorTile(new PbfReader(body)).layers[layer];
      for (let i = 0; i < (part?.length ?? 0); i++) {
        const feature = part!.feature(i);
        const geometry = feature.toGeoJSON(x, y, level).geometry;
        const points = JSON.stringify(geometry)
          .match(/\[-?[\d.]+,-?[\d.]+\]/g)!
          .map((text) => JSON.parse(text) as [number, number]);
        if (feature.id !== undefined) found.set(feature.id, { properties: feature.properties, points });
      }
    }
  return { found, bytes };
}
const offLattice = (value: number, step: number): number => Math.abs(value / step - Math.round(value / step)) * step;

describe.each(kinds)('%ss', (kind) => {
  const layer = `secret-${kind}`;
  it.each(seeing)('%s: items, files and counts are the rows of the view', async (user) => {
    const expected = seenBy(user, layer);
    const path = `/ogc/collections/${layer}/items`;
    const { body, text } = await door.as(user, `${path}?limit=1000`).expect(200);
    expect(idsOf(body.features)).toEqual(expected);
    expect(body.numberMatched).toBe(expected.length);
    const csv = (await door.as(user, `${path}?limit=1000&f=csv`).expect(200)).text;
    expect(csv.trim().split('\n').length - 1).toBe(expected.length);
    const html = (await door.as(user, `${path}?limit=1000&f=html`).expect(200)).text;
    const fgb = (await door.bytes(user, `${path}?limit=1000&f=fgb`)).toString('latin1');
    for (const answer of [text, csv, html, fgb])
      for (const name of hiddenOf(user)) expect(answer).not.toContain(name === 'owner' ? 'SECRET' : name === 'name' ? 'row ' : '"adcode"');
    if (lifted(user) && expected.length > 0 && !hiddenOf(user).includes('owner')) expect(text).toContain('SECRET');
    // One by one: what is seen is there, what is not is not.
    const all = (rows.get(layer) ?? []).map(({ id }) => id);
    const unseen = all.filter((id) => !expected.includes(id)).slice(0, 3);
    for (const id of unseen) await door.as(user, `${path}/${id}`).expect(404);
    for (const id of expected.slice(0, 3))
      expect((await door.as(user, `${path}/${id}`).expect(200)).text.includes('SECRET')).toBe(!hiddenOf(user).includes('owner'));
  });
  it.each(seeing)('%s: tiles are the rows of the view at every level', async (user) => {
    for (const level of [7, 9, 11]) {
      const { found, bytes } = await tilesOf(user, layer, level);
      expect([...found.keys()].sort((a, b) => a - b)).toEqual(seenBy(user, layer));
      for (const name of hiddenOf(user)) for (const { properties } of found.values()) expect(properties).not.toHaveProperty(name);
      expect(bytes.includes('SECRET')).toBe(!hiddenOf(user).includes('owner') && found.size > 0);
      expect(bytes).not.toContain('fence-');
    }
  });
  it('places are on the lattice, the same in lists and tiles, whatever the level', async () => {
    const user = 'province';
    const { body } = await door.as(user, `/ogc/collections/${layer}/items?limit=1000`).expect(200);
    // Half a mesh beside the lattice are the corners of what fell together to one mesh.
    const half = kind === 'point' ? 1 : 2;
    for (const { geometry } of body.features)
      for (const [x, y] of JSON.stringify(geometry.coordinates)
        .match(/-?[\d.]+,-?[\d.]+/g)!
        .map((text) => text.split(',').map(Number)) as [number, number][]) {
        expect(offLattice(x, STEP_EAST / half)).toBeLessThan(1e-6);
        expect(offLattice(y, STEP_NORTH / half)).toBeLessThan(1e-6);
      }
    for (const level of [9, 12]) {
      const { found } = await tilesOf(user, layer, level);
      const unit = 360 / 2 ** level / 4096;
      for (const { points } of found.values())
        for (const [x, y] of points) {
          // Corners that the tile's edge cut are on no lattice: then the other coordinate lies on the edge.
          if (kind !== 'point' && (offLattice(x, STEP_EAST / half) > unit || offLattice(y, STEP_NORTH / half) > unit)) continue;
          expect(offLattice(x, STEP_EAST / half)).toBeLessThan(unit);
          expect(offLattice(y, STEP_NORTH / half)).toBeLessThan(unit);
        }
    }
    const open = await door.as('lifted', `/ogc/collections/${layer}/items?limit=1000`).expect(200);
    expect(JSON.stringify(open.body.features[0].geometry)).not.toBe(JSON.stringify(body.features[0].geometry));
  });
  it('neither box nor filter finds where a masked feature really is', async () => {
    const all = rows.get(layer) ?? [];
    const { body } = await door.as('province', `/ogc/collections/${layer}/items?limit=1000`).expect(200);
    const given = new Map<number, string>(
      body.features.map(({ id, geometry }: { id: number; geometry: object }) => [id, JSON.stringify(geometry)]),
    );
    let looked = 0;
    for (const { id, x, y } of all.slice(0, 60)) {
      const box = [x - 0.0005, y - 0.0005, x + 0.0005, y + 0.0005];
      for (const query of [`bbox=${box}`, `filter=${encodeURIComponent(`S_INTERSECTS(geometry, BBOX(${box.join(', ')}))`)}`]) {
        const found = idsOf((await door.as('province', `/ogc/collections/${layer}/items?limit=1000&${query}`).expect(200)).body.features);
        const [there] = await test.database.query<{ yes: boolean }>(
          'SELECT ST_Intersects(ST_SetSRID(ST_GeomFromGeoJSON($1), 4490), ST_MakeEnvelope($2, $3, $4, $5, 4490)) AS yes',
          [given.get(id), ...box],
        );
        expect(found.includes(id)).toBe(there?.yes);
        if (!there?.yes) looked++;
        expect(idsOf((await door.as('lifted', `/ogc/collections/${layer}/items?limit=1000&${query}`).expect(200)).body.features)).toContain(
          id,
        );
      }
    }
    // A mesh is twenty times as wide as the box: points are nearly all elsewhere. A polygon that fell together is its mesh, with the place in it.
    expect(looked).toBeGreaterThan({ point: 80, line: 20, polygon: 0 }[kind]);
  });
});

describe('what lies at a pixel', () => {
  it('is asked of what the viewer sees', async () => {
    const set = matrixSets.get('WebMercatorQuad')!;
    const { x, y } = gridTileAt(set, 9, [121.5, 40.7]);
    const ids = async (user: string): Promise<{ ids: number[]; text: string }> => {
      const found = new Set<number>();
      let text = '';
      for (let i = 8; i < 256; i += 16)
        for (let j = 8; j < 256; j += 16) {
          const path = `/ogc/wmts/1.0.0/secret-polygon/default/WebMercatorQuad/9/${y}/${x}/${j}/${i}.json`;
          const answer = await door.as(user, path).expect(200);
          for (const { id } of answer.body.features) found.add(id);
          text += answer.text;
        }
      return { ids: [...found], text };
    };
    const water = await ids('water');
    expect(water.ids.length).toBeGreaterThan(3);
    expect(water.ids.every((id) => seenBy('water', 'secret-polygon').includes(id))).toBe(true);
    expect(water.text).not.toContain('SECRET');
  });
});

describe('attributes that are hidden', () => {
  const items = '/ogc/collections/secret-point/items';
  it('cannot be asked of', async () => {
    await door.as('province', `${items}?owner=SECRET-1`).expect(400);
    await door.as('province', `${items}?filter=${encodeURIComponent("owner LIKE 'SECRET%'")}`).expect(400);
    await door.as('lifted', `${items}?filter=${encodeURIComponent("owner LIKE 'SECRET%'")}`).expect(200);
    for (const document of ['queryables', 'schema']) {
      expect((await door.as('province', `/ogc/collections/secret-point/${document}`).expect(200)).body.properties).not.toHaveProperty(
        'owner',
      );
      expect((await door.as('lifted', `/ogc/collections/secret-point/${document}`).expect(200)).body.properties).toHaveProperty('owner');
    }
  });
  it('nor of how they were', async () => {
    const table = (await test.database.query<{ table_name: string }>("SELECT table_name FROM layer WHERE id = 'secret-point'"))[0]!
      .table_name;
    const before = new Date(Date.now()).toISOString();
    await new Promise((done) => setTimeout(done, 20));
    await test.database.query(`UPDATE "${table}" SET owner = owner || '-new' WHERE id <= 50`);
    for (const user of ['province', 'fenced', 'water']) {
      const { body, text } = await door.as(user, `${items}?limit=1000&datetime=${before}`).expect(200);
      expect(idsOf(body.features)).toEqual(seenBy(user, 'secret-point'));
      expect(text.includes('SECRET')).toBe(user === 'fenced');
      const set = matrixSets.get('WebMercatorQuad')!;
      const { x, y } = gridTileAt(set, 9, [121.5, 40.7]);
      const tile = await door.bytes(user, `/ogc/collections/secret-point/tiles/WebMercatorQuad/9/${y}/${x}?datetime=${before}`);
      expect(tile.includes('SECRET')).toBe(user === 'fenced');
    }
  });
});

describe('a layer that a grant takes away', () => {
  it('is not there at any door', async () => {
    const { body } = await door.as('barred', '/ogc/collections').expect(200);
    expect(body.collections.filter(({ id }: { id: string }) => id.startsWith('secret')).length).toBe(0);
    for (const path of ['', '/items', '/items/1', '/queryables', '/tiles', '/tiles/WebMercatorQuad/9/190/428'])
      await door.as('barred', `/ogc/collections/secret-point${path}`).expect(404);
    await door.as('barred', '/ogc/wmts/1.0.0/secret-point/default/WebMercatorQuad/9/190/428.mvt').expect(404);
    await door.as('barred', '/ogc/tiles/WebMercatorQuad/9/190/428?collections=secret-point').expect(404);
    expect((await door.as('barred', '/ogc/wmts?service=WMTS&request=GetCapabilities').expect(200)).text).not.toContain('secret-point');
  });
  it('comes back when the grant goes, at once and everywhere', async () => {
    await test.database.query("UPDATE layer_grant SET expires = now() + interval '1 hour' WHERE account = 'barred'");
    await door.as('barred', '/ogc/collections/secret-point').expect(404);
    await test.database.query("DELETE FROM layer_grant WHERE account = 'barred'");
    await new Promise((done) => setTimeout(done, 150));
    await door.as('barred', '/ogc/collections/secret-point').expect(200);
    await test.database.query(
      "INSERT INTO layer_grant (layer, account, view, reason, created_by) VALUES ('secret-point', 'barred', 'none', 'x', 'x')",
    );
    await new Promise((done) => setTimeout(done, 150));
    await door.as('barred', '/ogc/collections/secret-point').expect(404);
  });
});

describe.each(['before', 'after'])('a large layer in the tile of the world, %s its pyramid is built', (when) => {
  beforeAll(async () => {
    if (when === 'before') return;
    const layer = door.router.layers.all().get('secret-many');
    await buildPyramid(test.database, layer!);
    await new Promise((done) => setTimeout(done, 150));
  });
  it.each(seeing)('%s: counts in it are of the view', async (user) => {
    const seen = seenBy(user, 'secret-many');
    const body = await door.bytes(user, '/ogc/collections/secret-many/tiles/WebMercatorQuad/0/0/0');
    const part = new VectorTile(new PbfReader(body)).layers['secret-many'];
    const features = Array.from({ length: part?.length ?? 0 }, (_, i) => part!.feature(i));
    const count = features.reduce((sum, { properties }) => sum + Number(properties['count'] ?? 1), 0);
    const { viewer, grants } = named(user);
    const byRows = viewer[2] !== '*' || grants.some(({ fence }) => fence);
    // What the pyramid does not know is drawn from the rows; without a pyramid the others are a part, that says so.
    if (byRows || when === 'after') expect(count).toBe(seen.length);
    else expect(features.every(({ properties }) => properties['sampled'] !== undefined)).toBe(true);
    expect(features.every(({ id }) => id === undefined || seen.includes(id))).toBe(true);
    for (const name of hiddenOf(user)) for (const { properties } of features) expect(properties).not.toHaveProperty(name);
    if (hiddenOf(user).includes('owner')) expect(body.toString('latin1')).not.toContain('SECRET');
  });
});

describe('reading what is hidden from others', () => {
  it('is audited, reading it masked is not', async () => {
    door.audited.length = 0;
    await door.as('province', '/ogc/collections/secret-line/items?limit=1').expect(200);
    expect(door.audited).toEqual([]);
    await door.as('lifted', '/ogc/collections/secret-line/items?limit=1').expect(200);
    expect(door.audited).toMatchObject([{ identity: { user: 'lifted' }, act: 'read-restricted', target: 'ogc/secret-line/items' }]);
  });
});

describe('twenty who see twenty different maps', () => {
  it('share their tiles: of a hundred asked for more than ninety come without the database', async () => {
    const crowd: Viewer[] = Array.from({ length: 20 }, (_, i) => [
      `viewer-${i}`,
      i % 5 === 4 ? '210000' : (cities[i % 5] as string),
      i < 5 ? '*' : owners.filter((_owner, k) => (i >> 2) & (1 << k)),
    ]);
    const many = serveOneMap(test, undefined, crowd);
    const set = matrixSets.get('WebMercatorQuad')!;
    const seen = new Set<string>();
    for (const level of [9, 10, 11]) {
      const { x, y } = gridTileAt(set, level, [122, 41]);
      for (let i = 0; i < 9; i++) {
        const path = `/ogc/tiles/WebMercatorQuad/${level}/${y + Math.floor(i / 3)}/${x + (i % 3)}?collections=secret-point,secret-polygon`;
        const answers = await Promise.all(crowd.map(([user]) => many.bytes(user, path)));
        for (const [k, answer] of answers.entries()) if (answer.length > 0) seen.add(`${k} ${answer.toString('latin1')}`);
      }
    }
    const { hits, misses } = many.router.tiles.statistics;
    many.close();
    expect(hits + misses).toBe(20 * 27);
    expect(hits / (hits + misses)).toBeGreaterThan(0.9);
    // They do see different ones.
    expect(new Set([...seen].map((text) => text.slice(text.indexOf(' ')))).size).toBeGreaterThan(100);
  });
});
