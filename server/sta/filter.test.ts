// $filter, $orderby, WKT, GeoJSON and JSON Patch: the grammars by cases and by fuzz.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { Compiler } from './compile.ts';
import { type Expression, readFilter, readOrder } from './filter.ts';
import { functionNames } from './functions.ts';
import { checkGeometry } from './geometry.ts';
import { applyJsonPatch } from './json-patch.ts';
import { entitySets } from './model.ts';
import { Parameters } from './parameters.ts';
import { checkWkt } from './wkt.ts';

const sight = { low: '210000', high: '219999', hidden: ['a/b'], roads: '[]' };
const problemOnly = (work: () => unknown): void => {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
  }
};
/** As it is grouped. */
function shape(e: Expression): string {
  if (e.op === 'literal') return String(e.value);
  if (e.op === 'path') return [...e.through, e.attribute, ...e.inner].join('/');
  if (e.op === 'call') return `${e.name}(${e.args.map(shape).join(',')})`;
  if ('of' in e) return `${e.op}[${shape(e.of)}]`;
  return `(${shape(e.left)} ${e.op} ${shape(e.right)})`;
}

describe('§9.3.3.5.1 grammar', () => {
  test.each([
    ["name eq 'x' and name ne 'y' or id gt 3", '(((name eq x) and (name ne y)) or (id gt 3))'],
    ["name eq 'x' and (name ne 'y' or id gt 3)", '((name eq x) and ((name ne y) or (id gt 3)))'],
    ['id add 2 mul 3 sub 1 gt 4', '(((id add (2 mul 3)) sub 1) gt 4)'],
    ['not (id eq 1) and id lt 5', '(not[(id eq 1)] and (id lt 5))'],
    ["not startswith(name,'x')", 'not[startswith(name,x)]'],
    ['-5 lt id', '(minus[5] lt id)'],
    ["name eq 'it''s'", "(name eq it's)"],
    ['Datastreams/Observations/result mod 2 eq 1', '((Datastreams/Observations/result mod 2) eq 1)'],
    ['properties/device/protocol eq null', '(properties/device/protocol eq null)'],
    ['@iot.id eq 7', '(id eq 7)'],
    ['HistoricalLocations/time gt 2026-01-01T00:00:00Z', '(HistoricalLocations/time gt 1767225600000)'],
    [
      "st_within(Locations/location, geography'POLYGON ((1 2, 3 4, 5 6, 1 2))')",
      'st_within(Locations/location,POLYGON ((1 2, 3 4, 5 6, 1 2)))',
    ],
  ])('%s', (given, expected) => {
    expect(shape(readFilter(given, 'Things'))).toBe(expected);
  });
  test.each([
    '',
    'name',
    'name eq',
    "name eq 'x",
    'eq 1',
    '(name eq 1',
    'name eq 1)',
    'name = 1',
    'name eq 1 2',
    'nothing eq 1',
    'name/x eq 1',
    'Datastreams eq 1',
    'startswith(name)',
    'unheard(name)',
    "name eq 'x' and",
    'not',
    '1 eq 1 eq',
    'id eq 1e999',
    'id eq 2026-02-31',
    'id eq 25:00:00',
    'id eq now(1)',
    `${'('.repeat(200)}id eq 1${')'.repeat(200)}`,
    `${'not '.repeat(200)}true`,
    Array.from({ length: 200 }, () => 'id eq 1').join(' and '),
    'properties/a/b/c/d/e/f/g/h eq 1',
    'Datastreams/Thing/Datastreams/Thing/Datastreams/name eq 1',
    "name eq '\u0000'",
  ])('%s is refused', (given) => {
    expect(() => {
      const q = new Parameters(sight);
      new Compiler(q, 'Things', 't', '$filter').condition(readFilter(given, 'Things'));
    }).toThrow(Problem);
  });
  test.each([
    ['name eq 7', 'Things'],
    ["result gt 'x'", 'Observations'],
    ['location eq location', 'Locations'],
    ["st_within(location, 'x')", 'Locations'],
    ["st_relate(location, location, 'abc')", 'Locations'],
    ['result and true', 'Observations'],
    ['year(result) eq 1', 'Observations'],
    ['length(result) eq 1', 'Observations'],
    ["st_within(location, geography'POINT (1)')", 'Locations'],
    ["st_within(location, geography'POLYGON ((1 2, 3 4, 5 6, 7 8))')", 'Locations'],
    ["phenomenonTime gt '2026'", 'Observations'],
    ['resultTime gt 5', 'Observations'],
    ['phenomenonTime add 5 gt now()', 'Observations'],
  ] as const)('%s of %s: kinds that do not go together', (given, set) => {
    expect(() => new Compiler(new Parameters(sight), set, 't', '$filter').condition(readFilter(given, set))).toThrow(Problem);
  });
  test('any words: a tree or a Problem; and SQL holds no word of the client', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...functionNames,
        'eq',
        'ne',
        'gt',
        'and',
        'or',
        'not',
        'add',
        'div',
        '(',
        ')',
        ',',
        '/',
        ' ',
        '-',
        "'",
        'null',
        'true',
        '1',
        '1.5e3',
        'id',
        'name',
        'properties',
        'zzz',
      ),
      fc.constantFrom(
        'Datastreams',
        'Thing',
        'Locations',
        'Observations',
        'result',
        'phenomenonTime',
        'location',
        "'zzz'",
        "geography'POINT(1 2)'",
        "duration'PT1H'",
        '2026-01-01T00:00:00Z',
      ),
      fc.string(),
    );
    // Structured mutations of what is good, beside mere noise: a word put in, taken out, or changed.
    const good = fc.constantFrom(
      "name eq 'x' and not ( properties/floor add 1 gt 2 ) or Datastreams/Observations/result lt -3",
      "st_within( Locations/location , geography'POLYGON ((1 2, 3 4, 5 6, 1 2))' ) and year( HistoricalLocations/time ) eq 2020",
      "substring( concat( name , 'zzz' ) , 1 , 2 ) ne toupper( description ) and properties/zzz/b eq null",
    );
    const mutated = fc.tuple(good, fc.array(fc.tuple(fc.nat(30), fc.nat(2), piece), { maxLength: 3 })).map(([text, changes]) => {
      const words = text.split(' ');
      for (const [at, removed, word] of changes) words.splice(at % words.length, removed, word);
      return words.join(' ');
    });
    const noise = fc.array(piece, { maxLength: 12 }).map((parts) => parts.join(' '));
    let [compiled, refused] = [0, 0];
    fc.assert(
      fc.property(fc.constantFrom('Things' as const, ...entitySets), fc.oneof(mutated, noise), (set, text) => {
        problemOnly(() => {
          refused++;
          const q = new Parameters(sight);
          const sql = new Compiler(q, set, 't', '$filter').condition(readFilter(text, set));
          compiled++;
          refused--;
          expect(sql).not.toContain('zzz');
        });
        problemOnly(() => readOrder(text, set));
        problemOnly(() => checkWkt(text));
        problemOnly(() => checkGeometry(text));
      }),
      { numRuns: 3000 },
    );
    expect(compiled).toBeGreaterThan(50);
    expect(refused).toBeGreaterThan(500);
  });
  test('RFC 6902: any patch of any object gives an object or a Problem, and the object before stays as it was', () => {
    const path = fc
      .array(fc.constantFrom('a', 'b', '0', '-', '__proto__', '~1', ''))
      .map((steps) => steps.map((step) => `/${step}`).join(''));
    const operation = fc.record(
      {
        op: fc.constantFrom('add', 'remove', 'replace', 'move', 'copy', 'test', 'x'),
        path: fc.oneof(path, fc.string()),
        from: path,
        value: fc.jsonValue(),
      },
      { requiredKeys: ['op'] },
    );
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b'), fc.jsonValue()), fc.array(operation), (before, patch) => {
        const written = JSON.stringify(before);
        problemOnly(() => expect(applyJsonPatch(before, patch)).toBeTypeOf('object'));
        expect(JSON.stringify(before)).toBe(written);
        expect(({} as Record<string, unknown>)['a']).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });
});
