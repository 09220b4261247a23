// Every layer of 一张图. Adding one is an entry in its theme's file; a new theme is a file and a line here.
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { context } from './context.ts';
import { divisions } from './divisions.ts';
import { ecology } from './ecology.ts';
import { emergency } from './emergency.ts';
import { forestry } from './forestry.ts';
import { places } from './places.ts';
import { resources } from './resources.ts';
import { stations } from './stations.ts';
import { water } from './water.ts';

export const themes: Readonly<Record<string, readonly Layer[]>> = {
  ...{ context, divisions, places, stations, water },
  ...{ resources, forestry, ecology, emergency },
};

/** Layers by id, in the order of the themes. @throws Problem duplicate-declaration */
export function layersById(all: Readonly<Record<string, readonly Layer[]>> = themes): ReadonlyMap<string, Layer> {
  const layers = new Map<string, Layer>();
  for (const [theme, entries] of Object.entries(all)) {
    for (const layer of entries) {
      if (layers.has(layer.id)) throw new Problem('duplicate-declaration', { what: `layer ${layer.id}` });
      if (layer.theme !== theme) throw new Problem('bad-declaration', { what: `layer ${layer.id}: theme ${layer.theme} in ${theme}` });
      layers.set(layer.id, layer);
    }
  }
  return layers;
}
