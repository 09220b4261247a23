// The base map as a MapLibre style: what is drawn in which order. Colours come as tokens, sizes in CSS pixels per unit; plain JSON, no library.
//
// Only our own addresses: vector tiles and one relief picture of /ogc. No glyphs, no sprite: names are drawn from the page's own fonts.
// Source: MapLibre Style Specification 8.

/** Colours and strengths that the wall and the two desk themes differ in. */
export interface MapTokens {
  /** Water deeper than 40 m, down to 40, down to 20, and down to 10 m. */
  readonly seaDeep: string;
  readonly seaMid: string;
  readonly seaShallow: string;
  readonly seaShelf: string;
  /** A soft stroke along the coast: on the water side only, the land covers the rest. */
  readonly coast: string;
  readonly land: string;
  readonly contextLand: string;
  /** Of the relief on the province, and on the neighbours, 0–1. */
  readonly relief: number;
  readonly contextRelief: number;
  readonly river: string;
  readonly contextRiver: string;
  readonly cityBorder: string;
  readonly contextBorder: string;
  readonly provinceBorder: string;
  readonly graticule: string;
  readonly labelCity: string;
  readonly labelHalo: string;
  readonly labelSea: string;
  readonly labelNeighbour: string;
}

/** A style document; hand it to maplibre-gl as it is. */
export interface MapStyle {
  version: 8;
  name: string;
  metadata: Record<string, unknown>;
  // biome-ignore lint/suspicious/noExplicitAny: the document's own schema is checked by the style validator in the test; a page casts it.
  sources: Record<string, any>;
  // biome-ignore lint/suspicious/noExplicitAny: see sources.
  layers: any[];
}

/** Source id of the vector tiles. */
export const baseSource = 'one-map';
/** Page data goes below this layer: `map.addLayer(mine, anchorLayer)`. */
export const anchorLayer = 'city-dot';
/** Names of cities, for pages that draw their own. */
export const cityLabelLayers = ['label-city', 'label-capital'] as const;
/** [west, south, east, north] of the province's land. */
export const provinceBounds = [118.83, 38.71, 125.79, 43.49] as const;
const baseCollections = ['context-land', 'province', 'cities', 'rivers', 'lakes', 'places', 'sea-depth'] as const;
/** Must equal `reliefBox` of the import; a test holds them together. */
export const reliefBox = [113, 36.6, 131, 45.4] as const;

export interface BaseMapOptions {
  /** Of our server, without a slash at the end: location.origin. */
  readonly origin: string;
  readonly tokens: MapTokens;
  /** CSS pixels of one design unit. */
  readonly unit: number;
  /** False: no names at all. */
  readonly labels?: boolean;
  /** Design units of the names: capital, city, sea, neighbour, river. */
  readonly type: {
    readonly capital: number;
    readonly city: number;
    readonly sea: number;
    readonly neighbour: number;
    readonly river: number;
  };
  readonly name: string;
}

/** Meridians and parallels every two degrees around the province. */
function graticule(): object {
  const lines: [number, number][][] = [];
  for (let lng = 92; lng <= 154; lng += 2) lines.push([[lng, 24], [lng, 58]]); // biome-ignore format: a pair of ends
  for (let lat = 24; lat <= 58; lat += 2) lines.push([[92, lat], [154, lat]]); // biome-ignore format: a pair of ends
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines } };
}

type Layer = Record<string, unknown>;
function fromTiles(id: string, sourceLayer: string, type: string, rest: Layer): Layer {
  return { id, type, source: baseSource, 'source-layer': sourceLayer, ...rest };
}
function kindIs(...kinds: readonly string[]): unknown {
  return ['match', ['get', 'kind'], kinds, true, false];
}

