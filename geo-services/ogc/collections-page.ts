// Pages of /collections: `limit` and `offset`, and the links to the pages around. Pure.
//
// Source: OGC API Common Part 2 (20-024) conf/collections leaves a limit to the server; links `next` and `prev` are those of Features Part 1 §7.15.6.
import { Problem } from '../../contracts/problem.ts';
import type { Link } from './documents.ts';
import { MAX_LIMIT, wholeNumber } from './query.ts';

export const DEFAULT_COLLECTIONS = 500;
export const pageParameters = ['limit', 'offset'] as const;

export interface CollectionsPage {
  readonly limit: number;
  readonly offset: number;
}
/** Other parameters are the business of others. @throws Problem bad-parameter */
export function parsePage(given: Readonly<Record<string, unknown>>): CollectionsPage {
  const number = (name: string, min: number, otherwise: number): number => {
    const value = given[name];
    if (value === undefined) return otherwise;
    if (typeof value !== 'string') throw new Problem('bad-parameter', { name, given: '多个', allowed: '只给一次' });
    return wholeNumber(name, value, min, 1e15);
  };
  return { limit: Math.min(MAX_LIMIT, number('limit', 1, DEFAULT_COLLECTIONS)), offset: number('offset', 0, 0) };
}

/** `next` and `prev`, where there are such pages. */
export function pageLinks(own: string, { limit, offset }: CollectionsPage, count: number): Link[] {
  const at = (from: number, rel: string, title: string): Link => ({
    ...{ href: `${own}?${new URLSearchParams({ limit: String(limit), offset: String(from) })}`, rel },
    ...{ type: 'application/json', title },
  });
  return [
    ...(offset > 0 ? [at(Math.max(0, offset - limit), 'prev', '上一页')] : []),
    ...(offset + limit < count ? [at(offset + limit, 'next', '下一页')] : []),
  ];
}
