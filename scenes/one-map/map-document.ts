// What the map draws as one style document: our base map, the shown layers over it, the selection and the drawings on top. Pure; the engine draws the difference.
import type { Instant } from '../../contracts/observation.ts';
import { anchorLayer, type MapStyle } from '../../geo-services/style/base-map.ts';
import { type ConsoleTheme, consoleStyle } from '../../geo-services/style/console-style.ts';
import { pointLayers } from '../../geo-services/style/point-layers.ts';
import type { Collection } from './catalogue.ts';
import { colourExpression, type Look } from './look.ts';

export interface DrawnLayer {
  readonly collection: Pick<Collection, 'id' | 'geometry' | 'attribution' | 'raster'>;
  readonly look: Look;
  /** 0–1. */
  readonly opacity: number;
}
/** The rows of one layer that are drawn, where not all are. */
export interface Narrowing {
  readonly layer: string;
  /** A style expression for its tiles. */
  readonly only?: unknown;
  /** Address of a GeoJSON with just these rows, instead of tiles. */
  readonly data?: string;
}
/** A GeoJSON FeatureCollection; the engine checks it, we only pass it on. */
export interface Shapes {
  readonly type: 'FeatureCollection';
  readonly features: readonly object[];
}
export const noShapes: Shapes = { type: 'FeatureCollection', features: [] };

export interface MapDocumentOptions {
  readonly origin: string;
  readonly theme: ConsoleTheme;
  /** Top first. */
  readonly layers: readonly DrawnLayer[];
  /** The layers as they were known then; null: now. */
  readonly at: Instant | null;
  readonly selection: Shapes;
  /** Drawings, measures, results of an analysis; `kind` in the properties: sketch · measure · area · result · corner · middle. */
  readonly drawings: Shapes;
  readonly tilted: boolean;
  /** Attributes that may hold a height in metres, first found. */
  readonly heights: Readonly<Record<string, string>>;
  readonly narrowing: Narrowing | null;
}

const sourceOf = (id: string): string => `layer-${id}`;
/** Ids of engine layers that show rows of `id` and answer a click. */
export const hitLayers = (id: string): readonly string[] => [`${id}@fill`, `${id}@line`, `${id}@point`];
const accents = { light: '#006a9e', dark: '#4cc3f0' } as const;
const inks = { light: '#15202b', dark: '#eaf1f7' } as const;
const halos = { light: '#ffffff', dark: '#0a1119' } as const;

type EngineLayer = Record<string, unknown>;

function layersFor({ collection, look, opacity }: DrawnLayer, options: MapDocumentOptions): EngineLayer[] {
  const { id, geometry } = collection;
  const narrowing = options.narrowing?.layer === id ? options.narrowing : null;
  const only = narrowing?.data === undefined ? (narrowing?.only ?? null) : null;
  const from = {
    source: sourceOf(id),
    ...(narrowing?.data === undefined ? { 'source-layer': id } : {}),
    ...(only === null ? {} : { filter: only }),
  };
  const colour = colourExpression(look);
  const line = (width: number, share = 1): EngineLayer => ({
    id: `${id}@line`,
    type: 'line',
    ...from,
    layout: { 'line-join': 'round', 'line-cap': 'round' },
    paint: { 'line-color': colour, 'line-width': width, 'line-opacity': opacity * share },
  });
  if (collection.raster) return rasterLayers(collection.raster, id, colour, opacity);
  if (geometry === 'line') return [line(look.width)];
  if (geometry === 'point')
    return pointLayers({
      ...{ id: `${id}@point`, from, colour, opacity, radius: [look.width, look.width] },
      ...{ halo: halos[options.theme], ink: inks[options.theme] },
    });
  const own = options.heights[id];
  const height = look.height ?? (own === undefined ? null : { attribute: own, metres: 1 });
  if (options.tilted && height !== null)
    return [
      {
        id: `${id}@fill`,
        type: 'fill-extrusion',
        ...from,
        paint: {
          'fill-extrusion-color': colour,
          'fill-extrusion-opacity': opacity,
          'fill-extrusion-height': ['*', height.metres, ['to-number', ['get', height.attribute], 0]],
        },
      },
    ];
  // Classes are read off the fill; one colour is an outline with a breath of fill.
  const share = look.classes ? 0.75 : 0.14;
  return [
    { id: `${id}@fill`, type: 'fill', ...from, paint: { 'fill-color': colour, 'fill-opacity': opacity * share } },
    { ...line(look.width), filter: outlined(only) },
  ];
}

/** Tiles that were brought in: pictures as they are, heights as a coloured picture, an archive's vector tiles in the layer's colour. */
function rasterLayers(
  { kind, vectorLayers }: NonNullable<Collection['raster']>,
  id: string,
  colour: unknown,
  opacity: number,
): EngineLayer[] {
  const source = sourceOf(id);
  if (kind !== 'vector')
    return [{ id: `${id}@picture`, type: 'raster', source, paint: { 'raster-opacity': opacity, 'raster-fade-duration': 0 } }];
  return (vectorLayers ?? []).flatMap((inner): EngineLayer[] => {
    const from = { source, 'source-layer': inner.id };
    const name = `${id}@${inner.id}`;
    return [
      {
        id: `${name}-fill`,
        type: 'fill',
        ...from,
        filter: shapeIs('Polygon'),
        paint: { 'fill-color': colour, 'fill-opacity': opacity * 0.14 },
      },
      {
        id: `${name}-line`,
        type: 'line',
        ...from,
        filter: ['!', shapeIs('Point')],
        paint: { 'line-color': colour, 'line-width': 0.8, 'line-opacity': opacity },
      },
      {
        id: `${name}-point`,
        type: 'circle',
        ...from,
        filter: shapeIs('Point'),
        paint: { 'circle-color': colour, 'circle-radius': 2, 'circle-opacity': opacity },
      },
    ];
  });
}
function rasterSource(origin: string, { id, attribution, raster }: DrawnLayer['collection']): object {
  const { kind, minZoom = 0, maxZoom = 14, bounds } = raster ?? {};
  const door = kind === 'vector' ? 'tiles' : 'map/tiles';
  return {
    ...(kind === 'vector' ? { type: 'vector' } : { type: 'raster', tileSize: 256 }),
    tiles: [`${origin}/ogc/collections/${id}/${door}/WebMercatorQuad/{z}/{y}/{x}`],
    ...{ minzoom: minZoom, maxzoom: maxZoom, bounds },
    ...(attribution ? { attribution } : {}),
  };
}

