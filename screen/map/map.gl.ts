// The map of a page behind a small interface: MapLibre with our own worker and no glyphs from outside, a fitted province.
//
// Import it with import(): the engine is the largest script of the page and none of the first paint needs it.
import 'maplibre-gl/dist/maplibre-gl.css';
import { Map as EngineMap, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { BBox, LngLat } from '../../contracts/geo.ts';
import type { MapChange } from '../../contracts/wire.ts';
import { healMap } from './heal.gl.ts';
import type { Padding } from './points.ts';
import { refreshTiles } from './refresh.gl.ts';

setWorkerUrl(workerUrl);

/** Largest canvas side of a wall, px; the engine's own 4096 silently halves a wide one. */
const canvasLimit = 8192;

export interface MapOptions {
  readonly element: HTMLElement;
  /** A MapLibre style without outside addresses (geo-services/style). */
  readonly style: unknown;
  readonly fontFamily: string;
  /** Pan and zoom by hand. */
  readonly interactive: boolean;
  readonly home: BBox;
  readonly padding: Padding;
  /** The camera moved: places of marks change. */
  readonly onMove: () => void;
  /** Everything in sight is drawn for the first time. */
  readonly onReady: () => void;
  /** A piece of the base map did not come; false: all of it is there again. */
  readonly onMissing: (missing: boolean) => void;
}
export interface PageMap {
  /** Place of a position in the element, px. */
  project(position: LngLat): readonly [number, number];
  fit(box: BBox, padding: Padding): void;
  attribution(): readonly string[];
  /** Asks again for the tiles that a change made old; null: for all. */
  refresh(changes: readonly MapChange[] | null): void;
  resize(): void;
  remove(): void;
}

/** Makes the map; the caller removes it. @throws when the browser has no WebGL 2 */
export function createMap(options: MapOptions): PageMap {
  const map = new EngineMap({
    container: options.element,
    style: options.style as StyleSpecification,
    bounds: [...options.home] as [number, number, number, number],
    fitBoundsOptions: { padding: { ...options.padding } },
    interactive: options.interactive,
    attributionControl: false,
    localIdeographFontFamily: options.fontFamily,
    maxCanvasSize: [canvasLimit, canvasLimit],
    fadeDuration: 0,
    dragRotate: false,
    pitchWithRotate: false,
    trackResize: false,
    // A wall is not looked at from 20 cm; SwiftShader and old control-room cards thank for it.
    canvasContextAttributes: { antialias: false },
  });
  map.on('move', options.onMove);
  map.once('idle', options.onReady);
  const stopHealing = healMap(map, options.onMissing);
  return {
    project(position) {
      const { x, y } = map.project([position[0], position[1]]);
      return [x, y];
    },
    fit: (box, padding) => map.fitBounds([...box] as [number, number, number, number], { padding: { ...padding }, duration: 0 }),
    attribution() {
      const texts = Object.values(map.getStyle()?.sources ?? {}).flatMap((source) =>
        'attribution' in source && source.attribution ? [source.attribution] : [],
      );
      return [...new Set(texts)];
    },
    refresh: (changes) => refreshTiles(map, changes),
    resize: () => map.resize(),
    remove() {
      stopHealing();
      map.remove();
    },
  };
}
