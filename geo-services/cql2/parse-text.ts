// CQL2 Text → tree, by recursive descent over the tokens.
//
// Source: OGC 21-065r2, BNF. From weak to strong: OR, AND, NOT, predicates, + -, * / % div, ^. What may stand where by its type (a number beside AND, say)
// is told by check.ts, with better words than a grammar has.
import {
  type Arithmetic,
  arithmetics,
  type Comparison,
  checkDepth,
  comparisons,
  type Expression,
  isDate,
  isTimestamp,
  MAX_DEPTH,
  type Parsed,
  refuse,
  refuseDepth,
  spatials,
} from './ast.ts';
import { faultOf, type Geometry, type Nested, nesting, type Simple, type SimpleType, simpleTypes } from './geometry.ts';
import { placeOf, type Token, tokensOf } from './text-tokens.ts';

/** Words that are no property unless they stand in double quotes. */
export const reserved: ReadonlySet<string> = new Set('AND OR NOT LIKE BETWEEN IN IS NULL TRUE FALSE DIV'.split(' '));
/** Classes of CQL2 that we have not: named, so that the message says so. */
const unsupported = /^(T_|A_|ACCENTI$|INTERVAL$)/;

/** @throws Problem bad-parameter with the place of what does not fit */
export function parseText(filter: string): Parsed {
  const tokens = tokensOf(filter);
  const places = new WeakMap<Expression, string>();
  let next = 0;
  let depth = 0;

  const peek = (ahead = 0): Token => tokens[Math.min(next + ahead, tokens.length - 1)] as Token;
  const upper = (token: Token): string => (token.type === 'word' ? token.value.toUpperCase() : '');
  const isSymbol = (value: string, ahead = 0): boolean => peek(ahead).type === 'symbol' && peek(ahead).value === value;
  const isWord = (value: string, ahead = 0): boolean => upper(peek(ahead)) === value;
  const fail = (allowed: string, token = peek()): never => refuse(token.value, placeOf(token.at), allowed);
  function skip(matches: boolean): boolean {
    if (matches) next++;
    return matches;
  }
  function expect(value: string): void {
    if (!skip(/^\w/.test(value) ? isWord(value) : isSymbol(value))) fail(value);
  }
  function mark(token: Token, node: Expression): Expression {
    places.set(node, placeOf(token.at));
    return node;
  }
  /** Counts the levels of our own recursion; a tree of MAX_DEPTH is printed with at most two for each. */
  function deeper<T>(work: () => T): T {
    if (++depth > 2 * MAX_DEPTH + 2) refuseDepth(placeOf(peek().at));
    const made = work();
    depth--;
    return made;
  }
  function list<T>(one: () => T): T[] {
    expect('(');
    const made = [one()];
    while (skip(isSymbol(','))) made.push(one());
    expect(')');
    return made;
  }

  function chain(kind: 'and' | 'or', word: string, part: () => Expression): Expression {
    const start = peek();
    const args = [part()];
    while (skip(isWord(word))) args.push(part());
    return args.length === 1 ? (args[0] as Expression) : mark(start, { kind, args });
  }
  const expression = (): Expression => deeper(() => chain('or', 'OR', () => chain('and', 'AND', negation)));

  function negation(): Expression {
    const start = peek();
    return skip(isWord('NOT')) ? mark(start, { kind: 'not', arg: deeper(negation) }) : predicate();
  }

  function predicate(): Expression {
    const start = peek();
    const left = sum();
    const op = peek().type === 'symbol' ? comparisons.find((one) => one === peek().value) : undefined;
    if (op !== undefined) {
      next++;
      return mark(start, { kind: 'compare', op: op as Comparison, left, right: sum() });
    }
    if (skip(isWord('IS'))) {
      const not = skip(isWord('NOT'));
      expect('NULL');
      return negated(start, not, { kind: 'isNull', arg: left });
    }
    const not = skip(isWord('NOT'));
    if (skip(isWord('LIKE'))) return negated(start, not, { kind: 'like', left, right: sum() });
    if (skip(isWord('BETWEEN'))) {
      const low = sum();
      expect('AND');
      return negated(start, not, { kind: 'between', value: left, low, high: sum() });
    }
    if (skip(isWord('IN'))) return negated(start, not, { kind: 'in', value: left, list: list(expression) });
    return not ? fail('LIKE、BETWEEN 或 IN') : left;
  }
  function negated(start: Token, not: boolean, node: Expression): Expression {
    const made = mark(start, node);
    return not ? mark(start, { kind: 'not', arg: made }) : made;
  }

  function leftToRight(operators: readonly string[], part: () => Expression): Expression {
    const start = peek();
    let left = part();
    for (;;) {
      const token = peek();
      const op = arithmetics.find(
        (one) => operators.includes(one) && (token.type === 'symbol' ? token.value === one : upper(token) === one.toUpperCase()),
      );
      if (op === undefined) return left;
      next++;
      left = mark(start, { kind: 'arithmetic', op: op as Arithmetic, left, right: part() });
    }
  }
  const sum = (): Expression => leftToRight(['+', '-'], () => leftToRight(['*', '/', '%', 'div'], power));
  function power(): Expression {
    const start = peek();
    const left = primary();
    return skip(isSymbol('^')) ? mark(start, { kind: 'arithmetic', op: '^', left, right: deeper(power) }) : left;
  }

  function primary(): Expression {
    const token = peek();
    if (skip(isSymbol('('))) {
      const inner = expression();
      expect(')');
      return inner;
    }
    if (token.type === 'number' || isSymbol('-') || isSymbol('+')) return mark(token, { kind: 'number', value: signed() });
    if (token.type === 'text' || token.type === 'name' || token.type === 'word') next++;
    if (token.type === 'text') return mark(token, { kind: 'text', value: token.value });
    if (token.type === 'name') return mark(token, { kind: 'property', name: token.value });
    if (token.type === 'word') return worded(token);
    return fail('属性、值或括号', token);
  }

  function signed(): number {
    const minus = isSymbol('-');
    if (minus || isSymbol('+')) next++;
    const token = peek();
    if (token.type !== 'number') fail('数');
    next++;
    const value = Number(token.value);
    if (!Number.isFinite(value)) fail('64 位浮点数以内的数', token);
    // −0 is 0: the two encodings would otherwise differ.
    return (minus ? -value : value) + 0;
  }

  function worded(token: Token): Expression {
    const word = token.value.toUpperCase();
    if (word === 'TRUE' || word === 'FALSE') return mark(token, { kind: 'boolean', value: word === 'TRUE' });
    if (reserved.has(word)) fail('属性或值', token);
    const opens = isSymbol('(') || (isWord('Z') && isSymbol('(', 1));
    if (!opens) return mark(token, { kind: 'property', name: token.value });
    if (unsupported.test(word)) fail('本服务支持的函数（无 T_、A_、ACCENTI、INTERVAL）', token);
    if (word === 'CASEI') return mark(token, { kind: 'casei', arg: only(list(expression), token) });
    if (word === 'DATE' || word === 'TIMESTAMP') return instant(token, word === 'DATE' ? 'date' : 'timestamp');
    const op = spatials.find((one) => one.toUpperCase() === word);
    if (op !== undefined) {
      const [left, right, ...more] = list(expression);
      if (left === undefined || right === undefined || more.length > 0) return fail('两个几何', token);
      return mark(token, { kind: 'spatial', op, left, right });
    }
    if (word === 'BBOX') {
      const value = list(signed);
      if (value.length !== 4 && value.length !== 6) fail('四个或六个数', token);
      return mark(token, { kind: 'bbox', value });
    }
    const geometry = wkt(token);
    return geometry ? mark(token, { kind: 'geometry', value: geometry }) : fail('本服务支持的函数', token);
  }
  const only = (made: readonly Expression[], token: Token): Expression =>
    made.length === 1 ? (made[0] as Expression) : fail('一个参数', token);

  function instant(token: Token, kind: 'date' | 'timestamp'): Expression {
    expect('(');
    const value = peek();
    const valid = value.type === 'text' && (kind === 'date' ? isDate(value.value) : isTimestamp(value.value));
    if (!valid) fail(kind === 'date' ? "'年-月-日'" : "'年-月-日T时:分:秒Z'");
    next++;
    expect(')');
    return mark(token, { kind, value: value.value });
  }

  /** The geometry whose name `token` is; null: no such name. */
  function wkt(token: Token): Geometry | null {
    const word = token.value.toUpperCase();
    if (word === 'GEOMETRYCOLLECTION') {
      skip(isWord('Z'));
      const geometries = list((): Simple => {
        const inner = peek();
        next++;
        const made = inner.type === 'word' ? simple(inner) : null;
        return made ?? fail(simpleTypes.join(' ').toUpperCase(), inner);
      });
      return { type: 'GeometryCollection', geometries };
    }
    return simple(token);
  }
  function simple(token: Token): Simple | null {
    const type = simpleTypes.find((one) => one.toUpperCase() === token.value.toUpperCase());
    if (type === undefined) return null;
    skip(isWord('Z'));
    const coordinates = part(nesting[type], type);
    const fault = faultOf(type, coordinates);
    return fault === null ? { type, coordinates } : fail(fault, token);
  }
  function part(level: number, type: SimpleType): Nested {
    if (level > 0) return list(() => part(level - 1, type));
    const wrapped = type === 'Point' || type === 'MultiPoint';
    if (wrapped) expect('(');
    const position = [signed()];
    while (peek().type === 'number' || isSymbol('-') || isSymbol('+')) position.push(signed());
    if (wrapped) expect(')');
    return position;
  }

  const tree = expression();
  if (peek().type !== 'end') fail('AND、OR 或结尾');
  checkDepth(tree);
  return { tree, places };
}
