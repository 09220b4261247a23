// WMTS over HTTP on a real database: capabilities that parse and lead to tiles, KVP and REST, rights, audit, exception reports.
import { spawnSync } from 'node:child_process';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, serveOneMap, stations, type TestDoor } from '../../tests/one-map.http.ts';
import { below, type XmlNode, xmlTree } from '../../tests/xml-tree.ts';
import { webMercatorFromLngLat } from '../crs/web-mercator.ts';
import { gridBounds, gridTileAt, matrixSets } from '../tiles/matrix-sets.ts';

let test: TestDatabase;
let map: TestDoor;
beforeAll(async () => {
  test = await testDatabase();
  await addStations(test, stations);
  map = serveOneMap(test);
});
afterAll(async () => {
  map?.close();
  await test?.drop();
});

const CAPABILITIES = '/ogc/wmts?SERVICE=WMTS&REQUEST=GetCapabilities';
const MVT = 'application/vnd.mapbox-vector-tile';
async function xmlOf(user: string, path: string, status = 200): Promise<XmlNode> {
  const answer = await map
    .as(user, path)
    .expect(status)
    .expect('Content-Type', /^application\/xml/);
  return xmlTree(answer.text);
}
const textsOf = (node: XmlNode, ...path: readonly string[]): string[] => below(node, ...path).map((one) => one.text);
function kvp(changes: Readonly<Record<string, string>> = {}): string {
  const query = {
    service: 'WMTS',
    Request: 'GetTile',
    VERSION: '1.0.0',
    layer: 'air-stations',
    style: 'default',
    format: MVT,
    TileMatrixSet: 'c',
    tilematrix: '7',
    tilerow: '17',
    TILECOL: '107',
  };
  return `/ogc/wmts?${new URLSearchParams({ ...query, ...changes })}`;
}
const uidsOf = (bytes: Buffer, layer = 'air-stations'): unknown[] => {
  const part = new VectorTile(new PbfReader(bytes)).layers[layer];
  return Array.from({ length: part?.length ?? 0 }, (_, i) => part?.feature(i).properties['uid']);
};

