// What the steward's pages ask the server: layers, steps, metadata, health, applications, keys and their use. Lists come page by page.
import type { AccessRequest, ApiKeyEntry, UsageGroup, UsagePage } from '../../contracts/catalogue-access.ts';
import type { LayerDetail, LayerGuard, LayerHealth, LayerPage } from '../../contracts/catalogue-routes.ts';
import type { GrantDraft, GrantEntry } from '../../contracts/grant-routes.ts';
import type { LayerMetadataPatch } from '../../contracts/layer-life.ts';
import type { Page } from '../../contracts/wire.ts';
import { ask } from '../live/past.http.ts';
import { send } from '../portal/portal.http.ts';

/** A page that says how many there are. */
export type Counted<T> = Page<T> & { readonly numberMatched: number };

const query = (given: Readonly<Record<string, string | number | undefined>>): string =>
  String(
    new URLSearchParams(
      Object.entries(given).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]])),
    ),
  );
/** From 1 on. */
const cursorOf = (page: number, size: number): number | undefined => (page > 1 ? (page - 1) * size : undefined);

export const layers = (search: Readonly<Record<string, string>>, page: number, size: number, signal?: AbortSignal): Promise<LayerPage> =>
  ask(`/api/layers?${query({ ...search, limit: size, cursor: cursorOf(page, size) })}`, signal);
export const layerOf = (id: string): Promise<LayerDetail> => ask(`/api/layers/${id}`);
export const healthOf = (id: string): Promise<LayerHealth> => ask(`/api/layers/${id}/health`);
export const takeStep = (id: string, step: string, reason: string): Promise<LayerDetail> =>
  send('POST', `/api/layers/${id}/steps`, { step, reason });
export const saveLayer = (
  id: string,
  change: { title?: string; sharing?: string; metadata?: LayerMetadataPatch; guard?: LayerGuard },
): Promise<LayerDetail> => send('PATCH', `/api/layers/${id}`, change);
export const purgeLayer = (id: string): Promise<null> => send('POST', `/api/layers/${id}/purge`, {});
/** `before`: the id of the last one that is shown; undefined: from the newest on. */
export const requests = (state: string, before: number | undefined, size: number): Promise<Counted<AccessRequest>> =>
  ask(`/api/access-requests?${query({ state, cursor: before, limit: size })}`);
export const pendingRequests = async (): Promise<number> => (await requests('pending', undefined, 1)).numberMatched;
export const decide = (id: number, decision: Readonly<Record<string, unknown>>): Promise<AccessRequest> =>
  send('POST', `/api/access-requests/${id}/decision`, decision);
export const apiKeys = (q: string, page: number, size: number): Promise<Counted<ApiKeyEntry>> =>
  ask(`/api/api-keys?${query({ q, limit: size, cursor: cursorOf(page, size) })}`);
export const changeKey = (id: number, change: Readonly<Record<string, unknown>>): Promise<ApiKeyEntry> =>
  send('PATCH', `/api/api-keys/${id}`, change);
export const rotateKey = (id: number, graceHours: number): Promise<ApiKeyEntry & { readonly key: string }> =>
  send('POST', `/api/api-keys/${id}/rotation`, { graceHours });
/** Of thirty days. `key` null: of all that is looked after. */
export const usage = (by: UsageGroup, key: number | null, limit: number): Promise<UsagePage> =>
  ask(`/api/api-usage?${query({ by, key: key ?? undefined, days: 30, limit })}`);
/** Newest first; `cursor` of the page before, undefined: the newest. */
export const grants = (layer: string, cursor: string | undefined, size: number): Promise<Page<GrantEntry>> =>
  ask(`/api/grants?${query({ layer, limit: size, cursor })}`);
export const addGrant = (draft: GrantDraft): Promise<GrantEntry> => send('POST', '/api/grants', draft);
export const removeGrant = (id: number): Promise<null> => send('DELETE', `/api/grants/${id}`, undefined);
