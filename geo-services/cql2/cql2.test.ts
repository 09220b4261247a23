// CQL2 both ways: the standard's clauses as cases, any tree round-trips through both encodings, any string is a tree or a Problem, no input in SQL.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wholeView } from '../../contracts/grant.ts';
import { Problem } from '../../contracts/problem.ts';
import { CRS84, STORAGE_CRS } from '../ogc/crs.ts';
import { countSql, itemsSql, parseItemsQuery } from '../ogc/query.ts';
import { layersById } from '../one-map/index.ts';
import { arithmetics, children, comparisons, type Expression, isDate, isTimestamp, MAX_DEPTH, spatials } from './ast.ts';
import { type Columns, columnsOf } from './columns.ts';
import { evaluationProblem, parseFilter } from './filter.ts';
import type { Geometry, Nested } from './geometry.ts';
import { parseJson, printJson } from './json.ts';
import { parseText } from './parse-text.ts';
import { printText } from './print-text.ts';
import { filterSql } from './sql.ts';

const places = layersById().get('places');
if (!places) throw new Error('layer is missing');
const columns: Columns = new Map([
  ['id', { type: 'integer', sql: '"id"' }],
  ['name', { type: 'text', sql: '"name"::text' }],
  ['rank', { type: 'integer', sql: '"rank"' }],
  ['inside', { type: 'boolean', sql: '"inside"' }],
  ['day', { type: 'date', sql: '"day"' }],
  ['seen', { type: 'timestamp', sql: '"seen"' }],
  ['geometry', { type: 'geometry', sql: '"geom"' }],
]);
const sqlOf = (filter: string, more: Readonly<Record<string, string>> = {}): { text: string; values: unknown[] } => {
  const values: unknown[] = [];
  const parsed = parseFilter({ filter, ...more }, columns);
  if (!parsed) throw new Error('no filter');
  return { text: filterSql(parsed, (value) => `$${values.push(value)}`), values };
};
const tree = (filter: string): Expression => parseText(filter).tree;

