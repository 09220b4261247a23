// Sub-packages of JT/T 808: lost, repeated, out of order, given up; media asked for and put together; what a connection keeps.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { assembleMedia, encodeJt808, type Jt808Memory, jt808 } from '../jt808.ts';
import { readMessage } from './message.ts';
import { bounds, takePackage } from './sub-packages.ts';
import { answersOf, batchBody, decode, locationBody, mediaBody, readingLine, received } from './test-frames.ts';

const phone = '13840000001';
const split = (id: number, body: Uint8Array, size: number, first: number, version?: number): Uint8Array[] => {
  const total = Math.max(1, Math.ceil(body.length / size));
  return Array.from({ length: total }, (_, i) =>
    encodeJt808({
      ...{ id, phone, serial: (first + i) & 0xffff, sub: [total, i + 1], body: body.slice(i * size, (i + 1) * size) },
      ...(version === undefined ? {} : { version }),
    }),
  );
};
const picture = Uint8Array.from({ length: 5000 }, (_, i) => (i * 31 + (i >> 5)) & 0xff);

/** Sends frames one second apart; `lost` never arrive the first time. Then whatever is asked for, and heartbeats, until nothing more is. */
function talk(frames: readonly Uint8Array[], order: readonly number[], lost: ReadonlySet<number>) {
  let memory: Jt808Memory = jt808.initial;
  let now = received;
  const results: ReturnType<typeof decode>[] = [];
  const asked: number[][] = [];
  const hear = (frame: Uint8Array, seconds: number): void => {
    now += seconds * 1000;
    const decoded = decode(frame, memory, now);
    memory = decoded.memory;
    results.push(decoded);
    for (const answer of answersOf(decoded.answer)) {
      const [id, , body = ''] = answer.split(' ');
      const list = id === '8800' ? body.slice(10) : id === '8003' ? body.slice(6) : '';
      if (list !== '') asked.push((list.match(/..../g) ?? []).map((word) => Number.parseInt(word, 16)));
    }
  };
  for (const index of order) if (!lost.has(index)) hear(frames[index]!, 1);
  for (let round = 0, served = 0; round < 6; round++) {
    const lists = asked.slice(served);
    served = asked.length;
    for (const list of lists) for (const sequence of list) hear(frames[sequence - 1]!, 1);
    hear(encodeJt808({ id: 2, phone, serial: 60_000 + round }), 70);
  }
  return { results, asked, memory, readings: results.flatMap((result) => result.readings.map(readingLine)) };
}

describe('sub-packages (§7.12, §8.4, §8.53)', () => {
  const batch = batchBody(
    1,
    Array.from({ length: 30 }, (_, i) => locationBody({ speed: i, time: `2611240700${String(i).padStart(2, '0')}` })),
  );
  const direct = decode(encodeJt808({ id: 0x0704, phone, serial: 1, body: batch })).readings.map(readingLine);
  it('whatever is lost, repeated or out of order: asked for, and put together in the end', () => {
    const frames = split(0x0704, batch, 64, 65_530);
    expect(frames.length).toBe(15);
    const order = fc.shuffledSubarray([...frames.keys(), 3, 7], { minLength: frames.length + 2 });
    fc.assert(
      fc.property(order, fc.uniqueArray(fc.nat(frames.length - 1), { maxLength: frames.length - 1 }), (sequence, lost) => {
        const { readings, results } = talk(frames, sequence, new Set(lost));
        expect(readings).toEqual(direct);
        expect(results.flatMap(({ refused }) => refused)).toEqual([]);
        expect(results.every(({ problem }) => problem === null)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
  it('media: 0x8800 names what is missing and confirms at the end; the log gives the picture back, byte for byte (8.52)', () => {
    const frames = split(0x0801, mediaBody(77, picture), 512, 9, 1);
    const { asked, results } = talk(frames, [...frames.keys()], new Set([2, 5, frames.length - 1]));
    expect(asked).toEqual([[3, 6, frames.length]]);
    expect(results.flatMap(({ answer }) => answersOf(answer)).filter((answer) => /^8800 \d+ 0000004D$/.test(answer))).toHaveLength(1);
    const media = assembleMedia([frames[3]!, ...frames, encodeJt808({ id: 2, phone, serial: 1 })].reverse());
    expect(media).toEqual({ id: 77, kind: 0, format: 0, event: 1, channel: 2, device: phone, data: picture });
    expect(assembleMedia(frames.slice(1))).toMatchObject({ code: 'malformed-frame' });
    expect(assembleMedia(frames, 1000)).toMatchObject({ code: 'too-large' });
    expect(assembleMedia([])).toMatchObject({ code: 'malformed-frame' });
  });
  it('media whose first sub-package is lost have no id yet: 0x8003 asks by serial number (8.4)', () => {
    const { results, asked } = talk(split(0x0801, mediaBody(77, picture), 1000, 500), [1, 2, 3, 4, 5], new Set());
    expect(asked).toEqual([[1]]);
    expect(
      results
        .flatMap(({ answer }) => answersOf(answer))
        .filter((answer) => answer.startsWith('8003'))
        .map((answer) => answer.split(' ')[2]),
    ).toEqual(['01F4010001']);
  });
  it('gives up after three requests, and says so', () => {
    let memory: Jt808Memory = jt808.initial;
    let now = received;
    const said: string[] = [];
    const refused: string[] = [];
    for (const frame of [
      split(0x0704, batch, 500, 1)[0]!,
      ...Array.from({ length: 100 }, (_, n) => encodeJt808({ id: 2, phone, serial: 10 + n })),
    ]) {
      const decoded = decode(frame, memory, now);
      memory = decoded.memory;
      said.push(...answersOf(decoded.answer).filter((answer) => !answer.startsWith('8001')));
      refused.push(...decoded.refused.map(({ problem }) => problem.zh));
      now += 10_000;
    }
    expect(
      said.map((answer) =>
        answer
          .split(' ')
          .filter((_, i) => i !== 1)
          .join(' '),
      ),
    ).toEqual(Array(3).fill('8003 0001010002'));
    expect(refused).toEqual(['报文不合规：0704 的分包收到 1/2，首包流水号 1，已请求重传 3 次']);
    expect(memory.gatherings).toEqual([]);
  });
  it('a connection never keeps more than it says, whatever comes', () => {
    let gatherings: Jt808Memory['gatherings'] = [];
    let dropped = 0;
    const body = new Uint8Array(1023);
    for (let n = 0; n < 3000; n++) {
      const read = readMessage(encodeJt808({ id: 0x0704, phone: `1384${n % 7}`, serial: n * 37, body, sub: [64, (n % 60) + 1] }));
      if ('problem' in read) throw read.problem;
      const taken = takePackage(gatherings, read, false, received + n);
      gatherings = taken.gatherings;
      dropped += taken.dropped.length;
      expect(gatherings.length).toBeLessThanOrEqual(bounds.messages);
      expect(gatherings.reduce((sum, gathering) => sum + gathering.bytes, 0)).toBeLessThanOrEqual(bounds.bytes);
    }
    expect(dropped).toBeGreaterThan(2900);
  });
});
