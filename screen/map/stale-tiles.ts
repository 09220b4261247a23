// Which tiles of a map a change makes old: few enough to be named one by one, or all of a source. Pure.
import type { BBox } from '../../contracts/geo.ts';
import type { MapChange } from '../../contracts/wire.ts';
import { tilesTouching } from '../../geo-services/tiles/matrix-sets.ts';

export interface TilePlace {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}
/** More are not named: the source is asked for anew as a whole. */
const mostNamed = 400;

/**
 * Tiles of a vector source that shows `layers`; 'all': every one; empty: none.
 * @param sight what the page shows, degrees; tiles far from it are not held by the engine
 * @param zooms least and greatest zoom of tiles that the engine may hold
 */
export function staleTiles(
  changes: readonly MapChange[] | null,
  layers: ReadonlySet<string>,
  sight: BBox,
  zooms: readonly [number, number],
): readonly TilePlace[] | 'all' {
  if (changes === null) return 'all';
  const places = new Map<string, TilePlace>();
  // The engine keeps a ring of tiles around what is in sight.
  const [width, height] = [sight[2] - sight[0], sight[3] - sight[1]];
  const near: BBox = [sight[0] - width, sight[1] - height, sight[2] + width, sight[3] + height];
  for (const { layer, box, minZoom, maxZoom } of changes) {
    if (layer === null || !layers.has(layer)) continue;
    if (box === null) return 'all';
    if (box[0] > near[2] || box[2] < near[0] || box[1] > near[3] || box[3] < near[1]) continue;
    const seen: BBox = [Math.max(box[0], near[0]), Math.max(box[1], near[1]), Math.min(box[2], near[2]), Math.min(box[3], near[3])];
    for (let z = Math.max(minZoom, zooms[0]); z <= Math.min(maxZoom, zooms[1]); z++) {
      const { minX, minY, maxX, maxY } = tilesTouching('mercator', z, seen);
      if ((maxX - minX + 1) * (maxY - minY + 1) > mostNamed) return 'all';
      for (let x = minX; x <= maxX; x++) for (let y = minY; y <= maxY; y++) places.set(`${z}/${x}/${y}`, { x, y, z });
      if (places.size > mostNamed) return 'all';
    }
  }
  return [...places.values()];
}

/** Collection ids in the address of a source's tiles: `…/tiles/…?collections=a,b` or `…/collections/a/tiles/…`. */
export function layersOfSource(tiles: readonly string[]): ReadonlySet<string> {
  const found = new Set<string>();
  for (const address of tiles) {
    const asked = /[?&]collections=([^&]+)/.exec(address)?.[1] ?? /\/collections\/([^/]+)\/tiles\//.exec(address)?.[1] ?? '';
    for (const id of decodeURIComponent(asked).split(',')) if (id) found.add(id);
  }
  return found;
}
