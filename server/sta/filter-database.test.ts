// $filter in the database: every operator and function of the standard by cases, and trees of comparisons against an oracle.
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { hour, morning, openTestHouse, type TestHouse } from '../routes/test-house.http.ts';
import { functionNames } from './functions.ts';

const req = 'http://www.opengis.net/spec/iot_sensing/1.1/req/request-data';
describe(`${req}/filter, ${req}/built-in-filter-operations, ${req}/built-in-query-functions`, () => {
  let t: TestHouse;
  let steward: string;
  let ds: number;
  const results = [12.5, -3, 0, 7, 100, null, 2.5, 8];
  beforeAll(async () => {
    t = await openTestHouse(await testDatabase());
    steward = await t.token('steward', { adcode: '210000', departments: '*' });
    const thing = await t.thing('沈阳 Alpha', '210102', [123.4, 41.8], {
      device: { protocol: 'mqtt', id: 'a' },
      floor: 3,
      tag: 'Red',
      open: true,
      since: '2020-05-06T07:08:09+08:00',
    });
    await t.thing('大连 beta', '210211', [121.5, 38.95], { device: { protocol: 'hj212', id: 'b' }, floor: 7, tag: 'blue', open: false });
    await t.thing('Nowhere', '210000', null, { tag: null });
    for (const [index, result] of results.entries())
      await t.telemetry('a', { time: morning - index * hour - 30 * 60_000 + 1250, values: { z: result } });
    await t.written();
    ds = t.house.registry.datastreamsOf(thing.id)[0]!.id;
  });
  afterAll(() => t?.close());
  /** Everything that was asked for in this file. */
  const asked: string[] = [];
  const ask = async (path: string, filter: string) => {
    asked.push(filter);
    return (await t.get(`/sta/v1.1${path}${path.includes('?') ? '&' : '?'}$filter=${encodeURIComponent(filter)}`, steward).expect(200)).body
      .value;
  };
  const names = async (filter: string, set = 'Things'): Promise<string[]> =>
    (await ask(`/${set}`, filter)).map(({ name }: { name: string }) => name);

  const A = '沈阳 Alpha';
  const B = '大连 beta';
  const N = 'Nowhere';
  test.each([
    // Table 21: comparison, logic, arithmetic, grouping
    [`name eq '${A}'`, [A]],
    [`name ne '${A}'`, [B, N]],
    ["name gt 'O'", [A, B]],
    ["name ge 'Nowhere'", [A, B, N]],
    ["name lt 'O'", [N]],
    ["name le 'Nowhere'", [N]],
    ['properties/floor add 1 eq 4', [A]],
    ['properties/floor sub 1 eq 6', [B]],
    ['properties/floor mul 2 eq 6', [A]],
    ['properties/floor div 2 eq 3.5', [B]],
    ['properties/floor mod 4 eq 3', [A, B]],
    ['properties/floor div 0 gt 1', []],
    ['not (properties/floor eq 3)', [B, N]],
    ["name eq 'x' or properties/floor eq 7", [B]],
    ['(properties/floor eq 3 or properties/floor eq 7) and properties/open', [A]],
    ['properties/open eq true', [A]],
    ['properties/open eq false', [B]],
    ['properties/tag eq null', [N]],
    ['properties/tag ne null', [A, B]],
    ["properties/tag ne 'Red'", [B, N]],
    ["properties/floor eq 'x'", []],
    ['properties/since gt 2020-01-01T00:00:00Z', [A]],
    ["properties/device/protocol eq 'hj212'", [B]],
    // Table 22: strings
    ["substringof('Alpha',name)", [A]],
    ["contains(name,'beta')", [B]],
    ["endswith(name,'beta')", [B]],
    ["startswith(name,'大连')", [B]],
    ['length(name) eq 8', [A]],
    ['length(name) eq 7', [B, N]],
    ["indexof(name,'beta') eq 3", [B]],
    ["substring(name,3) eq 'beta'", [B]],
    ["substring(name,3,2) eq 'be'", [B]],
    ["tolower(properties/tag) eq 'red'", [A]],
    ["toupper(properties/tag) eq 'BLUE'", [B]],
    ["trim(concat('  ',name)) eq 'Nowhere'", [N]],
    ["concat(concat(name,', '),properties/tag) eq '大连 beta, blue'", [B]],
    ["startswith(name,'%')", []],
    ["name eq 'x'';DROP TABLE thing;--'", []],
    // dates, in JSON too
    ['year(properties/since) eq 2020', [A]],
    ['month(properties/since) eq 5 and day(properties/since) eq 5 and hour(properties/since) eq 23', [A]],
    ['properties/since lt now()', [A]],
    ['now() gt mindatetime() and now() lt maxdatetime()', [A, B, N]],
    // Table 23: geospatial, over a navigation
    ["st_within(Locations/location, geography'POLYGON ((123 41, 124 41, 124 42, 123 42, 123 41))')", [A]],
    ["geo.distance(Locations/location, geography'POINT (121.5 38.95)') lt 0.1", [B]],
    ["not st_within(Locations/location, geography'POLYGON ((123 41, 124 41, 124 42, 123 42, 123 41))')", [B, N]],
    // paths through one and through many, in one expression
    ['Datastreams/Observations/result eq 100', [A]],
    ["Datastreams/Observations/result gt 99 or name eq 'Nowhere'", [A, N]],
    ["Datastreams/ObservedProperty/id eq 'z'", [A]],
    ['Datastreams/id eq null', [B, N]],
    ['HistoricalLocations/time gt 2000-01-01T00:00:00Z', [A, B]],
  ])('%s', async (filter, expected) => {
    expect((await names(filter)).sort()).toEqual([...expected].sort());
  });

  const within = "geography'POLYGON ((123 41, 124 41, 124 42, 123 42, 123 41))'";
  test.each([
    [`st_within(location, ${within})`, 1],
    [`st_disjoint(location, ${within})`, 1],
    [`st_intersects(location, ${within})`, 1],
    [`geo.intersects(location, ${within})`, 1],
    [`st_contains(${within}, location)`, 1],
    ["st_equals(location, geography'POINT (123.4 41.8)')", 1],
    ["st_touches(location, geography'POLYGON ((123.4 41.8, 124 41, 124 42, 123.4 41.8))')", 1],
    [`st_overlaps(location, ${within})`, 0],
    ["st_crosses(geography'LINESTRING (122 41.5, 125 41.5)', geography'POLYGON ((123 41, 124 41, 124 42, 123 42, 123 41))')", 2],
    [`st_relate(location, ${within}, 'T*F**F***')`, 1],
    ["geo.length(geography'LINESTRING (0 0, 3 4)') eq 5", 2],
    ["st_within(location, geography'SRID=4326;POLYGON((123 41,124 41,124 42,123 42,123 41))')", 1],
  ])('Table 23 on Locations: %s', async (filter, count) => {
    expect(await ask('/Locations', filter)).toHaveLength(count);
  });

  test.each([
    ['result gt 5', [12.5, 7, 100, 8]],
    ['result le 0', [-3, 0]],
    ['result ne 7', [12.5, -3, 0, 100, null, 2.5, 8]],
    ['result eq null', [null]],
    ['result ne null', [12.5, -3, 0, 7, 100, 2.5, 8]],
    ['not (result gt 5)', [-3, 0, null, 2.5]],
    ['-result eq 3', [-3]],
    ['round(result) eq 13', [12.5]],
    ['round(result) eq 3', [2.5]],
    ['floor(result) eq 2', [2.5]],
    ['ceiling(result) eq 13', [12.5]],
    ['result mod 2 eq 1', [7]],
    ["resultQuality/quality eq 'missing'", [null]],
    ["id eq 'x'", []],
    ['minute(phenomenonTime) eq 35 and second(phenomenonTime) eq 1', results],
    ['fractionalseconds(phenomenonTime) eq 0.25', results],
    ['hour(phenomenonTime) eq 23', [12.5]],
    ['date(phenomenonTime) eq 2026-11-23 and time(phenomenonTime) ge 22:00:00', [12.5, -3]],
    ['totaloffsetminutes(phenomenonTime) eq 0', results],
    ['phenomenonTime lt 2026-11-23T17:00:00Z', [8]],
    ['phenomenonTime ge 2026-11-23T23:35:01.25Z', [12.5]],
    ['phenomenonTime ge 2026-11-23 and result gt 50', [100]],
    ['phenomenonTime ge 2026-11-24', []],
    ['phenomenonTime eq 2026-11-23T23:35:01.250Z', [12.5]],
    ["phenomenonTime gt 2026-11-23T22:35:01.25Z sub duration'PT1H'", [12.5, -3]],
    ["phenomenonTime sub 2026-11-23T22:35:01.25Z gt duration'PT30M'", [12.5]],
    ['before(phenomenonTime, 2026-11-23T17:00:00Z/2026-11-23T18:00:00Z)', [8]],
    ['after(phenomenonTime, 2026-11-23T21:00:00Z)', [12.5, -3, 0]],
    ['during(phenomenonTime, 2026-11-23T22:00:00Z/2026-11-24T00:00:00Z)', [12.5, -3]],
    ['overlaps(phenomenonTime, 2026-11-23T23:00:00Z/2026-11-24T00:00:00Z)', [12.5]],
    ['meets(phenomenonTime, 2026-11-23T23:35:01.25Z/2026-11-24T00:00:00Z)', [12.5]],
    ['starts(phenomenonTime, 2026-11-23T23:35:01.25Z)', [12.5]],
    ['finishes(phenomenonTime, 2026-11-23T23:35:01.25Z)', [12.5]],
    ['Datastream/Thing/properties/floor eq 3', results],
    ["Datastream/Thing/name eq 'x'", []],
    ["FeatureOfInterest/name eq '沈阳 Alpha' and result gt 50", [100]],
    ["Datastream/ObservedProperty/id eq 'z' and result eq 8", [8]],
    ["st_within(FeatureOfInterest/feature, geography'POLYGON ((123 41, 124 41, 124 42, 123 42, 123 41))') and result eq 8", [8]],
  ] as const)('Observations?$filter=%s', async (filter, expected) => {
    const value = await ask(`/Datastreams(${ds})/Observations`, filter);
    expect(value.map(({ result }: { result: number | null }) => result)).toEqual(expected);
    // The same over everything, where the Datastreams are chosen first.
    expect(await ask('/Observations', filter)).toHaveLength(expected.length);
  });
  test('every function of the table is asked above', () => {
    for (const name of functionNames)
      expect(
        asked.some((filter) => filter.includes(`${name}(`)),
        name,
      ).toBe(true);
  });

  // The oracle: numbers and null as OData compares them, written down a second time in a few lines.
  type Value = number | null;
  const number = fc.constantFrom<[string, (r: Value) => Value]>(
    ['result', (r) => r],
    ['2', () => 2],
    ['-3', () => -3],
    ['result add 1', (r) => (r === null ? null : r + 1)],
    ['result mul -2', (r) => (r === null ? null : r * -2)],
    ['floor(result)', (r) => (r === null ? null : Math.floor(r))],
    ['null', () => null],
  );
  const holds = (op: string, a: Value, b: Value): boolean => {
    if (op === 'eq') return a === b;
    if (op === 'ne') return a !== b;
    if (a === null || b === null) return false;
    return op === 'gt' ? a > b : op === 'ge' ? a >= b : op === 'lt' ? a < b : a <= b;
  };
  type Test = readonly [string, (r: Value) => boolean];
  const atom: fc.Arbitrary<Test> = fc
    .tuple(number, fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le'), number)
    .map(([[a, fa], op, [b, fb]]) => [`${a} ${op} ${b}`, (r) => holds(op, fa(r), fb(r))]);
  const tree = fc.letrec<{ any: Test }>((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      atom,
      fc.tuple(tie('any'), tie('any')).map(([[a, fa], [b, fb]]): Test => [`(${a}) and (${b})`, (r) => fa(r) && fb(r)]),
      fc.tuple(tie('any'), tie('any')).map(([[a, fa], [b, fb]]): Test => [`(${a}) or (${b})`, (r) => fa(r) || fb(r)]),
      tie('any').map(([a, fa]): Test => [`not (${a})`, (r) => !fa(r)]),
    ),
  })).any;
  test('any tree of comparisons gives what the oracle gives', async () => {
    await fc.assert(
      fc.asyncProperty(tree, async ([filter, expected]) => {
        const value = await ask(`/Datastreams(${ds})/Observations`, filter);
        expect(
          value.map(({ result }: { result: Value }) => result),
          filter,
        ).toEqual(results.filter(expected));
      }),
      { numRuns: 80 },
    );
  });
});
