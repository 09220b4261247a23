// The declared shape of a map layer of 一张图: what it shows, from which table, under which guard.
import type { Department, Sharing } from './access.ts';
import { Problem } from './problem.ts';

export interface Layer {
  /** Collection id, kebab-case, unique over all themes. */
  readonly id: string;
  readonly theme: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly geometry: 'point' | 'line' | 'polygon';
  /** Table or view in the database, with a 4490 `geom` and a pre-projected `geom_3857`. */
  readonly table: string;
  /** Attributes that leave the server, in order; the key is `id`. */
  readonly attributes: readonly string[];
  readonly minZoom: number;
  readonly maxZoom: number;
  /** Column with the AdCode that scope is checked on; null: the layer carries no local secret and everyone sees it whole. */
  readonly adcodeColumn: string | null;
  readonly sharing: Sharing;
  readonly department: Department;
  /** Origin and licence, printed in the map's attribution. */
  readonly source: string;
}

/** Checks a layer's declaration. @throws Problem bad-declaration */
export function defineLayer(layer: Layer): Layer {
  const identifier = /^[a-z][a-z0-9_]*$/;
  if (!/^[a-z][a-z0-9-]*$/.test(layer.id)) throw new Problem('bad-declaration', { what: `layer id ${layer.id}` });
  for (const name of [layer.table, ...layer.attributes, ...(layer.adcodeColumn ? [layer.adcodeColumn] : [])])
    if (!identifier.test(name)) throw new Problem('bad-declaration', { what: `layer ${layer.id}: ${name} is no plain identifier` });
  if (layer.minZoom > layer.maxZoom) throw new Problem('bad-declaration', { what: `layer ${layer.id}: zooms` });
  return Object.freeze(layer);
}
