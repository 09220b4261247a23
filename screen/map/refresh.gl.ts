// Tiles that a committed change made old are asked for again; all the others stay as they are.
import type { Map as EngineMap } from 'maplibre-gl';
import type { MapChange } from '../../contracts/wire.ts';
import { layersOfSource, staleTiles } from './stale-tiles.ts';

/** @param changes null: whatever is drawn may be old */
export function refreshTiles(map: EngineMap, changes: readonly MapChange[] | null): void {
  const bounds = map.getBounds();
  const zoom = Math.floor(map.getZoom());
  for (const [id, source] of Object.entries(map.getStyle()?.sources ?? {})) {
    if (source.type !== 'vector' || !source.tiles) continue;
    const stale = staleTiles(
      changes,
      layersOfSource(source.tiles),
      [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()],
      // Parents and children of what is in sight may be held and drawn while others load.
      [Math.max(source.minzoom ?? 0, zoom - 3), Math.min(source.maxzoom ?? 22, zoom + 2)],
    );
    if (stale === 'all') map.refreshTiles(id);
    else if (stale.length > 0) map.refreshTiles(id, [...stale]);
  }
}
