// Whether what a page shows still moves: nothing new can come while the line is down or the server's database is away. Pure.
import type { Instant } from '../../contracts/observation.ts';

export interface Standstill {
  /** Server time from which nothing new came. */
  readonly since: Instant;
  readonly cause: 'line' | 'database';
}
export const standstillTitle: Readonly<Record<Standstill['cause'], string>> = { line: '断线', database: '数据库断开' };

/**
 * @param health the server's last word; while the line is down it says nothing about now
 * @returns null: values move
 */
export function standstillOf(
  line: { readonly state: 'connecting' | 'live' | 'away'; readonly since: Instant },
  health: { readonly database: 'up' | 'away'; readonly since: Instant } | null,
): Standstill | null {
  if (line.state === 'away') return { since: line.since, cause: 'line' };
  return health?.database === 'away' ? { since: health.since, cause: 'database' } : null;
}
