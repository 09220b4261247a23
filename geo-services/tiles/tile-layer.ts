// One layer of a vector tile being written: values each once, features one after another, shapes in whole numbers of the tile.
//
// Source: Mapbox Vector Tile 2.1 §4.1–§4.4. Whoever has the features (rows of the database, patches of a layer) gives each its tags and its shape.
import { LINE, POINT, POLYGON } from './ewkb.ts';
import { ProtoWriter } from './protobuf.ts';

const MOVE_ONE = 9;
const CLOSE = 15;

/** Flat positions, part after part, y to the south. */
export interface Shape {
  /** POINT, LINE or POLYGON; 0: nothing. */
  readonly kind: number;
  /** x, y, x, y …; a writer may change what it is given. */
  readonly positions: Int32Array;
  /** Of each part, one past its last number in `positions`. */
  readonly ends: Int32Array;
  /** Of each part, 1 if it is the first ring of a polygon. */
  readonly exterior: Uint8Array;
  /** Parts. */
  readonly count: number;
}

/** Bytes of their own, in the order in which they were first seen, each once. */
export class ValueTable {
  /** Value messages with tag and length (§4.1, field 4 of a layer). */
  readonly out = new ProtoWriter();
  private slots = new Int32Array(1024).fill(-1);
  private froms = new Int32Array(512);
  private hashes = new Int32Array(512);
  private count = 0;

  clear(): void {
    this.out.clear();
    this.slots.fill(-1);
    this.count = 0;
  }
  /** The value that was written at the end of `out` from `from` on: its index. One that is known is taken away again. */
  index(from: number): number {
    const { out, froms, hashes } = this;
    const hash = out.hash(from);
    const length = out.length - from;
    for (let slot = hash & (this.slots.length - 1); ; slot = (slot + 1) & (this.slots.length - 1)) {
      const known = this.slots[slot] as number;
      if (known < 0) {
        const index = this.count++;
        this.slots[slot] = index;
        froms[index] = from;
        hashes[index] = hash;
        if (this.count === froms.length) this.widen();
        return index;
      }
      // The messages begin with their length: none is the beginning of another.
      if (hashes[known] === hash && out.repeats(froms[known] as number, from, length)) {
        out.length = from;
        return known;
      }
    }
  }
  /** A value of which is known that it is not there yet, or that does not matter: nothing is looked up, and it is not found again. */
  append(): number {
    if (this.count + 1 === this.froms.length) this.widen();
    return this.count++;
  }
  get size(): number {
    return this.count;
  }
  private widen(): void {
    const wide = this.froms.length * 2;
    const [froms, hashes] = [new Int32Array(wide), new Int32Array(wide)];
    froms.set(this.froms);
    hashes.set(this.hashes);
    this.froms = froms;
    this.hashes = hashes;
    const known = this.slots.filter((index) => index >= 0);
    this.slots = new Int32Array(this.slots.length * 2).fill(-1);
    for (const index of known) {
      let slot = (hashes[index] as number) & (this.slots.length - 1);
      while ((this.slots[slot] as number) >= 0) slot = (slot + 1) & (this.slots.length - 1);
      this.slots[slot] = index;
    }
  }
}

/** Memory of one writer at a time, to be used again: large buffers that come and go make the collector go through the whole heap. */
export class LayerSpace {
  readonly features = new ProtoWriter();
  readonly tags = new ProtoWriter();
  readonly geometry = new ProtoWriter();
  readonly values = new ValueTable();
  /** What it holds, about. */
  get bytes(): number {
    return this.features.capacity + this.values.out.capacity * 2;
  }
}

export interface LayerFrame {
  readonly name: string;
  readonly attributes: readonly string[];
  readonly extent: number;
  /** Units around the tile within which a point is taken. */
  readonly buffer: number;
}

export class LayerWriter {
  /** Of the feature under way: index of the attribute, index of the value, and so on. */
  readonly tags: ProtoWriter;
  readonly values: ValueTable;
  private readonly frame: LayerFrame;
  private readonly features: ProtoWriter;
  private readonly geometry: ProtoWriter;
  private x = 0;
  private y = 0;

  constructor(frame: LayerFrame, { features, tags, geometry, values } = new LayerSpace()) {
    features.clear();
    values.clear();
    this.frame = frame;
    [this.features, this.tags, this.geometry, this.values] = [features, tags, geometry, values];
  }

  /** A feature of the tags that were written and of a shape; nothing when nothing of the shape is left. */
  feature(id: number, shape: Shape): void {
    const { features, geometry } = this;
    geometry.length = 0;
    this.x = 0;
    this.y = 0;
    if (shape.kind === POINT) this.points(shape);
    else if (shape.kind === LINE) for (let n = 0, from = 0; n < shape.count; from = shape.ends[n++] as number) this.line(shape, from, n);
    else if (shape.kind === POLYGON) this.rings(shape);
    if (geometry.length === 0) return;
    this.begin(id, shape.kind, geometry.length);
    features.raw(geometry);
  }

  /** The same for a single point that lies in the tile or its buffer. */
  point(id: number, x: number, y: number): void {
    const { features } = this;
    const [px, py] = [(x << 1) ^ (x >> 31), (y << 1) ^ (y >> 31)];
    const long = 1 + size32(px) + size32(py);
    this.begin(id, POINT, long);
    features.varint32(MOVE_ONE);
    features.varint32(px);
    features.varint32(py);
  }

