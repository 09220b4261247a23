// The pure parts of reading: features cut from bytes however they are chunked, coordinates as people write them, names in archives, systems by WKT.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnNames, isColumnName, misfit, typeOfValues, writeValue } from './column-types.ts';
import { readCoordinate, readWkt } from './coordinates.ts';
import { knownCodes, systemOf, systemOfWkt } from './crs-systems.ts';
import { degreesFrom, takeGeometry } from './geometry.ts';
import { encodingOfDbf } from './reading/encoding.ts';
import { createFeatureSplitter } from './reading/feature-splitter.ts';
import { entryPath } from './reading/unzip.file.ts';

function cut(bytes: Uint8Array, size: number): (string | null)[] {
  const splitter = createFeatureSplitter(1 << 16);
  const pieces = [];
  for (let at = 0; at < bytes.length; at += size) pieces.push(...splitter.push(bytes.subarray(at, at + size)));
  return [...pieces, ...splitter.end()].map(({ text }) => text);
}
const feature = fc.record({
  type: fc.constant('Feature'),
  properties: fc.dictionary(fc.string(), fc.jsonValue()),
  geometry: fc.constant(null),
});

describe('features from bytes', () => {
  test('every feature of a collection or a sequence comes out whole, whatever the chunks', () => {
    fc.assert(
      fc.property(
        fc.array(feature),
        fc.integer({ min: 1, max: 500 }),
        fc.boolean(),
        fc.constantFrom(undefined, 1),
        (features, size, sequence, indent) => {
          const text = sequence
            ? features.map((one) => JSON.stringify(one)).join('\n\u001e')
            : JSON.stringify({ type: 'FeatureCollection', name: 'a [b] {', features }, null, indent);
          expect(cut(new TextEncoder().encode(text), size).map((one) => JSON.parse(String(one)))).toEqual(
            JSON.parse(JSON.stringify(features)),
          );
        },
      ),
    );
  });
  test('random bytes never throw', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), fc.integer({ min: 1, max: 99 }), (bytes, size) => void cut(bytes, size)));
  });
});

test.each([
  ['123.4', 123.4],
  ['123°25′30″', 123.425],
  ['123度25分30秒', 123.425],
  ['东经123°25\'30.0"', 123.425],
  ["41°48'N", 41.8],
  ['73°30′W', -73.5],
  ['１２３．５', 123.5],
  ['123°75′', null],
  ['abc', null],
  ['', null],
] as const)('coordinate %s is %s', (text, value) => {
  const read = readCoordinate(text);
  if (value === null) expect(read).toBeNull();
  else expect(read).toBeCloseTo(value, 9);
});

test('WKT', () => {
  expect(readWkt('POINT (1 2)')).toEqual({ type: 'Point', coordinates: [1, 2] });
  expect(readWkt('SRID=4490;POLYGON Z ((0 0 1, 1 0 1, 1 1 1, 0 0 1))')).toEqual({
    type: 'Polygon',
    coordinates: [
      [
        [0, 0],
        [1, 0],
        [1, 1],
        [0, 0],
      ],
    ],
  });
  expect(readWkt('MULTIPOINT ((1 2), (3 4))')).toEqual({
    type: 'MultiPoint',
    coordinates: [
      [1, 2],
      [3, 4],
    ],
  });
  fc.assert(fc.property(fc.string(), (text) => void readWkt(text)));
});

test.each([
  ['景点/a.shp', '景点/a.shp'],
  ['../../etc/passwd', null],
  ['a/../b', null],
  ['/etc/passwd', null],
  ['C:\\a.shp', null],
  ['a\\b.shp', 'a/b.shp'],
  ['__MACOSX/a.shp', null],
  ['folder/', null],
])('archive entry %s → %s', (name, path) => expect(entryPath(name)).toBe(path));