describe('CQL2 Text (21-065r2 BNF)', () => {
  // text, and the same in the notation of CQL2 JSON
  const same: readonly [string, unknown][] = [
    ['a = 1 AND b <> 2 OR NOT c < 3', or(and(op('=', p('a'), 1), op('<>', p('b'), 2)), op('not', op('<', p('c'), 3)))],
    ['a = 1 and (b >= 2 or c <= 3)', and(op('=', p('a'), 1), or(op('>=', p('b'), 2), op('<=', p('c'), 3)))],
    ["name = '沈阳' AND \"kind\" = 'it''s'", and(op('=', p('name'), '沈阳'), op('=', p('kind'), "it's"))],
    ["name LIKE '沈_%'", op('like', p('name'), '沈_%')],
    ["name NOT LIKE '50\\%'", op('not', op('like', p('name'), '50\\%'))],
    ["CASEI(name) LIKE CASEI('Sh%')", op('like', op('casei', p('name')), op('casei', 'Sh%'))],
    ['rank BETWEEN 1 AND 2 AND id = 3', and(op('between', p('rank'), 1, 2), op('=', p('id'), 3))],
    ['rank NOT BETWEEN -1 AND +2.5e1', op('not', op('between', p('rank'), -1, 25))],
    ["kind IN ('city', 'capital')", { op: 'in', args: [p('kind'), ['city', 'capital']] }],
    ['kind NOT IN (1)', op('not', { op: 'in', args: [p('kind'), [1]] })],
    ['name IS NULL', op('isNull', p('name'))],
    ['name IS NOT NULL', op('not', op('isNull', p('name')))],
    ['inside = TRUE', op('=', p('inside'), true)],
    ["day < DATE('2024-02-29')", op('<', p('day'), { date: '2024-02-29' })],
    ["seen >= TIMESTAMP('2026-11-24T00:00:00.5Z')", op('>=', p('seen'), { timestamp: '2026-11-24T00:00:00.5Z' })],
    ['S_INTERSECTS(geometry, POINT(123.4 41.8))', op('s_intersects', p('geometry'), { type: 'Point', coordinates: [123.4, 41.8] })],
    ['s_within(geometry, BBOX(1,2,3,4))', op('s_within', p('geometry'), { bbox: [1, 2, 3, 4] })],
    [
      '1 + 2 * 3 ^ 2 ^ 1 - 4 div 3 > x % 2',
      op('>', op('-', op('+', 1, op('*', 2, op('^', 3, op('^', 2, 1)))), op('div', 4, 3)), op('%', p('x'), 2)),
    ],
    ['date = 1 AND point = 2', and(op('=', p('date'), 1), op('=', p('point'), 2))],
    ["a = 'x\\'y\\n\\\\'", op('=', p('a'), "x'y\n\\")],
    [
      'S_CROSSES(g, MULTIPOINT Z ((1 2 3), (4 5 6)))',
      op('s_crosses', p('g'), {
        type: 'MultiPoint',
        coordinates: [
          [1, 2, 3],
          [4, 5, 6],
        ],
      }),
    ],
    [
      'S_EQUALS(g, GEOMETRYCOLLECTION(LINESTRING(0 0, 1 1), POLYGON((0 0, 1 0, 1 1, 0 0))))',
      op('s_equals', p('g'), {
        type: 'GeometryCollection',
        geometries: [
          {
            type: 'LineString',
            coordinates: [
              [0, 0],
              [1, 1],
            ],
          },
          {
            type: 'Polygon',
            coordinates: [
              [
                [0, 0],
                [1, 0],
                [1, 1],
                [0, 0],
              ],
            ],
          },
        ],
      }),
    ],
  ];
  it.each(same)('%s', (text, json) => {
    expect(printJson(tree(text))).toEqual(json);
    expect(parseJson(JSON.stringify(json)).tree).toEqual(tree(text));
  });

  // text, and what the message must say of it
  const bad: readonly [string, RegExp][] = [
    ['', /空/],
    ["name = '沈", /第 8 个字符.*引号/],
    ['name = 1 rank', /rank（第 10 个字符）.*AND/],
    ['(rank = 1', /结尾.*\)/],
    ['rank = = 1', /第 8 个字符/],
    ['rank = 1e999', /浮点数/],
    ['rank NOT 1', /LIKE/],
    ["day = DATE('2023-02-29')", /年-月-日/],
    ["seen = TIMESTAMP('2026-11-24T25:00:00Z')", /时:分:秒/],
    ["seen = TIMESTAMP('2026-11-24T00:00:00+08:00')", /时:分:秒/],
    ['nothing = 1', /nothing（第 1 个字符）.*可查询的属性：id name/],
    ['rank', /真假值/],
    ["rank = 'x'", /文本（第 8 个字符）.*数/],
    ['name LIKE name', /文本模式/],
    ["name LIKE 'a\\\\'", /不以单个/],
    ['NOT rank', /真假值/],
    ['rank + name > 1', /name，文本（第 8 个字符）.*数/],
    ['rank BETWEEN 1 AND day', /数/],
    ['name IN (1)', /文本/],
    ['S_INTERSECTS(geometry, rank)', /几何/],
    ['S_INTERSECTS(geometry)', /两个几何/],
    ['geometry = POINT(1 2)', /真假值或数/],
    ['S_INTERSECTS(geometry, POINT(1))', /Point/],
    ['S_INTERSECTS(geometry, POINT(200 41))', /经度/],
    ['S_INTERSECTS(geometry, POLYGON((0 0, 1 0, 1 1)))', /闭合/],
    ['S_INTERSECTS(geometry, BBOX(1,5,2,4))', /南 ≤ 北/],
    ['T_AFTER(seen, day)', /支持的函数/],
    ['f(rank) = 1', /支持的函数/],
    ['rank = 1; DROP TABLE place', /第 9 个字符/],
    ["name = 'a\0b'", /NUL/],
  ];
  it.each(bad)('refuses %j with its place', (filter, message) => {
    try {
      parseFilter({ filter }, columns);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Problem);
      expect(error).toMatchObject({ code: 'bad-parameter', details: { name: 'filter' } });
      expect((error as Problem).zh).toMatch(message);
    }
  });
});

