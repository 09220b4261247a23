// What the portal asks the server: the public catalogue, statistics, an application and its state, and the try-out's real request.
import type { PortalCatalogue, PortalStatistics } from '../../contracts/catalogue-access.ts';
import { ask, Refused } from '../live/past.http.ts';
import { itemsAddress, type TryOut } from './words.ts';

export function portalLayers(search: Readonly<Record<string, string>>, signal?: AbortSignal): Promise<PortalCatalogue> {
  const given = Object.entries(search).filter(([, value]) => value.trim() !== '');
  return ask(`/api/portal/layers?${new URLSearchParams(given)}`, signal);
}
export const portalStatistics = (signal?: AbortSignal): Promise<PortalStatistics> => ask('/api/portal/statistics', signal);

export async function send<T>(method: 'POST' | 'PATCH', address: string, body: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Refused('unreachable', 0, '服务器没有应答');
  }
  const reply =
    response.status === 204 ? null : ((await response.json().catch(() => null)) as (T & { code?: string; title?: string }) | null);
  if (!response.ok) throw new Refused(reply?.code ?? 'internal', response.status, reply?.title ?? `服务器答 ${response.status}`);
  return reply as T;
}

export interface Application {
  readonly layer: string;
  readonly purpose: string;
  readonly attributes?: readonly string[];
  readonly area?: string;
  readonly name: string;
  readonly organisation: string;
  readonly contact: string;
}
export interface ApplicationState {
  readonly number: string;
  readonly title: string;
  readonly state: 'pending' | 'approved' | 'refused';
  readonly created: string;
  readonly decided: string | null;
  readonly reason: string;
  /** The first characters of the key. */
  readonly key: string | null;
}
export const apply = (application: Application): Promise<{ number: string }> => send('POST', '/api/access-requests', application);
export const applicationState = (number: string): Promise<ApplicationState> => send('POST', '/api/portal/status', { number });

export interface TriedOut {
  readonly status: number;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** At most 20,000 characters of it. */
  readonly body: string;
  readonly cut: boolean;
}
const MOST_SHOWN = 20_000;
/** The very request that the curl line makes. With a key the session stays out of it. */
export async function tryOut(asked: TryOut): Promise<TriedOut> {
  const began = performance.now();
  const key = asked.key.trim();
  const response = await fetch(itemsAddress(asked), {
    credentials: key ? 'omit' : 'same-origin',
    cache: 'no-store',
    ...(key ? { headers: { Authorization: `Bearer ${key}` } } : {}),
  }).catch(() => {
    throw new Refused('unreachable', 0, '服务器没有应答');
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  let body = text;
  if (isJson && text.length < 500_000)
    try {
      body = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      body = text;
    }
  return {
    ...{ status: response.status, milliseconds: performance.now() - began, bytes: new TextEncoder().encode(text).byteLength },
    headers: [...response.headers],
    ...{ body: body.slice(0, MOST_SHOWN), cut: body.length > MOST_SHOWN },
  };
}
