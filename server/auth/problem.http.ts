// The one place where a failure becomes an HTTP answer: RFC 9457 application/problem+json with a stable code.
import { randomUUID } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler } from 'express';
import { Problem } from '../../contracts/problem.ts';

export interface ProblemLog {
  error(figures: Readonly<Record<string, unknown>>, message: string): void;
}

const RETRY_AFTER_SECONDS = 5;

/** What express and body-parser throw, in our words; null: a defect of ours. */
function translate(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (error instanceof URIError) return new Problem('bad-parameter', { name: 'path', given: '%', allowed: '合规的百分号编码' });
  if (typeof error !== 'object' || error === null) return null;
  const { type, status, length, limit, message } = error as Record<string, unknown>;
  const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
  if (type === 'entity.too.large' || status === 413) return new Problem('too-large', { bytes: number(length), limit: number(limit) });
  if (type === 'entity.parse.failed') return new Problem('bad-body', { reason: 'JSON 不完整或不合规' });
  if (type === 'request.aborted') return new Problem('bad-body', { reason: '请求中断' });
  if (type === 'encoding.unsupported' || type === 'charset.unsupported') return new Problem('bad-body', { reason: String(message) });
  // http-errors of outside middlewares: a 4xx is the visitor's, and its message is meant to be told.
  if (typeof status === 'number' && status >= 400 && status < 500)
    return status === 404 ? new Problem('not-found', { what: '此地址' }) : new Problem('bad-body', { reason: String(message) });
  return null;
}

/**
 * Error handler, mounted last. Anything that is no Problem is logged under an incident number, and only the number is told.
 * 401 carries WWW-Authenticate (RFC 9110 §11.6.1), 429 and 503 carry Retry-After (§10.2.3).
 */
export function problemHandler(options: { readonly log: ProblemLog }): ErrorRequestHandler {
  return (error, req, res, next) => {
    let problem = translate(error);
    if (!problem) {
      const incident = randomUUID().slice(0, 8);
      options.log.error({ err: error, incident, method: req.method, path: req.path }, 'request failed');
      problem = new Problem('internal', { incident });
    }
    // Half an answer cannot be taken back: express closes the connection, and the reader sees that it is incomplete.
    if (res.headersSent) return next(error);
    const { status } = problem;
    const retryAfter = problem.details['retryAfterSeconds'];
    if (status === 401) res.setHeader('WWW-Authenticate', 'Bearer realm="liaozhi"');
    if (status === 429 || status === 503)
      res.setHeader('Retry-After', String(typeof retryAfter === 'number' ? Math.ceil(retryAfter) : RETRY_AFTER_SECONDS));
    if (problem.code === 'method-not-allowed' && typeof problem.details['allow'] === 'string')
      res.setHeader('Allow', problem.details['allow']);
    res.setHeader('Cache-Control', 'no-store');
    res.status(status).type('application/problem+json').send(JSON.stringify(problem));
  };
}

/** For the end of a router: nothing here answers this address. */
export const notFound: RequestHandler = (req) => {
  throw new Problem('not-found', { what: `${req.method} ${req.originalUrl.split('?')[0]?.slice(0, 200) ?? ''}` });
};

/** For the end of one path: the address is right, the method is not. `allow` as in RFC 9110 §10.2.1: 'GET, POST'. */
export function methodNotAllowed(allow: string): RequestHandler {
  return (req) => {
    throw new Problem('method-not-allowed', { method: req.method, allow });
  };
}
