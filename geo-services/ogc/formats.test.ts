// Formats: the choice, the table for spreadsheets, well-known text, JSON-FG, and pages in which no value becomes markup.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { layersById } from '../one-map/index.ts';
import { CRS84, crsOf, STORAGE_CRS } from './crs.ts';
import { csvField, csvOf, wktOf } from './csv.ts';
import { chooseFormat, documentFormats, featureFormats } from './formats.ts';
import { anchor, escapeHtml, html, inFormat, tree } from './html.ts';
import { jsonFgCollection, jsonFgFeature } from './json-fg.ts';
import { collectionHtml, featureHtml, itemsHtml } from './pages.ts';
import type { Feature } from './query.ts';
import { sketchOf } from './sketch.ts';

const places = layersById().get('places');
const lakes = layersById().get('lakes');
if (!places || !lakes) throw new Error('layers are missing');
const point = (properties: Record<string, unknown>, coordinates = [123.43, 41.8]): Feature => ({
  type: 'Feature',
  id: 7,
  properties,
  geometry: { type: 'Point', coordinates },
});

describe('choice', () => {
  const nothing = (): false => false;
  it('f before Accept; the names of f; the first when Accept says anything goes', () => {
    expect(chooseFormat(featureFormats, 'csv', nothing).id).toBe('csv');
    expect(chooseFormat(featureFormats, 'json', nothing).id).toBe('geojson');
    expect(chooseFormat(featureFormats, undefined, ([first]) => first ?? false).id).toBe('geojson');
    expect(chooseFormat(documentFormats, undefined, () => 'text/html').id).toBe('html');
    expect(chooseFormat(featureFormats, undefined, () => 'application/json').id).toBe('geojson');
  });
  it('17-069r4 §7.5.1: 406 when nothing is acceptable, 400 when f names nothing', () => {
    expect(() => chooseFormat(featureFormats, undefined, nothing)).toThrow(
      expect.objectContaining({ code: 'not-acceptable', status: 406 }),
    );
    for (const f of ['xml', '', ['csv', 'csv'], 'CSV']) expect(() => chooseFormat(featureFormats, f, nothing)).toThrow(Problem);
  });
});

/** An RFC 4180 reader, for the round trip. */
function readCsv(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|$)/g)) {
    rows.at(-1)?.push(quoted === undefined ? (bare ?? '') : quoted.replaceAll('""', '"'));
    if (end === '\r\n') rows.push([]);
    if (end === '') break;
  }
  return rows.slice(0, -1);
}

describe('CSV', () => {
  it.each([
    [null, ''],
    ['沈阳', '沈阳'],
    ['a,b', '"a,b"'],
    ['say "hi"', '"say ""hi"""'],
    ['two\nlines', '"two\nlines"'],
    ['=1+1', "'=1+1"],
    ['+86', "'+86"],
    ['-x', "'-x"],
    ['@SUM(A1)', "'@SUM(A1)"],
    ['＝1', "'＝1"],
    ['=cmd|"/c calc"', `"'=cmd|""/c calc"""`],
    [-12.5, '-12.5'],
    [true, 'true'],
    [{ a: 1 }, '"{""a"":1}"'],
  ])('%j is %s', (value, field) => {
    expect(csvField(value)).toBe(field);
  });
  it('begins with a byte order mark and names; axes of a point are named in the order of the CRS; lines end in CRLF', () => {
    const feature = point({ name: '沈阳', kind: 'capital' });
    expect(csvOf(places, CRS84, [feature])).toBe('\uFEFFid,name,name_en,kind,rank,adcode,lon,lat\r\n7,沈阳,,capital,,,123.43,41.8\r\n');
    expect(csvOf(places, STORAGE_CRS, [])).toBe('\uFEFFid,name,name_en,kind,rank,adcode,lat,lon\r\n');
    const none = { ...feature, geometry: null };
    expect(csvOf(places, CRS84, [none])).toContain('capital,,,,\r\n');
  });
  it('lines and polygons have a column of well-known text', () => {
    const lake: Feature = {
      type: 'Feature',
      id: 1,
      properties: { name: '湖' },
      geometry: {
        type: 'Polygon',
        coordinates: [
          [
            [0, 0],
            [1, 0],
            [0, 1],
            [0, 0],
          ],
        ],
      },
    };
    expect(csvOf(lakes, CRS84, [lake])).toBe('\uFEFFid,name,wkt\r\n1,湖,"POLYGON ((0 0, 1 0, 0 1, 0 0))"\r\n');
  });
  it.each([
    [{ type: 'Point', coordinates: [1, 2] }, 'POINT (1 2)'],
    [
      {
        type: 'LineString',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
      'LINESTRING (1 2, 3 4)',
    ],
    [
      {
        type: 'MultiPoint',
        coordinates: [
          [1, 2],
          [3, 4],
        ],
      },
      'MULTIPOINT (1 2, 3 4)',
    ],
    [
      {
        type: 'MultiLineString',
        coordinates: [
          [
            [1, 2],
            [3, 4],
          ],
        ],
      },
      'MULTILINESTRING ((1 2, 3 4))',
    ],
    [
      {
        type: 'MultiPolygon',
        coordinates: [
          [
            [
              [0, 0],
              [1, 0],
              [0, 1],
              [0, 0],
            ],
          ],
        ],
      },
      'MULTIPOLYGON (((0 0, 1 0, 0 1, 0 0)))',
    ],
    [{ type: 'Polygon', coordinates: [] }, 'POLYGON EMPTY'],
    [{ type: 'GeometryCollection', geometries: [{ type: 'Point', coordinates: [1, 2] }] }, 'GEOMETRYCOLLECTION (POINT (1 2))'],
    [null, ''],
  ])('well-known text of %j', (geometry, wkt) => {
    expect(wktOf(geometry)).toBe(wkt);
  });
  it('property: any text comes back, with at most an apostrophe before it, and never begins like a formula', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1, maxLength: 4 }), (names) => {
        const rows = readCsv(
          csvOf(
            places,
            CRS84,
            names.map((name) => point({ name })),
          ).slice(1),
        ).slice(1);
        expect(rows.length).toBe(names.length);
        rows.forEach((row, i) => {
          expect([names[i], `'${names[i]}`]).toContain(row[1]);
          expect(row[1] ?? '').not.toMatch(/^[=+\-@\t\r]/);
        });
      }),
    );
  });
});

