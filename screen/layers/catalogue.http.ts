// What the steward's pages ask the server: layers, steps, metadata, health, applications, keys and their use.
import type { AccessRequest, ApiKeyEntry, UsageRow } from '../../contracts/catalogue-access.ts';
import type { LayerDetail, LayerHealth, ListedLayer } from '../../contracts/catalogue-routes.ts';
import type { LayerMetadata } from '../../contracts/layer-life.ts';
import type { Page } from '../../contracts/wire.ts';
import { ask } from '../live/past.http.ts';
import { send } from '../portal/portal.http.ts';

/** All pages of a list, at most 50 of them. */
async function all<T>(first: string): Promise<readonly T[]> {
  const items: T[] = [];
  let next: string | null = first;
  for (let n = 0; next !== null && n < 50; n++) {
    const page: Page<T> = await ask<Page<T>>(next);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}
export const layers = (): Promise<readonly ListedLayer[]> => all('/api/layers?limit=1000');
export const layerOf = (id: string): Promise<LayerDetail> => ask(`/api/layers/${id}`);
export const healthOf = (id: string): Promise<LayerHealth> => ask(`/api/layers/${id}/health`);
export const takeStep = (id: string, step: string, reason: string): Promise<LayerDetail> =>
  send('POST', `/api/layers/${id}/steps`, { step, reason });
export const saveLayer = (id: string, change: { title?: string; sharing?: string; metadata?: LayerMetadata }): Promise<LayerDetail> =>
  send('PATCH', `/api/layers/${id}`, change);
export const purgeLayer = (id: string): Promise<null> => send('POST', `/api/layers/${id}/purge`, {});
export const requests = (): Promise<readonly AccessRequest[]> => all('/api/access-requests?limit=200');
export const decide = (id: number, decision: Readonly<Record<string, unknown>>): Promise<AccessRequest> =>
  send('POST', `/api/access-requests/${id}/decision`, decision);
export const apiKeys = (): Promise<readonly ApiKeyEntry[]> => all('/api/api-keys?limit=1000');
export const changeKey = (id: number, change: Readonly<Record<string, unknown>>): Promise<ApiKeyEntry> =>
  send('PATCH', `/api/api-keys/${id}`, change);
export const usageOf = async (key: number): Promise<readonly UsageRow[]> =>
  (await ask<Page<UsageRow>>(`/api/api-usage?key=${key}&days=30`)).items;
