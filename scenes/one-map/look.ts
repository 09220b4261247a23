// How a layer is drawn: one colour, or classes of an attribute (each value, or quantiles); pure, small enough to travel in a link.
//
// The four alert colours of GB/T 33465 (#E3001B #F57A00 #FFD60A #1F5EFF) are for alerts alone and stand in no palette here.
import { kindTitle, layerColour, layerKinds } from '../../geo-services/style/layer-kinds.ts';

export interface Classes {
  readonly attribute: string;
  readonly kind: 'unique' | 'quantile';
  /** unique: a value per class; quantile: the lower edge of each class, ascending. */
  readonly steps: readonly (string | number)[];
  readonly colours: readonly string[];
}
export interface Look {
  readonly colour: string;
  /** Of lines and outlines, or the radius of points; CSS px. */
  readonly width: number;
  readonly classes: Classes | null;
  /** Of polygons in the tilted view: how many metres one unit of an attribute stands high; absent: what the layer has as height. */
  readonly height?: Height;
}
export interface Height {
  readonly attribute: string;
  readonly metres: number;
}

/** One after the other by the order of the catalogue: neighbours differ in hue and in lightness. */
const plain = ['#00779e', '#8a4fa3', '#2f7d4f', '#a85b2a', '#4c63b6', '#7a6a12', '#b0487c', '#3d7f86'] as const;
/** ColorBrewer Set2 and Dark2 without orange, red and yellow. */
const distinct = ['#1b9e77', '#7570b3', '#66a61e', '#a6761d', '#6a8caf', '#b15f93', '#4d9a9a', '#8c6d5a', '#9aa83a', '#5f5f7a'] as const;
/** Light to dark, one hue: a quantity. */
const graded = ['#d3e7f2', '#a4cde3', '#6fadd0', '#3f8ab6', '#1d668f', '#0b4564', '#06293d'] as const;
export const mostUnique = distinct.length;
/** Of a look in a link: no table of kinds is longer. */
const mostClasses = 40;
export const mostQuantiles = graded.length;

/** As nobody has drawn it yet: in the colours that were chosen for its kinds (geo-services/style), else in one of ours. */
export function plainLook(index: number, { id, geometry }: { readonly id: string; readonly geometry: 'point' | 'line' | 'polygon' }): Look {
  const known = layerKinds(id);
  const classes: Classes | null = known && {
    ...{ attribute: known.attribute, kind: 'unique' },
    steps: known.kinds.map(({ value }) => value),
    colours: known.kinds.map(({ colour }) => colour),
  };
  return {
    colour: layerColour(id) ?? plain[index % plain.length] ?? plain[0],
    width: geometry === 'point' ? 5 : geometry === 'line' ? 2 : classes ? 0.4 : 1.2,
    classes,
  };
}

/** A class for each of the most frequent values, at most `mostUnique`; the rest keeps the plain colour. */
export function uniqueClasses(attribute: string, values: readonly unknown[]): Classes {
  const counts = new Map<string | number, number>();
  for (const value of values) if (typeof value === 'string' || typeof value === 'number') counts.set(value, (counts.get(value) ?? 0) + 1);
  const steps = [...counts]
    .sort((a, b) => b[1] - a[1] || String(a[0]).localeCompare(String(b[0])))
    .slice(0, mostUnique)
    .map(([value]) => value);
  return { attribute, kind: 'unique', steps, colours: distinct.slice(0, steps.length) };
}

/** Lower edges at equal distances from the least value to the greatest. */
export function equalClasses(attribute: string, values: readonly unknown[], count: number): Classes {
  const numbers = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value));
  const least = numbers.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = numbers.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const wanted = least < most ? Math.min(Math.max(2, Math.trunc(count)), mostQuantiles) : Math.min(1, numbers.length);
  const steps = Array.from({ length: wanted }, (_, k) =>
    k === 0 ? least : Number((least + ((most - least) * k) / wanted).toPrecision(6)),
  );
  return { attribute, kind: 'quantile', steps, colours: gradedColours(steps.length) };
}
/** Few classes take colours from the whole range. */
const gradedColours = (count: number): string[] =>
  Array.from({ length: count }, (_, k) => graded[count === 1 ? 3 : Math.round((k * (mostQuantiles - 1)) / (count - 1))] ?? graded[3]);