/** Builds the style. Pure: the same options make the same document. */
export function baseMap(options: BaseMapOptions): MapStyle {
  const { origin, tokens, unit } = options;
  const u = (size: number): number => Math.round(size * unit * 100) / 100;
  const [west, south, east, north] = reliefBox;
  const round = { 'line-join': 'round', 'line-cap': 'round' };
  const coast = ['context-land', 'province'].map((land) =>
    fromTiles(`coast-${land}`, land, 'line', {
      layout: round,
      paint: { 'line-color': tokens.coast, 'line-width': u(11), 'line-blur': u(6) },
    }),
  );
  const within = (id: string, depth: number, color: string): Layer =>
    fromTiles(id, 'sea-depth', 'fill', { filter: ['==', ['get', 'depth'], depth], paint: { 'fill-color': color } });

  const ground: Layer[] = [
    { id: 'background', type: 'background', paint: { 'background-color': tokens.seaDeep } },
    within('sea-40', 40, tokens.seaMid),
    within('sea-20', 20, tokens.seaShallow),
    within('sea-10', 10, tokens.seaShelf),
    ...coast,
    fromTiles('context-land', 'context-land', 'fill', { paint: { 'fill-color': tokens.contextLand } }),
    fromTiles('province-land', 'province', 'fill', { paint: { 'fill-color': tokens.land } }),
    {
      id: 'relief',
      type: 'raster',
      source: 'relief',
      paint: {
        // The 9 km relief is a picture for the province's scale; closer in it would be a fog.
        'raster-opacity': ['interpolate', ['linear'], ['zoom'], 7, tokens.relief, 9, tokens.relief * 0.35],
        'raster-fade-duration': 0,
        'raster-resampling': 'linear',
      },
    },
    // The neighbours' share of the relief: their land once more over it, so that the edge stays as sharp as the border.
    fromTiles('context-veil', 'context-land', 'fill', {
      paint: { 'fill-color': tokens.contextLand, 'fill-opacity': Math.round((1 - tokens.contextRelief / tokens.relief) * 100) / 100 },
    }),
    { id: 'graticule', type: 'line', source: 'graticule', paint: { 'line-color': tokens.graticule, 'line-width': Math.max(0.5, u(1)) } },
    fromTiles('context-border', 'context-land', 'line', {
      layout: round,
      paint: { 'line-color': tokens.contextBorder, 'line-width': u(1) },
    }),
    fromTiles('rivers-context', 'rivers', 'line', {
      filter: ['all', ['!', ['get', 'inside']], ['any', ['==', ['get', 'rank'], 1], ['>=', ['zoom'], 7]]],
      layout: round,
      paint: { 'line-color': tokens.contextRiver, 'line-width': u(1.3), 'line-opacity': 0.6 },
    }),
    fromTiles('rivers', 'rivers', 'line', {
      filter: ['all', ['get', 'inside'], ['>', ['get', 'rank'], 1]],
      layout: round,
      paint: { 'line-color': tokens.river, 'line-width': u(1.9) },
    }),
    fromTiles('rivers-major', 'rivers', 'line', {
      filter: ['all', ['get', 'inside'], ['==', ['get', 'rank'], 1]],
      layout: round,
      paint: { 'line-color': tokens.river, 'line-width': u(2.6) },
    }),
    fromTiles('lakes', 'lakes', 'fill', { paint: { 'fill-color': tokens.contextRiver, 'fill-opacity': 0.8 } }),
    fromTiles('city-border', 'cities', 'line', { layout: round, paint: { 'line-color': tokens.cityBorder, 'line-width': u(1.1) } }),
    fromTiles('city-hit', 'cities', 'fill', { paint: { 'fill-color': '#000000', 'fill-opacity': 0 } }),
    fromTiles('province-border', 'province', 'line', {
      layout: round,
      paint: { 'line-color': tokens.provinceBorder, 'line-width': u(1.4) },
    }),
  ];

  const halo = { 'text-halo-color': tokens.labelHalo, 'text-halo-width': u(2.2), 'text-halo-blur': u(0.6) };
  const city = (id: string, kind: string, size: number): Layer =>
    fromTiles(id, 'places', 'symbol', {
      filter: kindIs(kind),
      layout: {
        'text-field': ['get', 'name'],
        'text-size': u(size),
        'text-font': ['Noto Sans SC Bold'],
        'text-variable-anchor': ['bottom', 'left', 'right', 'top'],
        'text-radial-offset': 0.55,
        'text-justify': 'auto',
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: { 'text-color': tokens.labelCity, ...halo },
    });
  const names: Layer[] = [
    fromTiles('city-dot', 'places', 'circle', {
      filter: kindIs('city', 'capital'),
      paint: {
        'circle-radius': ['match', ['get', 'kind'], 'capital', u(3.4), u(2.2)],
        'circle-color': tokens.labelCity,
        'circle-stroke-color': tokens.labelHalo,
        'circle-stroke-width': u(1.2),
      },
    }),
    fromTiles('label-sea', 'places', 'symbol', {
      filter: kindIs('sea', 'bay'),
      layout: {
        'text-field': ['get', 'name'],
        'text-size': ['match', ['get', 'kind'], 'sea', u(options.type.sea), u(options.type.sea * 0.72)],
        'text-letter-spacing': ['match', ['get', 'kind'], 'sea', 0.5, 0.2],
      },
      paint: { 'text-color': tokens.labelSea },
    }),
    fromTiles('label-neighbour', 'places', 'symbol', {
      filter: ['any', kindIs('neighbour'), ['all', kindIs('town'), ['>=', ['zoom'], 5.5]]],
      layout: {
        'text-field': ['get', 'name'],
        'text-size': ['match', ['get', 'kind'], 'neighbour', u(options.type.neighbour), u(options.type.neighbour * 0.9)],
        'text-letter-spacing': ['match', ['get', 'kind'], 'neighbour', 0.25, 0],
        'symbol-sort-key': ['get', 'rank'],
      },
      paint: { 'text-color': tokens.labelNeighbour },
    }),
    fromTiles('label-river', 'rivers', 'symbol', {
      minzoom: 7,
      filter: ['all', ['has', 'name'], ['get', 'inside']],
      layout: {
        'symbol-placement': 'line',
        'text-field': ['get', 'name'],
        'text-size': u(options.type.river),
        'text-letter-spacing': 0.15,
        'symbol-spacing': 400,
      },
      paint: { 'text-color': tokens.river, ...halo },
    }),
    city('label-city', 'city', options.type.city),
    city('label-capital', 'capital', options.type.capital),
  ];

  return {
    version: 8,
    name: options.name,
    metadata: { attribution: '边界 ECharts（Apache-2.0，概化，非法定界线）· 地形 ETOPO5 9 km · 水系 GSHHG' },
    sources: {
      [baseSource]: {
        type: 'vector',
        tiles: [`${origin}/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}?collections=${baseCollections.join(',')}`],
        minzoom: 3,
        maxzoom: 12,
        bounds: [92, 24, 154, 58],
        attribution: '边界 ECharts（Apache-2.0，概化，非法定界线）· 水系 GSHHG',
      },
      relief: {
        type: 'image',
        url: `${origin}/ogc/relief/shade.png`,
        coordinates: [[west, north], [east, north], [east, south], [west, south]], // biome-ignore format: four corners
      },
      graticule: { type: 'geojson', data: graticule(), attribution: '地形 ETOPO5 9 km' },
    },
    layers: options.labels === false ? ground : [...ground, ...names],
  };
}
