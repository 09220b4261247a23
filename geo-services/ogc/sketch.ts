// A small drawing of features for the HTML pages: SVG without a base map, each shape a link to its feature.
import type { OgcCrs } from './crs.ts';
import { html, type Markup } from './html.ts';

/** Units of the drawing; points closer than this share of them are one. */
const WIDTH = 1000;
const MAX_HEIGHT = 460;
const STEP = 0.7;
const MARGIN = 14;

type Nested = number | readonly Nested[];
type Point = readonly [number, number];
export interface Shape {
  readonly geometry: unknown;
  readonly href: string;
  readonly title: string;
}

/** Rings, lines or single points of a geometry as lists of [east, north]. */
function partsOf(geometry: unknown, northFirst: boolean): Point[][] {
  if (geometry === null || typeof geometry !== 'object') return [];
  const parts: Point[][] = [];
  const pointOf = ([a, b]: readonly number[]): Point => (northFirst ? [Number(b), Number(a)] : [Number(a), Number(b)]);
  const walk = (nested: Nested): void => {
    if (typeof nested === 'number' || nested.length === 0) return;
    const first = nested[0];
    if (typeof first === 'number') parts.push([pointOf(nested as readonly number[])]);
    else if (Array.isArray(first) && typeof first[0] === 'number') parts.push((nested as readonly (readonly number[])[]).map(pointOf));
    else for (const part of nested) walk(part);
  };
  walk((geometry as { coordinates?: Nested }).coordinates ?? []);
  return parts;
}

/** Null when there is nothing to draw. */
export function sketchOf(shapes: readonly Shape[], crs: OgcCrs, kind: 'point' | 'line' | 'polygon', label: string): Markup | null {
  const drawn = shapes.map((shape) => ({ ...shape, parts: partsOf(shape.geometry, crs.northFirst) }));
  const box = { west: Infinity, south: Infinity, east: -Infinity, north: -Infinity };
  for (const [x, y] of drawn.flatMap((shape) => shape.parts.flat())) {
    if (x < box.west) box.west = x;
    if (x > box.east) box.east = x;
    if (y < box.south) box.south = y;
    if (y > box.north) box.north = y;
  }
  if (!Number.isFinite(box.west) || !Number.isFinite(box.south)) return null;
  // Degrees of longitude are shorter the further north they lie.
  const squeeze = crs.unit === 'degree' ? Math.cos((((box.south + box.north) / 2) * Math.PI) / 180) : 1;
  const span = { x: (box.east - box.west) * squeeze, y: box.north - box.south };
  const scale = Math.min((WIDTH - 2 * MARGIN) / (span.x || Infinity), (MAX_HEIGHT - 2 * MARGIN) / (span.y || Infinity));
  const size = Number.isFinite(scale) && scale > 0 ? scale : 0;
  const height = Math.max(120, span.y * size + 2 * MARGIN);
  const place = ([x, y]: Point): Point => [
    WIDTH / 2 + (x - (box.west + box.east) / 2) * squeeze * size,
    height / 2 - (y - (box.south + box.north) / 2) * size,
  ];
  const pathOf = (part: readonly Point[]): string => {
    let last: Point | null = null;
    let path = '';
    for (const [x, y] of part.map(place)) {
      if (last && Math.hypot(x - last[0], y - last[1]) < STEP) continue;
      path += `${last ? 'L' : 'M'}${x.toFixed(1)} ${y.toFixed(1)}`;
      last = [x, y];
    }
    return kind === 'polygon' ? `${path}Z` : path;
  };
  const figure = (parts: readonly (readonly Point[])[]): Markup => {
    if (kind !== 'point') return html`<path class="${kind}" fill-rule="evenodd" d="${parts.map(pathOf).join('')}"/>`;
    const dots = parts.flat().map(place);
    return html`${dots.map(([x, y]) => html`<circle cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="4"/>`)}`;
  };
  return html`<svg viewBox="0 0 ${WIDTH} ${height.toFixed(0)}" role="img" aria-label="${label}">${drawn
    .filter((shape) => shape.parts.length > 0)
    .map(({ href, title, parts }) => html`<a href="${href}"><title>${title}</title>${figure(parts)}</a>`)}</svg>`;
}
