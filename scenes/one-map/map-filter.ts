// A CQL2 condition as an expression of the map's style, so that tiles show the rows that the table shows. Pure.
//
// Source: OGC 21-065r2 (CQL2) for what the condition means: a comparison with nothing is not true; MapLibre style specification for what is made.
import { parseText } from '../../geo-services/cql2/parse-text.ts';

type Tree = ReturnType<typeof parseText>['tree'];
/** Not every condition can be asked of a tile: functions of text, arithmetic, other spatial relations. */
class Beyond extends Error {}

function literalOf(node: Tree): string | number | boolean {
  if (node.kind === 'text' || node.kind === 'date' || node.kind === 'timestamp') return node.value;
  if (node.kind === 'number' || node.kind === 'boolean') return node.value;
  throw new Beyond(node.kind);
}
function nameOf(node: Tree): string {
  if (node.kind !== 'property') throw new Beyond(node.kind);
  return node.name;
}
const fieldOf = (name: string): unknown => (name === 'id' ? ['id'] : ['get', name]);
const given = (name: string, test: unknown): unknown => (name === 'id' ? test : ['all', ['has', name], test]);

function compared(name: string, op: string, value: string | number | boolean): unknown {
  const cast =
    typeof value === 'number' ? ['to-number', fieldOf(name)] : typeof value === 'string' ? ['to-string', fieldOf(name)] : fieldOf(name);
  return given(name, [op === '=' ? '==' : op === '<>' ? '!=' : op, cast, value]);
}
const turned: Readonly<Record<string, string>> = { '<': '>', '>': '<', '<=': '>=', '>=': '<=', '=': '=', '<>': '<>' };

/** `%x%`, `x%` and `x`; no other pattern. */
function like(name: string, pattern: string): unknown {
  const [, head = '', inside = '', tail = ''] = /^(%?)((?:[^%_\\]|\\.)*)(%?)$/s.exec(pattern) ?? [];
  const word = inside.replace(/\\(.)/gs, '$1');
  if (word === '' || (head === '%' && tail !== '%')) throw new Beyond('like');
  const text = ['to-string', fieldOf(name)];
  if (head === '%') return given(name, ['in', word, text]);
  return given(name, tail === '%' ? ['==', ['slice', text, 0, [...word].join('').length], word] : ['==', text, word]);
}

function expressionOf(node: Tree, negated: boolean): unknown {
  switch (node.kind) {
    case 'and':
    case 'or':
      // Not (a and b) is not a or not b: what is unknown stays false on either side.
      return [(node.kind === 'and') !== negated ? 'all' : 'any', ...node.args.map((arg) => expressionOf(arg, negated))];
    case 'not':
      return expressionOf(node.arg, !negated);
    case 'isNull':
      return negated ? ['has', nameOf(node.arg)] : ['!', ['has', nameOf(node.arg)]];
    case 'compare': {
      const [left, right, op] =
        node.left.kind === 'property' ? [node.left, node.right, node.op] : [node.right, node.left, turned[node.op] ?? node.op];
      const opposite: Readonly<Record<string, string>> = { '=': '<>', '<>': '=', '<': '>=', '>=': '<', '>': '<=', '<=': '>' };
      return compared(nameOf(left), negated ? (opposite[op] ?? op) : op, literalOf(right));
    }
    case 'like': {
      const test = like(nameOf(node.left), String(literalOf(node.right)));
      return negated ? given(nameOf(node.left), ['!', test]) : test;
    }
    case 'between': {
      const name = nameOf(node.value);
      const ends = [compared(name, '>=', literalOf(node.low)), compared(name, '<=', literalOf(node.high))];
      return negated ? given(name, ['!', ['all', ...ends]]) : ['all', ...ends];
    }
    case 'in': {
      const name = nameOf(node.value);
      const any = ['any', ...node.list.map((one) => compared(name, '=', literalOf(one)))];
      return negated ? given(name, ['!', any]) : any;
    }
    case 'property':
      return compared(node.name, '=', !negated);
    case 'boolean':
      return node.value !== negated;
    case 'spatial': {
      const shape = [node.left, node.right].find(({ kind }) => kind === 'geometry');
      if (node.op !== 's_intersects' || negated || shape?.kind !== 'geometry' || shape.value.type !== 'Polygon') throw new Beyond(node.op);
      return ['==', ['distance', { type: 'Feature', properties: {}, geometry: shape.value }], 0];
    }
    default:
      throw new Beyond(node.kind);
  }
}

/** Bubbles and cells stand for many rows, of which some may not match: they are left out. */
const single: unknown = ['==', ['coalesce', ['get', 'count'], 1], 1];

/** null: it cannot be asked of tiles. */
export function mapFilter(text: string): unknown {
  try {
    return ['all', single, expressionOf(parseText(text).tree, false)];
  } catch {
    return null;
  }
}
