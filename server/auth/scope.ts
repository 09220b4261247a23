// The rule of visibility as SQL: does on rows exactly what mayRead (contracts/access.ts) does on one guard. Held by a property test.
import type { Department, Scope, Sharing } from '../../contracts/access.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';

export interface GuardColumns {
  /** Column with the AdCode of the row: `thing.adcode`. A row without one is nobody's and is not shown. */
  readonly adcode: string;
  /** Column with the department, or one department for the whole table. */
  readonly department?: string | { readonly value: Department } | undefined;
  /** One sharing attribute for the whole table, or the column that holds it. Absent: unconditional. */
  readonly sharing?: Sharing | { readonly column: string } | undefined;
}

export interface Clause {
  /** A boolean expression in brackets, never null, for WHERE. */
  readonly sql: string;
  /** Values of $firstParam, $firstParam + 1, … */
  readonly values: readonly unknown[];
}

function column(name: string): string {
  if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name)) throw new Problem('bad-declaration', { what: `column ${name}` });
  return name;
}

/**
 * WHERE clause that leaves what `scope` may read.
 * @param firstParam number of the first parameter that is still free: 1 for the first of the statement
 * @throws Problem bad-declaration when a column is no plain identifier
 */
export function scopeClause(scope: Scope, guard: GuardColumns, firstParam: number): Clause {
  const values: unknown[] = [];
  const parameter = (value: unknown): string => {
    values.push(value);
    return `$${firstParam + values.length - 1}`;
  };
  const adcode = column(guard.adcode);
  const prefix = adcodePrefix(scope.adcode);
  // A range, not LIKE: codes are six digits, and a range uses the index in a prepared statement too.
  const inside =
    prefix.length === 6
      ? `${adcode} = ${parameter(prefix)}`
      : `${adcode} BETWEEN ${parameter(prefix.padEnd(6, '0'))} AND ${parameter(prefix.padEnd(6, '9'))}`;
  const parts = [`COALESCE(${inside}, false)`];
  const { sharing = 'unconditional', department } = guard;
  if (sharing !== 'unconditional' && scope.departments !== '*') {
    const allowed = scope.departments as readonly string[];
    let belongs: string;
    if (typeof department === 'object') belongs = allowed.includes(department.value) ? 'true' : 'false';
    else if (department === undefined) belongs = 'false';
    else belongs = `COALESCE(${column(department)} = ANY(${parameter([...allowed])}::text[]), false)`;
    parts.push(
      typeof sharing === 'object' ? `(COALESCE(${column(sharing.column)}, 'unconditional') = 'unconditional' OR ${belongs})` : belongs,
    );
  }
  return { sql: `(${parts.join(' AND ')})`, values };
}
