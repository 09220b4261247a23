// The grants that there are (contracts/grant.ts, server/migrations/013), and the attributes that keys of the portal were approved for (014): read once,
// and again when one changed.
import { type Department, type Role, scopeKey } from '../../contracts/access.ts';
import { type Fence, fenceText, type LayerGrant, viewsOf } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { Queryable } from '../queryable.ts';
import type { Changes } from './changes.pg.ts';
import { rereadWhen } from './reread.pg.ts';
import { type SeenLayer, type Seers, seenAs } from './seen.ts';

export interface Grants extends Seers {
  /** Reads again what changed. @throws Problem database-unavailable */
  current(): Promise<void>;
}

type GrantRow = {
  readonly layer: string;
  readonly role: Role | null;
  readonly department: Department | null;
  readonly account: string | null;
  readonly view: LayerGrant['view'];
  readonly hidden: readonly string[];
  readonly only: readonly string[] | null;
  readonly precision_metres: number | null;
  readonly fence: string | null;
  readonly expires: number | null;
};
interface Kept extends LayerGrant {
  readonly expires: number;
}

function grantOf(row: GrantRow): Kept {
  return {
    layer: row.layer,
    to: {
      ...(row.role === null ? {} : { role: row.role }),
      ...(row.department === null ? {} : { department: row.department }),
      ...(row.account === null ? {} : { user: row.account }),
    },
    ...{ view: row.view, hiddenAttributes: row.hidden, onlyAttributes: row.only, precisionMetres: row.precision_metres },
    fence: row.fence === null ? null : (JSON.parse(row.fence) as Fence),
    expires: row.expires ?? Infinity,
  };
}

export function openGrants(database: Queryable, changes: Changes, now: () => number): Grants {
  let all: readonly Kept[] = [];
  /** When the first of them ends. */
  let until = Infinity;
  const seers = new Map<string, (layer: Layer) => SeenLayer | null>();
  const fencesOf = new Map<string, readonly Fence[]>();
  const current = rereadWhen(changes, ['layer_grant'], async () => {
    const rows = await database.query<GrantRow>(
      `SELECT layer, role, department, account, view, hidden_attributes AS hidden, only_attributes AS only, precision_metres,
         ST_AsGeoJSON(fence, 15, 0) AS fence, (extract(epoch FROM expires) * 1000)::float8 AS expires
       FROM layer_grant WHERE expires IS NULL OR expires > $1
       UNION ALL SELECT approved.key, NULL, NULL, 'key-' || id, 'masked', '{}', ARRAY(SELECT jsonb_array_elements_text(approved.value)), NULL, NULL,
         (extract(epoch FROM expires) * 1000)::float8
       FROM api_key, jsonb_each(attributes) AS approved WHERE revoked IS NULL AND expires > $1`,
      [new Date(now())],
    );
    keep(rows.map(grantOf));
  });
  function keep(grants: readonly Kept[]): void {
    all = grants;
    until = Math.min(Infinity, ...grants.map(({ expires }) => expires));
    seers.clear();
    fencesOf.clear();
  }
  /** Around the layer, by any grant, each once. */
  function fences({ id, theme }: Layer): readonly Fence[] {
    if (all.length === 0) return [];
    const key = `${id} ${theme}`;
    let known = fencesOf.get(key);
    if (!known) {
      const found = all
        .filter(({ layer, fence }) => fence && ['*', `theme:${theme}`, id].includes(layer))
        .map(({ fence }) => fence as Fence);
      known = [...new Map(found.map((fence) => [fenceText(fence), fence])).values()];
      fencesOf.set(key, known);
    }
    return known;
  }
  return {
    current,
    of(identity) {
      const at = now();
      if (until <= at) keep(all.filter(({ expires }) => expires > at));
      const key = `${identity.machine ?? false} ${identity.role} ${scopeKey(identity.scope)} ${identity.user}`;
      const known = seers.get(key);
      if (known) return known;
      const view = viewsOf(identity, all);
      const seer = (layer: Layer): SeenLayer | null => {
        const seen = view(layer);
        return seen && seenAs(layer, seen, fences(layer));
      };
      if (seers.size >= MOST_SEERS) seers.clear();
      seers.set(key, seer);
      return seer;
    },
  };
}
/** People whose grants are kept sorted. */
const MOST_SEERS = 1000;
