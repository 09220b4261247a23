// The plain style of any layer, by its geometry, by day and by night, with its legend: what a map shows until somebody drew a better one. Pure.
//
// Source: MapLibre Style Specification 8. Only tiles of /ogc; no glyphs, no sprite.
import type { Layer } from '../../contracts/layer.ts';
import type { MapStyle } from './base-map.ts';
import { layerColour, layerKinds } from './layer-kinds.ts';
import { pointLayers } from './point-layers.ts';

export const layerStyles = [
  { id: 'default', title: '日间' },
  { id: 'night', title: '夜间' },
] as const;
export type LayerStyleId = (typeof layerStyles)[number]['id'];

/** For layers that nobody chose a colour for: told apart in hue and lightness; by night lighter. */
const colours: Readonly<Record<LayerStyleId, readonly string[]>> = {
  default: ['#0072b2', '#d55e00', '#009e73', '#a8518a', '#8a6d00', '#3a7ca5'],
  night: ['#56b4e9', '#f0904a', '#3fc9a1', '#dd9fc4', '#e3c545', '#8ec5e2'],
};
const grounds: Readonly<Record<LayerStyleId, string>> = { default: '#f5f3ec', night: '#15212c' };
const inks: Readonly<Record<LayerStyleId, string>> = { default: '#15202b', night: '#eaf1f7' };

/** The same layer has the same colour everywhere: the chosen one, or one that follows from its id. */
export function colourOf(layer: Pick<Layer, 'id'>, style: LayerStyleId): string {
  const chosen = layerColour(layer.id);
  if (chosen !== null) return chosen;
  const sum = [...layer.id].reduce((total, letter) => (total * 31 + (letter.codePointAt(0) ?? 0)) % 65_521, 7);
  const list = colours[style];
  return list[sum % list.length] as string;
}

/** `base`: the address of /ogc. */
export function layerStyle(base: string, layer: Layer, style: LayerStyleId): MapStyle {
  const plain = colourOf(layer, style);
  const kinds = layerKinds(layer.id);
  // Keys as text: a grade may be a number in the tile.
  const colour = kinds
    ? ['match', ['to-string', ['get', kinds.attribute]], ...kinds.kinds.flatMap((kind) => [kind.value, kind.colour]), plain]
    : plain;
  const from = { source: layer.id, 'source-layer': layer.id };
  const round = { 'line-join': 'round', 'line-cap': 'round' };
  const wide = (far: number, near: number): unknown => ['interpolate', ['linear'], ['zoom'], 6, far, 14, near];
  const drawn = {
    point: pointLayers({ id: layer.id, from, colour, radius: [3, 6], halo: grounds[style], ink: inks[style] }),
    line: [{ id: layer.id, type: 'line', ...from, layout: round, paint: { 'line-color': colour, 'line-width': wide(1.2, 3) } }],
    polygon: [
      { id: layer.id, type: 'fill', ...from, paint: { 'fill-color': colour, 'fill-opacity': kinds ? 0.75 : 0.25 } },
      { id: `${layer.id}-border`, type: 'line', ...from, layout: round, paint: { 'line-color': colour, 'line-width': wide(0.8, 2) } },
    ],
  }[layer.geometry];
  return {
    version: 8,
    name: `${layer.title.zh} ${layerStyles.find(({ id }) => id === style)?.title ?? ''}`,
    metadata: { attribution: layer.source },
    sources: {
      [layer.id]: {
        type: 'vector',
        tiles: [`${base}/collections/${layer.id}/tiles/WebMercatorQuad/{z}/{y}/{x}`],
        minzoom: layer.minZoom,
        maxzoom: layer.maxZoom,
        attribution: layer.source,
      },
    },
    layers: [{ id: 'background', type: 'background', paint: { 'background-color': grounds[style] } }, ...drawn],
  };
}

export interface LegendEntry {
  readonly label: string;
  readonly geometry: Layer['geometry'];
  readonly colour: string;
}
export function legendOf(layer: Layer, style: LayerStyleId): LegendEntry[] {
  const other = { label: layer.title.zh, geometry: layer.geometry, colour: colourOf(layer, style) };
  const kinds = layerKinds(layer.id)?.kinds ?? [];
  if (kinds.length === 0) return [other];
  return [...kinds.map(({ title, colour }) => ({ ...other, label: title, colour })), { ...other, label: '其他' }];
}

const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
const ROW = 28;
const marks: Readonly<Record<Layer['geometry'], (y: number, colour: string) => string>> = {
  point: (y, colour) => `<circle cx="22" cy="${y}" r="6" fill="${colour}"/>`,
  line: (y, colour) =>
    `<path d="M10 ${y + 4}L20 ${y - 4}L34 ${y + 2}" fill="none" stroke="${colour}" stroke-width="3" stroke-linecap="round"/>`,
  polygon: (y, colour) =>
    `<rect x="10" y="${y - 8}" width="24" height="16" fill="${colour}" fill-opacity="0.25" stroke="${colour}" stroke-width="1.5"/>`,
};
/** The legend as a picture of 240 CSS pixels. */
export function legendSvg(entries: readonly LegendEntry[], style: LayerStyleId): string {
  const height = entries.length * ROW + 8;
  const ink = inks[style];
  const rows = entries.map(({ label, geometry, colour }, i) => {
    const y = 4 + ROW * (i + 0.5);
    return `${marks[geometry](y, colour)}<text x="46" y="${y + 5}">${escaped(label)}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="${height}" viewBox="0 0 240 ${height}"><rect width="240" height="${height}" fill="${grounds[style]}"/><g font-family="Noto Sans SC, Microsoft YaHei, sans-serif" font-size="14" fill="${ink}">${rows.join('')}</g></svg>`;
}