describe('coordinate systems', () => {
  /** FACTS.md: EPSG numbers of the Liaoning zones. */
  test.each([
    ['EPSG:4528', 120, true],
    ['EPSG:4529', 123, true],
    ['EPSG:4530', 126, true],
    ['EPSG:4549', 120, false],
    ['EPSG:4550', 123, false],
    ['EPSG:4551', 126, false],
    ['EPSG:4498', 117, true],
    ['EPSG:4499', 123, true],
    ['EPSG:4509', 117, false],
    ['EPSG:4510', 123, false],
  ] as const)('%s has its meridian at %s', (code, meridian, prefixed) => {
    expect(systemOf(code)?.title).toContain(`中央经线 ${meridian}°`);
    expect(systemOf(code)?.title.match(/ \d+ 带（/) !== null).toBe(prefixed);
  });
  test('ESRI names of CGCS2000 zones', () => {
    const wkt = (name: string, easting: number, meridian: number): string =>
      `PROJCS["${name}",GEOGCS["GCS_China_Geodetic_Coordinate_System_2000",DATUM["D_China_2000",SPHEROID["CGCS2000",6378137.0,298.257222101]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Gauss_Kruger"],PARAMETER["False_Easting",${easting}],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",${meridian}],PARAMETER["Scale_Factor",1.0],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]`;
    expect(systemOfWkt(wkt('CGCS2000_3_Degree_GK_Zone_41', 41500000, 123))?.code).toBe('EPSG:4529');
    expect(systemOfWkt(wkt('CGCS2000_3_Degree_GK_CM_123E', 500000, 123))?.code).toBe('EPSG:4550');
    expect(systemOfWkt(wkt('CGCS2000_GK_Zone_21', 21500000, 123))?.code).toBe('EPSG:4499');
  });
  test('every known one turns a place near its origin into degrees', () => {
    expect(knownCodes().length).toBeGreaterThan(190);
    for (const code of knownCodes()) {
      const easting = Number(/\+x_0=(\d+)/.exec(systemOf(code)?.proj ?? '')?.[1] ?? 45);
      expect(degreesFrom(code)(easting, 40).every(Number.isFinite)).toBe(true);
    }
  });
});

test('geometries of any shape never throw', () => {
  const coordinates = fc.letrec((tie) => ({
    node: fc.oneof({ maxDepth: 4 }, fc.double(), fc.string(), fc.array(tie('node'), { maxLength: 4 })),
  })).node;
  const type = fc.constantFrom(
    'Point',
    'MultiPoint',
    'LineString',
    'MultiLineString',
    'Polygon',
    'MultiPolygon',
    'GeometryCollection',
    'Circle',
  );
  fc.assert(
    fc.property(
      type,
      coordinates,
      (kind, given) => void takeGeometry({ type: kind, coordinates: given, geometries: given } as never, (x, y) => [x, y]),
    ),
  );
});

describe('columns', () => {
  test('names are usable and different, whatever the file calls them', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), (names) => {
        const columns = columnNames(names);
        expect(new Set(columns).size).toBe(names.length);
        expect(columns.every(isColumnName)).toBe(true);
      }),
    );
  });
  test('a code keeps its zeros; dates, Chinese too', () => {
    expect(typeOfValues(['021', '22'])).toBe('text');
    expect([typeOfValues(['1', '2.5']), typeOfValues(['2026-11-24', '2026/1/2']), typeOfValues(['2026年1月2日'])]).toEqual([
      'double precision',
      'date',
      'date',
    ]);
    expect(writeValue('2026/02/30', 'date')).toBe(misfit);
    expect(writeValue('2026/1/2 3:04', 'timestamp with time zone')).toBe('2026-01-02 3:04:00+08');
  });
});

test('GBK without a word of it is found by its bytes', () => {
  const dbf = Buffer.alloc(64, 0x20);
  dbf[29] = 0;
  Buffer.from([0xc9, 0xf2, 0xd1, 0xf4]).copy(dbf, 40);
  expect(encodingOfDbf(null, dbf).encoding).toBe('GB18030');
  expect(encodingOfDbf('UTF-8', dbf).encoding).toBe('GB18030');
});
