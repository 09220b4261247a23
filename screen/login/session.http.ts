// What the login page asks the server: who may be played in the demonstration, and to be let in.
import type { SessionReply } from '../../contracts/wire.ts';
import type { LoginFailure } from './failure-words.ts';
import type { ScopeWire } from './scope-words.ts';

/** Entry of GET /api/session/demo. */
export interface DemoIdentity {
  readonly name: string;
  readonly displayName: string;
  readonly role: string;
  readonly scope: ScopeWire;
}
export type LoginOutcome =
  | { readonly session: SessionReply; readonly failure: null }
  | { readonly session: null; readonly failure: LoginFailure };

async function failureOf(response: Response): Promise<LoginFailure> {
  const problem = (await response.json().catch(() => ({}))) as { code?: string; title?: string; details?: Record<string, unknown> };
  const seconds = Number(response.headers.get('Retry-After') ?? problem.details?.['retryAfterSeconds'] ?? 0);
  return {
    // A proxy in front of a server that is away answers without a code.
    code: problem.code ?? (response.status >= 502 ? 'unreachable' : 'internal'),
    title: problem.title ?? '',
    details: problem.details ?? {},
    retryAfterSeconds: Number.isFinite(seconds) ? seconds : 0,
  };
}
async function post(body: object): Promise<LoginOutcome> {
  try {
    const response = await fetch('/api/session', {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(20_000),
    });
    if (!response.ok) return { session: null, failure: await failureOf(response) };
    return { session: (await response.json()) as SessionReply, failure: null };
  } catch {
    return { session: null, failure: { code: 'unreachable', title: '', details: {}, retryAfterSeconds: 0 } };
  }
}

/** Logs in; the session is in the cookie afterwards. Never throws. */
export function logIn(username: string, password: string): Promise<LoginOutcome> {
  return post({ username, password });
}
/** Enters as an identity of the demonstration. Never throws. */
export function enterDemo(name: string): Promise<LoginOutcome> {
  return post({ demo: name });
}
/** Identities of the demonstration that this visitor may enter as; none when there is no demonstration. Never throws. */
export async function demoIdentities(): Promise<readonly DemoIdentity[]> {
  try {
    const response = await fetch('/api/session/demo', { credentials: 'same-origin' });
    return response.ok ? ((await response.json()) as DemoIdentity[]) : [];
  } catch {
    return [];
  }
}
