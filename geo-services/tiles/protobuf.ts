// Protobuf as far as vector tiles need it: fields of a message, walked and written without objects.
//
// Source: Protocol Buffers, encoding (wire types 0, 1, 2, 5). Numbers beyond 2^53 are refused where they are read; they can be copied as bytes.

/** @throws Error always: what, and at which byte */
export function malformed(what: string, at: number): never {
  throw new Error(`no vector tile: ${what} at byte ${at}`);
}

/** Bytes [from, to). */
export interface Bytes {
  readonly from: number;
  readonly to: number;
}
const decoder = new TextDecoder('utf-8', { fatal: true });
const encoder = new TextEncoder();

export class ProtoReader {
  private at = 0;
  private readonly view: DataView;

  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** `end`: where the message that holds it ends. */
  private varint(end: number): number {
    const { bytes } = this;
    const start = this.at;
    let value = 0;
    let scale = 1;
    for (let i = 0; i < 10; i++) {
      if (this.at >= end) malformed('varint beyond the end', start);
      const byte = bytes[this.at++] as number;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
      scale *= 128;
    }
    return malformed('varint of more than ten bytes', start);
  }

  /** `take` may read other parts of the buffer: the walk goes on where the field ends. `tagAt`: where the field begins. */
  fields(from: number, to: number, take: (field: number, wire: number, value: Bytes, tagAt: number) => void): void {
    let at = from;
    while (at < to) {
      this.at = at;
      const tag = this.varint(to);
      const wire = tag % 8;
      let start = this.at;
      let end = to;
      if (wire === 2) {
        const length = this.varint(to);
        start = this.at;
        end = start + length;
      } else if (wire === 0) {
        this.varint(to);
        end = this.at;
      } else if (wire === 1 || wire === 5) end = start + (wire === 1 ? 8 : 4);
      else malformed(`wire type ${wire}`, at);
      if (end > to) malformed('field beyond the end', at);
      const field = Math.floor(tag / 8);
      if (field === 0 || field > 0x1fffffff) malformed(`field number ${field}`, at);
      take(field, wire, { from: start, to: end }, at);
      at = end;
    }
  }

  number({ from, to }: Bytes): number {
    this.at = from;
    const value = this.varint(to);
    return value <= Number.MAX_SAFE_INTEGER ? value : malformed('number beyond 2^53', from);
  }
  /** Of four or eight bytes. */
  float({ from, to }: Bytes): number {
    return to - from === 4 ? this.view.getFloat32(from, true) : this.view.getFloat64(from, true);
  }
  text({ from, to }: Bytes): string {
    try {
      return decoder.decode(this.bytes.subarray(from, to));
    } catch {
      return malformed('text that is no UTF-8', from);
    }
  }
  /** Packed uint32 two by two. `take` may not read. */
  pairs({ from, to }: Bytes, take: (a: number, b: number) => void): void {
    this.at = from;
    while (this.at < to) {
      const a = this.varint(to);
      if (this.at >= to) malformed('tag without a value', from);
      const at = this.at;
      const b = this.varint(to);
      const next = this.at;
      if (a > 0xffffffff || b > 0xffffffff) malformed('number beyond 32 bits', at);
      take(a, b);
      this.at = next;
    }
  }
}

export class ProtoWriter {
  private bytes = new Uint8Array(256);
  length = 0;

  clear(): void {
    this.length = 0;
  }
  private room(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const wider = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    wider.set(this.bytes.subarray(0, this.length));
    this.bytes = wider;
  }
  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    this.room(8);
    let rest = value;
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }
  /** The same for whole numbers of 32 bits, taken as unsigned: no arithmetic of doubles. */
  varint32(value: number): void {
    this.room(5);
    let rest = value;
    while ((rest & ~0x7f) !== 0) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.bytes[this.length++] = rest;
  }
  copy(from: Uint8Array, { from: start, to }: Bytes): void {
    this.append(from, start, to);
  }
  append(from: Uint8Array, start: number, to: number): void {
    const count = to - start;
    this.room(count);
    // A short copy is faster byte by byte than by a view.
    if (count < 48) for (let i = start; i < to; i++) this.bytes[this.length++] = from[i] as number;
    else {
      this.bytes.set(from.subarray(start, to), this.length);
      this.length += count;
    }
  }
  /** So many bytes in the other order: numbers of PostgreSQL are big-endian, those of protobuf little-endian. */
  reversed(from: Uint8Array, at: number, count: number): void {
    this.room(count);
    for (let i = count - 1; i >= 0; i--) this.bytes[this.length++] = from[at + i] as number;
  }
  /** FNV-1a, 31 bits, of everything from a byte on. */
  hash(from: number): number {
    const { bytes, length } = this;
    let hash = 0x811c9dc5;
    for (let i = from; i < length; i++) hash = Math.imul(hash ^ (bytes[i] as number), 0x01000193);
    return (hash ^ (hash >>> 15)) & 0x7fffffff;
  }
  /** Whether `count` bytes are the same at both places. */
  repeats(one: number, other: number, count: number): boolean {
    const { bytes } = this;
    for (let i = 0; i < count; i++) if (bytes[one + i] !== bytes[other + i]) return false;
    return true;
  }
  raw(other: ProtoWriter): void {
    this.append(other.bytes, 0, other.length);
  }
  number(field: number, value: number): void {
    this.varint(field * 8);
    this.varint(value);
  }
  field(field: number, from: Uint8Array, range: Bytes): void {
    this.varint(field * 8 + 2);
    this.varint(range.to - range.from);
    this.copy(from, range);
  }
  message(field: number, other: ProtoWriter): void {
    this.field(field, other.bytes, { from: 0, to: other.length });
  }
  string(field: number, text: string): void {
    const bytes = encoder.encode(text);
    this.field(field, bytes, { from: 0, to: bytes.length });
  }
  get capacity(): number {
    return this.bytes.length;
  }
  /** What was written, until more is. */
  view(): Uint8Array {
    return this.bytes.subarray(0, this.length);
  }
  /** A copy of its own. */
  done(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}
