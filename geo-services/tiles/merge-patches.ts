// A layer's part of a tile out of patches: pieces of the layer, each a vector tile layer of whole features that are not cut at any edge.
//
// A patch stands on a tile of PATCH_ZOOM: its numbers are units of that tile, and may lie far outside of it. Only what tile-layer.ts wrote is
// read here, in the order in which it is written. Source: Mapbox Vector Tile 2.1 §4.
import { cutShape, ShapeBuffer, thin } from './cut-shape.ts';
import { POINT, POLYGON } from './ewkb.ts';
import { orderOf } from './number-order.ts';
import { type LayerFrame, type LayerSpace, LayerWriter } from './tile-layer.ts';

/** Patches serve the zooms up to here, in whose units they are. */
export const PATCH_ZOOM = 11;
/** Units of a tile within which a corner may be left out: a fifth of a pixel, as tolerance() of tile-sql.ts. */
const TOLERANCE = 1.5;

export interface Patch {
  /** The tile of PATCH_ZOOM that its units are counted from. */
  readonly x: number;
  readonly y: number;
  readonly bytes: Uint8Array;
}

/** Reads whole numbers one after another; trusts what it reads. */
class Numbers {
  at = 0;
  bytes: Uint8Array = new Uint8Array(0);
  next(): number {
    const { bytes } = this;
    let byte = bytes[this.at++] as number;
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let shift = 7; shift < 28; shift += 7) {
      byte = bytes[this.at++] as number;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    let scale = 2 ** 28;
    do {
      byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      scale *= 128;
    } while (byte >= 0x80);
    return value;
  }
  /** Of 32 bits, zigzag. */
  signed(): number {
    const value = this.next();
    return (value >>> 1) ^ -(value & 1);
  }
}

/** Where the features and the values of patches begin, patch after patch; memory that is used again. */
class Places {
  private list = new Uint32Array(4096);
  private length = 0;
  clear(): void {
    this.length = 0;
  }
  /** Adds those of a patch. */
  of(bytes: Uint8Array): Outline {
    const start = this.length;
    this.walk(bytes, 0x12);
    const middle = this.length;
    this.walk(bytes, 0x22);
    return { bytes, start, middle, end: this.length, places: this };
  }
  at(n: number): number {
    return this.list[n] as number;
  }
  /** Of a message the byte of its content if it is a feature, of its length if it is a value. */
  private walk(bytes: Uint8Array, wanted: 0x12 | 0x22): void {
    if (bytes.length === 0) return;
    const numbers = new Numbers();
    numbers.bytes = bytes;
    numbers.at = 1;
    const end = numbers.next() + numbers.at;
    while (numbers.at < end) {
      const tag = numbers.next();
      const from = numbers.at;
      const value = numbers.next();
      // Version and extent are numbers, everything else has a length.
      if ((tag & 7) === 0) continue;
      if (tag === wanted) this.add(wanted === 0x12 ? numbers.at : from);
      numbers.at += value;
    }
  }
  private add(place: number): void {
    if (this.length === this.list.length) {
      const wider = new Uint32Array(this.length * 2);
      wider.set(this.list);
      this.list = wider;
    }
    this.list[this.length++] = place;
  }
}
/** A patch and the places of it: features from `start`, values from `middle`. */
interface Outline {
  readonly bytes: Uint8Array;
  readonly places: Places;
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

/** A feature as tile-layer.ts writes it: id, tags if there are any, kind, geometry; read again and again into the same fields. */
class Head {
  id = 0;
  kind = 0;
  /** Bytes of the tags; none: both are 0. */
  from = 0;
  to = 0;
  /** One past the geometry, which the numbers then stand before. */
  end = 0;
  read(numbers: Numbers, feature: number): void {
    numbers.at = feature + 1;
    this.id = numbers.next();
    this.from = 0;
    this.to = 0;
    if (numbers.bytes[numbers.at] === 0x12) {
      numbers.at++;
      const length = numbers.next();
      this.from = numbers.at;
      this.to = numbers.at + length;
      numbers.at = this.to;
    }
    numbers.at++;
    this.kind = numbers.next();
    numbers.at++;
    const length = numbers.next();
    this.end = numbers.at + length;
  }
}

/** Geometry commands (§4.3) from the numbers on, moved by an offset and divided by 2^shift. */
function readShape(numbers: Numbers, end: number, kind: number, dx: number, dy: number, shift: number, to: ShapeBuffer): void {
  const half = shift > 0 ? 1 << (shift - 1) : 0;
  let [x, y] = [dx, dy];
  let [area, firstX, firstY, lastX, lastY] = [0, 0, 0, 0, 0];
  to.clear(kind);
  while (numbers.at < end) {
    const command = numbers.next();
    const count = command >>> 3;
    if ((command & 7) === 7) {
      area += lastX * firstY - firstX * lastY;
      // The sign of the ring as it is, before its numbers are made coarser.
      to.end(area > 0);
      continue;
    }
    const moves = (command & 7) === 1;
    if (moves && kind !== POLYGON && kind !== POINT) to.end(false);
    for (let n = 0; n < count && numbers.at < end; n++) {
      x += numbers.signed();
      y += numbers.signed();
      to.add((x + half) >> shift, (y + half) >> shift);
      if (kind !== POLYGON) continue;
      if (moves) [area, firstX, firstY] = [0, x, y];
      else area += lastX * y - x * lastY;
      [lastX, lastY] = [x, y];
    }
  }
  if (kind === POINT) for (let n = 0; n < to.length; n += 2) to.ends[to.count++] = n + 2;
  else if (kind !== POLYGON) to.end(false);
}

interface Open extends Outline {
  /** Where the patch's tile begins, in units of PATCH_ZOOM from the beginning of the tile. */
  readonly dx: number;
  readonly dy: number;
}

/** How often a value of an attribute was looked for in the tile, and was there. */
interface Column {
  tried: number;
  known: number;
}
/** After so many it is known whether an attribute's values come again. */
const TRIES = 400;

/** Makes one tile at a time out of patches; its memory is used again. */
export class PatchMerger {
  private readonly numbers = new Numbers();
  private readonly head = new Head();
  private readonly shape = new ShapeBuffer();
  private readonly cut = new ShapeBuffer();
  private readonly places = new Places();
  private columns: readonly Column[] = [];
  /** Of each value of each patch, its number in the tile; −1: not there yet. By places. */
  private known = new Int32Array(4096);

