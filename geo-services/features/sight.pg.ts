// What every door of 一张图 goes by: the layers that there are and who sees what of them, heard by one ear and the same for all.
import type { Layer } from '../../contracts/layer.ts';
import { layersById } from '../one-map/index.ts';
import type { Queryable } from '../queryable.ts';
import { type Changes, openChanges } from './changes.pg.ts';
import { type Grants, openGrants } from './grants.pg.ts';
import { type Layers, openLayers } from './layers.pg.ts';

export interface Sight {
  readonly changes: Changes;
  readonly layers: Layers;
  readonly grants: Grants;
  /** Layers and grants are those that were committed before. @throws Problem database-unavailable */
  current(): Promise<void>;
}
export interface SightOptions {
  readonly database: Queryable;
  /** Declared layers; those of the table `layer` come beside them. */
  readonly layers?: ReadonlyMap<string, Layer> | undefined;
  /** How often changes are listened for while nobody asks, milliseconds; absent: never. */
  readonly listenMilliseconds?: number | undefined;
  readonly now: () => number;
}

export function openSight({ database, layers: declared, listenMilliseconds, now }: SightOptions): Sight {
  const changes = openChanges(database, listenMilliseconds ?? null);
  const layers = openLayers(database, changes, declared ?? layersById());
  const grants = openGrants(database, changes, now);
  return {
    ...{ changes, layers, grants },
    current: async () => void (await Promise.all([layers.current(), grants.current()])),
  };
}