/** Cells that stand for many small shapes (geo-services/tiles/pyramid-sql.ts) have no outline of their own. */
const outlined = (only: unknown): unknown => (only === null ? ['!', ['has', 'count']] : ['all', only, ['!', ['has', 'count']]]);
const ofKind = (...kinds: readonly string[]): unknown => ['match', ['get', 'kind'], kinds, true, false];
const shapeIs = (...types: readonly string[]): unknown => ['match', ['geometry-type'], types, true, false];

/** Builds the document. The same options make the same document. */
export function mapDocument(options: MapDocumentOptions): MapStyle {
  const document = consoleStyle({ origin: options.origin, theme: options.theme });
  const when = options.at === null ? '' : `?datetime=${new Date(options.at).toISOString()}`;
  const [accent, halo] = [accents[options.theme], halos[options.theme]];
  for (const { collection } of options.layers) {
    const attribution = collection.attribution ? { attribution: collection.attribution } : {};
    const data = options.narrowing?.layer === collection.id ? options.narrowing.data : undefined;
    document.sources[sourceOf(collection.id)] = collection.raster
      ? rasterSource(options.origin, collection)
      : data !== undefined
        ? { type: 'geojson', data, ...attribution }
        : {
            type: 'vector',
            tiles: [`${options.origin}/ogc/collections/${collection.id}/tiles/WebMercatorQuad/{z}/{y}/{x}${when}`],
            maxzoom: 14,
            ...attribution,
          };
  }
  document.sources['selection'] = { type: 'geojson', data: options.selection };
  document.sources['drawings'] = { type: 'geojson', data: options.drawings };
  const rows = [...options.layers].reverse().flatMap((layer) => layersFor(layer, options));
  const round = { 'line-join': 'round', 'line-cap': 'round' };
  const chosen = (id: string, type: string, rest: EngineLayer): EngineLayer => ({ id, type, source: 'selection', ...rest });
  const drawn = (id: string, type: string, rest: EngineLayer): EngineLayer => ({ id, type, source: 'drawings', ...rest });
  const lineColour = ['match', ['get', 'kind'], 'area', '#a3247f', 'result', '#2f7d4f', accent];
  const top: EngineLayer[] = [
    drawn('drawn-fill', 'fill', { filter: shapeIs('Polygon', 'MultiPolygon'), paint: { 'fill-color': lineColour, 'fill-opacity': 0.12 } }),
    drawn('drawn-case', 'line', { layout: round, paint: { 'line-color': halo, 'line-width': 5, 'line-opacity': 0.85 } }),
    drawn('drawn-line', 'line', { layout: round, paint: { 'line-color': lineColour, 'line-width': 2.2 } }),
    drawn('drawn-point', 'circle', { filter: ['all', shapeIs('Point'), ['!', ofKind('corner', 'middle')], ['!', ['has', 'label']]], paint: { 'circle-color': lineColour, 'circle-radius': 4.5, 'circle-stroke-color': halo, 'circle-stroke-width': 1.5 } }), // biome-ignore format: one table
    drawn('drawn-text', 'symbol', {
      filter: ['all', ['has', 'text'], ofKind('sketch', 'measure', 'result')],
      layout: { 'text-field': ['get', 'text'], 'text-size': 13, 'text-offset': [0, -1.1], 'text-allow-overlap': true },
      paint: { 'text-color': accent, 'text-halo-color': halo, 'text-halo-width': 2.5 },
    }),
    drawn('drawn-middle', 'circle', { filter: ofKind('middle'), paint: { 'circle-color': halo, 'circle-radius': 4, 'circle-stroke-color': accent, 'circle-stroke-width': 1.5 } }), // biome-ignore format: one table
    drawn('drawn-corner', 'circle', { filter: ofKind('corner'), paint: { 'circle-color': accent, 'circle-radius': 6.5, 'circle-stroke-color': halo, 'circle-stroke-width': 2 } }), // biome-ignore format: one table
    chosen('chosen-fill', 'fill', { filter: shapeIs('Polygon', 'MultiPolygon'), paint: { 'fill-color': accent, 'fill-opacity': 0.14 } }),
    chosen('chosen-case', 'line', {
      filter: ['!', shapeIs('Point', 'MultiPoint')],
      layout: round,
      paint: { 'line-color': halo, 'line-width': 6 },
    }),
    chosen('chosen-line', 'line', {
      filter: ['!', shapeIs('Point', 'MultiPoint')],
      layout: round,
      paint: { 'line-color': accent, 'line-width': 3 },
    }),
    chosen('chosen-ring', 'circle', {
      filter: shapeIs('Point', 'MultiPoint'),
      paint: { 'circle-radius': 13, 'circle-opacity': 0, 'circle-stroke-color': accent, 'circle-stroke-width': 3 },
    }),
  ];
  const at = document.layers.findIndex((layer) => layer.id === anchorLayer);
  document.layers.splice(at < 0 ? document.layers.length : at, 0, ...rows);
  document.layers.push(...top);
  return document;
}
