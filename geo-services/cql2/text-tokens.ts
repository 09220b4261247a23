// CQL2 Text cut into tokens, each with its place.
//
// Source: OGC 21-065r2, BNF (identifier, characterLiteral, numericLiteral) and Req /req/cql2-text/escaping: a quote is written '' or \', control
// characters \a \b \t \n \v \f \r. `\\` is one backslash; before any other character the backslash stays, so that LIKE '50\%' reads as it is written.
import { checkLength, refuse } from './ast.ts';

export interface Token {
  /** word: identifier or keyword · name: "quoted" identifier · end: behind the last character */
  readonly type: 'word' | 'name' | 'number' | 'text' | 'symbol' | 'end';
  /** Unescaped. */
  readonly value: string;
  /** First character, from 1. */
  readonly at: number;
}

const space = /[\s\u0085]+/uy;
// The letters of the BNF are those of XML names; \p{L} has them in fewer words.
const word = /[\p{L}\p{Nl}_:][\p{L}\p{Nl}\p{M}\p{Nd}_:.]*/uy;
const number = /(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const symbol = /<>|<=|>=|[=<>+\-*/%^(),]/y;
const text = /'((?:[^'\\]|''|\\.)*)'/sy;
const name = /"((?:[^"]|"")*)"/y;

const controls: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  t: '\t',
  n: '\n',
  v: '\v',
  f: '\f',
  r: '\r',
  "'": "'",
  '\\': '\\',
};
const unescaped = (raw: string): string => raw.replace(/''|\\(.)/gs, (all, next?: string) => (next ? (controls[next] ?? all) : "'"));

/** How a message names a place. */
export const placeOf = (at: number): string => `第 ${at} 个字符`;

/** @throws Problem bad-parameter for an unknown character, an open quote, NUL, or too much text */
export function tokensOf(filter: string): readonly Token[] {
  checkLength(filter);
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(filter);
    if (found) at += found[0].length;
    return found;
  };
  const rules: readonly [RegExp, Token['type'], (found: RegExpExecArray) => string][] = [
    [word, 'word', (found) => found[0]],
    [number, 'number', (found) => found[0]],
    [symbol, 'symbol', (found) => found[0]],
    [text, 'text', (found) => unescaped(found[1] ?? '')],
    [name, 'name', (found) => (found[1] ?? '').replaceAll('""', '"')],
  ];
  for (;;) {
    take(space);
    const start = at + 1;
    if (at >= filter.length) {
      tokens.push({ type: 'end', value: '结尾', at: start });
      return tokens;
    }
    let token: Token | null = null;
    for (const [pattern, type, read] of rules) {
      const found = take(pattern);
      if (!found) continue;
      token = { type, value: read(found), at: start };
      break;
    }
    if (!token)
      refuse(filter.slice(at, at + 20), placeOf(start), /^['"]/.test(filter.slice(at)) ? '有结尾的引号' : '属性、数、引号、运算符或括号');
    // PostgreSQL has no text with NUL.
    if (token.value.includes('\0')) refuse('NUL', placeOf(start), '不含 NUL 的文本');
    tokens.push(token);
  }
}
