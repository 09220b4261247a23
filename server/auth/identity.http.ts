// Who sends a request: Bearer token or session cookie to Identity, and the guard against cross-site requests that ride on a cookie.
import type { Request, RequestHandler, Response } from 'express';
import { type Act, type Identity, mayDo } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { isLoopback } from './address.ts';
import { isSameOrigin } from './same-origin.ts';
import { type Carried, carriedToken, SESSION_COOKIE } from './token.ts';

interface Known {
  readonly carried: Carried | null;
  readonly identity: Identity | null;
  readonly expires: Instant | null;
  /** Why nobody could be asked: told when an identity is required, not before. */
  readonly failure: unknown;
}
const known = new WeakMap<Request, Known>();

/** The part of Auth that is needed here. */
export interface Finder {
  find(token: string): Promise<{ readonly identity: Identity; readonly expires: Instant } | null>;
}

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Middleware: finds the identity of every request behind it. Never refuses for want of one; requireIdentity does.
 * Refuses what changes something when the browser says that another site sent it, unless a Bearer token shows that a program means it.
 */
export function identify(sessions: Finder): RequestHandler {
  return async (req, _res, next) => {
    const carried = carriedToken(req.headers);
    const fromElsewhere = !isSameOrigin({ host: req.get('host'), origin: req.get('origin'), 'sec-fetch-site': req.get('sec-fetch-site') });
    if (fromElsewhere && !SAFE.has(req.method) && carried?.by !== 'bearer') throw new Problem('cross-site');
    let session: Awaited<ReturnType<Finder['find']>> = null;
    let failure: unknown = null;
    if (carried) {
      try {
        session = await sessions.find(carried.token);
      } catch (error) {
        failure = error;
      }
    }
    known.set(req, { carried, identity: session?.identity ?? null, expires: session?.expires ?? null, failure });
    next();
  };
}

/** From this very machine, with no proxy in between that would make everybody look local. The header alone can be forged, the socket alone is always local behind a proxy. */
export function fromThisMachine(req: Request): boolean {
  const forwarded = req.headers.forwarded ?? req.headers['x-forwarded-for'] ?? req.headers['x-real-ip'] ?? req.headers.via;
  return forwarded === undefined && isLoopback(req.socket.remoteAddress);
}

/** Who sends it; null: nobody who is logged in. */
export function identityOf(req: Request): Identity | null {
  return known.get(req)?.identity ?? null;
}
/** When the session of the request ends. */
export function expiryOf(req: Request): Instant | null {
  return known.get(req)?.expires ?? null;
}
/** The token the request carries, valid or not. */
export function tokenOf(req: Request): Carried | null {
  return known.get(req)?.carried ?? null;
}
/** @throws Problem unauthenticated | database-unavailable */
export function requireIdentity(req: Request): Identity {
  const entry = known.get(req);
  if (entry?.identity) return entry.identity;
  throw entry?.failure ?? new Problem('unauthenticated');
}
/** @throws Problem unauthenticated | forbidden | database-unavailable */
export function requireAct(req: Request, act: Act, what: string): Identity {
  const identity = requireIdentity(req);
  if (!mayDo(identity, act)) throw new Problem('forbidden', { what });
  return identity;
}

/** The address attempts are counted under and the audit names; behind a proxy the app's `trust proxy` decides. */
export function addressOf(req: Request): string | null {
  return req.ip ?? null;
}

/** Whether the browser sees https, here or at a proxy that the app trusts. */
function cookieAttributes(req: Request): string {
  return `Path=/; HttpOnly; SameSite=Lax${req.secure ? '; Secure' : ''}`;
}
/**
 * Sets the session cookie. Its age is the longest a session may live (a leader's wall is only bounded by what browsers allow, 400 days):
 * the row in the database ends the session, and a wall whose browser crashed at night comes back without a password.
 */
export function setSessionCookie(req: Request, res: Response, token: string, role: Identity['role']): void {
  const days = role === 'leader' ? 400 : 7;
  res.append('Set-Cookie', `${SESSION_COOKIE}=${token}; Max-Age=${days * 86_400}; ${cookieAttributes(req)}`);
}
export function clearSessionCookie(req: Request, res: Response): void {
  res.append('Set-Cookie', `${SESSION_COOKIE}=; Max-Age=0; ${cookieAttributes(req)}`);
}