describe('07-057r7 §7.1 GetCapabilities', () => {
  it('is one well-formed document with its elements in the order of the schema', async () => {
    const root = await xmlOf('province', CAPABILITIES);
    expect([root.name, root.attributes['version'], root.attributes['xmlns']]).toEqual([
      'Capabilities',
      '1.0.0',
      'http://www.opengis.net/wmts/1.0',
    ]);
    expect(root.children.map((child) => child.name)).toEqual([
      'ows:ServiceIdentification',
      'ows:ServiceProvider',
      'ows:OperationsMetadata',
      'Contents',
      'ServiceMetadataURL',
    ]);
    expect(below(root, 'ows:OperationsMetadata', 'ows:Operation').map((one) => one.attributes['name'])).toEqual([
      'GetCapabilities',
      'GetTile',
      'GetFeatureInfo',
    ]);
    const layers = below(root, 'Contents', 'Layer');
    expect(layers.length).toBeGreaterThan(5);
    const order = 'ows:Title ows:Abstract ows:WGS84BoundingBox ows:Identifier Style Format InfoFormat TileMatrixSetLink ResourceURL'.split(
      ' ',
    );
    for (const layer of layers) {
      expect([...new Set(layer.children.map((child) => child.name))]).toEqual(order);
      expect(textsOf(layer, 'TileMatrixSetLink', 'TileMatrixSet')).toEqual([...matrixSets.keys()]);
      const corners = [
        ...textsOf(layer, 'ows:WGS84BoundingBox', 'ows:LowerCorner'),
        ...textsOf(layer, 'ows:WGS84BoundingBox', 'ows:UpperCorner'),
      ];
      expect(corners.join(' ').split(' ').map(Number).every(Number.isFinite)).toBe(true);
    }
  });
  it('is accepted by xmllint, where there is one', async ({ skip }) => {
    const { text } = await map.as('province', CAPABILITIES).expect(200);
    const run = spawnSync('xmllint', ['--noout', '-'], { input: text, encoding: 'utf8' });
    if (run.error) skip('no xmllint here');
    expect([run.status, run.stderr]).toEqual([0, '']);
  });
  it('tells the four sets with scale denominators and corners in the order of their axes', async () => {
    const root = await xmlOf('province', CAPABILITIES);
    const told = below(root, 'Contents', 'TileMatrixSet').map((set) => {
      const [first] = below(set, 'TileMatrix');
      const of = (name: string): string | undefined => (first ? textsOf(first, name)[0] : undefined);
      return [
        textsOf(set, 'ows:Identifier')[0],
        textsOf(set, 'ows:SupportedCRS')[0],
        below(set, 'TileMatrix').length,
        of('ows:Identifier'),
        of('TopLeftCorner'),
        Number(of('ScaleDenominator')).toFixed(3),
        `${of('MatrixWidth')}×${of('MatrixHeight')}`,
      ];
    });
    const half = Math.PI * 6378137;
    expect(told).toEqual([
      ['WebMercatorQuad', 'urn:ogc:def:crs:EPSG::3857', 23, '0', `${-half} ${half}`, '559082264.029', '1×1'],
      ['WorldCRS84Quad', 'urn:ogc:def:crs:OGC:1.3:CRS84', 22, '0', '-180 90', '279541132.014', '2×1'],
      ['c', 'urn:ogc:def:crs:EPSG::4490', 18, '1', '90 -180', '279541132.014', '2×1'],
      ['w', 'urn:ogc:def:crs:EPSG::3857', 18, '1', `${-half} ${half}`, '279541132.014', '2×2'],
    ]);
  });
  it('lists what the viewer may read and no more; sections are as asked; REST gives the same', async () => {
    const layersOf = async (user: string): Promise<string[]> =>
      textsOf(await xmlOf(user, CAPABILITIES), 'Contents', 'Layer', 'ows:Identifier');
    for (const user of ['province', 'outsider']) {
      const { body } = await map.as(user, '/ogc/collections').expect(200);
      const catalogue = body.collections.map((one: { id: string }) => one.id).filter((id: string) => id !== 'catalogue');
      expect(await layersOf(user)).toEqual(catalogue);
      expect(catalogue.includes('pollution-sources')).toBe(user === 'province');
    }
    const part = await xmlOf('province', `${CAPABILITIES}&sections=ServiceIdentification`);
    expect(part.children.map((child) => child.name)).toEqual(['ows:ServiceIdentification', 'ServiceMetadataURL']);
    const whole = await xmlOf('province', CAPABILITIES);
    const address = below(whole, 'ServiceMetadataURL')[0]?.attributes['xlink:href'] ?? '';
    expect(await xmlOf('province', new URL(address).pathname)).toEqual(whole);
  });
  it('304 to who has it', async () => {
    const first = await map.as('province', CAPABILITIES).expect(200);
    await map
      .as('province', CAPABILITIES)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(304);
    await map
      .as('outsider', CAPABILITIES)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(200);
  });
});

describe('§7.2 GetTile', () => {
  it.each([...matrixSets.keys()])('%s: KVP, the REST template of the capabilities and OGC API Tiles give the same bytes', async (id) => {
    const root = await xmlOf('province', CAPABILITIES);
    const layer = below(root, 'Contents', 'Layer').find((one) => textsOf(one, 'ows:Identifier')[0] === 'air-stations');
    const template = layer ? (below(layer, 'ResourceURL')[0]?.attributes['template'] ?? '') : '';
    const set = matrixSets.get(id)!;
    const level = 7 - set.zOffset;
    const { x, y } = gridTileAt(set, level, [123.43, 41.8]);
    const filled = new URL(
      template
        .replace('{TileMatrixSet}', id)
        .replace('{TileMatrix}', String(level))
        .replace('{TileRow}', String(y))
        .replace('{TileCol}', String(x)),
    ).pathname;
    const byQuery = await map.bytes(
      'province',
      kvp({ TileMatrixSet: id, tilematrix: String(level), tilerow: String(y), TILECOL: String(x) }),
    );
    expect(uidsOf(byQuery)).toEqual(['aq-shenyang', 'aq-tieling']);
    expect(await map.bytes('province', filled)).toEqual(byQuery);
    expect(await map.bytes('province', `/ogc/collections/air-stations/tiles/${id}/${level}/${y}/${x}`)).toEqual(byQuery);
  });
  it('has its ETag, its type, and the viewer’s own rows; restricted layers are audited', async () => {
    const set = matrixSets.get('c')!;
    const { x, y } = gridTileAt(set, 7, [123.43, 41.8]);
    const path = kvp({ tilerow: String(y), TILECOL: String(x) });
    const first = await map.as('province', path).expect(200).expect('Content-Type', MVT);
    await map
      .as('province', path)
      .set('If-None-Match', String(first.get('ETag')))
      .expect(304);
    expect(uidsOf(await map.bytes('shenyang', path))).toEqual(['aq-shenyang']);
    map.audited.length = 0;
    const restricted = kvp({ layer: 'pollution-sources', tilerow: String(y), TILECOL: String(x) });
    expect(uidsOf(await map.bytes('shenyang', restricted), 'pollution-sources')).toEqual(['ps-shenyang']);
    expect(map.audited).toMatchObject([{ identity: { user: 'shenyang' }, target: 'ogc/pollution-sources/tiles' }]);
  });
});

