// One layer of a vector tile out of rows as the database sends them: what ST_AsMVT and ST_AsMVTGeom do, at a third of their time.
//
// Source: Mapbox Vector Tile 2.1 §4.4; PostgreSQL 15, message formats, DataRow. Nothing is made into an object on the way: bytes are read
// where they lie, a value is looked up by its bytes, and the work can be cut into slices so that nobody else waits long.
// Rows: id, attributes in order, the shape in the grid's coordinates, the shape in units of the tile; of the shapes one is null.
import type { BinaryRows } from '../queryable.ts';
import { EwkbReader, type Placing } from './ewkb.ts';
import { orderOf } from './number-order.ts';
import { type LayerFrame, type LayerSpace, LayerWriter, size32, varintSize } from './tile-layer.ts';

const [BOOLEAN, INT8, INT2, INT4, FLOAT, TEXT] = [0, 1, 2, 3, 4, 5] as const;
/** What an attribute is in a tile, by the type that the database gives it (pg_type.oid). */
const forms: ReadonlyMap<number, number> = new Map([
  [16, BOOLEAN],
  [20, INT8],
  [21, INT2],
  [23, INT4],
  [700, FLOAT],
  [701, FLOAT],
  [25, TEXT],
  [1042, TEXT],
  [1043, TEXT],
]);
/** json, jsonb: ST_AsMVT makes attributes of their members. */
const spread: ReadonlySet<number> = new Set([114, 3802]);
/** Attributes of rows (the columns after the first) that have to be asked as text; null: they cannot be, for ST_AsMVT makes several of one. */
export function foreignAttributes(attributes: readonly string[], types: readonly number[]): string[] | null {
  return types.some((oid) => spread.has(oid)) ? null : attributes.filter((_, n) => !forms.has(types[n + 1] as number));
}

const units: Placing = { west: 0, scaleX: 1, north: 0, scaleY: -1 };

export class LayerEncoder {
  private readonly rows: BinaryRows;
  private readonly placing: Placing;
  private readonly view: DataView;
  private readonly reader: EwkbReader;
  private readonly order: Float64Array;
  private readonly forms: Uint8Array;
  private readonly writer: LayerWriter;

  /** @throws Error for a type that is not encodable */
  constructor(rows: BinaryRows, frame: LayerFrame, placing: Placing, space?: LayerSpace) {
    this.rows = rows;
    this.placing = placing;
    this.writer = new LayerWriter(frame, space);
    this.view = new DataView(rows.bytes.buffer, rows.bytes.byteOffset, rows.bytes.byteLength);
    this.reader = new EwkbReader(this.view);
    this.forms = Uint8Array.from(frame.attributes, (name, n) => {
      const form = forms.get(rows.types[n + 1] as number);
      if (form === undefined) throw new Error(`column ${name} of type ${rows.types[n + 1]}`);
      return form;
    });
    this.order = rowsById(this.view, rows.count);
  }
  get count(): number {
    return this.rows.count;
  }

  /** Rows [from, to) in the order of their ids. @throws EwkbFault */
  encode(from: number, to: number): void {
    for (let n = from; n < to; n++) this.row(this.order[n] as number);
  }

  /** The layer as a part of a tile; empty when nothing of it is there. */
  done(): Buffer {
    return this.writer.done();
  }

  private row(start: number): void {
    const { view, forms: columns, reader } = this;
    const { tags } = this.writer;
    // 'D', length, count of columns; then of each column its length (−1: null) and its bytes.
    let at = start + 7;
    const id = view.getUint32(at + 4) * 0x100000000 + view.getUint32(at + 8);
    at += 12;
    tags.length = 0;
    for (let n = 0; n < columns.length; n++) {
      const length = view.getInt32(at);
      at += 4;
      if (length < 0) continue;
      tags.varint32(n);
      tags.varint32(this.value(columns[n] as number, at, length));
      at += length;
    }
    const length = view.getInt32(at);
    if (length >= 0) reader.read(at + 4, this.placing);
    else if (view.getInt32(at + 4) >= 0) reader.read(at + 8, units);
    else return;
    this.writer.feature(id, reader);
  }

  /** §4.4, and of a number what ST_AsMVT makes of it: uint_value, or sint_value below zero. */
  private value(form: number, at: number, length: number): number {
    const { values } = this.writer;
    const { out } = values;
    const from = out.length;
    out.varint32(0x22);
    if (form === TEXT) {
      out.varint32(1 + size32(length) + length);
      out.varint32(0x0a);
      out.varint32(length);
      out.append(this.rows.bytes, at, at + length);
    } else if (form === FLOAT) {
      out.varint32(length + 1);
      out.varint32(length === 8 ? 0x19 : 0x15);
      out.reversed(this.rows.bytes, at, length);
    } else this.whole(form, at);
    return values.index(from);
  }
  private whole(form: number, at: number): void {
    const { view } = this;
    const { out } = this.writer.values;
    if (form === BOOLEAN) {
      out.varint32(2);
      out.varint32(0x38);
      out.varint32(view.getUint8(at));
    } else if (form === INT8 && !isSmall(view.getInt32(at))) {
      const value = view.getBigInt64(at);
      const wire: number[] = [];
      for (let rest = value < 0n ? -value * 2n - 1n : value; ; rest >>= 7n) {
        wire.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
        if (rest <= 127n) break;
      }
      out.varint32(wire.length + 1);
      out.varint32(value < 0n ? 0x30 : 0x28);
      out.append(Uint8Array.from(wire), 0, wire.length);
    } else {
      const value =
        form === INT8 ? view.getInt32(at) * 0x100000000 + view.getUint32(at + 4) : form === INT4 ? view.getInt32(at) : view.getInt16(at);
      const wire = value < 0 ? -value * 2 - 1 : value;
      out.varint32(1 + varintSize(wire));
      out.varint32(value < 0 ? 0x30 : 0x28);
      out.varint(wire);
    }
  }
}

/** High words of numbers below 2^52 either way: twice a negative one is still exact. */
const isSmall = (high: number): boolean => high >= -0x100000 && high < 0x100000;

/** Where rows begin, in the order of their ids: the same rows make the same tile, whatever way the database found them. */
function rowsById(view: DataView, count: number): Float64Array {
  const [starts, ids] = [new Float64Array(count), new Float64Array(count)];
  for (let n = 0, at = 0; n < count; n++) {
    starts[n] = at;
    ids[n] = view.getUint32(at + 11) * 0x100000000 + view.getUint32(at + 15);
    at += 1 + view.getUint32(at + 1);
  }
  const order = orderOf(ids);
  return order ? Float64Array.from(order, (place) => starts[place] as number) : starts;
}
