// Well-known text of a $filter's geography literal: checked here, so that no odd ring or empty line reaches the database.
//
// Source: OGC 06-103r4 §7.2 (WKT); 18-088 §9.3.3.5.2 uses POINT, LINESTRING, POLYGON and their MULTI forms. Coordinates are [lng, lat].
import { Problem } from '../../contracts/problem.ts';

type Nested = number | readonly Nested[];
const mostPoints = 2000;
/** How deep the brackets of each kind go: POINT (x y) is 1. */
const depths: Readonly<Record<string, number>> = {
  POINT: 1,
  LINESTRING: 1,
  MULTIPOINT: 1,
  POLYGON: 2,
  MULTILINESTRING: 2,
  MULTIPOLYGON: 3,
};

function bad(given: string): Problem {
  return new Problem('bad-parameter', {
    name: '$filter',
    given: given.slice(0, 60),
    allowed: "WKT，如 geography'POINT (123.4 41.8)'，环首尾相同",
  });
}

/** The text as the database may read it. @throws Problem bad-parameter */
export function checkWkt(given: string): string {
  const match = /^\s*([A-Za-z]{5,15})\s*(\(.*\))\s*$/s.exec(given);
  const kind = match?.[1]?.toUpperCase() ?? '';
  const depth = Object.hasOwn(depths, kind) ? (depths[kind] as number) : 0;
  if (!match || depth === 0) throw bad(given);
  // MULTIPOINT ((1 2), (3 4)) and MULTIPOINT (1 2, 3 4) are the same.
  const body =
    kind === 'MULTIPOINT'
      ? (match[2] as string).replaceAll(/\(\s*([^(),]*)\)/g, '$1').replace(/^(.*)$/s, (all) => `(${all.replaceAll(/[()]/g, '')})`)
      : (match[2] as string);
  const lists = readBrackets(body, given);
  let points = 0;
  const visit = (nested: Nested, level: number): string => {
    if (typeof nested === 'number') throw bad(given);
    if (level > 1) {
      if (nested.length === 0) throw bad(given);
      return `(${nested.map((one) => visit(one, level - 1)).join(', ')})`;
    }
    const list = nested as readonly Nested[];
    points += list.length;
    if (points > mostPoints) throw bad(given);
    const written = list.map((point) => {
      if (typeof point === 'number' || point.length !== 2 || point.some((one) => typeof one !== 'number')) throw bad(given);
      return point.join(' ');
    });
    const few =
      kind === 'POINT'
        ? written.length !== 1
        : kind.endsWith('POLYGON')
          ? written.length < 4
          : kind.endsWith('LINESTRING')
            ? written.length < 2
            : written.length < 1;
    if (few || (kind.endsWith('POLYGON') && written[0] !== written.at(-1))) throw bad(given);
    return `(${written.join(', ')})`;
  };
  return `${kind} ${visit(lists, depth)}`;
}

/** ((1 2, 3 4)) → [[[1, 2], [3, 4]]]: a bracket is a list, and so is a point. */
function readBrackets(text: string, given: string): Nested {
  let at = 0;
  const space = (): void => {
    while (/\s/.test(text[at] ?? '')) at++;
  };
  const bracket = (level: number): Nested => {
    if (level > 4) throw bad(given);
    at++;
    const list: Nested[] = [];
    for (;;) {
      space();
      if (text[at] === '(') list.push(bracket(level + 1));
      else {
        const point = /[^(),]*/y;
        point.lastIndex = at;
        const raw = point.exec(text)?.[0] ?? '';
        const numbers = raw.trim().split(/\s+/);
        if (numbers.some((one) => !/^[+-]?(\d{1,12}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?$/.test(one))) throw bad(given);
        list.push(numbers.map(Number));
        at += raw.length;
      }
      space();
      if (text[at] === ',') at++;
      else if (text[at] === ')') {
        at++;
        return list;
      } else throw bad(given);
    }
  };
  space();
  const whole = bracket(1);
  space();
  if (at !== text.length) throw bad(given);
  return whole;
}
