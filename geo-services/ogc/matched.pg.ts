// How many features match a question: to the end where that is asked for; else as far as it is quickly counted, and beyond that not at all.
//
// Source: OGC API Features 1.0.1 (17-069r4) §7.15.4: numberMatched may be left out where it is not known or would take too long. It is never guessed.
import { Problem } from '../../contracts/problem.ts';
import type { Viewed } from '../features/seen.ts';
import type { Transactional } from '../queryable.ts';
import { COUNT_LIMIT, countSql, type ItemsQuery } from './query.ts';

/** So many are counted however long it takes. */
const ALWAYS = 10_000;
/** Beyond, up to COUNT_LIMIT, within this time. */
const COUNT_MILLISECONDS = 80;

/** PostgreSQL 15, Appendix A: the statement's time was over. */
const isTimeout = (error: unknown): boolean =>
  error instanceof Problem && (error.cause as { readonly code?: unknown } | undefined)?.code === '57014';

/** null: too many to be counted in the time there is. @throws Problem of the database */
export async function countMatched(
  database: Pick<Transactional, 'query' | 'transaction'>,
  layer: Viewed,
  query: ItemsQuery,
): Promise<number | null> {
  const counted = async (on: Pick<Transactional, 'query'>, limit: number | null): Promise<number> => {
    const { text, values } = countSql(layer, query, limit);
    const [row] = await on.query<{ n: number }>(text, values);
    return row?.n ?? 0;
  };
  if (query.sorting?.exact) return counted(database, null);
  const few = await counted(database, ALWAYS);
  if (few <= ALWAYS) return few;
  try {
    const many = await database.transaction(async (tx) => {
      await tx.query(`SET LOCAL statement_timeout = ${COUNT_MILLISECONDS}`);
      return counted(tx, COUNT_LIMIT);
    });
    return many <= COUNT_LIMIT ? many : null;
  } catch (error) {
    if (isTimeout(error)) return null;
    throw error;
  }
}
