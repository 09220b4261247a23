// A layer as one person sees it: every door takes this, so that what is not seen is in no list, filter, tile, file or count. Pure.
import type { Identity } from '../../contracts/access.ts';
import { type Fence, isWhole, type LayerView } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';

/** `attributes` are those that are given out; `editable` only where nothing is taken away. */
export interface SeenLayer extends Layer {
  readonly view: LayerView;
  /** The layer with everything that it has. */
  readonly whole: Layer;
  /** Every fence that any grant draws around it: tiles that people share know of each feature whether it touches them. */
  readonly fences: readonly Fence[];
}
/** What somebody sees of a layer that sharing lets him read; null: it is not there for him. As of the grants that were last read. */
export interface Seers {
  of(identity: Identity): (layer: Layer) => SeenLayer | null;
}
/** Where a view counts it is looked at; a layer without one is whole. */
export type Viewed = Layer & Partial<Pick<SeenLayer, 'view'>>;

export function seenAs(layer: Layer, view: LayerView, fences: readonly Fence[] = []): SeenLayer {
  const whole = isWhole(view);
  return {
    ...layer,
    attributes: view.hidden.length === 0 ? layer.attributes : layer.attributes.filter((name) => !view.hidden.includes(name)),
    ...(layer.editable === undefined ? {} : { editable: layer.editable && whole }),
    ...{ view, whole: layer, fences },
  };
}

/** Everything that the layer has, asked in the same way. */
export function wholeOf({ whole, call }: SeenLayer): Layer {
  return call ? { ...whole, call } : whole;
}

/** Whether every row is seen, as it is. Extent and age of the whole are told to those alone. */
export function seesAll({ view }: SeenLayer): boolean {
  return view.rows === null && isWhole(view);
}
/** What a sensitive layer hides is open to this one, by a grant: such readings are audited. */
export function isLifted({ view, whole: { sensitive, attributes } }: SeenLayer): boolean {
  if (!sensitive) return false;
  const masked = sensitive.hidden.every((name) => !attributes.includes(name) || view.hidden.includes(name));
  return !masked || (view.precisionMetres ?? 0) < (sensitive.precisionMetres ?? 0);
}
