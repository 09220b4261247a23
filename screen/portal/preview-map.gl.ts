// The preview of one layer on our base map: its own vector tiles, drawn by what they are, and the feature under a click.
import 'maplibre-gl/dist/maplibre-gl.css';
import { Map as EngineMap, type LayerSpecification, type StyleSpecification, setWorkerUrl } from 'maplibre-gl';
import workerUrl from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url';
import type { BBox } from '../../contracts/geo.ts';
import { anchorLayer } from '../../geo-services/style/base-map.ts';
import { healMap } from '../map/heal.gl.ts';

setWorkerUrl(workerUrl);
const source = 'preview';

export interface PreviewLayer {
  readonly id: string;
  readonly geometry: 'point' | 'line' | 'polygon';
}
export interface PreviewOptions {
  readonly element: HTMLElement;
  /** A MapLibre style without outside addresses. */
  readonly style: unknown;
  readonly home: BBox;
  readonly font: string;
  /** Colour of the layer, and of the keyline around it. */
  readonly colours: () => { readonly mark: string; readonly halo: string };
  readonly onPick: (attributes: Readonly<Record<string, unknown>> | null) => void;
  readonly onReady: () => void;
  readonly onMissing: (missing: boolean) => void;
}
export interface PreviewMap {
  /** null: the base map alone. */
  show(layer: PreviewLayer | null): void;
  setStyle(style: unknown): void;
  /** west,south,east,north of what is in sight, to four decimals. */
  sight(): string;
  zoomBy(steps: number): void;
  home(): void;
  resize(): void;
  remove(): void;
}

/** Makes the map; the caller removes it. @throws when the browser has no WebGL */
export function createPreview(options: PreviewOptions): PreviewMap {
  const bounds = [...options.home] as [number, number, number, number];
  const map = new EngineMap({
    ...{ container: options.element, style: options.style as StyleSpecification, bounds, fitBoundsOptions: { padding: 24 } },
    ...{ attributionControl: false, localIdeographFontFamily: options.font, fadeDuration: 0, dragRotate: false, pitchWithRotate: false },
    ...{ minZoom: 5, maxZoom: 17 },
  });
  map.touchZoomRotate.disableRotation();
  let shown: PreviewLayer | null = null;
  const own = (): string[] => ['preview-fill', 'preview-line', 'preview-point'].filter((id) => map.getLayer(id));

  function draw(): void {
    for (const id of own()) map.removeLayer(id);
    if (map.getSource(source)) map.removeSource(source);
    if (!shown || !map.getSource('relief')) return;
    const { mark, halo } = options.colours();
    map.addSource(source, {
      type: 'vector',
      tiles: [`${location.origin}/ogc/collections/${shown.id}/tiles/WebMercatorQuad/{z}/{y}/{x}`],
      ...{ minzoom: 3, maxzoom: 14 },
    });
    const at = { source, 'source-layer': shown.id };
    const layers: LayerSpecification[] =
      shown.geometry === 'point'
        ? [
            {
              ...at,
              id: 'preview-point',
              type: 'circle',
              paint: {
                'circle-radius': ['interpolate', ['linear'], ['zoom'], 5, 4.5, 12, 8],
                'circle-color': mark,
                'circle-stroke-color': halo,
                'circle-stroke-width': 1.5,
              },
            },
          ]
        : shown.geometry === 'line'
          ? [
              {
                ...at,
                id: 'preview-line',
                type: 'line',
                paint: { 'line-color': mark, 'line-width': ['interpolate', ['linear'], ['zoom'], 5, 1.2, 12, 3] },
              },
            ]
          : [
              { ...at, id: 'preview-fill', type: 'fill', paint: { 'fill-color': mark, 'fill-opacity': 0.22 } },
              { ...at, id: 'preview-line', type: 'line', paint: { 'line-color': mark, 'line-width': 1.2 } },
            ];
    const below = map.getLayer(anchorLayer) ? anchorLayer : undefined;
    for (const layer of layers) map.addLayer(layer, below);
  }
  map.on('style.load', draw);
  map.once('idle', options.onReady);
  map.on('click', ({ point }) => {
    const box: [[number, number], [number, number]] = [
      [point.x - 6, point.y - 6],
      [point.x + 6, point.y + 6],
    ];
    const [feature] = own().length > 0 ? map.queryRenderedFeatures(box, { layers: own() }) : [];
    options.onPick(feature ? { id: feature.id, ...feature.properties } : null);
  });
  const stopHealing = healMap(map, options.onMissing);
  return {
    show(layer) {
      if (layer?.id === shown?.id) return;
      shown = layer;
      if (map.isStyleLoaded() || map.getSource('relief')) draw();
    },
    setStyle: (style) => void map.setStyle(style as StyleSpecification, { diff: false }),
    sight() {
      const box = map.getBounds();
      return [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((degrees) => degrees.toFixed(4)).join(',');
    },
    zoomBy: (steps) => void map.zoomTo(map.getZoom() + steps, { duration: 0 }),
    home: () => void map.fitBounds(bounds, { padding: 24, duration: 0 }),
    resize: () => map.resize(),
    remove() {
      stopHealing();
      map.remove();
    },
  };
}
