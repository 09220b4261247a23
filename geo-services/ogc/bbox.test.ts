// Boxes in every CRS: axis order, ranges, heights, and any text; the parameters of one feature.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { parseArea, parseBBox } from './bbox.ts';
import { CRS84, crsList, crsOf, crsUris, geometrySql, gridClause } from './crs.ts';
import { parseItemQuery } from './item-query.ts';

const epsg = (code: number): string => `http://www.opengis.net/def/crs/EPSG/0/${code}`;

describe('boxes', () => {
  it('18-058r1 /req/crs/fc-bbox-crs-action: CRS84 is lon, lat; EPSG:4490 and EPSG:4326 are lat, lon', () => {
    expect(parseArea('118,38,126,44', undefined)).toEqual({ bbox: [118, 38, 126, 44], grid: null });
    for (const code of [4490, 4326]) {
      expect(parseArea('38,118,44,126', epsg(code)).bbox).toEqual([118, 38, 126, 44]);
      expect(parseArea('38,118,-50,44,126,9000', epsg(code)).bbox).toEqual([118, 38, 126, 44]);
      expect(() => parseArea('118,38,126,44', epsg(code))).toThrow(Problem);
    }
  });
  // Independent figures: gcoord's fixture china-cities.json (MIT), converted by another implementation.
  it.each([
    [12692251.175, 3897076.83, 114.0164322, 33.0133556],
    [12407916.671, 3153754.648, 111.4622119, 27.242124],
  ])('EPSG:3857 %d %d is %d %d', (x, y, lng, lat) => {
    const { bbox } = parseArea(`${x},${y},${x},${y}`, epsg(3857));
    expect(bbox?.[0]).toBeCloseTo(lng, 6);
    expect(bbox?.[1]).toBeCloseTo(lat, 6);
  });
  it('a zone of CGCS2000 is northing, easting, and stays a box on its grid', () => {
    expect(parseArea('4300000,600000,4320000,650000', epsg(4549))).toEqual({
      bbox: null,
      grid: { srid: 4549, box: [600000, 4300000, 650000, 4320000] },
    });
  });
  it.each([
    ['1,2,3', 4490],
    ['44,118,38,126', 4490],
    ['118,38,126,44', 4326],
    ['600000,4300000,650000,4320000', 4549],
    ['4320000,600000,4300000,650000', 4549],
    ['0,0,1e9,1e9', 3857],
    ['1,0,0,1', 3857],
    ['0,0,Infinity,1', 3857],
    ['0,0,1,1', 2000],
  ])('refuses %s in EPSG:%i and says what it takes', (given, code) => {
    try {
      parseArea(given, epsg(code));
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'bad-parameter', details: { name: code === 2000 ? 'bbox-crs' : 'bbox' } });
      if (code === 2000) for (const uri of crsUris) expect((error as Problem).details['allowed']).toContain(uri);
    }
  });
  it('property: flipped text in a lat, lon CRS is the same box', () => {
    const lng = fc.double({ min: -180, max: 180, noNaN: true });
    const lat = fc.double({ min: -90, max: 90, noNaN: true });
    fc.assert(
      fc.property(lng, lng, lat, lat, (west, east, one, two) => {
        const [south, north] = [Math.min(one, two), Math.max(one, two)];
        expect(parseArea(`${south},${west},${north},${east}`, epsg(4490)).bbox).toEqual(parseBBox(`${west},${south},${east},${north}`));
      }),
    );
  });
  it('property: any text in any CRS is a box or a Problem', () => {
    const numbers = fc.array(fc.double(), { minLength: 3, maxLength: 7 }).map((list) => list.join(','));
    fc.assert(
      fc.property(fc.oneof(fc.string(), numbers), fc.oneof(fc.constantFrom(...crsUris), fc.string()), (given, crs) => {
        try {
          const area = parseArea(given, crs);
          expect((area.bbox ?? area.grid?.box)?.every(Number.isFinite)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});

describe('CRS', () => {
  it('are seven, CRS84 first, each found by its URI and by nothing else', () => {
    expect(crsUris.length).toBe(7);
    expect(crsOf('crs', crsUris[0] ?? '')).toBe(CRS84);
    for (const crs of crsList) expect(crsOf('crs', crs.uri)).toBe(crs);
    for (const other of ['', 'EPSG:4490', `${epsg(4490)} `, epsg(4490).replace('http', 'https')])
      expect(() => crsOf('crs', other)).toThrow(Problem);
  });
  it('enter the SQL as parameters only', () => {
    for (const crs of crsList) {
      const values: unknown[] = [];
      expect(geometrySql(crs, (value) => `$${values.push(value)}`)).not.toMatch(/3857|4326|45\d\d/);
      expect(values.length).toBeGreaterThan(0);
    }
    const values: unknown[] = [];
    expect(gridClause({ srid: 4549, box: [1, 2, 3, 4] }, (value) => `$${values.push(value)}`)).not.toContain('4549');
    expect(values.slice(0, 5)).toEqual([1, 2, 3, 4, 4549]);
  });
});

describe('parameters of one feature', () => {
  it('are crs and f', () => {
    expect(parseItemQuery({}).crs).toBe(CRS84);
    expect(parseItemQuery({ crs: epsg(4490), f: 'csv' }).crs.srid).toBe(4490);
  });
  it.each([{ crs: 'x' }, { f: 'xml' }, { limit: '1' }, { crs: [epsg(4490), epsg(4326)] }])('refuses %j', (given) => {
    expect(() => parseItemQuery(given)).toThrow(Problem);
  });
});
