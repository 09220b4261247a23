// Rows of the observation table in PostgreSQL's binary COPY format: the fastest road into history (about twice the text format).
//
// Source: PostgreSQL 15 documentation, COPY, "Binary Format": signature, 16-bit field count, 32-bit lengths, big-endian; timestamps are
// microseconds since 2000-01-01.
import { checks, identityOf, type Observation, qualities } from '../../contracts/observation.ts';

export const observationColumns = 'datastream, phenomenon_time, identity, received, result, quality, failed, flag, frame, lng, lat';
const signature = Buffer.from([0x50, 0x47, 0x43, 0x4f, 0x50, 0x59, 0x0a, 0xff, 0x0d, 0x0a, 0x00, 0, 0, 0, 0, 0, 0, 0, 0]);
const epoch2000 = 946_684_800_000;
const fixedRowBytes = 2 + 11 * 4 + 4 + 8 + 4 + 8 + 8 + 2 + 2 + 8 + 8 + 8;

export function failedBits(failed: Observation['failed']): number {
  let bits = 0;
  for (const check of failed) bits |= 1 << checks.indexOf(check);
  return bits;
}
export function failedOf(bits: number): Observation['failed'] {
  return checks.filter((_, index) => bits & (1 << index));
}

/** A whole COPY stream body, header and trailer included. Times are milliseconds, written as microseconds. */
export function encodeCopy(observations: readonly Observation[]): Buffer {
  const flagBytes = observations.reduce((sum, o) => sum + (o.flag === null ? 0 : Buffer.byteLength(o.flag)), 0);
  const out = Buffer.allocUnsafe(signature.length + observations.length * fixedRowBytes + flagBytes + 2);
  let at = signature.copy(out);
  const int2 = (value: number): void => {
    out.writeInt32BE(2, at);
    at = out.writeInt16BE(value, at + 4);
  };
  const int4 = (value: number): void => {
    out.writeInt32BE(4, at);
    at = out.writeInt32BE(value, at + 4);
  };
  const int8 = (value: number): void => {
    out.writeInt32BE(8, at);
    // High and low words by arithmetic: BigInt costs three times as much here.
    const high = Math.floor(value / 4294967296);
    out.writeInt32BE(high, at + 4);
    at = out.writeUInt32BE(value - high * 4294967296, at + 8);
  };
  const float8 = (value: number | null): void => {
    if (value === null) {
      at = out.writeInt32BE(-1, at);
      return;
    }
    out.writeInt32BE(8, at);
    at = out.writeDoubleBE(value, at + 4);
  };
  const time = (ms: number): void => int8(Math.round((ms - epoch2000) * 1000));

  for (const o of observations) {
    at = out.writeInt16BE(11, at);
    int4(o.datastream);
    time(o.phenomenonTime);
    int4(identityOf({ ...o, sequence: o.sequence ?? undefined }));
    time(o.hops.received);
    float8(o.result);
    int2(qualities.indexOf(o.quality));
    int2(failedBits(o.failed));
    if (o.flag === null) at = out.writeInt32BE(-1, at);
    else {
      const bytes = out.write(o.flag, at + 4);
      out.writeInt32BE(bytes, at);
      at += 4 + bytes;
    }
    int8(o.frame);
    float8(o.position?.[0] ?? null);
    float8(o.position?.[1] ?? null);
  }
  at = out.writeInt16BE(-1, at);
  return out.subarray(0, at);
}