describe('CQL2 JSON', () => {
  const bad = [
    '{',
    '[]',
    'null',
    '{}',
    '{"op":"and","args":[true]}',
    '{"op":"or"}',
    '{"op":"in","args":[1,2]}',
    '{"op":"in","args":[1,[]]}',
    '{"op":"=","args":[1]}',
    '{"op":"nothing","args":[1,2]}',
    '{"property":1}',
    '{"date":"x"}',
    '{"timestamp":1}',
    '{"bbox":[1]}',
    '{"type":"Point","coordinates":["1",2]}',
    '{"type":"Circle"}',
    '{"type":"GeometryCollection","geometries":[null]}',
    '1e999',
    '"\\u0000"',
    '{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}',
    '{"op":"t_after","args":[1,2]}',
    '{"op":"__proto__","args":[1,2]}',
  ];
  it.each(bad)('refuses %s', (filter) => {
    expect(() => parseJson(filter)).toThrow(Problem);
  });
  it('names the JSON pointer', () => {
    const filter = '{"op":"and","args":[true,{"op":"=","args":[{"property":"nothing"},1]}]}';
    expect(() => parseFilter({ filter, 'filter-lang': 'cql2-json' }, columns)).toThrow(/nothing（\/args\/1\/args\/0）/);
  });
});

describe('bounds', () => {
  const text: readonly [string, string][] = [
    ['100,000 characters', `rank = ${'1'.repeat(100_000)}`],
    ['10,000 parentheses', '('.repeat(10_000)],
    ['3,000 parentheses, closed', `${'('.repeat(3000)}TRUE${')'.repeat(3000)}`],
    ['1,500 NOT', `${'NOT '.repeat(1500)}TRUE`],
    ['1,900 powers', `1${' ^ 1'.repeat(1900)} = 1`],
    ['3,900 sums', `1${'+1'.repeat(3900)} = 1`],
    ['CASEI in CASEI', `${'CASEI('.repeat(1300)}'a'`],
  ];
  it.each(text)('refuses %s', (_, filter) => {
    expect(() => parseText(filter)).toThrow(Problem);
  });
  it.each([`${'['.repeat(100_000)}`, `${'{"op":"not","args":['.repeat(300)}true${']}'.repeat(300)}`, `${'[['.repeat(3900)}`])(
    'refuses deep JSON (%#)',
    (filter) => {
      expect(() => parseJson(filter)).toThrow(Problem);
    },
  );
  it('takes what is long but flat', () => {
    expect(sqlOf(`id IN (${Array.from({ length: 1500 }, (_, i) => i).join(',')})`).values.length).toBe(1500);
    expect(sqlOf(Array.from({ length: 700 }, () => 'id = 1').join(' OR ')).values.length).toBe(700);
    expect(sqlOf(`${'('.repeat(MAX_DEPTH)}TRUE${')'.repeat(MAX_DEPTH)}`).values).toEqual([true]);
  });
});

describe('SQL', () => {
  it('literals are values, names are the columns’ own', () => {
    const evil = "x'; DROP TABLE place; --";
    const { text, values } = sqlOf(`name = '${evil.replace("'", "''")}' OR rank / 0 > 2 AND S_WITHIN(geometry, BBOX(170,1,-170,2))`);
    expect(text).not.toContain('DROP');
    expect(values.slice(0, 3)).toEqual([evil, 0, 2]);
    expect(JSON.parse(String(values[3])).type).toBe('MultiPolygon');
    expect(() => sqlOf('"name""; DROP TABLE place; --" = 1')).toThrow(Problem);
  });
  it('Part 3 §7: filter, bbox, attribute filter and the viewer’s area are all joined by AND', () => {
    const own = columnsOf(places, new Map([['id', 'integer'], ...places.attributes.map((name) => [name, 'text'] as const)]));
    const given = { filter: "name = 'a' OR name = 'b'", bbox: '1,2,3,4', kind: 'city' };
    const query = { ...parseItemsQuery(places, given), filter: parseFilter(given, own) };
    const seen = { ...places, adcodeColumn: 'adcode', view: wholeView('21') };
    for (const sql of [itemsSql(seen, query), countSql(seen, query, null)]) {
      expect(sql.text).toMatch(/"adcode"::text LIKE \$1 AND ST_Intersects\(.*\) AND "kind" = ANY\(.*\) AND \(\(.* = .*\) OR \(.* = .*\)\)/);
      expect(sql.values.slice(0, 8)).toEqual(['21%', 1, 2, 3, 4, ['city'], 'a', 'b']);
    }
  });
  it('filter-crs: EPSG 4490 has latitude first, CRS84 longitude; others are refused, and so are other languages', () => {
    const shape = (more: Record<string, string>, filter: string): unknown => JSON.parse(String(sqlOf(filter, more).values[0])).coordinates;
    expect(shape({}, 'S_INTERSECTS(geometry, POINT Z (123 41 7))')).toEqual([123, 41]);
    expect(shape({ 'filter-crs': STORAGE_CRS.uri }, 'S_INTERSECTS(geometry, POINT(41 123))')).toEqual([123, 41]);
    expect(shape({ 'filter-crs': STORAGE_CRS.uri }, 'S_INTERSECTS(geometry, BBOX(41,123,42,124))')).toEqual(
      shape({ 'filter-crs': CRS84.uri }, 'S_INTERSECTS(geometry, BBOX(123,41,124,42))'),
    );
    for (const [name, value] of [
      ['filter-crs', 'http://www.opengis.net/def/crs/EPSG/0/2154'],
      ['filter-lang', 'sql'],
    ] as const)
      expect(() => parseFilter({ filter: 'TRUE', [name]: value }, columns)).toThrow(new RegExp(name));
    expect(() => parseFilter({ filter: ['TRUE', 'FALSE'] }, columns)).toThrow(Problem);
    expect(parseFilter({}, columns)).toBeNull();
  });
  it('a data exception of the database is the filter’s, a lost connection is not', () => {
    expect(evaluationProblem({ code: '22003' })).toMatchObject({ code: 'bad-parameter' });
    const away = new Problem('database-unavailable');
    expect(evaluationProblem(away)).toBe(away);
    expect(evaluationProblem({ code: '42703' })).toEqual({ code: '42703' });
  });
});