  /**
   * @param patches all that reach into the tile and its buffer
   * @param tile of zoom PATCH_ZOOM or below, in the grid `mercator`
   * @param ordered features go by their ids, as one lies over the other; otherwise patch after patch
   */
  merge(
    patches: readonly Patch[],
    tile: { readonly z: number; readonly x: number; readonly y: number },
    frame: LayerFrame,
    ordered: boolean,
    space?: LayerSpace,
  ): Buffer {
    const writer = new LayerWriter(frame, space);
    const shift = PATCH_ZOOM - tile.z;
    const { places } = this;
    places.clear();
    const open = patches.map((patch): Open => {
      const [dx, dy] = [(patch.x - tile.x * 2 ** shift) * frame.extent, (patch.y - tile.y * 2 ** shift) * frame.extent];
      return { ...places.of(patch.bytes), dx, dy };
    });
    const last = open.at(-1)?.end ?? 0;
    if (last > this.known.length) this.known = new Int32Array(last * 2);
    this.known.fill(-1, 0, last);
    this.columns = frame.attributes.map(() => ({ tried: 0, known: 0 }));
    const order = ordered ? this.byId(open) : null;
    if (order) for (const [patch, feature] of order) this.add(patch, feature, shift, frame, writer);
    else for (const patch of open) for (let n = patch.start; n < patch.middle; n++) this.add(patch, places.at(n), shift, frame, writer);
    return writer.done();
  }

  private *byId(open: readonly Open[]): Generator<readonly [Open, number]> {
    const { numbers } = this;
    const count = open.reduce((sum, { start, middle }) => sum + middle - start, 0);
    const [ids, patches, features] = [new Float64Array(count), new Uint32Array(count), new Uint32Array(count)];
    let n = 0;
    for (const [index, { bytes, places, start, middle }] of open.entries()) {
      numbers.bytes = bytes;
      for (let i = start; i < middle; i++) {
        numbers.at = places.at(i) + 1;
        ids[n] = numbers.next();
        patches[n] = index;
        features[n++] = places.at(i);
      }
    }
    const order = orderOf(ids);
    for (let i = 0; i < count; i++) {
      const place = order ? (order[i] as number) : i;
      yield [open[patches[place] as number] as Open, features[place] as number];
    }
  }

