// The desk map with rows on it: draws a style document, says which rows lie under a point, and passes the pointer on to the tool in hand.
import type { GeoJSONSource, StyleSpecification, VectorTileSource } from 'maplibre-gl';
import type { LngLat } from '../../contracts/geo.ts';
import type { MapChange } from '../../contracts/wire.ts';
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
  /** Corners and middles of the shape that is edited: they can be dragged. */
  readonly handles: () => readonly LngLat[];
  readonly onGrab: (index: number) => void;
  readonly onDrag: (position: LngLat) => void;
  /** A tilted map was turned: bearing and pitch in degrees. */
  readonly onTurned: (bearing: number, pitch: number) => void;
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
  /** `turn`: bearing and pitch, degrees; null: from the south at 55. */
  tilt(on: boolean, turn: readonly [number, number] | null): void;
  pan(x: number, y: number): void;
  /** Metres of one CSS px at the middle of the map. */
  metresPerPixel(): number;
}

/** px around the pointer that still count as on a row. */
const reach = 4;
/** Tiles have no bubbles from here on (geo-services/tiles/thing-sql.ts). */
const bubblesEnd = 9;

/** px around the pointer that still take a handle. */
const grip = 9;
const tiltedPitch = 55;

/** Tiles of another moment come into the same source: what is drawn stays until they are there, and a playback does not flicker. */
function exchangeTiles(engine: DeskMap['engine'], style: StyleSpecification): void {
  for (const [id, source] of Object.entries(style.sources)) {
    const present = engine.getSource(id);
    if (source.type !== 'vector' || present?.type !== 'vector' || !source.tiles) continue;
    const vector = present as VectorTileSource;
    if (vector.tiles?.join() !== source.tiles.join()) vector.setTiles([...source.tiles]);
  }
}

/** Makes the map. The caller removes it. @throws when the browser has no WebGL */
export function createLayerMap(options: LayerMapOptions): LayerMap {
  const { onClick, onPointer, onDouble, onIdle, handles, onGrab, onDrag, onTurned, ...rest } = options;
  const desk = createDeskMap({ ...rest, tilts: true, onGround: onClick });
  const { engine } = desk;
  engine.on('mousemove', ({ lngLat }) => onPointer([lngLat.lng, lngLat.lat]));
  engine.on('dblclick', ({ lngLat }) => onDouble([lngLat.lng, lngLat.lat]));
  engine.on('idle', onIdle);
  engine.on('rotateend', () => onTurned(engine.getBearing(), engine.getPitch()));
  engine.on('pitchend', (event) => 'originalEvent' in event && event.originalEvent && onTurned(engine.getBearing(), engine.getPitch()));
  engine.on('mousedown', (event) => {
    const near = handles().findIndex((place) => {
      const { x, y } = engine.project([place[0], place[1]]);
      return Math.hypot(x - event.point.x, y - event.point.y) <= grip;
    });
    if (near < 0) return;
    event.preventDefault();
    onGrab(near);
    const move = ({ lngLat }: { readonly lngLat: { readonly lng: number; readonly lat: number } }): void =>
      onDrag([lngLat.lng, lngLat.lat]);
    engine.on('mousemove', move);
    window.addEventListener('mouseup', () => engine.off('mousemove', move), { once: true });
  });
  return {
    ...desk,
    setStyle(style) {
      exchangeTiles(engine, style as StyleSpecification);
      desk.setStyle(style);
      // A document that changes nothing draws nothing, and rest would never be told.
      engine.triggerRepaint();
    },
    refresh(changes: readonly MapChange[] | null) {
      desk.refresh(changes);
      // Rows that were fetched for a condition are fetched again, when any of the layer changed.
      for (const [id, source] of Object.entries(engine.getStyle()?.sources ?? {}))
        if (
          source.type === 'geojson' &&
          typeof source.data === 'string' &&
          (changes === null || changes.some(({ layer }) => id === `layer-${layer}`))
        )
          void engine.getSource<GeoJSONSource>(id)?.setData(source.data);
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
    tilt(on, turn) {
      const [bearing, pitch] = on ? (turn ?? [0, tiltedPitch]) : [0, 0];
      if (Math.abs(engine.getPitch() - pitch) > 0.6 || Math.abs(engine.getBearing() - bearing) > 0.6) engine.jumpTo({ bearing, pitch });
    },
    pan: (x, y) => void engine.panBy([x, y], { duration: 0 }, { originalEvent: {} }),
    metresPerPixel() {
      const { clientWidth: width, clientHeight: height } = engine.getContainer();
      const [left, right] = [engine.unproject([width / 2 - 50, height / 2]), engine.unproject([width / 2 + 50, height / 2])];
      return left.distanceTo(right) / 100;
    },
  };
}
