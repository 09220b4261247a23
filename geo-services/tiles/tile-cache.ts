// Tiles in memory within a budget of bytes, found by where they lie: a change drops the tiles that it touches and no others.
//
// Each tile is made once, however many ask at the same time (single-flight). What is being made while a change comes in may or may not hold it:
// it is given to those who asked before the change and is not kept.
import type { BBox } from '../../contracts/geo.ts';
import { byteCache } from './byte-cache.ts';
import { type Grid, type GridTile, tilesTouching } from './matrix-sets.ts';

/** What a kept value is made of. */
export interface Place {
  readonly layers: readonly string[];
  readonly tile: GridTile;
}
export interface Drop {
  readonly layer: string;
  /** Degrees; null: everywhere. */
  readonly box: BBox | null;
  readonly minZoom: number;
  readonly maxZoom: number;
}
export interface TileCache<V> {
  /** The value kept under the key, or the one being made, or a new one. */
  take(key: string, place: Place, make: () => Promise<V>): Promise<V>;
  /** The value kept under the key, which is then the last to go. */
  peek(key: string): V | undefined;
  /** How many kept values were dropped. */
  drop(drop: Drop): number;
  readonly statistics: { readonly hits: number; readonly misses: number; readonly bytes: number; readonly entries: number };
}

interface Making<V> {
  readonly promise: Promise<V>;
  stale: boolean;
}
/** Keys by layer, then grid and zoom, then column and row. */
type Index = Map<string, Map<string, Map<string, Set<string>>>>;

const levelOf = ({ grid, z }: GridTile): string => `${grid} ${z}`;
const cellOf = ({ x, y }: Pick<GridTile, 'x' | 'y'>): string => `${x} ${y}`;

/** `sizeOf`: bytes of a value. */
export function tileCache<V>(budgetBytes: number, sizeOf: (value: V) => number): TileCache<V> {
  const places = new Map<string, Place>();
  const index: Index = new Map();
  const making = new Map<string, Making<V>>();
  const cache = byteCache<V>(budgetBytes, 400, forget);
  let [hits, misses] = [0, 0];

  function remember(key: string, place: Place): void {
    places.set(key, place);
    for (const layer of place.layers) {
      const levels = index.get(layer) ?? new Map<string, Map<string, Set<string>>>();
      const cells = levels.get(levelOf(place.tile)) ?? new Map<string, Set<string>>();
      const keys = cells.get(cellOf(place.tile)) ?? new Set<string>();
      index.set(layer, levels.set(levelOf(place.tile), cells.set(cellOf(place.tile), keys.add(key))));
    }
  }
  function forget(key: string): void {
    const place = places.get(key);
    if (!place || making.has(key)) return;
    places.delete(key);
    for (const layer of place.layers) {
      const levels = index.get(layer);
      const cells = levels?.get(levelOf(place.tile));
      const keys = cells?.get(cellOf(place.tile));
      keys?.delete(key);
      if (keys?.size === 0) cells?.delete(cellOf(place.tile));
      if (cells?.size === 0) levels?.delete(levelOf(place.tile));
      if (levels?.size === 0) index.delete(layer);
    }
  }
  /** Keys of a level under a box; looks at the fewer of the cells that are kept and those that the box touches. */
  function under(cells: ReadonlyMap<string, ReadonlySet<string>>, level: string, box: BBox | null): string[] {
    if (box === null) return [...cells.values()].flatMap((keys) => [...keys]);
    const [grid, z] = level.split(' ') as [Grid, string];
    const range = tilesTouching(grid, Number(z), box);
    const count = (range.maxX - range.minX + 1) * (range.maxY - range.minY + 1);
    const found: string[] = [];
    if (count <= cells.size) {
      for (let x = range.minX; x <= range.maxX; x++)
        for (let y = range.minY; y <= range.maxY; y++) found.push(...(cells.get(cellOf({ x, y })) ?? []));
      return found;
    }
    for (const [cell, keys] of cells) {
      const [x = 0, y = 0] = cell.split(' ').map(Number);
      if (x >= range.minX && x <= range.maxX && y >= range.minY && y <= range.maxY) found.push(...keys);
    }
    return found;
  }

  return {
    peek: (key) => cache.get(key),
    take(key, place, make) {
      const kept = cache.get(key);
      if (kept !== undefined) {
        hits++;
        return Promise.resolve(kept);
      }
      const running = making.get(key);
      if (running && !running.stale) {
        hits++;
        return running.promise;
      }
      misses++;
      const one: Making<V> = {
        stale: false,
        promise: make().then(
          (value) => {
            const last = making.get(key) === one;
            if (last) making.delete(key);
            if (!one.stale && last) cache.set(key, value, sizeOf(value));
            if (last && cache.get(key) === undefined) forget(key);
            return value;
          },
          (error: unknown) => {
            if (making.get(key) === one) {
              making.delete(key);
              forget(key);
            }
            throw error;
          },
        ),
      };
      making.set(key, one);
      remember(key, place);
      return one.promise;
    },
    drop({ layer, box, minZoom, maxZoom }) {
      let dropped = 0;
      for (const [level, cells] of [...(index.get(layer) ?? [])]) {
        const z = Number(level.split(' ')[1]);
        if (z < minZoom || z > maxZoom) continue;
        for (const key of under(cells, level, box)) {
          const running = making.get(key);
          if (running) running.stale = true;
          if (cache.delete(key)) dropped++;
        }
      }
      return dropped;
    },
    get statistics() {
      return { hits, misses, bytes: cache.bytes, entries: cache.size };
    },
  };
}