/** The lower edge of a class moved; null: it would pass a neighbour. */
export function withEdge(classes: Classes, index: number, edge: number): Classes | null {
  const steps = classes.steps.map((step, k) => (k === index ? edge : step));
  const rising = steps.every((step, k) => k === 0 || Number(step) > Number(steps[k - 1]));
  return Number.isFinite(edge) && rising ? { ...classes, steps } : null;
}

/** Lower edges so that every class holds about as many values; equal edges fall together, so there may be fewer classes than asked for. */
export function quantileClasses(attribute: string, values: readonly unknown[], count: number): Classes {
  const sorted = values.filter((value): value is number => typeof value === 'number' && Number.isFinite(value)).sort((a, b) => a - b);
  const wanted = Math.min(Math.max(2, Math.trunc(count)), mostQuantiles);
  const edges = Array.from({ length: wanted }, (_, k) => sorted[Math.floor((k * sorted.length) / wanted)]);
  const steps = [...new Set(edges.filter((edge): edge is number => edge !== undefined))];
  return { attribute, kind: 'quantile', steps, colours: gradedColours(steps.length) };
}

/** The style expression of a look's colour. */
export function colourExpression({ colour, classes }: Look): unknown {
  if (!classes || classes.steps.length === 0) return colour;
  const pairs = classes.steps.map((step, k) => [step, classes.colours[k] ?? colour] as const);
  if (classes.kind === 'unique')
    return ['match', ['to-string', ['get', classes.attribute]], ...pairs.flatMap(([step, of]) => [String(step), of]), colour];
  const [first, ...rest] = pairs;
  return [
    'case',
    ['!', ['has', classes.attribute]],
    colour,
    ['step', ['to-number', ['get', classes.attribute]], first?.[1] ?? colour, ...rest.flat()],
  ];
}

export interface LegendEntry {
  readonly colour: string;
  readonly title: string;
}
/** What the legend says; one entry without a title where there are no classes. */
export function legendOf({ colour, classes }: Look): readonly LegendEntry[] {
  if (!classes || classes.steps.length === 0) return [{ colour, title: '' }];
  const entry = (step: string | number, k: number): LegendEntry => {
    const next = classes.steps[k + 1];
    const title =
      classes.kind === 'unique' ? kindTitle(classes.attribute, String(step)) : next === undefined ? `≥ ${step}` : `${step} – ${next}`;
    return { colour: classes.colours[k] ?? colour, title };
  };
  const entries = classes.steps.map(entry);
  return classes.kind === 'unique' ? [...entries, { colour, title: '其他' }] : entries;
}

const isColour = (value: unknown): value is string => typeof value === 'string' && /^#[0-9a-f]{6}$/i.test(value);
/** The greatest metres of one unit. */
export const mostMetres = 1_000_000;
function readHeight(given: unknown): Height | null {
  const { attribute, metres } = (given ?? {}) as Partial<Height>;
  const sound =
    typeof attribute === 'string' && attribute.length <= 63 && typeof metres === 'number' && metres >= 0.0001 && metres <= mostMetres;
  return sound ? { attribute, metres } : null;
}
/** A look that came with a link; null: it is none. */
export function readLook(given: unknown): Look | null {
  const { colour, width, classes, height } = (given ?? {}) as Partial<Look>;
  if (!isColour(colour) || typeof width !== 'number' || !(width >= 0.1 && width <= 20)) return null;
  const raised = height === undefined ? null : readHeight(height);
  if (height !== undefined && !raised) return null;
  const plainOne = { colour, width, ...(raised ? { height: raised } : {}) };
  if (!classes) return { ...plainOne, classes: null };
  const { attribute, kind, steps, colours } = classes as Partial<Classes>;
  const sound =
    typeof attribute === 'string' && attribute.length <= 63 && (kind === 'unique' || kind === 'quantile') && Array.isArray(steps) && Array.isArray(colours) &&
    steps.length === colours.length && steps.length <= mostClasses && colours.every(isColour) &&
    steps.every((step, k) => (kind === 'unique' ? typeof step === 'string' || typeof step === 'number' : typeof step === 'number' && (k === 0 || step > (steps[k - 1] as number)))); // biome-ignore format: one condition
  return sound ? { ...plainOne, classes: { attribute, kind, steps, colours } } : null;
}
