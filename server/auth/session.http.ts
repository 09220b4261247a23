// Logging in and out over HTTP, and who stands behind a request. A cookie for pages, a bearer token for everyone else.
import { json, type Request, type RequestHandler, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import type { AccountsAuth } from './accounts.pg.ts';
import { parseCredentials } from './accounts.ts';
import { isLoopback } from './address.ts';
import { isSameOrigin } from './same-origin.ts';
import { carriedToken, SESSION_COOKIE } from './token.ts';

/**
 * True when the request began on this machine. Both are asked: the connection itself, because X-Forwarded-For can be forged by whoever reaches
 * us directly, and the address behind a local proxy, because then every connection is a local one.
 */
export function fromThisMachine(request: Request): boolean {
  return isLoopback(request.socket.remoteAddress) && isLoopback(request.ip);
}

const identities = new WeakMap<Request, Identity>();

/** Who asks; null: nobody is logged in. */
export function identityOf(request: Request): Identity | null {
  return identities.get(request) ?? null;
}
/** @throws Problem unauthenticated */
export function requireIdentity(request: Request): Identity {
  const identity = identities.get(request);
  if (!identity) throw new Problem('unauthenticated');
  return identity;
}

/** Finds the identity; a state-changing request that carries the cookie must come from our own pages. */
export function identify(auth: AccountsAuth): RequestHandler {
  return async (request, _response, next) => {
    const carried = carriedToken(request.headers);
    const changes = !['GET', 'HEAD', 'OPTIONS'].includes(request.method);
    if (carried?.by === 'cookie' && changes && !isSameOrigin(request.headers as Record<string, string>)) throw new Problem('cross-site');
    const identity = carried && (await auth.authenticate(carried.token));
    if (identity) identities.set(request, identity);
    next();
  };
}

/** POST, GET and DELETE /api/session; GET /api/session/demo. */
export function sessionRouter(auth: AccountsAuth): Router {
  const router = Router();
  router.post('/', json({ limit: '8kb' }), async (request, response) => {
    const credentials = parseCredentials(request.body);
    const address = request.ip ?? null;
    const opened =
      credentials.kind === 'demo'
        ? await auth.login.asDemo({ name: credentials.name, address, allowed: fromThisMachine(request) })
        : await auth.login.withPassword({ name: credentials.name, password: credentials.password, address });
    response.cookie(SESSION_COOKIE, opened.token, {
      httpOnly: true,
      sameSite: 'lax',
      path: '/',
      secure: request.secure,
      expires: new Date(opened.expires),
    });
    response.json({ token: opened.token, identity: opened.identity, expires: new Date(opened.expires).toISOString() });
  });
  router.get('/', async (request, response) => {
    const carried = carriedToken(request.headers);
    const found = carried && (await auth.sessions.find(carried.token));
    if (!found) throw new Problem('unauthenticated');
    response.json({ token: '', identity: found.identity, expires: new Date(found.expires).toISOString() });
  });
  router.delete('/', async (request, response) => {
    const carried = carriedToken(request.headers);
    const who = carried ? await auth.sessions.close(carried.token) : null;
    if (who) auth.audit({ identity: who, address: request.ip ?? null, act: 'logout', target: who.user });
    response.clearCookie(SESSION_COOKIE, { path: '/' }).status(204).end();
  });
  router.get('/demo', async (_request, response) => {
    const list = auth.demo() ? await auth.listDemo() : [];
    response.json(list.map(({ name, displayName, role, scope }) => ({ name, displayName, role, scope })));
  });
  return router;
}
