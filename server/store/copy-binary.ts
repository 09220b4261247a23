// Rows of the observation table in PostgreSQL's binary COPY format: the fastest road into history (about twice the text format).
//
// Source: PostgreSQL 15 documentation, COPY, "Binary Format": signature, 16-bit field count, 32-bit lengths, big-endian; timestamps are
// microseconds since 2000-01-01.
import { checkBits, type Observation, qualities } from '../../contracts/observation.ts';

export const observationColumns = 'datastream, phenomenon_time, identity, received, result, quality, failed, flag, frame, lng, lat';
const signature = Buffer.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]);
const trailer = Buffer.from([0xff, 0xff]);
const epoch2000 = 946_684_800_000;
const fixedRowBytes = 2 + 11 * 4 + 4 + 8 + 4 + 8 + 8 + 2 + 2 + 8 + 8 + 8;

/** Rows without header and trailer, as they will be sent. */
export interface RowBatch {
  readonly bytes: Uint8Array;
  readonly count: number;
  /** Days since 1970 (UTC) that the rows fall on. */
  readonly days: ReadonlySet<number>;
}
export interface RowWriter {
  add(observation: Observation): void;
  readonly count: number;
  /** What was added; the writer is not used any more. */
  batch(): RowBatch;
}

/** A whole COPY stream, in pieces. */
export function copyStream({ bytes }: RowBatch): Uint8Array[] {
  return [signature, bytes, trailer];
}

/** The end of the row that begins at `at`. */
function rowEnd(view: DataView, at: number): number {
  let end = at + 2;
  for (let field = view.getInt16(at); field > 0; field--) end += 4 + Math.max(view.getInt32(end), 0);
  return end;
}

/** The same rows in two batches. */
export function halves({ bytes, count, days }: RowBatch): [RowBatch, RowBatch] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const half = count >> 1;
  let middle = 0;
  for (let row = 0; row < half; row++) middle = rowEnd(view, middle);
  return [
    { bytes: bytes.subarray(0, middle), count: half, days },
    { bytes: bytes.subarray(middle), count: count - half, days },
  ];
}

/** Writes each row as it comes: kept as objects until they are sent, a hundred thousand of them are most of what the collector walks. */
export function createRowWriter(capacity = 65_536): RowWriter {
  let buffer = Buffer.allocUnsafeSlow(capacity);
  let view = new DataView(buffer.buffer);
  const days = new Set<number>();
  let lastDay = Number.NaN;
  let [count, at] = [0, 0];

  function reserve(bytes: number): void {
    if (at + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(buffer.length * 2, at + bytes));
    buffer.copy(grown, 0, 0, at);
    buffer = grown;
    view = new DataView(buffer.buffer);
  }
  function int2(value: number): void {
    view.setInt32(at, 2);
    view.setInt16(at + 4, value);
    at += 6;
  }
  function int4(value: number): void {
    view.setInt32(at, 4);
    view.setInt32(at + 4, value);
    at += 8;
  }
  function int8(value: number): void {
    view.setInt32(at, 8);
    // High and low words by arithmetic: BigInt costs three times as much here.
    const high = Math.floor(value / 4294967296);
    view.setInt32(at + 4, high);
    view.setUint32(at + 8, value - high * 4294967296);
    at += 12;
  }
  function none(): void {
    view.setInt32(at, -1);
    at += 4;
  }
  function float8(value: number | null): void {
    if (value === null) {
      none();
      return;
    }
    view.setInt32(at, 8);
    view.setFloat64(at + 4, value);
    at += 12;
  }
  const time = (ms: number): void => int8(Math.round((ms - epoch2000) * 1000));

  return {
    add(o) {
      reserve(fixedRowBytes + (o.flag === null ? 0 : o.flag.length * 3));
      view.setInt16(at, 11);
      at += 2;
      int4(o.datastream);
      time(o.phenomenonTime);
      int4(o.identity);
      time(o.hops.received);
      float8(o.result);
      int2(qualities.indexOf(o.quality));
      int2(checkBits(o.failed));
      if (o.flag === null) none();
      else {
        const bytes = buffer.write(o.flag, at + 4);
        view.setInt32(at, bytes);
        at += 4 + bytes;
      }
      int8(o.frame);
      float8(o.position === null ? null : o.position[0]);
      float8(o.position === null ? null : o.position[1]);
      count++;
      const day = Math.floor(o.phenomenonTime / 86_400_000);
      if (day !== lastDay) days.add(day);
      lastDay = day;
    },
    get count() {
      return count;
    },
    batch: () => ({ bytes: buffer.subarray(0, at), count, days }),
  };
}
