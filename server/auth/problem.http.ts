// The one place where a Problem becomes an RFC 9457 answer. Anything else that is thrown is a defect: it gets an incident number and a log line.
import { randomBytes } from 'node:crypto';
import type { ErrorRequestHandler, RequestHandler, Response } from 'express';
import { Problem } from '../../contracts/problem.ts';

export function sendProblem(response: Response, problem: Problem): void {
  if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer realm="liaozhi"');
  if (problem.status === 503 || problem.status === 429) response.set('Retry-After', String(problem.details['retryAfterSeconds'] ?? 2));
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

export function problemHandler(options: { log: (message: string, error: unknown) => void }): ErrorRequestHandler {
  return (error, _request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof Problem) return sendProblem(response, error);
    const kind = (error as { type?: string }).type;
    if (kind === 'entity.too.large')
      return sendProblem(response, new Problem('too-large', { bytes: error.length ?? 0, limit: error.limit ?? 0 }));
    if (kind?.startsWith('entity.') || kind === 'encoding.unsupported' || kind === 'charset.unsupported')
      return sendProblem(response, new Problem('bad-body', { reason: '不是合规的 JSON' }));
    const incident = randomBytes(4).toString('hex');
    options.log(`incident ${incident}`, error);
    sendProblem(response, new Problem('internal', { incident }));
  };
}

export const notFound: RequestHandler = (request, response) => {
  sendProblem(response, new Problem('not-found', { what: request.path }));
};
