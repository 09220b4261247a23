// WMTS over HTTP on a real database: capabilities that parse and lead to tiles, KVP and REST, rights, audit, exception reports.
import { spawnSync } from 'node:child_process';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { addStations, serveOneMap, stations, type TestDoor } from '../../tests/one-map.http.ts';
import { below, type XmlNode, xmlTree } from '../../tests/xml-tree.ts';
import { gridTileAt, matrixSets } from '../tiles/matrix-sets.ts';

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

describe('07-057r7 §7.3 GetFeatureInfo', () => {
  // aq-shenyang lies in this pixel; five pixels around it are near.
  const [i, j] = [226, 35];
  const asked = (format: string, more: Readonly<Record<string, string>> = {}): string =>
    kvp({ Request: 'GetFeatureInfo', I: String(i), J: String(j), InfoFormat: format, ...more });
  const rest = (layer: string, ending: string, row = j): string => `/ogc/wmts/1.0.0/${layer}/default/c/7/17/107/${row}/${i}.${ending}`;
  it('answers as KVP and REST, as JSON, page and XML, with what lies at the pixel', async () => {
    const { body } = await map.as('province', asked('application/json')).expect(200);
    expect(body.features.map(({ properties }: { properties: { uid: string } }) => properties.uid)).toEqual(['aq-shenyang']);
    expect((await map.as('province', rest('air-stations', 'json')).expect(200)).body).toEqual(body);
    expect((await map.as('province', asked('application/json', { I: '100' })).expect(200)).body.features).toEqual([]);
    for (const path of [asked('text/html'), rest('air-stations', 'html')])
      expect((await map.as('province', path).expect(200)).text).toContain('aq-shenyang');
    for (const path of [asked('application/xml'), rest('air-stations', 'xml')]) {
      const answer = await xmlOf('province', path);
      expect([answer.name, below(answer, 'Feature')[0]?.attributes['id']]).toEqual(['FeatureInfoResponse', String(body.features[0].id)]);
    }
  });
  it('tells nobody what he may not read, and says a bad pixel', async () => {
    const near = { layer: 'pollution-sources', I: '219', J: '37' };
    expect((await map.as('shenyang', asked('application/json', near)).expect(200)).body.features).toHaveLength(1);
    expect((await map.as('dalian', asked('application/json', near)).expect(200)).body.features).toEqual([]);
    await map.as('outsider', asked('application/json', near)).expect(403);
    await map.as('province', asked('application/json', { J: '256' })).expect(400);
    await map.as('province', rest('air-stations', 'json', 999)).expect(404);
  });
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
    ['version', 'province', `${CAPABILITIES}&AcceptVersions=9.9.9`, 400, 'VersionNegotiationFailed', 'AcceptVersions'],
    ['a layer of others', 'outsider', kvp({ layer: 'pollution-sources' }), 403, 'NoApplicableCode', null],
    ['no session', 'nobody', CAPABILITIES, 401, 'NoApplicableCode', null],
    ['REST: unknown layer', 'province', rest('nothing/default/c/7/17/107.mvt'), 404, 'InvalidParameterValue', 'Layer'],
    ['REST: unknown set', 'province', rest('cities/default/x/7/17/107.mvt'), 404, 'InvalidParameterValue', 'TileMatrixSet'],
    ['REST: out of range', 'province', rest('cities/default/c/7/64/107.mvt'), 404, 'TileOutOfRange', 'TileRow'],
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
