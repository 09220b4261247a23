// A checked filter → SQL. Literals become parameters; the text is made of our own words and of the columns' checked identifiers.
//
// Source: OGC 21-065r2 §7 for the meaning; SQL's three-valued logic is that of CQL2 (§6.4: null makes a predicate unknown).

import { type OgcCrs, STORAGE_CRS } from '../ogc/crs.ts';
import type { Expression, Spatial } from './ast.ts';
import { typeOf } from './check.ts';
import type { Columns } from './columns.ts';
import { boxGeometry, type Geometry, normalised, reachOf } from './geometry.ts';

export interface Filter {
  readonly tree: Expression;
  readonly columns: Columns;
  /** Of the filter's geometries, in the axis order of its definition. */
  readonly crs: OgcCrs;
}

/** Pieces along the longer side of a geometry on a grid. */
const PIECES = 64;

const functions: Readonly<Record<Spatial, string>> = {
  s_intersects: 'ST_Intersects',
  s_disjoint: 'ST_Disjoint',
  s_within: 'ST_Within',
  s_contains: 'ST_Contains',
  s_touches: 'ST_Touches',
  s_crosses: 'ST_Crosses',
  s_overlaps: 'ST_Overlaps',
  s_equals: 'ST_Equals',
};

/** A boolean SQL expression. `next` takes a value and gives its placeholder. */
export function filterSql({ tree, columns, crs }: Filter, next: (value: unknown) => string): string {
  // A ring that crosses itself would be an error of GEOS in the middle of the query.
  const valid = (geometry: Geometry | null, srid: string): string =>
    `ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(${next(JSON.stringify(geometry))}::text), ${srid}))`;
  function shape(geometry: Geometry | null): string {
    if (crs.srid === STORAGE_CRS.srid) return valid(geometry, '4490');
    const made = valid(geometry, `${next(crs.srid)}::int`);
    // A straight line of the grid is a bent one in degrees: it is broken up first.
    const piece = geometry && crs.unit === 'metre' ? reachOf(geometry) / PIECES : 0;
    return `ST_Transform(${piece > 0 ? `ST_Segmentize(${made}, ${next(piece)}::float8)` : made}, 4490)`;
  }

  /** Operands of one comparison; beside a timestamp, a date is the start of its day in UTC. */
  function alike(nodes: readonly Expression[]): string[] {
    const types = nodes.map((node) => typeOf(node, columns));
    const mixed = types.includes('timestamp');
    return nodes.map((node, i) => (mixed && types[i] === 'date' ? `((${sql(node)})::timestamp AT TIME ZONE 'UTC')` : sql(node)));
  }
  function arithmetic(node: Extract<Expression, { kind: 'arithmetic' }>): string {
    const [a, b] = [`${sql(node.left)}::float8`, `${sql(node.right)}::float8`];
    switch (node.op) {
      // A row that divides by zero has no result and does not match; it must not end the query of all the others.
      case '/':
        return `(${a} / NULLIF(${b}, 0))`;
      case '%':
        return `mod(${a}::numeric, NULLIF(${b}::numeric, 0))::float8`;
      case 'div':
        return `div(${a}::numeric, NULLIF(${b}::numeric, 0))::float8`;
      case '^':
        return `power(${a}, ${b})`;
      default:
        return `(${a} ${node.op} ${b})`;
    }
  }
  function sql(node: Expression): string {
    switch (node.kind) {
      case 'and':
      case 'or':
        return `(${node.args.map(sql).join(node.kind === 'and' ? ' AND ' : ' OR ')})`;
      case 'not':
        return `(NOT ${sql(node.arg)})`;
      case 'isNull':
        return `(${sql(node.arg)} IS NULL)`;
      case 'casei':
        return `lower(${sql(node.arg)})`;
      case 'compare':
        return `(${alike([node.left, node.right]).join(` ${node.op} `)})`;
      case 'in': {
        const [value, ...list] = alike([node.value, ...node.list]);
        return `(${value} IN (${list.join(', ')}))`;
      }
      case 'between': {
        const [value, low, high] = alike([node.value, node.low, node.high]);
        return `(${value} BETWEEN ${low} AND ${high})`;
      }
      case 'like':
        return `(${sql(node.left)} LIKE ${sql(node.right)})`;
      case 'arithmetic':
        return arithmetic(node);
      case 'spatial':
        return `${functions[node.op]}(${sql(node.left)}, ${sql(node.right)})`;
      case 'property':
        // check.ts has seen every name: this is no input any more.
        return columns.get(node.name)?.sql ?? 'NULL';
      case 'text':
        return `${next(node.value)}::text`;
      case 'number':
        return `${next(node.value)}::float8`;
      case 'boolean':
        return `${next(node.value)}::boolean`;
      case 'date':
        return `${next(node.value)}::date`;
      case 'timestamp':
        return `${next(node.value)}::timestamptz`;
      case 'geometry':
        return shape(normalised(node.value, crs.northFirst));
      case 'bbox':
        return shape(boxGeometry(node.value, crs.northFirst, crs.unit));
    }
  }
  return sql(tree);
}
