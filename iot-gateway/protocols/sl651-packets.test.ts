// SL 651: messages split into packets (mode M3): gathered, asked for again, confirmed once, bounded; pictures made whole again.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexOf, latin, readHeader } from './sl651/frame.ts';
import { bodyOf, decode, decodeAll, river, split, up } from './sl651/test-frames.ts';
import { assembleSl651, pictureOf } from './sl651.ts';

describe('§6.3.1.2 c: split messages', () => {
  const series = bodyOf(`F1F1001234567848F0F026112406000418000005F460${'0A'.repeat(12)}`);
  const ends = (decoded: { answer: Uint8Array | null }[]): (string | null)[] =>
    decoded.map(({ answer }) => answer && `${hexOf(answer, 14, 17)} ${hexOf(answer, answer.length - 3, answer.length - 2)}`);
  it('however they are cut and in whatever order they come, they give the same readings once', () => {
    const whole = decode(up(0x38, series)).readings;
    expect(whole).toHaveLength(12);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 60 }), fc.array(fc.nat(), { maxLength: 60 }), (size, order) => {
        const packets = split(0x38, series, size);
        const last = packets.pop()!;
        order.forEach((n, i) => {
          const j = packets.length === 0 ? 0 : n % packets.length;
          const k = packets.length === 0 ? 0 : i % packets.length;
          if (packets.length > 0) [packets[j], packets[k]] = [packets[k]!, packets[j]!];
        });
        const decoded = decodeAll([...packets, ...packets.slice(0, 2), last]);
        expect(decoded.flatMap(({ readings }) => readings)).toEqual(whole);
        expect(decoded.filter(({ answer }) => answer)).toHaveLength(1);
        expect(decoded.flatMap(({ refused }) => refused)).toEqual([]);
      }),
    );
  });
  it('two lost ones are asked for one after the other, and the message is confirmed by its total', () => {
    const packets = split(0x38, series, 10);
    expect(packets.length).toBe(5);
    const again = (n: number): Uint8Array =>
      up(0x38, series.subarray(n * 10 - 10, n * 10), { packet: { total: 5, sequence: n }, end: 0x03 });
    const decoded = decodeAll([packets[0]!, packets[2]!, packets[4]!, again(2), again(4)]);
    expect(ends(decoded)).toEqual([null, null, '005002 15', '005004 15', '005005 04']);
    expect(decoded.at(-1)?.readings).toHaveLength(12);
  });
  it('numbers over 255 fill their twelve bits, in both encodings', () => {
    for (const encoding of ['hex', 'ascii'] as const) {
      const long = encoding === 'hex' ? series : bodyOf('ST 0012345678 H TT 2611240600 DRN05 Z 1 2 3 4 5 6 7 8 9 ', { encoding });
      const packets = split(0x38, new Uint8Array([...long, ...new Uint8Array(300).fill(0x20)]), 1, { encoding });
      expect(packets.length).toBeGreaterThan(300);
      const decoded = decodeAll([...packets.slice(0, 256), ...packets.slice(257)]);
      const { answer } = decoded.at(-1)!;
      const total = packets.length.toString(16).toUpperCase().padStart(3, '0');
      expect(encoding === 'hex' ? hexOf(answer!, 14, 17) : latin(answer!, 24, 30)).toBe(`${total}101`);
      expect(readHeader(answer!)).toMatchObject({ down: true, packet: true, fn: 0x38 });
    }
  });
  it('the last packet sent again, because our answer was lost, is answered again and read once', () => {
    const packets = split(0x38, series, 30);
    const decoded = decodeAll([...packets, packets.at(-1)!]);
    expect(ends(decoded)).toEqual([null, '002002 04', '002002 04']);
    expect(decoded.map(({ readings }) => readings.length)).toEqual([0, 12, 0]);
  });
  it('a relay: two stations at once on one connection', () => {
    const other = split(0x38, series, 20, { station: '0012345679' });
    const own = split(0x38, series, 20);
    const mixed = own.flatMap((packet, index) => [packet, other[index]!]);
    expect(decodeAll(mixed).map(({ readings }) => readings.length)).toEqual([0, 0, 0, 0, 12, 12]);
  });
  it('what is gathered is bounded, and what is given up is told', () => {
    const endless = Array.from({ length: 20 }, (_, n) =>
      up(0x38, new Uint8Array(4000), { packet: { total: 4095, sequence: n + 1 }, end: 0x17 }),
    );
    const stations = Array.from({ length: 8 }, (_, n) =>
      up(0x38, new Uint8Array(40), { packet: { total: 9, sequence: 1 }, end: 0x17, station: `001234560${n}` }),
    );
    for (const frames of [endless, stations]) {
      const decoded = decodeAll(frames);
      const { open } = decoded.at(-1)!.memory.packets;
      expect(open.length).toBeLessThanOrEqual(4);
      expect(open.reduce((sum, one) => sum + one.bytes, 0)).toBeLessThanOrEqual(65_536);
      expect(decoded.flatMap(({ refused }) => refused).length).toBeGreaterThan(0);
    }
  });
  it('table C.1 note d: a picture is its own bytes again, and no reading', () => {
    const jpeg = Uint8Array.from({ length: 5000 }, (_, n) => (n * 31) & 0xff);
    const body = new Uint8Array([...bodyOf(`${river}F3F3`), ...jpeg]);
    const packets = split(0x36, body, 400);
    const decoded = decodeAll(packets);
    expect(decoded.flatMap(({ readings, refused }) => [...readings, ...refused])).toEqual([]);
    // Not kept in memory: the log has the frames.
    expect(decoded.at(-2)!.memory.packets.open[0]!.bytes).toBe(0);
    const again = assembleSl651([...packets].reverse());
    expect(again).toMatchObject({ fn: 0x36, station: '0012345678' });
    expect(pictureOf(again!.body)).toEqual(jpeg);
    expect(assembleSl651(packets.slice(1))).toBeNull();
    expect(assembleSl651([packets[0]!, up(0x32, bodyOf(''))])).toBeNull();
  });
});
