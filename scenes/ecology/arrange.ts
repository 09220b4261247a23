// Where the marks of a map stand: stations alone or in clusters, pushed apart until none hides another.
//
// Everything is reckoned in world pixels (Web Mercator, 512 px tiles) at one zoom, so that panning moves the whole and re-arranges nothing.
import type { LngLat } from '../../contracts/geo.ts';

export interface Spot {
  readonly id: number;
  readonly position: LngLat;
  /** Prefecture: below `cityZoom` the stations of one city stand together. */
  readonly city: string;
  /** Larger is worse; the worst keeps its place and gets its name first. */
  readonly rank: number;
}

export interface Mark {
  /** Stable over re-arrangements while it holds the same stations. */
  readonly key: string;
  /** One station, or all that a cluster holds, worst first. */
  readonly ids: readonly number[];
  readonly city: string;
  /** True place; the mark is drawn at its projection + shift px. */
  readonly anchor: LngLat;
  readonly shift: readonly [dx: number, dy: number];
  /** px */
  readonly radius: number;
}

export interface ArrangeOptions {
  readonly zoom: number;
  /** Stands alone whatever is around it, and does not move. */
  readonly selected: number | null;
}

/** Below this zoom a city is one cluster. */
export const cityZoom = 8.2;
export const stationRadius = 12.5;
/** Nearer than this, in px, and too many: one cluster. */
const nearPixels = 26;
/** Up to so many near ones are pushed apart instead. */
const apartAtMost = 4;
const gap = 3;
/** Farther apart no two marks touch, with the selection's ring; px. */
const reachPixels = 64;

/** World pixel of a position. */
export function worldPixel(position: LngLat, zoom: number): [number, number] {
  const size = 512 * 2 ** zoom;
  const sine = Math.sin((position[1] * Math.PI) / 180);
  return [((position[0] + 180) / 360) * size, (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * size];
}

export function clusterRadius(count: number): number {
  return count < 10 ? 15 : count < 50 ? 16.5 : 18;
}

/** Arranges the stations of a view. Deterministic: the order of `spots` does not matter. */
export function arrange(spots: readonly Spot[], options: ArrangeOptions): Mark[] {
  const ordered = [...spots].sort((a, b) => b.rank - a.rank || a.id - b.id);
  const chosen = ordered.filter((spot) => spot.id === options.selected);
  const others = ordered.filter((spot) => spot.id !== options.selected);
  const groups = options.zoom < cityZoom ? byCity(others) : byDistance(others, options.zoom);
  const marks = [...chosen.map((spot) => markOf([spot])), ...groups.map(markOf)];
  return pushApart(marks, options.zoom, chosen.length);
}

function markOf(spots: readonly Spot[]): Mark {
  const first = spots[0]!;
  const alone = spots.length === 1;
  return {
    key: spots.map((spot) => spot.id).join('.'),
    ids: spots.map((spot) => spot.id),
    city: first.city,
    anchor: alone ? first.position : [mean(spots.map((spot) => spot.position[0])), mean(spots.map((spot) => spot.position[1]))],
    shift: [0, 0],
    radius: alone ? stationRadius : clusterRadius(spots.length),
  };
}
function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function byCity(spots: readonly Spot[]): Spot[][] {
  const groups = new Map<string, Spot[]>();
  for (const spot of spots) {
    const group = groups.get(spot.city);
    if (group) group.push(spot);
    else groups.set(spot.city, [spot]);
  }
  return [...groups.values()];
}

/** Greedy from the worst outwards, as supercluster does from the first; the grid keeps it linear. */
function byDistance(spots: readonly Spot[], zoom: number): Spot[][] {
  const cells = new Map<string, { spot: Spot; x: number; y: number; taken: boolean }[]>();
  const placed = spots.map((spot) => {
    const [x, y] = worldPixel(spot.position, zoom);
    const entry = { spot, x, y, taken: false };
    const key = `${Math.floor(x / nearPixels)}/${Math.floor(y / nearPixels)}`;
    const cell = cells.get(key);
    if (cell) cell.push(entry);
    else cells.set(key, [entry]);
    return entry;
  });
  const groups: Spot[][] = [];
  for (const entry of placed) {
    if (entry.taken) continue;
    const near: typeof placed = [];
    const [cx, cy] = [Math.floor(entry.x / nearPixels), Math.floor(entry.y / nearPixels)];
    for (let dx = -1; dx <= 1; dx++)
      for (let dy = -1; dy <= 1; dy++)
        for (const other of cells.get(`${cx + dx}/${cy + dy}`) ?? [])
          if (!other.taken && Math.hypot(other.x - entry.x, other.y - entry.y) < nearPixels) near.push(other);
    if (near.length <= apartAtMost) {
      entry.taken = true;
      groups.push([entry.spot]);
      continue;
    }
    for (const other of near) other.taken = true;
    groups.push(near.map((other) => other.spot).sort((a, b) => b.rank - a.rank || a.id - b.id));
  }
  return groups;
}

/** Moves overlapping marks apart; the first `fixed` stay. A mark that moved far is drawn with a leader to its true place. */
function pushApart(marks: readonly Mark[], zoom: number, fixed: number): Mark[] {
  const places = marks.map((mark) => worldPixel(mark.anchor, zoom));
  const at = places.map(([x, y]) => [x, y] as [number, number]);
  const cellOf = (value: number): number => Math.floor(value / reachPixels);
  for (let round = 0; round < 40; round++) {
    // Only marks of neighbouring cells can touch: 2,000 marks cost 2,000 looks around, not two million.
    const cells = new Map<string, number[]>();
    at.forEach(([x, y], index) => {
      const key = `${cellOf(x)}/${cellOf(y)}`;
      const cell = cells.get(key);
      if (cell) cell.push(index);
      else cells.set(key, [index]);
    });
    let moved = false;
    for (let i = 0; i < at.length; i++) {
      const [cx, cy] = [cellOf(at[i]![0]), cellOf(at[i]![1])];
      const near: number[] = [];
      for (let dx = -1; dx <= 1; dx++)
        for (let dy = -1; dy <= 1; dy++) for (const j of cells.get(`${cx + dx}/${cy + dy}`) ?? []) if (j > i) near.push(j);
      for (const j of near.sort((a, b) => a - b))
        if (part(at[i]!, at[j]!, marks[i]!.radius + marks[j]!.radius + gap, i, j, fixed)) moved = true;
    }
    if (!moved) break;
  }
  return marks.map((mark, index) => ({
    ...mark,
    shift: [at[index]![0] - places[index]![0], at[index]![1] - places[index]![1]] as const,
  }));
}

/** Moves two marks to `need` px from each other; false: they are. The fixed one stays and is given more room, for its ring. */
function part(a: [number, number], b: [number, number], need: number, i: number, j: number, fixed: number): boolean {
  const wanted = need + (i < fixed ? 10 : 0);
  const dx = b[0] - a[0];
  const dy = b[1] - a[1];
  const distance = Math.hypot(dx, dy);
  if (distance >= wanted - 0.01) return false;
  // Two on the very same spot part along an angle of their own.
  const angle = distance < 0.01 ? i * 2.4 + j : Math.atan2(dy, dx);
  const push = wanted - distance;
  const share = i < fixed ? 0 : 0.5;
  a[0] -= Math.cos(angle) * push * share;
  a[1] -= Math.sin(angle) * push * share;
  b[0] += Math.cos(angle) * push * (1 - share);
  b[1] += Math.sin(angle) * push * (1 - share);
  return true;
}
