// SL 651 against what others wrote: public frames with right and wrong checksums. Skipped where they are absent.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { elementById } from './sl651/elements.ts';
import { bytesOfHex, digitTime, hexOf } from './sl651/frame.ts';
import { answerHex, cutAll, raw } from './sl651/test-frames.ts';
import { assembleSl651, pictureOf, sl651 } from './sl651.ts';

const standards = '../shared/standards/sl651.json';
const present = existsSync(standards);
interface Published {
  readonly hex: string;
  readonly decoded: {
    readonly direction: string;
    readonly station: string;
    readonly function: string;
    readonly end: string;
    readonly sendTime?: string;
    readonly stationClass?: string;
    readonly elements?: readonly {
      readonly id: string;
      readonly obsTime?: string;
      readonly value?: number;
      readonly values?: readonly (number | null)[];
    }[];
  };
}
describe.skipIf(!present)('../shared/standards/sl651.json (skipped where absent)', () => {
  const facts = present ? JSON.parse(readFileSync(standards, 'utf8')) : {};
  const frames: readonly Published[] = facts.frames ?? [];
  /** Some of these clocks stand in 2059: they are read as if they had just been received. */
  const decode = ({ hex, decoded }: Published) => {
    const sent = digitTime(decoded.sendTime ?? '261124080000');
    return sl651.decode(sl651.initial, raw(bytesOfHex(hex), sent + 5000));
  };
  it('every frame is one frame, with the station, function and checksum that others read', () => {
    expect(frames.length).toBe(50);
    for (const frame of frames) {
      expect(cutAll([bytesOfHex(frame.hex)])).toEqual({ frames: [frame.hex], refused: 0, kept: 0 });
      const { fields, checksum } = sl651.inspect(raw(bytesOfHex(frame.hex)));
      expect(checksum?.ok).toBe(true);
      expect(fields.find(({ name }) => name === '功能码')?.value).toBe(frame.decoded.function);
      const decoded = decode(frame);
      // One public "event record" of a station ends with ENQ as if a centre had sent it.
      expect(decoded.problem?.code ?? null).toBe(frame.decoded.direction === 'up' && frame.decoded.end === '05' ? 'malformed-frame' : null);
      if (decoded.problem === null) expect(decoded.device).toBe(frame.decoded.station.toUpperCase());
    }
  });
  it('values are those that others read, at the times that stand before them', () => {
    let compared = 0;
    for (const frame of frames) {
      const { elements, function: fn } = frame.decoded;
      if (!elements || fn === '30') continue;
      let time = Number.NaN;
      const { readings } = decode(frame);
      for (const { id, obsTime, value, values } of elements) {
        if (obsTime) time = digitTime(obsTime);
        const element = elementById[Number.parseInt(id, 16)];
        if (!element || value === undefined) {
          if (!element || !values) continue;
          const found = readings.filter(({ property }) => property === element.property);
          expect(found.map(({ result }) => result)).toEqual(values);
          expect(found[0]?.phenomenonTime).toBe(time - element.span);
          compared += values.length;
          continue;
        }
        const found = readings.find(
          ({ property, phenomenonTime }) => property === element.property && phenomenonTime === time - element.span,
        );
        expect([frame.hex, id, found?.result]).toEqual([frame.hex, id, value]);
        compared++;
      }
    }
    expect(compared).toBe(85);
  });
  it('the thirteen packets of a picture are confirmed once and give a JPEG', () => {
    const packets = frames.filter(({ decoded }) => decoded.function === '36').map(({ hex }) => bytesOfHex(hex));
    expect(packets.length).toBe(13);
    let memory = sl651.initial;
    const answers = packets.map((bytes) => {
      const decoded = sl651.decode(memory, raw(bytes));
      memory = decoded.memory;
      expect([...decoded.readings, ...decoded.refused]).toEqual([]);
      return answerHex(decoded);
    });
    expect(answers.slice(0, -1)).toEqual(new Array(12).fill(null));
    expect(answers.at(-1)).toMatch(/^7E7E001234567801123436800B1600D00D0005261124080010(04|1B)/);
    const picture = pictureOf(assembleSl651(packets)!.body)!;
    expect(hexOf(picture, 0, 4)).toBe('FFD8FFE0');
    expect(picture.length).toBeGreaterThan(3000);
  });
  it('the built frames give the values they were built with', () => {
    const [timed, negative] = facts.built as { hex: string; expect: Record<string, number> }[];
    const results = (hex: string): Record<string, number | null> =>
      Object.fromEntries(decode({ hex, decoded: {} } as Published).readings.map(({ property, result }) => [property, result]));
    expect(results(timed!.hex)).toEqual({ pj: 12.5, pt: 125, z: 12.34, vt: 12.65 });
    expect(results(negative!.hex)).toEqual({ z: -0.456 });
  });
  it('the bad ones: a swapped checksum is refused without an answer, a wrong length and a cut are never a frame', () => {
    const [swapped, long, cut] = (facts.invalid as { hex: string }[]).map(({ hex }) => bytesOfHex(hex));
    expect(sl651.decode(sl651.initial, raw(swapped!))).toMatchObject({ answer: null, problem: { code: 'bad-checksum' }, readings: [] });
    for (const bytes of [long!, cut!]) {
      expect(cutAll([bytes]).frames).toEqual([]);
      expect(sl651.decode(sl651.initial, raw(bytes))).toMatchObject({ answer: null, problem: { code: 'malformed-frame' } });
      // What follows is found.
      const next = bytesOfHex(frames[1]!.hex);
      expect(cutAll([bytes, next, next, next]).frames.filter((one) => one === frames[1]!.hex).length).toBeGreaterThanOrEqual(2);
    }
  });
});

const captures = '../shared/data/protocol_captures/sl651_frames.tsv';
describe.skipIf(!existsSync(captures))('captured frames (skipped where absent)', () => {
  it('right ones are frames, the others are refused, kept or counted, and none is answered', () => {
    const rows = readFileSync(captures, 'utf8').trim().split('\n').slice(1);
    expect(rows.length).toBe(46);
    let [right, wrong] = [0, 0];
    for (const row of rows) {
      const [hex = '', checksum] = row.split('\t');
      const { frames, refused, kept } = cutAll([bytesOfHex(hex)]);
      if (checksum === 'ok') {
        expect([hex, frames, refused, kept]).toEqual([hex, [hex], 0, 0]);
        right++;
      } else {
        const unanswered = frames.every((frame) => sl651.decode(sl651.initial, raw(bytesOfHex(frame))).answer === null);
        expect([hex, unanswered, frames.length + refused + (kept > 0 ? 1 : 0) > 0]).toEqual([hex, true, true]);
        wrong++;
      }
    }
    expect([right, wrong]).toEqual([39, 7]);
  });
});
