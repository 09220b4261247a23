// CQL2 JSON ↔ tree.
//
// Source: OGC 21-065r2, cql2.json (the JSON Schema of the encoding): {op, args}, {property}, {date}, {timestamp}, {bbox}, GeoJSON, and bare literals.
import {
  arithmetics,
  checkDepth,
  checkLength,
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
import { geometryOf } from './geometry.ts';

type Members = Readonly<Record<string, unknown>>;
const shown = (given: unknown): string => JSON.stringify(given)?.slice(0, 80) ?? '无';

/** @throws Problem bad-parameter with the JSON pointer of what does not fit */
export function parseJson(filter: string): Parsed {
  checkLength(filter);
  let given: unknown;
  try {
    given = JSON.parse(filter);
  } catch {
    refuse(filter, undefined, 'JSON');
  }
  const places = new WeakMap<Expression, string>();

  function expression(from: unknown, at: string, depth: number): Expression {
    if (depth > MAX_DEPTH) refuseDepth(at);
    const node = nodeOf(from, at, depth);
    places.set(node, at || '/');
    return node;
  }
  function nodeOf(from: unknown, at: string, depth: number): Expression {
    const fail = (allowed: string): never => refuse(shown(from), at || '/', allowed);
    if (typeof from === 'string') return from.includes('\0') ? fail('不含 NUL 的文本') : { kind: 'text', value: from };
    if (typeof from === 'boolean') return { kind: 'boolean', value: from };
    if (typeof from === 'number') return Number.isFinite(from) ? { kind: 'number', value: from + 0 } : fail('64 位浮点数以内的数');
    if (typeof from !== 'object' || from === null || Array.isArray(from)) return fail('条件、属性或值');
    const members = from as Members;
    if ('op' in members) return operation(members, at, depth);
    if ('property' in members) {
      const name = members['property'];
      return typeof name === 'string' && !name.includes('\0') ? { kind: 'property', name } : fail('属性名');
    }
    if ('date' in members) {
      const value = members['date'];
      return typeof value === 'string' && isDate(value) ? { kind: 'date', value } : fail('年-月-日');
    }
    if ('timestamp' in members) {
      const value = members['timestamp'];
      return typeof value === 'string' && isTimestamp(value) ? { kind: 'timestamp', value } : fail('年-月-日T时:分:秒Z');
    }
    if ('type' in members) {
      const value = geometryOf(members);
      return typeof value === 'string' ? fail(value) : { kind: 'geometry', value };
    }
    if ('bbox' in members) {
      const box: unknown = members['bbox'];
      const valid = Array.isArray(box) && [4, 6].includes(box.length) && box.every((n) => typeof n === 'number' && Number.isFinite(n));
      return valid ? { kind: 'bbox', value: (box as number[]).map((n) => n + 0) } : fail('四个或六个数');
    }
    return fail('op、property、date、timestamp、bbox 或 GeoJSON');
  }
  function operation(members: Members, at: string, depth: number): Expression {
    const op = members['op'];
    const given = members['args'];
    const fail = (allowed: string): never => refuse(shown(members), at || '/', allowed);
    if (typeof op !== 'string' || !Array.isArray(given)) return fail('op 与 args');
    const args: readonly unknown[] = given;
    const arg = (i: number): Expression => expression(args[i], `${at}/args/${i}`, depth + 1);
    const count = (min: number, max = min): void => {
      if (args.length < min || args.length > max) fail(`${op} 的 ${min === max ? min : `至少 ${min}`} 个参数`);
    };
    if (op === 'and' || op === 'or') {
      count(2, Number.POSITIVE_INFINITY);
      return { kind: op, args: args.map((_, i) => arg(i)) };
    }
    if (op === 'not' || op === 'isNull' || op === 'casei') {
      count(1);
      return { kind: op, arg: arg(0) };
    }
    if (op === 'between') {
      count(3);
      return { kind: op, value: arg(0), low: arg(1), high: arg(2) };
    }
    if (op === 'in') {
      count(2);
      const list: unknown = args[1];
      if (!Array.isArray(list) || list.length === 0) return fail('in 的第二个参数：非空数组');
      return { kind: op, value: arg(0), list: list.map((one, i) => expression(one, `${at}/args/1/${i}`, depth + 1)) };
    }
    const comparison = comparisons.find((one) => one === op);
    const arithmetic = arithmetics.find((one) => one === op);
    const spatial = spatials.find((one) => one === op);
    if (comparison === undefined && arithmetic === undefined && spatial === undefined && op !== 'like') return fail('本服务支持的运算');
    count(2);
    const [left, right] = [arg(0), arg(1)];
    if (comparison !== undefined) return { kind: 'compare', op: comparison, left, right };
    if (arithmetic !== undefined) return { kind: 'arithmetic', op: arithmetic, left, right };
    return spatial !== undefined ? { kind: 'spatial', op: spatial, left, right } : { kind: 'like', left, right };
  }

  const tree = expression(given, '', 0);
  checkDepth(tree);
  return { tree, places };
}

/** Tree → the JSON value of the encoding. */
export function printJson(node: Expression): unknown {
  switch (node.kind) {
    case 'and':
    case 'or':
      return { op: node.kind, args: node.args.map(printJson) };
    case 'not':
    case 'isNull':
    case 'casei':
      return { op: node.kind, args: [printJson(node.arg)] };
    case 'compare':
    case 'arithmetic':
    case 'spatial':
      return { op: node.op, args: [printJson(node.left), printJson(node.right)] };
    case 'like':
      return { op: 'like', args: [printJson(node.left), printJson(node.right)] };
    case 'between':
      return { op: 'between', args: [node.value, node.low, node.high].map(printJson) };
    case 'in':
      return { op: 'in', args: [printJson(node.value), node.list.map(printJson)] };
    case 'property':
      return { property: node.name };
    case 'date':
      return { date: node.value };
    case 'timestamp':
      return { timestamp: node.value };
    case 'bbox':
      return { bbox: node.value };
    default:
      return node.value;
  }
}