describe('JSON-FG', () => {
  const feature = point({ name: '沈阳' });
  it('21-045r1 core: CRS84 stands in geometry, any other CRS in place, and time is null', () => {
    const own = jsonFgFeature(feature, CRS84, []);
    expect(own).toMatchObject({
      type: 'Feature',
      time: null,
      place: null,
      geometry: feature.geometry,
      conformsTo: [expect.stringContaining('json-fg-1/1.0/conf/core')],
    });
    expect(own).not.toHaveProperty('coordRefSys');
    const crs = crsOf('crs', 'http://www.opengis.net/def/crs/EPSG/0/4549');
    expect(jsonFgFeature(feature, crs, [])).toMatchObject({ coordRefSys: crs.uri, place: feature.geometry, geometry: null });
    const collection = jsonFgCollection([feature], crs, { numberReturned: 1 }, []) as { features: object[] };
    expect(collection).toMatchObject({ type: 'FeatureCollection', coordRefSys: crs.uri, numberReturned: 1 });
    expect(collection.features[0]).toEqual({
      type: 'Feature',
      id: 7,
      time: null,
      place: feature.geometry,
      geometry: null,
      properties: feature.properties,
    });
  });
});

describe('pages', () => {
  const hostile = "\"><script>alert(1)</script><img src=x onerror='alert(2)'>&";
  const base = 'http://localhost/ogc';
  it('no value becomes markup, wherever it stands', () => {
    const feature = point({ name: hostile, kind: hostile, [hostile]: hostile });
    const links = [{ href: `${base}?x=${hostile}`, rel: 'alternate', type: 'text/html', title: hostile }];
    const made = [
      itemsHtml({ layer: places, base, crs: CRS84, features: [feature], links, matched: 1 }),
      featureHtml({ layer: places, base, crs: CRS84, feature, links }),
      collectionHtml(
        { title: hostile, id: hostile, description: hostile, links: [{ href: hostile, rel: hostile }], [hostile]: [hostile] },
        base,
        `${base}/${hostile}`,
      ),
    ];
    for (const page of made) {
      expect(page).not.toMatch(/<script|<img|onerror='/);
      expect(page).toContain(escapeHtml(hostile));
      expect(page).toContain('<html lang="zh-CN">');
    }
  });
  it('property: text between tags holds no bracket or quote', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(html`${text}`.markup).not.toMatch(/[<>"']/);
        expect(
          tree({ [text]: [text, { href: text }] }).markup.replace(
            /<\/?(dl|dt|dd|ol|li|code|a href="[^"]*"|a|span class="none"|span)>/g,
            '',
          ),
        ).not.toMatch(/[<>"']/);
      }),
    );
  });
  it('only addresses of the web become links', () => {
    expect(anchor('javascript:alert(1)', 'x').markup).not.toContain('<a');
    expect(anchor('http://localhost/{z}', 'x').markup).not.toContain('<a');
    expect(anchor('http://localhost/a?b=1&c=2', 'x').markup).toBe('<a href="http://localhost/a?b=1&amp;c=2">x</a>');
    expect(inFormat('http://localhost/a?f=csv&limit=5', 'html')).toBe('http://localhost/a?f=html&limit=5');
  });
  it('a drawing has north above and east on the right, whatever the axis order', () => {
    const shapes = (flip: boolean) =>
      [
        [120, 40],
        [124, 42],
      ].map(([x, y]) => ({ geometry: { type: 'Point', coordinates: flip ? [y, x] : [x, y] }, href: '#', title: '' }));
    const drawing = sketchOf(shapes(false), CRS84, 'point', 'x')?.markup ?? '';
    expect(sketchOf(shapes(true), STORAGE_CRS, 'point', 'x')?.markup).toBe(drawing);
    const [west, east] = [...drawing.matchAll(/cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => ({ x: Number(x), y: Number(y) }));
    expect(east?.x).toBeGreaterThan(Number(west?.x));
    expect(east?.y).toBeLessThan(Number(west?.y));
    expect(sketchOf([], CRS84, 'point', 'x')).toBeNull();
    expect(sketchOf(shapes(false).slice(0, 1), CRS84, 'point', 'x')?.markup).not.toMatch(/NaN|Infinity/);
  });
});
