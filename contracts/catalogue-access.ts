// What is told of the public's access: applications, keys and their use, and the portal's layers. Times are RFC 3339.
import type { HealthVerdict, LayerAge, LayerFacets, ListedLayer } from './catalogue-routes.ts';
import type { Page } from './wire.ts';

/** What the counts of calls are summed up by. */
export const usageGroups = ['row', 'day', 'key', 'layer'] as const;
export type UsageGroup = (typeof usageGroups)[number];
export interface AccessRequest {
  readonly id: number;
  readonly number: string;
  readonly layer: string;
  readonly title: string;
  readonly purpose: string;
  readonly wished: { readonly attributes?: readonly string[]; readonly area?: string };
  readonly account: string | null;
  readonly name: string;
  readonly organisation: string;
  readonly contact: string;
  readonly created: string;
  readonly state: 'pending' | 'approved' | 'refused';
  readonly decidedBy: string | null;
  readonly decided: string | null;
  readonly reason: string;
  /** Only in the answer of the decision, once. */
  readonly key?: string;
}
export interface ApiKeyEntry {
  readonly id: number;
  readonly hint: string;
  readonly name: string;
  readonly layers: readonly string[];
  /** Titles of these layers, in their order. */
  readonly titles: readonly string[];
  /** What was approved of each layer: names of attributes, or null for all. */
  readonly attributes: Readonly<Record<string, readonly string[] | null>>;
  readonly area: string;
  readonly perDay: number;
  readonly perMinute: number;
  readonly created: string;
  readonly expires: string;
  readonly revoked: string | null;
  readonly revokedWhy: string;
  /** When it was last changed for a new one, and until when the one before is good. */
  readonly rotated: string | null;
  readonly previousUntil: string | null;
  readonly usedToday: number;
  readonly refusedToday: number;
}
export interface UsageSum {
  readonly requests: number;
  readonly refused: number;
  readonly bytes: number;
}
/** What the sum goes over is absent: by day has no key and no layer. */
export interface UsageRow extends UsageSum {
  readonly key?: number;
  /** Of the key: who uses it. '' for visitors and keys that are gone. */
  readonly name?: string;
  readonly layer?: string;
  readonly title?: string;
  readonly day?: string;
}
export interface UsagePage extends Page<UsageRow> {
  readonly numberMatched: number;
  /** Of all rows, whatever the page. */
  readonly total: UsageSum;
}
/** What the holder of a key may know of it. */
export interface PortalKey {
  readonly entry: ApiKeyEntry;
  readonly days: readonly UsageRow[];
  readonly layers: readonly UsageRow[];
  /** The new key, once, after a rotation. */
  readonly key?: string;
}
export interface PortalLayer extends ListedLayer {
  /** As last measured; null: it is being measured, ask again. Of conditional layers the age alone. */
  readonly health: PortalHealth | null;
}
export interface PortalHealth {
  readonly asOf: string;
  readonly age: LayerAge;
  /** Of what is open to all. */
  readonly rows: number | null;
  readonly completeness: number | null;
  readonly verdicts: readonly HealthVerdict[];
}
export interface PortalCatalogue extends Page<PortalLayer> {
  readonly open: boolean;
  readonly numberMatched: number;
  readonly facets: LayerFacets;
}
export interface PortalStatistics {
  readonly open: boolean;
  readonly days: readonly { readonly day: string; readonly requests: number; readonly bytes: number }[];
  readonly layers: readonly { readonly layer: string; readonly title: string; readonly requests: number }[];
}
