// Shapes in whole numbers: thinned to what a zoom can show, and cut at the edge of what a tile draws.
//
// Source: Douglas and Peucker 1973 (thinning); Sutherland and Hodgman 1974 (rings against one side after another); Liang and Barsky 1984 (lines).
// Rings that are cut run along the window's edge, which lies beyond what is seen of a tile, as in every tiler that cuts whole numbers.
import { LINE, POLYGON } from './ewkb.ts';
import type { Shape } from './tile-layer.ts';

/** A shape that is written part after part, again and again in the same memory. */
export class ShapeBuffer implements Shape {
  kind = 0;
  positions = new Int32Array(1024);
  ends = new Int32Array(64);
  exterior = new Uint8Array(64);
  count = 0;
  /** Numbers in `positions`. */
  length = 0;
  minX = 0;
  minY = 0;
  maxX = 0;
  maxY = 0;

  clear(kind: number): void {
    this.kind = kind;
    this.count = 0;
    this.length = 0;
    [this.minX, this.minY, this.maxX, this.maxY] = [2 ** 31 - 1, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31)];
  }
  add(x: number, y: number): void {
    if (this.length + 2 > this.positions.length) {
      const wider = new Int32Array(this.positions.length * 2);
      wider.set(this.positions);
      this.positions = wider;
    }
    this.positions[this.length++] = x;
    this.positions[this.length++] = y;
    if (x < this.minX) this.minX = x;
    if (x > this.maxX) this.maxX = x;
    if (y < this.minY) this.minY = y;
    if (y > this.maxY) this.maxY = y;
  }
  /** Ends the part under way; one without positions is none. */
  end(exterior: boolean): void {
    if (this.length === this.start()) return;
    if (this.count === this.ends.length) {
      const [ends, flags] = [new Int32Array(this.count * 2), new Uint8Array(this.count * 2)];
      ends.set(this.ends);
      flags.set(this.exterior);
      this.ends = ends;
      this.exterior = flags;
    }
    this.ends[this.count] = this.length;
    this.exterior[this.count++] = exterior ? 1 : 0;
  }
  /** Where the part under way begins. */
  start(): number {
    return this.count === 0 ? 0 : (this.ends[this.count - 1] as number);
  }
}

const kept = { flags: new Uint8Array(1024), stack: new Int32Array(128) };

/** Marks in `kept.flags` the corners between two that are needed. Positions by number of corner. */
function mark(positions: Int32Array, from: number, first: number, last: number, allowed: number): void {
  let { stack } = kept;
  const { flags } = kept;
  let top = 0;
  stack[top++] = first;
  stack[top++] = last;
  while (top > 0) {
    const b = stack[--top] as number;
    const a = stack[--top] as number;
    if (b - a < 2) continue;
    const [ax, ay] = [positions[from + a * 2] as number, positions[from + a * 2 + 1] as number];
    const [dx, dy] = [(positions[from + b * 2] as number) - ax, (positions[from + b * 2 + 1] as number) - ay];
    const long = dx * dx + dy * dy;
    let [worst, at] = [allowed, -1];
    for (let i = a + 1; i < b; i++) {
      let px = (positions[from + i * 2] as number) - ax;
      let py = (positions[from + i * 2 + 1] as number) - ay;
      if (long > 0) {
        const t = Math.max(0, Math.min(1, (px * dx + py * dy) / long));
        px -= t * dx;
        py -= t * dy;
      }
      const off = px * px + py * py;
      if (off > worst) [worst, at] = [off, i];
    }
    if (at < 0) continue;
    flags[at] = 1;
    if (top + 4 > stack.length) {
      const deeper = new Int32Array(stack.length * 2);
      deeper.set(stack);
      kept.stack = deeper;
      stack = deeper;
    }
    stack[top++] = a;
    stack[top++] = at;
    stack[top++] = at;
    stack[top++] = b;
  }
}

