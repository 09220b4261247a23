// Logging in from the page: name and word, or an account of the demonstration.
import type { SessionReply } from '../../contracts/wire.ts';

export interface DemoAccount {
  readonly name: string;
  readonly displayName: string;
  readonly role: string;
}
export type LoginAnswer = { readonly ok: true; readonly session: SessionReply } | { readonly ok: false; readonly title: string };

export async function logIn(body: { username: string; password: string } | { demo: string }): Promise<LoginAnswer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch('/api/session', { method: 'POST', headers, body: JSON.stringify(body) }).catch(() => null);
  if (!response) return { ok: false, title: '服务器没有应答，请检查网线或稍后再试' };
  if (response.ok) return { ok: true, session: (await response.json()) as SessionReply };
  const problem = (await response.json().catch(() => null)) as { title?: string } | null;
  return { ok: false, title: problem?.title ?? `服务器答 ${response.status}` };
}
/** Empty where the house does not run in demo mode. */
export async function demoAccounts(): Promise<readonly DemoAccount[]> {
  const response = await fetch('/api/session/demo').catch(() => null);
  return response?.ok ? ((await response.json()) as DemoAccount[]) : [];
}
/** Only a path of our own: `//host` and `https:` lead away. */
export function safeNext(next: unknown): string {
  return typeof next === 'string' && /^\/(?![/\\])/.test(next) ? next : '/screen/overview';
}
