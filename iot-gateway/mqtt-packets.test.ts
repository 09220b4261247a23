// MQTT control packets: bounds and PUBLISH contents, for every length, and for bytes that are none.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PUBLISH, packetAt, readPublish } from './mqtt-packets.ts';

/** §2.2.3: seven bits per byte, least significant first. */
function remainingLength(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>= 7;
  } while (value > 0);
  return bytes;
}
function publish(topic: string, payload: Uint8Array, qos: number): Uint8Array {
  const name = new TextEncoder().encode(topic);
  const body = [name.length >> 8, name.length & 255, ...name, ...(qos > 0 ? [0, 1] : []), ...payload];
  return Uint8Array.from([0x30 | (qos << 1), ...remainingLength(body.length), ...body]);
}

describe('packetAt', () => {
  it('finds a packet of any length anywhere, and says more until its last byte', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 40 }),
        fc.constantFrom(0, 1, 127, 128, 16_383, 16_384, 20_000),
        fc.nat(255),
        (before, length, first) => {
          const packet = Uint8Array.from([first, ...remainingLength(length), ...new Uint8Array(length)]);
          const buffer = Uint8Array.from([...before, ...packet]);
          expect(packetAt(buffer, before.length, 100_000)).toEqual({
            type: first >> 4,
            flags: first & 15,
            body: buffer.length - length,
            end: buffer.length,
          });
          expect(packetAt(buffer.subarray(0, -1), before.length, 100_000)).toBe('more');
          expect(packetAt(buffer, before.length, packet.length - 1)).toBe('too-large');
        },
      ),
    );
  });
  it('refuses a length of five bytes (§2.2.3)', () => expect(packetAt(Uint8Array.of(0x30, 0xff, 0xff, 0xff, 0xff, 1), 0, 1e9)).toBe('bad'));
  it('says too large before the bytes are there', () => expect(packetAt(Uint8Array.of(0x30, 0xff, 0xff, 0x7f), 0, 1000)).toBe('too-large'));
});

describe('readPublish', () => {
  it('gives back topic, payload and QoS (§3.3)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0, 1, 2),
        (topic, payload, qos) => {
          const buffer = publish(topic, payload, qos);
          const bounds = packetAt(buffer, 0, 100_000);
          if (typeof bounds === 'string') throw new Error(bounds);
          expect(bounds.type).toBe(PUBLISH);
          expect(readPublish(buffer, bounds)).toEqual({ topic, payload, qos });
        },
      ),
    );
  });
  it('is null when the lengths do not fit, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(15), (body, flags) => {
        const buffer = Uint8Array.from([0x30 | flags, body.length, ...body]);
        const bounds = packetAt(buffer, 0, 1000);
        if (typeof bounds === 'string') throw new Error(bounds);
        const read = readPublish(buffer, bounds);
        if (read) expect(read.payload.length).toBeLessThanOrEqual(body.length);
      }),
    );
    expect(readPublish(Uint8Array.of(0x30, 2, 0, 9), { type: 3, flags: 0, body: 2, end: 4 })).toBeNull();
  });
});