/** Thins lines and rings in place: no corner that is taken away was farther than `tolerance` from what is left. A ring keeps three corners, or all. */
export function thin(shape: ShapeBuffer, tolerance: number): void {
  const { positions, ends, kind } = shape;
  const allowed = tolerance * tolerance;
  let to = 0;
  for (let part = 0, from = 0; part < shape.count; part++) {
    const end = ends[part] as number;
    const corners = (end - from) / 2;
    if (corners > (kind === POLYGON ? 3 : 2)) {
      if (corners > kept.flags.length) kept.flags = new Uint8Array(corners * 2);
      const { flags } = kept;
      flags.fill(0, 0, corners);
      flags[0] = 1;
      let last = corners - 1;
      if (kind === POLYGON) {
        // A ring is two lines between its first corner and the one that is farthest from it.
        let far = -1;
        for (let i = 1; i < corners; i++) {
          const [dx, dy] = [
            (positions[from + i * 2] as number) - (positions[from] as number),
            (positions[from + i * 2 + 1] as number) - (positions[from + 1] as number),
          ];
          if (dx * dx + dy * dy > far) [far, last] = [dx * dx + dy * dy, i];
        }
        mark(positions, from, last, corners - 1, allowed);
        flags[corners - 1] = 1;
      }
      flags[last] = 1;
      mark(positions, from, 0, last, allowed);
      let left = 0;
      for (let i = 0; i < corners; i++) left += flags[i] as number;
      if (kind === POLYGON && left < 3) flags.fill(1, 0, corners);
      for (let i = 0; i < corners; i++) {
        if (flags[i] === 0) continue;
        positions[to++] = positions[from + i * 2] as number;
        positions[to++] = positions[from + i * 2 + 1] as number;
      }
    } else {
      positions.copyWithin(to, from, end);
      to += end - from;
    }
    from = end;
    ends[part] = to;
  }
  shape.length = to;
}

const rings: [ShapeBuffer, ShapeBuffer] = [new ShapeBuffer(), new ShapeBuffer()];

/** One side of the window: `axis` 0 x, 1 y; `sign` 1 keeps what is at most `limit`, −1 what is at least. */
function cutSide(from: ShapeBuffer, to: ShapeBuffer, axis: 0 | 1, limit: number, sign: 1 | -1): void {
  to.clear(from.kind);
  const { positions, length } = from;
  for (let i = 0, j = length - 2; i < length; j = i, i += 2) {
    const [x, y] = [positions[i] as number, positions[i + 1] as number];
    const [px, py] = [positions[j] as number, positions[j + 1] as number];
    const [value, before] = axis === 0 ? [x, px] : [y, py];
    const [inside, was] = [(limit - value) * sign >= 0, (limit - before) * sign >= 0];
    if (inside !== was) {
      const t = (limit - before) / (value - before);
      if (axis === 0) to.add(limit, Math.round(py + t * (y - py)));
      else to.add(Math.round(px + t * (x - px)), limit);
    }
    if (inside) to.add(x, y);
  }
}

function cutLine(positions: Int32Array, from: number, end: number, low: number, high: number, to: ShapeBuffer): void {
  /** Whether the part under way ends where the next segment begins. */
  let open = false;
  for (let i = from; i + 2 < end; i += 2) {
    const [ax, ay] = [positions[i] as number, positions[i + 1] as number];
    const [dx, dy] = [(positions[i + 2] as number) - ax, (positions[i + 3] as number) - ay];
    let [enter, leave] = [0, 1];
    for (const [d, near, far] of [
      [dx, low - ax, high - ax],
      [dy, low - ay, high - ay],
    ] as const) {
      if (d === 0) {
        if (near > 0 || far < 0) leave = -1;
        continue;
      }
      enter = Math.max(enter, (d > 0 ? near : far) / d);
      leave = Math.min(leave, (d > 0 ? far : near) / d);
    }
    if (enter > leave) {
      if (open) to.end(false);
      open = false;
      continue;
    }
    if (!open || enter > 0) {
      if (open) to.end(false);
      to.add(Math.round(ax + enter * dx), Math.round(ay + enter * dy));
    }
    to.add(Math.round(ax + leave * dx), Math.round(ay + leave * dy));
    open = leave === 1;
    if (!open) to.end(false);
  }
  if (open) to.end(false);
}

/** What of lines or polygons lies in the square from `low` to `high` on both axes. */
export function cutShape(from: ShapeBuffer, to: ShapeBuffer, low: number, high: number): void {
  to.clear(from.kind);
  for (let part = 0, start = 0; part < from.count; part++) {
    const end = from.ends[part] as number;
    if (from.kind === LINE) cutLine(from.positions, start, end, low, high, to);
    else {
      const [a, b] = rings;
      a.clear(POLYGON);
      for (let i = start; i < end; i += 2) a.add(from.positions[i] as number, from.positions[i + 1] as number);
      cutSide(a, b, 0, low, -1);
      cutSide(b, a, 0, high, 1);
      cutSide(a, b, 1, low, -1);
      cutSide(b, a, 1, high, 1);
      for (let i = 0; i < a.length; i += 2) to.add(a.positions[i] as number, a.positions[i + 1] as number);
      to.end(from.exterior[part] === 1);
    }
    start = end;
  }
}