describe('§7.3 GetFeatureInfo', () => {
  const [lng, lat] = [123.43, 41.8];
  /** Tile, row and column of the pixel that the first station lies in. */
  function pixelOf(id: string): { level: number; x: number; y: number; j: number; i: number } {
    const set = matrixSets.get(id)!;
    const level = 9 - set.zOffset;
    const tile = gridTileAt(set, level, [lng, lat]);
    const [minX, , maxX, maxY] = gridBounds(tile);
    const [px, py] = set.grid === 'mercator' ? webMercatorFromLngLat([lng, lat]) : [lng, lat];
    const pixel = (maxX - minX) / 256;
    return { level, x: tile.x, y: tile.y, j: Math.floor((maxY - py) / pixel), i: Math.floor((px - minX) / pixel) };
  }
  const ask = (id: string, changes: Readonly<Record<string, string>> = {}, shift = 0): string => {
    const { level, x, y, j, i } = pixelOf(id);
    const place = {
      TileMatrixSet: id,
      tilematrix: String(level),
      tilerow: String(y),
      TILECOL: String(x),
      j: String(j),
      i: String(i + shift),
    };
    return kvp({ Request: 'GetFeatureInfo', infoformat: 'application/json', ...place, ...changes });
  };
  const found = async (user: string, path: string): Promise<string[]> =>
    (await map.as(user, path).expect(200)).body.features.map(({ properties }: { properties: { uid: string } }) => properties.uid);
  it.each([...matrixSets.keys()])('%s: the station at its pixel and beside it, nothing farther off; REST gives the same', async (id) => {
    expect(await found('province', ask(id))).toEqual(['aq-shenyang']);
    expect(await found('province', ask(id, {}, 4))).toEqual(['aq-shenyang']);
    expect(await found('province', ask(id, {}, pixelOf(id).i > 127 ? -12 : 12))).toEqual([]);
    const root = await xmlOf('province', CAPABILITIES);
    const layer = below(root, 'Contents', 'Layer').find((one) => textsOf(one, 'ows:Identifier')[0] === 'air-stations')!;
    const template =
      below(layer, 'ResourceURL').find((one) => one.attributes['resourceType'] === 'FeatureInfo')?.attributes['template'] ?? '';
    const { level, x, y, j, i } = pixelOf(id);
    const parts = { TileMatrixSet: id, TileMatrix: level, TileRow: y, TileCol: x, J: j, I: i };
    const filled = Object.entries(parts).reduce((text, [name, value]) => text.replace(`{${name}}`, String(value)), template);
    expect(await found('province', new URL(filled).pathname)).toEqual(['aq-shenyang']);
  });
  it('a page and XML say the same', async () => {
    const page = await map
      .as('province', ask('c', { infoformat: 'text/html' }))
      .expect(200)
      .expect('Content-Type', /^text\/html/);
    expect(page.text).toContain('aq-shenyang');
    const xml = await xmlOf('province', ask('c', { infoformat: 'application/xml' }));
    expect([xml.name, xml.attributes['layer']]).toEqual(['FeatureInfoResponse', 'air-stations']);
    const values = below(xml, 'Feature', 'Property').map((one) => [one.attributes['name'], one.text]);
    expect(values).toContainEqual(['uid', 'aq-shenyang']);
  });
  it('shows the viewer’s own rows alone; restricted layers are refused or audited', async () => {
    expect(await found('dalian', ask('c'))).toEqual([]);
    await map.as('outsider', ask('c', { layer: 'pollution-sources' })).expect(403);
    map.audited.length = 0;
    await map.as('shenyang', ask('c', { layer: 'pollution-sources' })).expect(200);
    expect(map.audited).toMatchObject([{ identity: { user: 'shenyang' }, target: 'ogc/pollution-sources/items' }]);
  });
});

