// How far an identity sees into a layer: the layer as a whole by sharing and department, its rows by area.
//
// The same rule as `mayRead` (contracts/access.ts), split so that SQL and tile caches need the area alone. Sharing: GB/T 21063.
import type { Identity, Scope } from '../../contracts/access.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { isSteward } from '../../contracts/layer-life.ts';
import { Problem } from '../../contracts/problem.ts';

/** open · restricted: readable, and every reading is audited · forbidden: known to exist, not readable · hidden: not even that */
export type Sight = 'open' | 'restricted' | 'forbidden' | 'hidden';

/** What a scope sees of a layer as a whole. */
export function sightOf(scope: Scope, layer: Pick<Layer, 'sharing' | 'department'>): Sight {
  if (layer.sharing === 'unconditional') return 'open';
  const member = scope.departments === '*' || scope.departments.includes(layer.department);
  if (member) return 'restricted';
  return layer.sharing === 'conditional' ? 'forbidden' : 'hidden';
}

/** The digits that codes of visible rows begin with; null: the layer is the same for everyone who may read it. */
export function rowPrefix(scope: Scope, layer: Pick<Layer, 'adcodeColumn'>): string | null {
  return layer.adcodeColumn === null ? null : adcodePrefix(scope.adcode);
}

/** What is not published is seen by those who look after it: as the catalogue tells it. */
export function isShown(identity: Pick<Identity, 'role' | 'scope'>, { state, department }: Pick<Layer, 'state' | 'department'>): boolean {
  return state === undefined || state === 'published' || isSteward(identity, department);
}

/** The layer if the viewer may read it. @throws Problem not-found | forbidden */
export function layerFor(layers: ReadonlyMap<string, Layer>, identity: Identity, id: string): Layer {
  const layer = layers.get(id);
  const sight = layer && isShown(identity, layer) ? sightOf(identity.scope, layer) : 'hidden';
  if (!layer || sight === 'hidden') throw new Problem('not-found', { what: `图层 ${id}` });
  if (sight === 'forbidden') throw new Problem('forbidden', { what: `${layer.title.zh}（${layer.source}）` });
  return layer;
}