  /** A feature up to its geometry, of which the bytes are said and come next. */
  private begin(id: number, kind: number, bytes: number): void {
    const { tags, features } = this;
    const tagged = tags.length > 0 ? 1 + size32(tags.length) + tags.length : 0;
    features.varint32(0x12);
    features.varint32(1 + varintSize(id) + tagged + 3 + size32(bytes) + bytes);
    features.varint32(0x08);
    features.varint(id);
    if (tagged > 0) {
      features.varint32(0x12);
      features.varint32(tags.length);
      features.raw(tags);
    }
    features.varint32(0x18);
    features.varint32(kind);
    features.varint32(0x22);
    features.varint32(bytes);
  }

  /** The layer as a part of a tile; empty when nothing of it is there. */
  done(): Buffer {
    if (this.features.length === 0) return Buffer.alloc(0);
    const [head, tail, begin] = [new ProtoWriter(), new ProtoWriter(), new ProtoWriter()];
    head.number(15, 2);
    head.string(1, this.frame.name);
    for (const name of this.frame.attributes) tail.string(3, name);
    tail.number(5, this.frame.extent);
    const parts = [head, this.features, this.values.out, tail];
    begin.varint32(0x1a);
    begin.varint(parts.reduce((sum, { length }) => sum + length, 0));
    return Buffer.concat([begin, ...parts].map((part) => part.view()));
  }

  private to(x: number, y: number): void {
    const [dx, dy] = [(x - this.x) | 0, (y - this.y) | 0];
    this.geometry.varint32((dx << 1) ^ (dx >> 31));
    this.geometry.varint32((dy << 1) ^ (dy >> 31));
    this.x = x;
    this.y = y;
  }
  private isNear(positions: Int32Array, n: number): boolean {
    const { extent, buffer } = this.frame;
    const [x, y] = [positions[n] as number, positions[n + 1] as number];
    return x >= -buffer && x <= extent + buffer && y >= -buffer && y <= extent + buffer;
  }
  private points({ positions, count }: Shape): void {
    let near = 0;
    for (let n = 0; n < count; n++) if (this.isNear(positions, n * 2)) near++;
    if (near === 0) return;
    this.geometry.varint32(1 | (near << 3));
    for (let n = 0; n < count; n++) if (this.isNear(positions, n * 2)) this.to(positions[n * 2] as number, positions[n * 2 + 1] as number);
  }
  private line({ positions, ends }: Shape, from: number, part: number): void {
    const end = distinct(positions, from, ends[part] as number);
    if (end - from >= 4) this.path(positions, from, end);
  }
  /** §4.3.4.4: exterior rings first, of positive area, holes of negative; a ring that fell together is left out, and its holes with it. */
  private rings({ positions, ends, exterior, count }: Shape): void {
    let stands = false;
    for (let n = 0, from = 0; n < count; from = ends[n++] as number) {
      let end = distinct(positions, from, ends[n] as number);
      if (end - from >= 4 && positions[from] === positions[end - 2] && positions[from + 1] === positions[end - 1]) end -= 2;
      const area = end - from >= 6 ? twiceArea(positions, from, end) : 0;
      const outer = exterior[n] === 1;
      if (outer) stands = area !== 0;
      if (area === 0 || !stands) continue;
      if (area > 0 !== outer) reverse(positions, from, end);
      this.path(positions, from, end);
      this.geometry.varint32(CLOSE);
    }
  }
  private path(positions: Int32Array, from: number, end: number): void {
    this.geometry.varint32(MOVE_ONE);
    this.to(positions[from] as number, positions[from + 1] as number);
    this.geometry.varint32(2 | (((end - from) / 2 - 1) << 3));
    for (let i = from + 2; i < end; i += 2) this.to(positions[i] as number, positions[i + 1] as number);
  }
}

/** Positions that fell together become one, in place; one past the last of them. */
function distinct(positions: Int32Array, from: number, end: number): number {
  let to = from + 2;
  for (let i = from + 2; i < end; i += 2) {
    const [x, y] = [positions[i] as number, positions[i + 1] as number];
    if (x === positions[to - 2] && y === positions[to - 1]) continue;
    positions[to++] = x;
    positions[to++] = y;
  }
  return Math.min(to, end);
}

/** Bytes of a varint of 32 bits. */
export const size32 = (value: number): number =>
  value < 0x80 ? 1 : value < 0x4000 ? 2 : value < 0x200000 ? 3 : value < 0x10000000 ? 4 : 5;

/** Bytes of a varint up to 2^53. */
export function varintSize(value: number): number {
  if (value < 0x80000000) return size32(value);
  let size = 1;
  for (let rest = value; rest >= 128; rest /= 128) size++;
  return size;
}

/** Surveyor's formula; y to the south: positive is an exterior ring. */
function twiceArea(positions: Int32Array, from: number, end: number): number {
  let sum = 0;
  for (let i = from, j = end - 2; i < end; j = i, i += 2)
    sum += (positions[j] as number) * (positions[i + 1] as number) - (positions[i] as number) * (positions[j + 1] as number);
  return sum;
}

/** The positions of a ring the other way round; its first one stays. */
function reverse(positions: Int32Array, from: number, end: number): void {
  for (let [i, j] = [from + 2, end - 2]; i < j; i += 2, j -= 2)
    for (const side of [0, 1]) {
      const kept = positions[i + side] as number;
      positions[i + side] = positions[j + side] as number;
      positions[j + side] = kept;
    }
}