// Any tree, typed or not: the parsers do not know types.
const position = fc
  .tuple(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: -90, max: 90 }))
  .map((p) => p.map((n) => n + 0));
const ring = fc.array(position, { minLength: 3, maxLength: 5 }).map((list) => [...list, list[0] as number[]]);
const line = fc.array(position, { minLength: 2, maxLength: 4 });
const many = <T>(one: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(one, { minLength: 1, maxLength: 3 });
const simple = fc.oneof(
  ...(
    [
      ['Point', position],
      ['LineString', line],
      ['Polygon', many(ring)],
      ['MultiPoint', many(position)],
      ['MultiLineString', many(line)],
      ['MultiPolygon', many(many(ring))],
    ] as const
  ).map(([type, coordinates]) => (coordinates as fc.Arbitrary<Nested>).map((made) => ({ type, coordinates: made }))),
);
const geometry: fc.Arbitrary<Geometry> = fc.oneof(
  simple,
  many(simple).map((geometries) => ({ type: 'GeometryCollection' as const, geometries })),
);
const words = fc
  .oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom("'", '\\', 'n', '%', '"', ' ') }))
  .map((s) => s.replaceAll('\0', ''));
const instant = fc.date({ min: new Date(0), noInvalidDate: true, max: new Date(4e12) }).map((date) => date.toISOString());
const leaf: fc.Arbitrary<Expression> = fc.oneof(
  fc.oneof(words, fc.constantFrom('and', 'NOT', 'date', 'name', 'T_AFTER', 'point')).map((name) => ({ kind: 'property' as const, name })),
  words.map((value) => ({ kind: 'text' as const, value })),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ kind: 'number' as const, value: value + 0 })),
  fc.boolean().map((value) => ({ kind: 'boolean' as const, value })),
  instant.map((value) => ({ kind: 'timestamp' as const, value })),
  instant.map((value) => ({ kind: 'date' as const, value: value.slice(0, 10) })),
  geometry.map((value) => ({ kind: 'geometry' as const, value })),
  fc.array(fc.integer(), { minLength: 4, maxLength: 4 }).map((value) => ({ kind: 'bbox' as const, value })),
);
const { node } = fc.letrec<{ node: Expression }>((tie) => {
  const two = { left: tie('node'), right: tie('node') };
  return {
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaf,
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), args: fc.array(tie('node'), { minLength: 2, maxLength: 3 }) }),
      fc.record({ kind: fc.constantFrom('not' as const, 'isNull' as const, 'casei' as const), arg: tie('node') }),
      fc.record({ kind: fc.constant('compare' as const), op: fc.constantFrom(...comparisons), ...two }),
      fc.record({ kind: fc.constant('arithmetic' as const), op: fc.constantFrom(...arithmetics), ...two }),
      fc.record({ kind: fc.constant('spatial' as const), op: fc.constantFrom(...spatials), ...two }),
      fc.record({ kind: fc.constant('like' as const), ...two }),
      fc.record({ kind: fc.constant('between' as const), value: tie('node'), low: tie('node'), high: tie('node') }),
      fc.record({ kind: fc.constant('in' as const), value: tie('node'), list: fc.array(tie('node'), { minLength: 1, maxLength: 3 }) }),
    ),
  };
});

