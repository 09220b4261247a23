// What the portal asks the server: the public catalogue, statistics, an application and its state, a key's use, and the try-out's real request.
import type { PortalCatalogue, PortalKey, PortalLayer, PortalStatistics } from '../../contracts/catalogue-access.ts';
import { ask, Refused } from '../live/past.http.ts';
import { itemsAddress, type TryOut } from './words.ts';

/** One page of the catalogue. `page`: from 1 on. */
export function portalLayers(
  search: Readonly<Record<string, string>>,
  page: number,
  size: number,
  signal?: AbortSignal,
): Promise<PortalCatalogue> {
  const given = Object.entries(search).filter(([, value]) => value.trim() !== '');
  const query = new URLSearchParams([...given, ['limit', String(size)], ...(page > 1 ? [['cursor', String((page - 1) * size)]] : [])]);
  return ask(`/api/portal/layers?${query}`, signal);
}
/** One layer with its health measured; null: there is none, or it is not shared. */
export async function portalLayer(id: string, signal?: AbortSignal): Promise<PortalLayer | null> {
  return (await ask<PortalCatalogue>(`/api/portal/layers?id=${encodeURIComponent(id)}`, signal)).items[0] ?? null;
}
export const portalStatistics = (signal?: AbortSignal): Promise<PortalStatistics> => ask('/api/portal/statistics', signal);

export async function send<T>(method: 'POST' | 'PATCH' | 'DELETE', address: string, body: unknown): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address, {
      method,
      credentials: 'same-origin',
      headers: { 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
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
/** What the holder of a key may know and do. In the body, so that no address has the key. */
export const keyOfHolder = (key: string, act: 'look' | 'rotate' | 'stop' = 'look', graceHours = 24): Promise<PortalKey> =>
  send('POST', '/api/portal/key', { key, act, ...(act === 'rotate' ? { graceHours } : {}) });

/** A request to /ogc as whoever holds the key, or as a visitor. With a key the session stays out of it. @throws Refused when nobody answers */
export function asHolder(address: string, key: string, signal?: AbortSignal): Promise<Response> {
  const trimmed = key.trim();
  return fetch(address, {
    credentials: trimmed ? 'omit' : 'same-origin',
    cache: 'no-store',
    ...(trimmed ? { headers: { Authorization: `Bearer ${trimmed}` } } : {}),
    ...(signal ? { signal } : {}),
  }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw new Refused('unreachable', 0, '服务器没有应答');
  });
}
/** Why a request was refused, in the words of the server. */
export async function refusalOf(response: Response): Promise<Refused> {
  const problem = (await response.json().catch(() => null)) as { code?: string; title?: string } | null;
  const after = response.headers.get('retry-after');
  const title = problem?.title ?? `服务器答 ${response.status}`;
  return new Refused(
    problem?.code ?? 'internal',
    response.status,
    `${title}${after && !title.includes(after) ? `，${after} 秒后再试` : ''}`,
  );
}

export interface TriedOut {
  readonly status: number;
  /** Of a refusal: why, and after how many seconds again. */
  readonly why: string;
  readonly milliseconds: number;
  readonly bytes: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** JSON is set out in lines. */
  readonly body: string;
  /** What is shown of it: at most 20,000 characters. */
  readonly shown: string;
}
const MOST_SHOWN = 20_000;
/** The very request that the curl line makes. */
export async function tryOut(asked: TryOut): Promise<TriedOut> {
  const began = performance.now();
  const response = await asHolder(itemsAddress(asked), asked.key);
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  let body = text;
  let why = '';
  if (isJson && text.length < 500_000)
    try {
      const value = JSON.parse(text) as { title?: string };
      body = JSON.stringify(value, null, 2);
      if (!response.ok) why = value.title ?? '';
    } catch {
      body = text;
    }
  return {
    ...{ status: response.status, why, milliseconds: performance.now() - began, bytes: new TextEncoder().encode(text).byteLength },
    headers: [...response.headers],
    ...{ body, shown: body.slice(0, MOST_SHOWN) },
  };
}
