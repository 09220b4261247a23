// The desk map with rows on it: draws a style document, says which rows lie under a point, and passes the pointer on to the tool in hand.
import type { LngLat } from '../../contracts/geo.ts';
import { createDeskMap, type DeskMap, type DeskMapOptions } from '../../screen/console/desk-map.gl.ts';
import { hitLayers } from './map-document.ts';

export interface Hit {
  readonly layer: string;
  readonly id: number;
  /** As the tile has them. */
  readonly properties: Readonly<Record<string, unknown>>;
}
export interface LayerMapOptions extends Omit<DeskMapOptions, 'onGround' | 'tilts'> {
  readonly onClick: (position: LngLat, point: readonly [number, number]) => void;
  readonly onPointer: (position: LngLat) => void;
  readonly onDouble: (position: LngLat) => void;
  /** All tiles in sight are drawn. */
  readonly onIdle: () => void;
}
export interface LayerMap extends DeskMap {
  /** Rows under a point, those of the topmost layer first, each once. `layers`: ids, top first. */
  hits(point: readonly [number, number], layers: readonly string[]): readonly Hit[];
  /** Goes to where a bubble under the point comes apart; false: there is none. */
  openBubble(point: readonly [number, number], layers: readonly string[]): boolean;
  /** While a tool is in hand the second click of a pair must not zoom. */
  setTool(inHand: boolean): void;
  tilt(on: boolean): void;
  /** Metres of one CSS px at the middle of the map. */
  metresPerPixel(): number;
}

/** px around the pointer that still count as on a row. */
const reach = 4;
/** Tiles have no bubbles from here on (geo-services/tiles/thing-sql.ts). */
const bubblesEnd = 9;

/** Makes the map. The caller removes it. @throws when the browser has no WebGL */
export function createLayerMap({ onClick, onPointer, onDouble, onIdle, ...options }: LayerMapOptions): LayerMap {
  const desk = createDeskMap({ ...options, tilts: true, onGround: onClick });
  const { engine } = desk;
  engine.on('mousemove', ({ lngLat }) => onPointer([lngLat.lng, lngLat.lat]));
  engine.on('dblclick', ({ lngLat }) => onDouble([lngLat.lng, lngLat.lat]));
  engine.on('idle', onIdle);
  return {
    ...desk,
    setStyle(style) {
      desk.setStyle(style);
      // A document that changes nothing draws nothing, and rest would never be told.
      engine.triggerRepaint();
    },
    hits([x, y], layers) {
      const ids = layers.flatMap((id) => hitLayers(id)).filter((id) => engine.getLayer(id) !== undefined);
      if (ids.length === 0) return [];
      const found = engine.queryRenderedFeatures([[x - reach, y - reach], [x + reach, y + reach]], { layers: ids }); // biome-ignore format: two corners
      const hits = new Map<string, Hit>();
      for (const feature of found) {
        const layer = feature.layer.id.split('@')[0] ?? '';
        const id = Number(feature.id ?? feature.properties['id']);
        if (Number.isSafeInteger(id) && id > 0) hits.set(`${layer}/${id}`, { layer, id, properties: feature.properties });
      }
      return [...hits.values()].sort((a, b) => layers.indexOf(a.layer) - layers.indexOf(b.layer));
    },
    openBubble([x, y], layers) {
      const ids = layers.map((id) => `${id}@point`).filter((id) => engine.getLayer(id) !== undefined);
      const bubble =
        ids.length === 0
          ? undefined
          : engine.queryRenderedFeatures([x, y], { layers: ids }).find(({ properties }) => Number(properties['count'] ?? 1) > 1);
      if (bubble?.geometry.type !== 'Point') return false;
      const [lng = 0, lat = 0] = bubble.geometry.coordinates;
      desk.fit([lng, lat, lng, lat], Math.max(engine.getZoom() + 2, bubblesEnd));
      return true;
    },
    setTool(inHand) {
      engine.getCanvas().style.cursor = inHand ? 'crosshair' : '';
      if (inHand) engine.doubleClickZoom.disable();
      else engine.doubleClickZoom.enable();
    },
    tilt(on) {
      engine.jumpTo(on ? { pitch: 55 } : { pitch: 0, bearing: 0 });
    },
    metresPerPixel() {
      const { clientWidth: width, clientHeight: height } = engine.getContainer();
      const [left, right] = [engine.unproject([width / 2 - 50, height / 2]), engine.unproject([width / 2 + 50, height / 2])];
      return left.distanceTo(right) / 100;
    },
  };
}
