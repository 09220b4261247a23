// The preview of one layer on our base map: its vector tiles in the style that the server gives for it, and the feature under a click.
import 'maplibre-gl/dist/maplibre-gl.css';
import { Map as EngineMap, type LayerSpecification, type SourceSpecification, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { BBox } from '../../contracts/geo.ts';
import { anchorLayer } from '../../geo-services/style/base-map.ts';
import { healMap } from '../map/heal.gl.ts';
import type { PreviewStyle } from './preview.http.ts';

setWorkerUrl(workerUrl);

/** What is drawn over the base map, and by whose right. */
export interface Shown {
  readonly id: string;
  readonly style: PreviewStyle;
  /** null: the province is shown. */
  readonly extent: BBox | null;
  /** '': as a visitor. */
  readonly key: string;
}
/** Wider than this (degrees) a layer is looked at over the province. */
const WIDEST = 12;
export interface PreviewOptions {
  readonly element: HTMLElement;
  /** A MapLibre style without outside addresses. */
  readonly style: unknown;
  readonly home: BBox;
  readonly font: string;
  readonly onPick: (attributes: Readonly<Record<string, unknown>> | null) => void;
  readonly onReady: () => void;
  /** true: from so far away the layer is not drawn. */
  readonly onFar: (far: boolean) => void;
  readonly onMissing: (missing: boolean) => void;
}
export interface PreviewMap {
  /** null: the base map alone. */
  show(layer: Shown | null): void;
  setStyle(style: unknown): void;
  /** west,south,east,north of what is in sight, to four decimals. */
  sight(): string;
  zoomBy(steps: number): void;
  home(): void;
  /** To where the layer lies. */
  look(): void;
  resize(): void;
  remove(): void;
}

/** Makes the map; the caller removes it. @throws when the browser has no WebGL */
export function createPreview(options: PreviewOptions): PreviewMap {
  const bounds = [...options.home] as [number, number, number, number];
  let shown: Shown | null = null;
  /** Ids of what was added, to be taken away again. */
  let added: { readonly layers: string[]; readonly sources: string[] } = { layers: [], sources: [] };
  const map: EngineMap = new EngineMap({
    ...{ container: options.element, style: options.style as StyleSpecification, bounds, fitBoundsOptions: { padding: 24 } },
    ...{ attributionControl: false, localIdeographFontFamily: options.font, fadeDuration: 0, dragRotate: false, pitchWithRotate: false },
    ...{ minZoom: 5, maxZoom: 17 },
    // The key goes with the layer's own addresses, and in a header: no log has it.
    transformRequest: (url) => {
      const own = shown?.key && url.startsWith(`${location.origin}/ogc/collections/${shown.id}/`);
      return own ? { url, headers: { Authorization: `Bearer ${shown?.key}` }, credentials: 'same-origin' } : { url };
    },
  });
  map.touchZoomRotate.disableRotation();
  function draw(): void {
    for (const id of added.layers) if (map.getLayer(id)) map.removeLayer(id);
    for (const id of added.sources) if (map.getSource(id)) map.removeSource(id);
    added = { layers: [], sources: [] };
    if (!shown || !map.getSource('relief')) return;
    const named = (id: string): string => `preview ${id}`;
    for (const [id, source] of Object.entries(shown.style.sources)) {
      map.addSource(named(id), source as SourceSpecification);
      added.sources.push(named(id));
    }
    const below = map.getLayer(anchorLayer) ? anchorLayer : undefined;
    for (const layer of shown.style.layers) {
      if (layer.type === 'background' || !('source' in layer)) continue;
      map.addLayer({ ...layer, id: named(layer.id), source: named(String(layer.source)) } as LayerSpecification, below);
      added.layers.push(named(layer.id));
    }
  }
  const closest = (): number =>
    Math.max(0, ...Object.values(shown?.style.sources ?? {}).map((source) => Number((source as { minzoom?: number }).minzoom ?? 0)));
  function look(): void {
    const box = shown?.extent;
    const near = box && box[2] - box[0] < WIDEST && box[3] - box[1] < WIDEST;
    map.fitBounds(near ? [box[0], box[1], box[2], box[3]] : bounds, { padding: 40, duration: 0, maxZoom: 13 });
    // A layer that begins to be drawn closer by is looked at from there.
    if (map.getZoom() < closest()) map.jumpTo({ zoom: closest() });
  }
  map.on('zoom', () => options.onFar(shown !== null && map.getZoom() < closest()));
  map.on('style.load', draw);
  map.once('idle', options.onReady);
  map.on('click', ({ point }) => {
    const box: [[number, number], [number, number]] = [
      [point.x - 6, point.y - 6],
      [point.x + 6, point.y + 6],
    ];
    const [feature] = added.layers.length > 0 ? map.queryRenderedFeatures(box, { layers: added.layers }) : [];
    options.onPick(feature ? { id: feature.id, ...feature.properties } : null);
  });
  const stopHealing = healMap(map, options.onMissing);
  return {
    show(layer) {
      const other = layer?.id !== shown?.id;
      shown = layer;
      options.onFar(shown !== null && map.getZoom() < closest());
      if (map.isStyleLoaded() || map.getSource('relief')) draw();
      if (other && layer) look();
    },
    setStyle: (style) => void map.setStyle(style as StyleSpecification, { diff: false }),
    sight() {
      const box = map.getBounds();
      return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((degrees) => degrees.toFixed(4)).join(',');
    },
    zoomBy: (steps) => void map.zoomTo(map.getZoom() + steps, { duration: 0 }),
    home: () => void map.fitBounds(bounds, { padding: 24, duration: 0 }),
    look,
    resize: () => map.resize(),
    remove() {
      stopHealing();
      map.remove();
    },
  };
}
