// The parameters filter, filter-lang and filter-crs of an items request → a checked filter.
//
// Source: OGC API Features Part 3 (19-079r2) §7 /req/filter/filter-param, filter-lang-param, filter-crs-param; default language cql2-text, default CRS84.
// The CRSs of a filter are those that features are given out in: one list for both (ogc/crs.ts).
import { Problem } from '../../contracts/problem.ts';
import { crsOf } from '../ogc/crs.ts';
import { checkFilter } from './check.ts';
import type { Columns } from './columns.ts';
import { parseJson } from './json.ts';
import { parseText } from './parse-text.ts';
import type { Filter } from './sql.ts';

export const filterParameters: readonly string[] = ['filter', 'filter-lang', 'filter-crs'];
export const filterLanguages = ['cql2-text', 'cql2-json'] as const;

function oneOf<T extends string>(given: Readonly<Record<string, unknown>>, name: string, allowed: readonly T[]): T {
  const value = given[name] ?? allowed[0];
  const found = allowed.find((one) => one === value);
  if (found !== undefined) return found;
  throw new Problem('bad-parameter', { name, given: String(value).slice(0, 80), allowed: allowed.join(' ') });
}

/** null: no filter is given. @throws Problem bad-parameter */
export function parseFilter(given: Readonly<Record<string, unknown>>, columns: Columns): Filter | null {
  const language = oneOf(given, 'filter-lang', filterLanguages);
  const crs = crsOf('filter-crs', given['filter-crs']);
  const text = given['filter'];
  if (text === undefined) return null;
  if (typeof text !== 'string') throw new Problem('bad-parameter', { name: 'filter', given: '多个', allowed: '只给一次' });
  const parsed = language === 'cql2-text' ? parseText(text) : parseJson(text);
  checkFilter(parsed, columns, crs);
  return { tree: parsed.tree, columns, crs };
}

/**
 * What a database error under a filter means: data exceptions (SQLSTATE class 22: a number out of range, a root of a negative one) and what GEOS refuses
 * (XX000) come from the values of the parameter `name`, not from a defect. Anything else comes back as it was.
 */
export function evaluationProblem(error: unknown, name = 'filter'): unknown {
  const code = error instanceof Problem ? undefined : (error as { code?: unknown } | null)?.code;
  if (typeof code !== 'string' || !(code.startsWith('22') || code === 'XX000')) return error;
  const problem = new Problem('bad-parameter', { name, given: `算不出的值（${code}）`, allowed: '每一行都算得出的条件' });
  problem.cause = error;
  return problem;
}
