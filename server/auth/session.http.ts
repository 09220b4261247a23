// Routes of logging in and out: /api/session, its demo accounts, and one's own password.
import express, { Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import type { SessionReply } from '../../contracts/wire.ts';
import type { AccountsAuth } from './accounts.pg.ts';
import { parseCredentials, parsePasswordChange } from './accounts.ts';
import { addressOf, clearSessionCookie, expiryOf, fromThisMachine, requireIdentity, setSessionCookie, tokenOf } from './identity.http.ts';
import { methodNotAllowed } from './problem.http.ts';

export interface SessionRouteOptions {
  readonly auth: AccountsAuth;
  /** Demo identities for visitors from other machines too; otherwise only from this very machine. */
  readonly demoFromAnywhere?: boolean;
}

/** Entry of GET /api/session/demo. */
export interface DemoAccount {
  readonly name: string;
  readonly displayName: string;
  readonly role: string;
  readonly scope: { readonly adcode: string; readonly departments: '*' | readonly string[] };
}

/** Router for /api/session; mount at /api behind identify(). */
export function sessionRoutes(options: SessionRouteOptions): Router {
  const { auth, demoFromAnywhere = false } = options;
  const router = Router();
  const json = express.json({ limit: '16kb' });
  router.use('/session', (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });

  router
    .route('/session')
    .post(json, async (req, res) => {
      const given = parseCredentials(req.body);
      const address = addressOf(req);
      const session =
        given.kind === 'demo'
          ? await auth.login.asDemo({ name: given.name, address, allowed: demoFromAnywhere || fromThisMachine(req) })
          : await auth.login.withPassword({ name: given.name, password: given.password, address });
      setSessionCookie(req, res, session.token, session.identity.role);
      const reply: SessionReply = { token: session.token, identity: session.identity, expires: new Date(session.expires).toISOString() };
      res.json(reply);
    })
    .get((req, res) => {
      const identity = requireIdentity(req);
      const carried = tokenOf(req);
      // Seen again: the cookie's age begins anew, as the session's does.
      if (carried?.by === 'cookie') setSessionCookie(req, res, carried.token, identity.role);
      // The token itself stays out of reach of the page's scripts: it is in the HttpOnly cookie, or the caller has it.
      const reply: SessionReply = { token: '', identity, expires: new Date(expiryOf(req) ?? 0).toISOString() };
      res.json(reply);
    })
    .delete(async (req, res) => {
      const carried = tokenOf(req);
      // The browser forgets the token even when the database cannot.
      clearSessionCookie(req, res);
      if (carried) {
        const identity = await auth.sessions.close(carried.token);
        if (identity) auth.audit({ identity, address: addressOf(req), act: 'logout', target: identity.user });
      }
      res.status(204).end();
    })
    .all(methodNotAllowed('GET, POST, DELETE'));

  router
    .route('/session/demo')
    .get(async (req, res) => {
      const accounts = demoFromAnywhere || fromThisMachine(req) ? await auth.listDemo() : [];
      const list: DemoAccount[] = accounts.map(({ name, displayName, role, scope }) => ({ name, displayName, role, scope }));
      res.json(list);
    })
    .all(methodNotAllowed('GET'));

  router
    .route('/session/password')
    .put(json, async (req, res) => {
      const identity = requireIdentity(req);
      const { current, password } = parsePasswordChange(req.body);
      if (current === null) throw new Problem('bad-body', { reason: '要给出现在的口令 current' });
      await auth.login.confirm({ name: identity.user, password: current, address: addressOf(req) });
      await auth.setPassword(identity.user, password);
      auth.audit({ identity, address: addressOf(req), act: 'write', target: `account/${identity.user}`, detail: { password: 'changed' } });
      // All sessions ended with the old password, this one too.
      clearSessionCookie(req, res);
      res.status(204).end();
    })
    .all(methodNotAllowed('PUT'));

  return router;
}
