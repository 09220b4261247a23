// The batch format: what goes in comes out, and no bytes whatever break the reader.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import type { RawFrame } from '../../contracts/protocol.ts';
import { createBatch, decodeBatch, decodeFrame, frameCost } from './batch.ts';

const frame: fc.Arbitrary<RawFrame> = fc.record({
  protocol: fc.constantFrom('hj212', 'mqtt', 'sta', ''),
  address: fc.string({ unit: 'grapheme', maxLength: 40 }),
  received: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.integer({ min: -1000, max: 1000 })),
  bytes: fc.uint8Array({ maxLength: 300 }),
});
function encodeBatch(frames: readonly RawFrame[]): Uint8Array {
  const batch = createBatch();
  expect(frames.map((one) => batch.add(one))).toEqual(frames.map((_, index) => index));
  expect(batch.count).toBe(frames.length);
  return batch.encode();
}
const plain = (list: readonly RawFrame[]): unknown => list.map((f) => ({ ...f, bytes: [...f.bytes] }));

describe('frame batch', () => {
  it('gives back what it was given, whole and one by one', () => {
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 40 }), (frames) => {
        const body = encodeBatch(frames);
        expect(plain(decodeBatch(body))).toEqual(plain(frames));
        frames.forEach((expected, index) => {
          expect(plain([decodeFrame(body, index) as RawFrame])).toEqual(plain([expected]));
        });
        expect(decodeFrame(body, frames.length)).toBeNull();
        expect(decodeFrame(body, -1)).toBeNull();
        expect(body.length).toBeLessThanOrEqual(frames.reduce((sum, f) => sum + frameCost(f), 64));
      }),
    );
  });
  it('throws nothing but a Problem on any bytes, cut bodies and flipped bits', () => {
    const refusedOrRead = (body: Uint8Array): boolean => {
      try {
        decodeBatch(body);
        return true;
      } catch (error) {
        return error instanceof Problem && error.code === 'malformed-frame';
      }
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), refusedOrRead));
    fc.assert(
      fc.property(fc.array(frame, { minLength: 1, maxLength: 5 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (frames, where, flip) => {
        const body = encodeBatch(frames);
        const cut = body.subarray(0, where % body.length);
        expect(() => decodeBatch(cut)).toThrow(Problem);
        const bent = body.slice();
        bent[where % bent.length] = (bent[where % bent.length] as number) ^ flip;
        return refusedOrRead(bent);
      }),
    );
  });
  it('says so when a count lies, without allocating for it', () => {
    expect(() => decodeBatch(Uint8Array.from([0x4c, 0x5a, 0x01, 0xff, 0xff, 0x03, 0]))).toThrow(Problem);
    expect(() => decodeBatch(Uint8Array.from([0x4c, 0x5a, 0x02, 0]))).toThrow(/unknown format/);
  });
  it('costs about five bytes over a 200-byte frame', () => {
    const frames = Array.from({ length: 1000 }, (_, i) => ({
      protocol: 'mqtt',
      address: `devices/${i % 50}/telemetry`,
      received: 1_790_000_000_000 + i,
      bytes: new Uint8Array(200),
    }));
    expect(encodeBatch(frames).length / 1000).toBeLessThan(207);
    expect(() => encodeBatch(new Array(65_536).fill(frames[0]))).toThrow(Problem);
  });
});
