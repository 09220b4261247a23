// The geometry of a vector tile's feature: commands into parts and back, and parts snapped to a coarser grid.
//
// Source: Mapbox Vector Tile 2.1 §4.3. Coordinates are units of the tile, y to the south; deltas are zigzag numbers of 32 bits.
import { type Bytes, malformed, type ProtoReader, type ProtoWriter } from './protobuf.ts';

export type Shape = 'point' | 'line' | 'polygon';
/** Flat positions x, y, x, y …: one per point, line or ring. Rings are not closed. */
export interface Parts {
  readonly shape: Shape;
  readonly parts: readonly (readonly number[])[];
}

const [MOVE, LINE, CLOSE] = [1, 2, 7];
const shapes: readonly (Shape | undefined)[] = [undefined, 'point', 'line', 'polygon'];

/** null: a shape that we do not know. @throws Error for commands that are none */
export function partsOf(reader: ProtoReader, at: Bytes, type: number): Parts | null {
  const shape = shapes[type];
  if (shape === undefined) return null;
  const numbers = reader.numbers(at);
  const parts: number[][] = [];
  let [x, y, i] = [0, 0, 0];
  const step = (): number => {
    const value = numbers[i++] ?? malformed('geometry that ends within a command', at.from);
    return (value >>> 1) ^ -(value & 1);
  };
  while (i < numbers.length) {
    const head = numbers[i++] as number;
    const [command, count] = [head & 7, head >>> 3];
    if (command === CLOSE && shape === 'polygon') continue;
    if (command !== MOVE && command !== LINE) malformed(`geometry command ${command}`, at.from);
    for (let n = 0; n < count; n++) {
      x += step();
      y += step();
      if (command === MOVE) parts.push([x, y]);
      else (parts.at(-1) ?? malformed('a line from nowhere', at.from)).push(x, y);
    }
  }
  return { shape, parts };
}

/** Twice the area of a ring, positive for an exterior one (§4.3.4.4: surveyor's formula, y to the south). */
export function signedArea(ring: readonly number[]): number {
  let sum = 0;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2)
    sum += (ring[j] as number) * (ring[i + 1] as number) - (ring[i] as number) * (ring[j + 1] as number);
  return sum;
}

export interface Lattice {
  readonly x: (x: number) => number;
  readonly y: (y: number) => number;
  readonly least: number;
  readonly most: number;
}

/** A part with its positions on the lattice, those that fell together being one. */
function moved(part: readonly number[], { x, y }: Lattice, ring: boolean): number[] {
  const out: number[] = [];
  for (let i = 0; i < part.length; i += 2) {
    const [a, b] = [x(part[i] as number), y(part[i + 1] as number)];
    if (out.length === 0 || a !== out.at(-2) || b !== out.at(-1)) out.push(a, b);
  }
  if (ring) while (out.length > 2 && out[0] === out.at(-2) && out[1] === out.at(-1)) out.length -= 2;
  return out;
}
function outside(part: readonly number[], { least, most }: Lattice): boolean {
  let [west, east, north, south] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let i = 0; i < part.length; i += 2) {
    const [x, y] = [part[i] as number, part[i + 1] as number];
    [west, east, north, south] = [Math.min(west, x), Math.max(east, x), Math.min(north, y), Math.max(south, y)];
  }
  return east < least || west > most || south < least || north > most;
}

/** Degenerate parts are left out, holes with the ring that they are in; null: nothing is left. */
export function snapped({ shape, parts }: Parts, lattice: Lattice): Parts | null {
  const kept: number[][] = [];
  if (shape === 'polygon') {
    let exterior = false;
    for (const part of parts) {
      const was = signedArea(part);
      const ring = moved(part, lattice, true);
      const area = signedArea(ring);
      // A ring that turned over fell together.
      const stands = ring.length >= 6 && area !== 0 && area > 0 === was > 0;
      if (was > 0) exterior = stands && !outside(ring, lattice);
      if (stands && exterior) kept.push(ring);
    }
  } else if (shape === 'line') {
    for (const part of parts) {
      const line = moved(part, lattice, false);
      if (line.length >= 4 && !outside(line, lattice)) kept.push(line);
    }
  } else {
    const seen = new Set<string>();
    for (const part of parts) {
      const point = moved(part, lattice, false);
      const key = point.join();
      if (seen.has(key) || outside(point, lattice)) continue;
      seen.add(key);
      kept.push(point);
    }
  }
  return kept.length > 0 ? { shape, parts: kept } : null;
}

export function writeParts(out: ProtoWriter, { shape, parts }: Parts): void {
  let [x, y] = [0, 0];
  const zigzag = (delta: number): number => ((delta << 1) ^ (delta >> 31)) >>> 0;
  const to = (a: number, b: number): void => {
    out.varint(zigzag(a - x));
    out.varint(zigzag(b - y));
    [x, y] = [a, b];
  };
  if (shape === 'point') {
    out.varint(MOVE | (parts.length << 3));
    for (const [a = 0, b = 0] of parts) to(a, b);
    return;
  }
  for (const part of parts) {
    out.varint(MOVE | (1 << 3));
    to(part[0] as number, part[1] as number);
    out.varint((LINE | ((part.length / 2 - 1) << 3)) >>> 0);
    for (let i = 2; i < part.length; i += 2) to(part[i] as number, part[i + 1] as number);
    if (shape === 'polygon') out.varint(CLOSE | (1 << 3));
  }
}
