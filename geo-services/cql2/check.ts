// A filter against a layer's queryables: every property exists, every operand has the type that its operator takes.
//
// Source: OGC 21-065r2 §6.3 (a filter is a boolean expression), §7.1 (LIKE, BETWEEN, IN), §7.3; Features Part 3, /req/queryables (unknown property: 400).

import type { OgcCrs } from '../ogc/crs.ts';
import { type Expression, type Parsed, refuse } from './ast.ts';
import type { Columns } from './columns.ts';
import { boxGeometry, normalised, onEarth } from './geometry.ts';

export type ValueType = 'boolean' | 'number' | 'text' | 'date' | 'timestamp' | 'geometry';
const names: Readonly<Record<ValueType, string>> = {
  boolean: '真假值',
  number: '数',
  text: '文本',
  date: '日期',
  timestamp: '时刻',
  geometry: '几何',
};

/** The type of a node whose operands were checked. */
export function typeOf(node: Expression, columns: Columns): ValueType {
  switch (node.kind) {
    case 'property': {
      const type = columns.get(node.name)?.type ?? 'text';
      return type === 'integer' ? 'number' : type;
    }
    case 'text':
    case 'casei':
      return 'text';
    case 'number':
    case 'arithmetic':
      return 'number';
    case 'date':
    case 'timestamp':
    case 'geometry':
      return node.kind;
    case 'bbox':
      return 'geometry';
    default:
      return 'boolean';
  }
}
const isInstant = (type: ValueType): boolean => type === 'date' || type === 'timestamp';

/** @throws Problem bad-parameter with the place of the node that does not fit. `crs`: of the filter's geometries */
export function checkFilter({ tree, places }: Parsed, columns: Columns, crs: OgcCrs): void {
  const range = crs.unit === 'degree' ? '经度 -180..180、纬度 -90..90 ' : '不出地球（米）';
  function describe(node: Expression): string {
    return node.kind === 'property' ? `${node.name}，${names[typeOf(node, columns)]}` : names[typeOf(node, columns)];
  }
  const fail = (node: Expression, allowed: string, given = describe(node)): never => refuse(given, places.get(node), allowed);
  function want(node: Expression, ...types: ValueType[]): void {
    check(node);
    if (!types.includes(typeOf(node, columns))) fail(node, types.map((type) => names[type]).join('或'));
  }
  /** Operands that are compared with each other; dates and timestamps may be, a date being the start of its day in UTC. */
  function alike(first: Expression, others: readonly Expression[]): void {
    want(first, 'boolean', 'number', 'text', 'date', 'timestamp');
    const type = typeOf(first, columns);
    for (const other of others) want(other, ...(isInstant(type) ? (['date', 'timestamp'] as const) : [type]));
  }
  function check(node: Expression): void {
    switch (node.kind) {
      case 'property':
        if (!columns.has(node.name)) fail(node, `可查询的属性：${[...columns.keys()].join(' ')}`, node.name);
        return;
      case 'and':
      case 'or':
        for (const arg of node.args) want(arg, 'boolean');
        return;
      case 'not':
        want(node.arg, 'boolean');
        return;
      case 'isNull':
        check(node.arg);
        return;
      case 'casei':
        want(node.arg, 'text');
        return;
      case 'compare':
        alike(node.left, [node.right]);
        return;
      case 'in':
        alike(node.value, node.list);
        return;
      case 'between':
        want(node.value, 'number', 'date', 'timestamp');
        alike(node.value, [node.low, node.high]);
        return;
      case 'arithmetic':
        want(node.left, 'number');
        want(node.right, 'number');
        return;
      case 'like':
        want(node.left, 'text');
        checkPattern(node.right);
        return;
      case 'spatial':
        want(node.left, 'geometry');
        want(node.right, 'geometry');
        return;
      case 'geometry':
        if (!onEarth(normalised(node.value, crs.northFirst), crs.unit)) fail(node, `${range}的几何（${crs.title}）`);
        return;
      case 'bbox': {
        const box = boxGeometry(node.value, crs.northFirst, crs.unit);
        if (!box || !onEarth(box, crs.unit))
          fail(node, `${crs.northFirst ? '南,西,北,东' : '西,南,东,北'}（${crs.title}，南 ≤ 北）`, `BBOX(${node.value})`);
        return;
      }
      default:
        return;
    }
  }
  /** BNF patternExpression: a literal, within CASEI or not. PostgreSQL refuses a pattern that ends in its escape character. */
  function checkPattern(node: Expression): void {
    if (node.kind === 'casei') checkPattern(node.arg);
    else if (node.kind !== 'text') fail(node, '文本模式');
    else if ((/\\*$/.exec(node.value)?.[0].length ?? 0) % 2 === 1) fail(node, '不以单个 \\ 结尾的模式', node.value);
  }
  want(tree, 'boolean');
}