it('a style that somebody drew is in the capabilities, the first where it is the default, and names the same tiles', async () => {
  await test.database.query(
    `INSERT INTO map_style (layer, id, metadata, sheet, account) VALUES ('air-stations', 'flood', '{"title": "洪水"}', '{}', 'x')`,
  );
  await test.database.query("INSERT INTO map_style_default (layer, style) VALUES ('air-stations', 'flood')");
  const layers = below(await xmlOf('province', CAPABILITIES), 'Contents', 'Layer');
  const styles = layers
    .filter((one) => textsOf(one, 'ows:Identifier')[0] === 'air-stations')
    .flatMap((one) => below(one, 'Style').map((style) => [textsOf(style, 'ows:Identifier')[0], style.attributes['isDefault'] ?? null]));
  expect(styles).toEqual([
    ['default', null],
    ['flood', 'true'],
  ]);
  expect(await map.bytes('province', kvp({ style: 'flood' }))).toEqual(await map.bytes('province', kvp()));
  await map.as('province', kvp({ style: 'flood', layer: 'rivers' })).expect(400);
});

describe('exception reports', () => {
  const rest = (rest: string): string => `/ogc/wmts/1.0.0/${rest}`;
  const cases: readonly (readonly [what: string, user: string, path: string, status: number, code: string, locator: string | null])[] = [
    ['no parameters', 'province', '/ogc/wmts', 400, 'MissingParameterValue', 'Service'],
    ['no layer', 'province', kvp({ layer: '' }), 400, 'MissingParameterValue', 'Layer'],
    ['unknown layer', 'province', kvp({ layer: '<b>&' }), 400, 'InvalidParameterValue', 'Layer'],
    ['layer given twice', 'province', `${kvp()}&LAYER=x`, 400, 'InvalidParameterValue', 'Layer'],
    ['unknown operation', 'province', kvp({ Request: 'GetMap' }), 501, 'OperationNotSupported', 'GetMap'],
    ['row out of range', 'province', kvp({ tilerow: '64' }), 400, 'TileOutOfRange', 'TileRow'],
    [
      'pixel out of range',
      'province',
      kvp({ Request: 'GetFeatureInfo', j: '256', i: '0', infoformat: 'text/html' }),
      400,
      'PointIJOutOfRange',
      'J',
    ],
    ['a style that nobody drew', 'province', kvp({ style: 'nothing' }), 400, 'InvalidParameterValue', 'Style'],
    ['version', 'province', `${CAPABILITIES}&AcceptVersions=9.9.9`, 400, 'VersionNegotiationFailed', 'AcceptVersions'],
    ['a layer of others', 'outsider', kvp({ layer: 'pollution-sources' }), 403, 'NoApplicableCode', null],
    ['no session', 'nobody', CAPABILITIES, 401, 'NoApplicableCode', null],
    ['REST: unknown layer', 'province', rest('nothing/default/c/7/17/107.mvt'), 404, 'InvalidParameterValue', 'Layer'],
    ['REST: unknown set', 'province', rest('cities/default/x/7/17/107.mvt'), 404, 'InvalidParameterValue', 'TileMatrixSet'],
    ['REST: out of range', 'province', rest('cities/default/c/7/64/107.mvt'), 404, 'TileOutOfRange', 'TileRow'],
    ['REST: pixel out of range', 'province', rest('cities/default/c/7/17/107/0/256.json'), 404, 'PointIJOutOfRange', 'I'],
    ['REST: no number', 'province', rest('cities/default/c/7/x/107.mvt'), 404, 'InvalidParameterValue', 'TileRow'],
    ['REST: no such address', 'province', rest('nothing'), 404, 'NoApplicableCode', null],
    ['REST: a layer of others', 'outsider', rest('pollution-sources/default/c/7/17/107.mvt'), 403, 'NoApplicableCode', null],
  ];
  it.each(cases)('%s', async (_, user, path, status, code, locator) => {
    const report = await xmlOf(user, path, status);
    expect(report.name).toBe('ows:ExceptionReport');
    expect(below(report, 'ows:Exception')[0]?.attributes).toEqual({ exceptionCode: code, ...(locator ? { locator } : {}) });
  });
  it('without a session: 401 tells how to log in, and nothing is kept', async () => {
    const answer = await map.as('nobody', CAPABILITIES).expect(401);
    expect([answer.get('WWW-Authenticate'), answer.get('Cache-Control')]).toEqual(['Bearer realm="liaozhi"', 'no-store']);
  });
});
