// How far an identity sees into a layer: the layer as a whole by sharing and department, its rows by area.
//
// The same rule as `mayRead` (contracts/access.ts), split so that SQL and tile caches need the area alone. Sharing: GB/T 21063. What grants leave
// of a layer that may be read is a SeenLayer (features/seen.ts).
import type { Identity, Scope } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import { isSteward } from '../../contracts/layer-life.ts';
import { Problem } from '../../contracts/problem.ts';
import { isLifted, type SeenLayer, type Seers } from '../features/seen.ts';

/** open · restricted: readable, and every reading is audited · forbidden: known to exist, not readable · hidden: not even that */
export type Sight = 'open' | 'restricted' | 'forbidden' | 'hidden';

/** What a scope sees of a layer as a whole. */
export function sightOf(scope: Scope, layer: Pick<Layer, 'sharing' | 'department'>): Sight {
  if (layer.sharing === 'unconditional') return 'open';
  const member = scope.departments === '*' || scope.departments.includes(layer.department);
  if (member) return 'restricted';
  return layer.sharing === 'conditional' ? 'forbidden' : 'hidden';
}

/** What is not published is seen by those who look after it: as the catalogue tells it. */
export function isShown(identity: Pick<Identity, 'role' | 'scope'>, { state, department }: Pick<Layer, 'state' | 'department'>): boolean {
  return state === undefined || state === 'published' || isSteward(identity, department);
}

/** Whether the layer is one that the viewer reads, before grants are asked (features/grants.pg.ts). */
export function isReadable(identity: Identity, layer: Layer): boolean {
  return isShown(identity, layer) && ['open', 'restricted'].includes(sightOf(identity.scope, layer));
}

/** The layer as the viewer sees it. @throws Problem not-found | forbidden */
export function layerFor(layers: ReadonlyMap<string, Layer>, grants: Seers, identity: Identity, id: string): SeenLayer {
  const layer = layers.get(id);
  const sight = layer && isShown(identity, layer) ? sightOf(identity.scope, layer) : 'hidden';
  const seen = layer && sight !== 'hidden' ? grants.of(identity)(layer) : null;
  if (!layer || !seen) throw new Problem('not-found', { what: `图层 ${id}` });
  if (sight === 'forbidden') throw new Problem('forbidden', { what: `${layer.title.zh}（${layer.source}）` });
  return seen;
}

/** Readings that are audited: of layers that are shared on conditions, and of what a sensitive layer hides from others. */
export function isAudited(identity: Identity, seen: SeenLayer): boolean {
  return sightOf(identity.scope, seen) === 'restricted' || isLifted(seen);
}
