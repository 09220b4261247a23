// The map of a desk page: MapLibre behind a small interface, so that a page's marks and state know nothing of the engine.
import 'maplibre-gl/dist/maplibre-gl.css';
import { Map as EngineMap, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { BBox, LngLat } from '../../contracts/geo.ts';
import type { MapChange } from '../../contracts/wire.ts';
import { healMap } from '../map/heal.gl.ts';
import { refreshTiles } from '../map/refresh.gl.ts';

setWorkerUrl(workerUrl);
const areaLayer = 'page-areas';

export interface DeskCamera {
  readonly center: LngLat;
  readonly zoom: number;
}
export interface DeskMapOptions {
  readonly element: HTMLElement;
  /** A MapLibre style without outside addresses. */
  readonly style: unknown;
  /** What a page without a camera of its own shows. */
  readonly home: BBox;
  readonly camera: DeskCamera | null;
  /** px kept free around `home`. */
  readonly padding: number;
  readonly font: string;
  /** Every frame while the map moves. */
  readonly onMove: () => void;
  /** Once it stands still, by hand or by a cluster that was opened; not after a quiet move. */
  readonly onSettled: (camera: DeskCamera) => void;
  /** What is in sight, each time that the map has come to rest, however it was moved. */
  readonly onSight: (box: BBox) => void;
  /** A click on the map itself: where, and the place in the element. */
  readonly onGround: (position: LngLat, point: readonly [number, number]) => void;
  /** The map may be tilted and turned by hand (right button). */
  readonly tilts?: boolean;
  readonly onReady: () => void;
  /** A piece of the base map did not come; false: all of it is there again. */
  readonly onMissing: (missing: boolean) => void;
}
export interface AreaFill {
  readonly source: string;
  readonly sourceLayer: string;
  /** Attribute that `colours` is keyed by. */
  readonly key: string;
  readonly colours: Readonly<Record<string, string>>;
  readonly opacity: number;
  /** Layer that it lies below. */
  readonly below: string;
}
export interface DeskMap {
  /** The engine, for a page's own .gl file. */
  readonly engine: EngineMap;
  /** Place in the element, px. */
  project(position: LngLat): readonly [number, number];
  camera(): DeskCamera;
  /** Changes land, sea and names; what the page drew stays. */
  setStyle(style: unknown): void;
  /** Moves without animation where the user wants none. */
  moveTo(camera: DeskCamera): void;
  /** `quietly`: the camera that it ends at is not reported. */
  fit(box: BBox, maxZoom: number, quietly?: boolean): void;
  /** Brings a position into sight by as little as needed; nothing moves if it is. */
  reveal(position: LngLat, margin: number): void;
  setLayersVisible(layers: readonly string[], visible: boolean): void;
  /** Colours the areas of a vector source layer by a key; null: no fill. Survives a change of style. */
  setAreaFill(fill: AreaFill | null): void;
  zoomBy(steps: number): void;
  /** Asks again for the tiles that a change made old; null: for all. */
  refresh(changes: readonly MapChange[] | null): void;
  resize(): void;
  remove(): void;
}

/** Makes the map. The caller removes it. @throws when the browser has no WebGL */
export function createDeskMap(options: DeskMapOptions): DeskMap {
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  const duration = still ? 0 : 280;
  const map = new EngineMap({
    container: options.element,
    style: options.style as StyleSpecification,
    ...(options.camera
      ? { center: [...options.camera.center] as [number, number], zoom: options.camera.zoom }
      : { bounds: [...options.home] as [number, number, number, number], fitBoundsOptions: { padding: options.padding } }),
    attributionControl: false,
    localIdeographFontFamily: options.font,
    fadeDuration: 0,
    dragRotate: options.tilts === true,
    pitchWithRotate: options.tilts === true,
    maxZoom: 16,
    minZoom: 5,
  });
  if (!options.tilts) map.touchZoomRotate.disableRotation();
  map.keyboard.disable();
  const tellSight = (): void => {
    const box = map.getBounds();
    options.onSight([box.getWest(), box.getSouth(), box.getEast(), box.getNorth()]);
  };
  const camera = (): DeskCamera => ({ center: [map.getCenter().lng, map.getCenter().lat], zoom: map.getZoom() });
  map.on('move', options.onMove);
  // The engine settles once by itself when it starts.
  let quiet = true;
  map.on('movestart', (event) => {
    if ('originalEvent' in event && event.originalEvent) quiet = false;
  });
  map.on('moveend', () => {
    if (!quiet) options.onSettled(camera());
    quiet = true;
    tellSight();
  });
  map.on('resize', tellSight);
  map.on('click', ({ lngLat, point }) => options.onGround([lngLat.lng, lngLat.lat], [point.x, point.y]));
  map.once('load', () => {
    options.onReady();
    tellSight();
  });
  let areaFill: AreaFill | null = null;
  map.on('styledata', () => {
    drawAreaFill();
    options.onMove();
  });
  const stopHealing = healMap(map, options.onMissing);
  function drawAreaFill(): void {
    const fill = areaFill;
    const present = map.getLayer(areaLayer) !== undefined;
    if (!fill || Object.keys(fill.colours).length === 0) {
      if (present) map.removeLayer(areaLayer);
      return;
    }
    if (!map.getSource(fill.source)) return;
    const colour = ['match', ['get', fill.key], ...Object.entries(fill.colours).flat(), 'rgba(0,0,0,0)'] as unknown as string;
    if (present) {
      // Setting what is set already would announce a new style, and that calls this again.
      if (JSON.stringify(map.getPaintProperty(areaLayer, 'fill-color')) !== JSON.stringify(colour))
        map.setPaintProperty(areaLayer, 'fill-color', colour);
      if (map.getPaintProperty(areaLayer, 'fill-opacity') !== fill.opacity) map.setPaintProperty(areaLayer, 'fill-opacity', fill.opacity);
      return;
    }
    map.addLayer(
      {
        id: areaLayer,
        type: 'fill',
        source: fill.source,
        'source-layer': fill.sourceLayer,
        paint: { 'fill-color': colour, 'fill-opacity': fill.opacity, 'fill-antialias': false },
      },
      map.getLayer(fill.below) ? fill.below : undefined,
    );
  }
  return {
    engine: map,
    project: (position) => {
      const point = map.project([position[0], position[1]]);
      return [point.x, point.y];
    },
    camera,
    setStyle: (style) => map.setStyle(style as StyleSpecification, { diff: true }),
    moveTo: (to) => void map.jumpTo({ center: [...to.center] as [number, number], zoom: to.zoom }),
    fit(box, maxZoom, quietly = false) {
      map.stop();
      quiet = quietly;
      map.fitBounds([...box] as [number, number, number, number], { padding: 60, maxZoom, duration });
    },
    reveal(position, margin) {
      const { x, y } = map.project([position[0], position[1]]);
      const { clientWidth: width, clientHeight: height } = map.getContainer();
      const dx = x < margin ? x - margin : x > width - margin ? x - width + margin : 0;
      const dy = y < margin ? y - margin : y > height - margin ? y - height + margin : 0;
      if (dx !== 0 || dy !== 0) map.panBy([dx, dy], { duration });
    },
    setLayersVisible(layers, visible) {
      for (const layer of layers) if (map.getLayer(layer)) map.setLayoutProperty(layer, 'visibility', visible ? 'visible' : 'none');
    },
    setAreaFill(fill) {
      areaFill = fill;
      // Before the style is there it has no source, and the fill waits for `styledata`.
      drawAreaFill();
    },
    zoomBy(steps) {
      quiet = false;
      map.zoomTo(map.getZoom() + steps, { duration });
    },
    refresh: (changes) => refreshTiles(map, changes),
    resize: () => map.resize(),
    remove() {
      stopHealing();
      map.remove();
    },
  };
}
