// After a piece of the base map did not come it is asked for again, later each time, until all of it is there: the engine itself never does.
import type { Map as EngineMap, ImageSource } from 'maplibre-gl';

const firstWait = 3000;
const longestWait = 12_000;

interface TilePlace {
  readonly x: number;
  readonly y: number;
  readonly z: number;
}

/** @param tell true: something is missing · false: it has come. @returns stops the asking */
export function healMap(map: EngineMap, tell: (missing: boolean) => void): () => void {
  let missing = false;
  let wait = firstWait;
  let timer: ReturnType<typeof setTimeout> | null = null;
  /** What failed since the last asking. */
  const tiles = new Map<string, { readonly source: string; readonly place: TilePlace }>();
  const images = new Set<string>();
  function again(): void {
    timer = null;
    missing = false;
    const wanted = [...tiles];
    tiles.clear();
    for (const [id, source] of Object.entries(map.getStyle()?.sources ?? {})) {
      // By name: without names the engine (6.17) takes a failed tile for one that is on its way, and never asks.
      const own = wanted.filter(([, of]) => of.source === id).map(([, { place }]) => place);
      if (own.length > 0) map.refreshTiles(id, own);
      if (source.type === 'image' && source.url && images.delete(id)) map.getSource<ImageSource>(id)?.updateImage({ url: source.url });
    }
    map.once('idle', () => {
      if (missing) return;
      wait = firstWait;
      tell(false);
    });
  }
  map.on('error', (event) => {
    const { sourceId, tile } = event as { sourceId?: string; tile?: { tileID: { canonical: TilePlace } } };
    if (sourceId !== undefined && tile) {
      const { x, y, z } = tile.tileID.canonical;
      tiles.set(`${sourceId} ${z}/${x}/${y}`, { source: sourceId, place: { x, y, z } });
    } else if (sourceId !== undefined) images.add(sourceId);
    missing = true;
    tell(true);
    if (timer !== null) return;
    timer = setTimeout(again, wait);
    wait = Math.min(longestWait, wait * 1.5);
  });
  return () => {
    if (timer !== null) clearTimeout(timer);
  };
}