/** The SQL is a few words of ours, columns and placeholders, and nothing else. */
function onlyOurs(text: string): void {
  const ours =
    /\$\d+|"(?:id|name|rank|inside|day|seen|geom)"|'UTC'|\b(?:AND|OR|NOT|IS|NULL|IN|BETWEEN|LIKE|AT|TIME|ZONE|NULLIF|ST_[A-Z]\w+|lower|mod|div|power|float8|numeric|text|boolean|date|timestamp|timestamptz|4490|0)\b|[(),=<>+\-*/: ]/g;
  expect(text.replaceAll(ours, '')).toBe('');
}

describe('properties', () => {
  it('any tree → text → the same tree, and → JSON → the same tree', () => {
    let checked = 0;
    fc.assert(
      fc.property(node, (made) => {
        const [text, json] = [printText(made), JSON.stringify(printJson(made))];
        if (text.length > 8000 || json.length > 8000) return;
        checked++;
        expect(parseText(text).tree).toEqual(made);
        expect(parseJson(json).tree).toEqual(made);
      }),
      { numRuns: 400 },
    );
    expect(checked).toBeGreaterThan(200);
  });
  it('any string is a filter or a Problem, and never in the text of the SQL', () => {
    const token = fc.constantFrom(
      ...'( ) , = <> < >= + - * / % ^ AND OR NOT LIKE BETWEEN IN IS NULL TRUE DIV name rank geometry 1 2.5 \'zqz\' "name" CASEI( DATE( S_WITHIN( BBOX( POINT('.split(
        ' ',
      ),
    );
    const soup = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(token, { maxLength: 14 }).map((list) => list.join(' ')),
      fc.json(),
    );
    fc.assert(
      fc.property(soup, fc.constantFrom('cql2-text', 'cql2-json'), (filter, language) => {
        try {
          const { text } = sqlOf(filter, { 'filter-lang': language });
          onlyOurs(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
      { numRuns: 1000 },
    );
  });
  it('any fitting filter: its literals are the values in their order, and the SQL is the same whatever they are', () => {
    const anyText = words.map((value) => ({ kind: 'text' as const, value: `zq${value}` }));
    const anyNumber = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => ({ kind: 'number' as const, value: value + 0 }));
    const { fitting } = fc.letrec<{ fitting: Expression }>((tie) => ({
      fitting: fc.oneof(
        { maxDepth: 4, withCrossShrink: true },
        anyText.map((right) => ({ kind: 'compare' as const, op: '=' as const, left: { kind: 'property' as const, name: 'name' }, right })),
        anyNumber.map((left) => ({ kind: 'compare' as const, op: '<' as const, left, right: { kind: 'property' as const, name: 'rank' } })),
        fc.array(anyText, { minLength: 1, maxLength: 4 }).map((list) => ({ kind: 'in' as const, value: list[0] as Expression, list })),
        fc.tuple(anyNumber, anyNumber).map(([low, high]) => ({ kind: 'between' as const, value: high, low, high })),
        fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), args: fc.array(tie('fitting'), { minLength: 2, maxLength: 3 }) }),
        fc.record({ kind: fc.constant('not' as const), arg: tie('fitting') }),
      ),
    }));
    const literals = (one: Expression): unknown[] =>
      one.kind === 'text' || one.kind === 'number' ? [one.value] : children(one).flatMap(literals);
    fc.assert(
      fc.property(fitting, (made) => {
        const { text, values } = sqlOf(printText(made));
        expect(values).toEqual(literals(made));
        expect(text.match(/\$\d+/g)?.length).toBe(values.length);
        onlyOurs(text);
      }),
    );
  });
  it('dates and timestamps are those of the calendar', () => {
    fc.assert(fc.property(instant, (value) => isTimestamp(value) && isDate(value.slice(0, 10))));
    for (const value of ['0000-01-01', '2023-13-01', '2023-00-10', '2023-04-31', '2100-02-29', '23-04-01'])
      expect(isDate(value)).toBe(false);
  });
});

function p(property: string): object {
  return { property };
}
function op(name: string, ...args: unknown[]): object {
  return { op: name, args };
}
function and(...args: unknown[]): object {
  return op('and', ...args);
}
function or(...args: unknown[]): object {
  return op('or', ...args);
}
