// Items queries: OGC API Features 1.0.1 §7.15, clause by clause, and any text.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wholeView } from '../../contracts/grant.ts';
import { Problem } from '../../contracts/problem.ts';
import { layersById } from '../one-map/index.ts';
import { countSql, DEFAULT_LIMIT, itemsSql, MAX_LIMIT, parseBBox, parseItemsQuery } from './query.ts';

const places = layersById().get('places');
const stations = layersById().get('air-stations');
if (!places || !stations) throw new Error('layers are missing');

describe('items query', () => {
  it('§7.15.2 limit: default, and beyond the maximum the maximum', () => {
    expect(parseItemsQuery(places, {}).limit).toBe(DEFAULT_LIMIT);
    expect(parseItemsQuery(places, { limit: '12' }).limit).toBe(12);
    expect(parseItemsQuery(places, { limit: '999999' }).limit).toBe(MAX_LIMIT);
  });
  it('§7.15.3 bbox: four numbers, six with heights, across the date line', () => {
    expect([...parseBBox('118,38,126,44')]).toEqual([118, 38, 126, 44]);
    expect([...parseBBox('118,38,-50,126,44,9000')]).toEqual([118, 38, 126, 44]);
    expect([...parseBBox('170,38,-170,44')]).toEqual([170, 38, -170, 44]);
  });
  const bad: Record<string, unknown>[] = [
    ...['0', '-1', '1.5', 'x', ''].map((limit) => ({ limit })),
    ...['1,2,3', '1,2,3,4,5', 'a,b,c,d', '118,44,126,38', '190,0,191,1', '0,-91,1,0', ',,,', 'NaN,0,1,1'].map((bbox) => ({ bbox })),
    ...['yesterday', '2026-01-01T00:00:00', '../../..'].map((datetime) => ({ datetime })),
    { limit: ['1', '2'] },
    { unknown: '1' },
    { f: 'xml' },
    { crs: 'EPSG:4490' },
    { 'bbox-crs': 'http://www.opengis.net/def/crs/EPSG/0/2000' },
    { after: '-3' },
    { name: 'a\0b' },
  ];
  it.each(bad)('refuses %j with its name and what is allowed', (given) => {
    try {
      parseItemsQuery(places, given);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ code: 'bad-parameter', details: { name: Object.keys(given)[0] } });
    }
  });
  it('§7.15.4 datetime: instants and open intervals are fine', () => {
    for (const datetime of ['2026-11-24', '2026-11-24T00:00:00Z', '../2026-11-24T00:00:00+08:00', '2026-11-24/..', '2026-11-24/'])
      expect(parseItemsQuery(places, { datetime }).limit).toBe(DEFAULT_LIMIT);
  });
  it('puts no value into the text of the SQL', () => {
    const evil = "x'; DROP TABLE place; --";
    const query = parseItemsQuery(places, { name: evil, kind: 'city,capital', bbox: '118,38,126,44' });
    for (const sql of [itemsSql(places, query), countSql(places, query, 100)]) {
      expect(sql.text).not.toContain('DROP');
      expect(sql.values).toContainEqual([evil]);
      expect(sql.values).toContainEqual(['city', 'capital']);
    }
    expect(itemsSql({ ...stations, view: wholeView('2101') }, parseItemsQuery(stations, {})).values).toContain('2101%');
  });
  it('property: any parameters are parsed or refused as a Problem', () => {
    const name = fc.oneof(fc.constantFrom('limit', 'bbox', 'bbox-crs', 'crs', 'after', 'datetime', 'f', 'name'), fc.string());
    fc.assert(
      fc.property(fc.dictionary(name, fc.oneof(fc.string(), fc.array(fc.string()))), (given) => {
        try {
          expect(parseItemsQuery(places, given).limit).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
