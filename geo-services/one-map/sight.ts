// How far an identity sees into a layer: the layer as a whole by sharing and department, its rows by area.
//
// The same rule as `mayRead` (contracts/access.ts), split so that SQL and tile caches need the area alone. Sharing: GB/T 21063.
import type { Scope } from '../../contracts/access.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';

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
