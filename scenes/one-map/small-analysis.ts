// Buffer, overlay and statistics of a few shapes, computed in the page: no way to the server, and no wait for it. Pure.
//
// On the sphere with R = 6 371 008.8 m (turf), where the server computes on the ellipsoid: lengths and areas differ by at most 0.6 %.
import { area, booleanIntersects, booleanPointInPolygon, buffer, difference, feature, featureCollection, flatten, intersect, length, lineSplit, pointOnFeature } from '@turf/turf'; // biome-ignore format: one list
import type { Shape } from './shape-size.ts';

export interface SmallRow {
  readonly id: number;
  readonly properties: Readonly<Record<string, unknown>>;
  readonly geometry: Shape | null;
}

// turf's types ask for its own mutable geometries; it changes none of ours.
const turfOf = (shape: Shape): never => feature(shape as never) as never;
const areal = ({ type }: Shape): boolean => type === 'Polygon' || type === 'MultiPolygon';
const linear = ({ type }: Shape): boolean => type === 'LineString' || type === 'MultiLineString';

/** m² of an area, m of a line, null of a point. */
export function measureOf(shape: Shape): number | null {
  if (areal(shape)) return area(turfOf(shape));
  return linear(shape) ? length(turfOf(shape), { units: 'meters' }) : null;
}

/** null: nothing is left of it. */
export function smallBuffer(shape: Shape, metres: number): { readonly geometry: Shape; readonly squareMetres: number } | null {
  const made = buffer(turfOf(shape), metres, { units: 'meters', steps: 16 }) as { readonly geometry: Shape } | undefined;
  return made ? { geometry: made.geometry, squareMetres: area(made as never) } : null;
}

/** The part of a shape inside, or outside, of an area; null: none. */
export function partOf(shape: Shape, within: Shape, keep: 'inside' | 'outside'): Shape | null {
  const whole = turfOf(shape);
  const cutter = turfOf(within);
  if (areal(shape)) {
    const both = featureCollection([whole, cutter]) as never;
    return ((keep === 'inside' ? intersect(both) : difference(both)) as { readonly geometry: Shape } | null)?.geometry ?? null;
  }
  const inside = (one: unknown): boolean => booleanPointInPolygon(pointOnFeature(one as never), cutter);
  if (!linear(shape)) {
    const kept = flatten(whole).features.filter((one) => inside(one) === (keep === 'inside'));
    const places = kept.map((one) => (one.geometry as unknown as Shape).coordinates);
    return places.length === 0
      ? null
      : places.length === 1
        ? { type: 'Point', coordinates: places[0] }
        : { type: 'MultiPoint', coordinates: places };
  }
  const lines = flatten(whole).features.flatMap((one) => {
    const pieces = lineSplit(one as never, cutter).features;
    return (pieces.length > 0 ? pieces : [one]) as { readonly geometry: Shape }[];
  });
  const kept = lines.filter((piece) => booleanPointInPolygon(middleOf(piece.geometry), cutter) === (keep === 'inside')).map(({ geometry }) => geometry.coordinates); // biome-ignore format: one rule
  return kept.length === 0
    ? null
    : kept.length === 1
      ? { type: 'LineString', coordinates: kept[0] }
      : { type: 'MultiLineString', coordinates: kept };
}
/** A place inside a piece that was cut: its ends lie on the rim. */
function middleOf({ coordinates }: Shape): [number, number] {
  const line = coordinates as readonly (readonly [number, number])[];
  const k = Math.max(0, Math.floor((line.length - 1) / 2));
  const [a, b] = [line[k] ?? [0, 0], line[k + 1] ?? line[k] ?? [0, 0]];
  return [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];
}

export interface SmallOverlay {
  readonly features: readonly { readonly id: number; readonly geometry: Shape }[];
  /** m² or m; null of points. */
  readonly measure: number | null;
}
export function smallOverlay(rows: readonly SmallRow[], within: Shape, keep: 'inside' | 'outside'): SmallOverlay {
  const features = rows.flatMap(({ id, geometry }) => {
    const part = geometry ? partOf(geometry, within, keep) : null;
    return part ? [{ id, geometry: part }] : [];
  });
  const measures = features.map(({ geometry }) => measureOf(geometry));
  return { features, measure: measures.every((one) => one === null) ? null : measures.reduce<number>((sum, one) => sum + (one ?? 0), 0) };
}

export interface SmallFigures {
  readonly count: number;
  readonly measure: number | null;
  readonly sum: number | null;
  readonly mean: number | null;
  readonly least: number | null;
  readonly most: number | null;
}
/** How many rows touch an area, how much of them lies in it, and the figures of a numeric attribute over the rows. */
export function smallStatistics(rows: readonly SmallRow[], within: Shape, attribute: string | null): SmallFigures {
  const touching = rows.filter(({ geometry }) => geometry && booleanIntersects(turfOf(geometry), turfOf(within)));
  const values = attribute === null ? [] : touching.map(({ properties }) => properties[attribute]).filter((value): value is number => typeof value === 'number' && Number.isFinite(value)); // biome-ignore format: one list
  const sum = values.length === 0 ? null : values.reduce((all, value) => all + value, 0);
  return {
    ...{
      count: touching.length,
      measure: smallOverlay(touching, within, 'inside').measure,
      sum,
      mean: sum === null ? null : sum / values.length,
    },
    ...{ least: values.length === 0 ? null : Math.min(...values), most: values.length === 0 ? null : Math.max(...values) },
  };
}
