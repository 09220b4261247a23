// The address is in the table, the method is not: 405 with what is allowed (RFC 9110 §15.5.6). Mount behind every router.
import type { RequestHandler } from 'express';
import { Problem } from '../../contracts/problem.ts';
import { type Route, routes } from '../../contracts/routes.ts';

const table = (Object.values(routes) as Route[]).map(({ method, path }) => ({
  method: method.toUpperCase(),
  pattern: new RegExp(`^${path.replaceAll(/[.()]/g, '\\$&').replaceAll(/\{\w+\}/g, '[^/]+')}/?$`),
}));

/** The methods that the table has for an address. */
export function methodsOf(path: string): string[] {
  return [...new Set(table.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method))];
}
export const wrongMethod: RequestHandler = (req, _res, next) => {
  const allowed = methodsOf(req.baseUrl + req.path);
  if (allowed.length > 0 && !allowed.includes(req.method))
    throw new Problem('method-not-allowed', { method: req.method, allow: allowed.join(', ') });
  next();
};
