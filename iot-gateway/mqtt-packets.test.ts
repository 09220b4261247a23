// MQTT control packets: bounds and PUBLISH contents, for every length, and for bytes that are none.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPacketCounter, encodePubacks, PUBACK, PUBLISH, packetAt, readPublish } from './mqtt-packets.ts';

/** §2.2.3: seven bits per byte, least significant first. */
function remainingLength(value: number): number[] {
  const bytes: number[] = [];
  do {
    bytes.push((value & 127) | (value > 127 ? 128 : 0));
    value >>= 7;
  } while (value > 0);
  return bytes;
}
function publish(topic: string, payload: Uint8Array, qos: number, id = 1): Buffer {
  const name = new TextEncoder().encode(topic);
  const body = [name.length >> 8, name.length & 255, ...name, ...(qos > 0 ? [id >> 8, id & 255] : []), ...payload];
  return Buffer.from([0x30 | (qos << 1), ...remainingLength(body.length), ...body]);
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
  it('gives back topic, payload, QoS and identifier (§3.3)', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0, 1, 2),
        fc.integer({ min: 1, max: 65_535 }),
        (topic, payload, qos, id) => {
          const buffer = publish(topic, new Uint8Array(payload), qos, id);
          const bounds = packetAt(buffer, 0, 100_000);
          if (typeof bounds === 'string') throw new Error(bounds);
          expect(bounds.type).toBe(PUBLISH);
          const read = readPublish(buffer, bounds);
          expect(read).toMatchObject({ topic, qos, id: qos > 0 ? id : 0 });
          expect([...(read?.payload ?? [])]).toEqual([...payload]);
        },
      ),
    );
  });
  it('is null when the lengths do not fit, and never throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), fc.nat(15), (body, flags) => {
        const buffer = Buffer.from([0x30 | flags, body.length, ...body]);
        const bounds = packetAt(buffer, 0, 1000);
        if (typeof bounds === 'string') throw new Error(bounds);
        const read = readPublish(buffer, bounds);
        if (read) expect(read.payload.length).toBeLessThanOrEqual(body.length);
      }),
    );
    expect(readPublish(Buffer.of(0x30, 2, 0, 9), { type: 3, flags: 0, body: 2, end: 4 })).toBeNull();
  });
});

describe('PUBACK', () => {
  it('is written as §3.4 has it', () => expect([...encodePubacks([1, 0x1234])]).toEqual([0x40, 2, 0, 1, 0x40, 2, 0x12, 0x34]));
  it('is counted among other packets, however the stream is cut, and not before its last byte', () => {
    const other = fc.tuple(fc.constantFrom(2, 3, 9, 13), fc.constantFrom(0, 2, 127, 128, 300)).map(([type, length]) => ({ type, length }));
    const packet = fc.oneof(fc.constant({ type: PUBACK, length: 2 }), other);
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 20 }), fc.array(fc.nat(60), { maxLength: 60 }), (packets, cuts) => {
        const stream: number[] = [];
        const ends: number[] = [];
        for (const { type, length } of packets) {
          stream.push(type << 4, ...remainingLength(length), ...new Uint8Array(length).fill(0x40));
          if (type === PUBACK) ends.push(stream.length);
        }
        const count = createPacketCounter(PUBACK);
        let [at, seen] = [0, 0];
        for (const cut of [...cuts, stream.length]) {
          seen += count(Uint8Array.from(stream.slice(at, at + cut)));
          at = Math.min(at + cut, stream.length);
          expect(seen).toBe(ends.filter((end) => end <= at).length);
        }
        expect(seen).toBe(ends.length);
      }),
    );
  });
});
