// Which callout stands where: each alarm on the map gets a free slot beside the province, so that leaders are short and none crosses another. Pure.
import type { Box } from './layout.ts';

export type Point = readonly [number, number];
export interface Slot extends Box {
  /** The side that faces the map: where its leader starts. */
  readonly side: 'left' | 'right' | 'top' | 'bottom';
}
export interface Placed<T> {
  readonly target: T;
  readonly slot: Slot;
  /** From the slot's edge to the mark, horizontal and vertical pieces only. */
  readonly leader: readonly Point[];
}

/** The way from a slot to a point: one straight piece where that is possible, else one corner. */
export function leaderTo(slot: Slot, [x, y]: Point, inset = 24): Point[] {
  const right = slot.left + slot.width;
  const bottom = slot.top + slot.height;
  if (slot.side === 'top' || slot.side === 'bottom') {
    const edge = slot.side === 'bottom' ? bottom : slot.top;
    const startX = Math.min(Math.max(x, slot.left + inset), right - inset);
    // Straight down where the mark lies under the slot; else out of its side and then down.
    if (startX === x)
      return [
        [x, edge],
        [x, y],
      ];
    const sideX = x < slot.left ? slot.left : right;
    const level = slot.side === 'bottom' ? bottom - inset : slot.top + inset;
    return [
      [sideX, level],
      [x, level],
      [x, y],
    ];
  }
  const edge = slot.side === 'right' ? right : slot.left;
  const startY = Math.min(Math.max(y, slot.top + inset), bottom - inset);
  if (startY === y)
    return [
      [edge, y],
      [x, y],
    ];
  return [
    [edge, startY],
    [x, startY],
    [x, y],
  ];
}

/**
 * Gives each target a slot. Tries all ways (few targets, few slots) and takes the one with no crossing leaders, no leader through another callout or
 * another mark, and the shortest leaders. A slot that would cover any mark is not taken.
 * @param marks no slot may cover one, and no leader should run over another than its own
 * @param avoid boxes that no leader should cross: names
 */
export function placeCallouts<T>(
  targets: readonly { readonly target: T; readonly at: Point }[],
  slots: readonly Slot[],
  marks: readonly Point[],
  avoid: readonly Box[] = [],
): Placed<T>[] {
  const free = slots.filter((slot) => !marks.some(([x, y]) => inside(slot, x, y, 16)));
  const wanted = targets.slice(0, free.length);
  let best: { cost: number; placed: Placed<T>[] } = { cost: Number.POSITIVE_INFINITY, placed: [] };
  const walk = (index: number, placed: Placed<T>[], cost: number): void => {
    if (cost >= best.cost) return;
    const next = wanted[index];
    if (!next) {
      best = { cost, placed };
      return;
    }
    for (const slot of free) {
      if (placed.some((other) => overlaps(other.slot, slot))) continue;
      const leader = leaderTo(slot, next.at);
      let more = lengthOf(leader) + (leader.length > 2 ? 40 : 0);
      for (const other of placed) {
        if (crosses(leader, other.leader)) more += 5000;
        if (through(leader, other.slot) || through(other.leader, slot)) more += 5000;
      }
      for (const box of avoid) if (through(leader, box)) more += 300;
      for (const mark of marks) if (mark !== next.at && near(leader, mark, 18)) more += 400;
      walk(index + 1, [...placed, { target: next.target, slot, leader }], cost + more);
    }
  };
  walk(0, [], 0);
  return best.placed;
}

/** A slot of less height that still touches its leader at `y`. */
export function shrunk(slot: Slot, y: number, height: number): Slot {
  const top = Math.min(Math.max(y - height / 2, slot.top), slot.top + slot.height - height);
  return { ...slot, top: Math.max(top, slot.top), height: Math.min(height, slot.height) };
}

function inside(box: Box, x: number, y: number, reach: number): boolean {
  return x > box.left - reach && x < box.left + box.width + reach && y > box.top - reach && y < box.top + box.height + reach;
}
function overlaps(a: Box, b: Box): boolean {
  return a.left < b.left + b.width && b.left < a.left + a.width && a.top < b.top + b.height && b.top < a.top + a.height;
}
function pieces(line: readonly Point[]): (readonly [Point, Point])[] {
  return line.slice(1).map((point, i) => [line[i] as Point, point] as const);
}
function lengthOf(line: readonly Point[]): number {
  return pieces(line).reduce((sum, [a, b]) => sum + Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]), 0);
}
/** Axis-parallel pieces meet when their boxes do. */
function meet([a, b]: readonly [Point, Point], [c, d]: readonly [Point, Point]): boolean {
  return (
    Math.min(a[0], b[0]) <= Math.max(c[0], d[0]) &&
    Math.min(c[0], d[0]) <= Math.max(a[0], b[0]) &&
    Math.min(a[1], b[1]) <= Math.max(c[1], d[1]) &&
    Math.min(c[1], d[1]) <= Math.max(a[1], b[1])
  );
}
export function crosses(one: readonly Point[], other: readonly Point[]): boolean {
  return pieces(one).some((a) => pieces(other).some((b) => meet(a, b)));
}
export function through(line: readonly Point[], box: Box): boolean {
  const [left, top, right, bottom] = [box.left + 1, box.top + 1, box.left + box.width - 1, box.top + box.height - 1];
  return pieces(line).some(
    ([a, b]) => Math.min(a[0], b[0]) < right && Math.max(a[0], b[0]) > left && Math.min(a[1], b[1]) < bottom && Math.max(a[1], b[1]) > top,
  );
}
function near(line: readonly Point[], [x, y]: Point, reach: number): boolean {
  return pieces(line).some(
    ([a, b]) =>
      x > Math.min(a[0], b[0]) - reach &&
      x < Math.max(a[0], b[0]) + reach &&
      y > Math.min(a[1], b[1]) - reach &&
      y < Math.max(a[1], b[1]) + reach,
  );
}