  /** A feature: id, tags if there are any, kind, geometry. */
  private add(patch: Open, feature: number, shift: number, frame: LayerFrame, writer: LayerWriter): void {
    const { numbers, head, shape, cut } = this;
    const { bytes, dx, dy } = patch;
    const [low, high] = [-frame.buffer, frame.extent + frame.buffer];
    numbers.bytes = bytes;
    head.read(numbers, feature);
    const { id, kind, from, to, end } = head;
    // A single point: 9, x, y.
    const single = kind === POINT && bytes[numbers.at] === 9;
    let [x, y] = [0, 0];
    if (single) {
      numbers.at++;
      const half = shift > 0 ? 1 << (shift - 1) : 0;
      x = (dx + numbers.signed() + half) >> shift;
      y = (dy + numbers.signed() + half) >> shift;
      if (x < low || x > high || y < low || y > high) return;
    } else {
      readShape(numbers, end, kind, dx, dy, shift, shape);
      if (shape.maxX < low || shape.minX > high || shape.maxY < low || shape.minY > high) return;
    }
    this.tags(patch, from, to, writer);
    if (single) {
      writer.point(id, x, y);
      return;
    }
    if (kind !== POINT && shift > 0) thin(shape, TOLERANCE);
    const within = shape.minX >= low && shape.maxX <= high && shape.minY >= low && shape.maxY <= high;
    if (kind !== POINT && !within) {
      cutShape(shape, cut, low, high);
      writer.feature(id, cut);
    } else writer.feature(id, shape);
  }

  /** Tags of the patch as tags of the tile. Values that never come again (names) are not looked for: that costs more than all the rest. */
  private tags({ bytes, places, middle, end }: Outline, from: number, to: number, { tags, values: table }: LayerWriter): void {
    const { numbers, known } = this;
    tags.length = 0;
    for (numbers.at = from; numbers.at < to; ) {
      const attribute = numbers.next();
      const value = middle + numbers.next();
      tags.varint32(attribute);
      if ((known[value] as number) < 0) {
        const { out } = table;
        const begin = out.length;
        const at = places.at(value);
        out.varint32(0x22);
        out.append(bytes, at, value + 1 < end ? places.at(value + 1) - 1 : endOfValue(bytes, at));
        const column = this.columns[attribute] as Column;
        if (column.tried >= TRIES && column.known * 20 < column.tried) known[value] = table.append();
        else {
          const before = table.size;
          known[value] = table.index(begin);
          column.tried++;
          if (table.size === before) column.known++;
        }
      }
      tags.varint32(known[value] as number);
    }
  }
}

/** One past a value message whose length stands at a byte. */
function endOfValue(bytes: Uint8Array, at: number): number {
  const numbers = new Numbers();
  numbers.bytes = bytes;
  numbers.at = at;
  const length = numbers.next();
  return numbers.at + length;
}

/** [minX, minY, maxX, maxY] of all that a patch holds, in its units; null: nothing. */
export function reachOf(bytes: Uint8Array): readonly [number, number, number, number] | null {
  const numbers = new Numbers();
  const head = new Head();
  const shape = new ShapeBuffer();
  const places = new Places();
  const { start, middle } = places.of(bytes);
  let reach: [number, number, number, number] | null = null;
  numbers.bytes = bytes;
  for (let n = start; n < middle; n++) {
    head.read(numbers, places.at(n));
    readShape(numbers, head.end, head.kind, 0, 0, 0, shape);
    reach = reach
      ? [Math.min(reach[0], shape.minX), Math.min(reach[1], shape.minY), Math.max(reach[2], shape.maxX), Math.max(reach[3], shape.maxY)]
      : [shape.minX, shape.minY, shape.maxX, shape.maxY];
  }
  return reach;
}
