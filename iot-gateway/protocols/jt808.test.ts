// JT/T 808: frames of our own as fixtures, escapes, framing, sub-packages lost and repeated, media put together, inspection, and bytes nobody meant.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { readFixtures } from './fixtures/fixtures.file.ts';
import { readBcdTime } from './jt808/location.ts';
import { maxFrameBytes, readMessage, unescapeInto } from './jt808/message.ts';
import { bounds } from './jt808/sub-packages.ts';
import { answersOf, bytesOf, concat, cutAll, decode, hexOf, locationBody, raw, readingLine, received } from './jt808/test-frames.ts';
import { authenticationCode, encodeJt808, type Jt808Memory, jt808 } from './jt808.ts';

describe('fixtures', () => {
  const fixtures = readFixtures('jt808');
  it('reads them all', () => expect(fixtures.length).toBe(28));
  for (const { name, what, frames, expected } of fixtures) {
    it(`${name}: ${what}`, () => {
      let memory: Jt808Memory = jt808.initial;
      const results = frames.map((frame) => {
        const decoded = decode(frame.bytes, memory, frame.received);
        memory = decoded.memory;
        return {
          device: decoded.device,
          problem: decoded.problem && `${decoded.problem.code}: ${decoded.problem.zh}`,
          answers: answersOf(decoded.answer),
          readings: decoded.readings.map(readingLine),
          refused: decoded.refused.map(({ property, problem }) => `${property}: ${problem.zh}`),
          ...(decoded.reported ? { reported: decoded.reported } : {}),
        };
      });
      expect(results).toEqual(expected);
      expect(frames.flatMap(({ bytes }) => cutAll([bytes]).frames)).toEqual(frames.map(({ bytes }) => hexOf(bytes)));
    });
  }
});

const message = fc.record({
  id: fc.constantFrom(0x0002, 0x0100, 0x0102, 0x0200, 0x0704, 0x0801, 0x0900),
  phone: fc.stringMatching(/^[1-9]\d{0,11}$/),
  serial: fc.nat(0xffff),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 1023 }),
    fc.array(fc.constantFrom(0x7e, 0x7d, 1, 2), { maxLength: 60 }).map((list) => Uint8Array.from(list)),
  ),
  version: fc.option(fc.nat(255), { nil: undefined }),
  sub: fc.option(fc.tuple(fc.nat(0xffff), fc.nat(0xffff)), { nil: undefined }),
  encryption: fc.constantFrom(0, 0, 0, 1, 4),
});

describe('§4.4: composition of a message', () => {
  it('reads back what was written, in both headers, with every byte escaped or none (4.4.2, 4.4.3, 4.4.4)', () => {
    fc.assert(
      fc.property(message, (given) => {
        const { version, sub, ...always } = given;
        const frame = encodeJt808({ ...always, ...(version === undefined ? {} : { version }), ...(sub ? { sub } : {}) });
        expect(frame.subarray(1, -1).includes(0x7e)).toBe(false);
        const read = readMessage(frame);
        if ('problem' in read) throw read.problem;
        const { id, device, serial, total, sequence, encrypted, version2019 } = read;
        expect({ id, device, serial, encrypted, version2019 }).toEqual({
          ...{ id: given.id, device: given.phone, serial: given.serial, encrypted: given.encryption !== 0 },
          version2019: version !== undefined,
        });
        expect([total, sequence]).toEqual(sub ?? [0, 0]);
        expect(read.bytes.slice(read.body, read.end)).toEqual(given.body);
      }),
    );
  });
  test.each([
    ['body', { body: new Uint8Array(1024) }],
    ['phone', { phone: '1234567890123' }],
    ['phone', { phone: 'x' }],
  ])('cannot say a %s of %o', (name, over) => {
    expect(() => encodeJt808({ id: 2, phone: '1', serial: 0, ...over })).toThrow(
      new Problem('bad-parameter', { name }).code === 'bad-parameter' ? Problem : '',
    );
  });
  it('answers under the header that the terminal used, with serial numbers of our own that go round (4.4.3)', () => {
    let memory: Jt808Memory = { ...jt808.initial, sent: 65_535 };
    for (const version of [undefined, 1]) {
      const frame = encodeJt808({ id: 2, phone: '13840000001', serial: 7, ...(version === undefined ? {} : { version }) });
      const decoded = decode(frame, memory);
      memory = decoded.memory;
      const read = readMessage(decoded.answer!);
      if ('problem' in read) throw read.problem;
      expect([read.id, read.device, read.version2019]).toEqual([0x8001, '13840000001', version !== undefined]);
    }
    expect(memory.sent).toBe(1);
  });
});

describe('times are Beijing time (§8.18)', () => {
  it('reads every second of this century', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0, 2) / 1000, max: Date.UTC(2099, 11, 30) / 1000 }), (seconds) => {
        const digits = new Date(seconds * 1000 + 8 * 3_600_000).toISOString().replace(/\D/g, '').slice(2, 14);
        expect(readBcdTime(bytesOf(digits), 0)).toBe(seconds * 1000);
      }),
    );
  });
  test.each([
    '261301000000',
    '260431000000',
    '260230000000',
    '261124240000',
    '261124006000',
    '260001000000',
    '260100000000',
    '26112408000A',
    'FFFFFFFFFFFF',
  ])('%s is none', (text) => expect(readBcdTime(bytesOf(text), 0)).toBeNull());
});

describe('framing (§4.4.2)', () => {
  const chop = (stream: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
    const points = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
    return points.slice(1).map((point, i) => stream.subarray(points[i], point));
  };
  const whole = message.map(({ id, phone, serial, body }) => encodeJt808({ id, phone, serial, body }));
  it('gives the same frames however the stream is chopped, with rubbish, truncation and lost marks between', () => {
    const piece = fc.oneof(
      whole,
      whole.map((frame) => frame.subarray(1)),
      whole.map((frame) => frame.subarray(0, -1)),
      fc.tuple(whole, fc.nat(1100)).map(([frame, n]) => frame.subarray(0, n)),
      fc.uint8Array({ maxLength: 40 }),
      fc.constantFrom('7E', '7E7E', '0D0A', '', '7D').map(bytesOf),
      fc.nat(5000).map((length) => new Uint8Array(length).fill(0x41)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), fc.array(fc.nat(), { maxLength: 20 }), (pieces, cuts) => {
        const stream = concat(pieces);
        const once = cutAll([stream]);
        const chopped = cutAll(chop(stream, cuts));
        expect(chopped.frames).toEqual(once.frames);
        expect(chopped.kept).toBe(once.kept);
        expect(chopped.kept).toBeLessThan(maxFrameBytes);
      }),
    );
  });
  it('finds every frame between rubbish that has no mark in it', () => {
    const rubbish = fc.uint8Array({ maxLength: 30 }).map((bytes) => bytes.map((byte) => (byte === 0x7e ? 0 : byte)));
    fc.assert(
      fc.property(fc.array(fc.tuple(rubbish, whole), { maxLength: 6 }), (list) => {
        const { frames } = cutAll([concat(list.flat())]);
        expect(frames).toEqual(list.map(([, frame]) => hexOf(frame)));
      }),
    );
  });
  it('takes frames that share one mark, or have lost one', () => {
    const [a, b, c] = [1, 2, 3].map((serial) => encodeJt808({ id: 2, phone: '13840000001', serial }));
    const { frames, refused } = cutAll([concat([a!, b!.subarray(1), c!.subarray(1)])]);
    expect([frames.map((frame) => decode(frame).answer !== null), refused]).toEqual([[true, true, true], []]);
  });
  it('line ends between frames are nothing that has begun', () => {
    const frame = encodeJt808({ id: 2, phone: '13840000001', serial: 1 });
    const end = bytesOf('0D0A');
    expect(cutAll([frame, end, end, frame, end])).toEqual({ frames: [hexOf(frame), hexOf(frame)], refused: [], kept: 0 });
  });
  it('keeps no more than one frame, and says what it threw away', () => {
    const { frames, refused, kept } = cutAll([bytesOf('7E'), new Uint8Array(10_000).fill(0x41)]);
    expect(frames).toEqual([]);
    expect(refused.join('').length / 2 + kept).toBe(10_000);
    expect(kept).toBeLessThan(maxFrameBytes);
  });
});

const phone = '13840000001';

describe('authentication (§8.8)', () => {
  it('one code for each phone number, 12 characters, the same on every gateway', () => {
    expect(authenticationCode(phone)).toBe('26t4dm4fg93w');
    fc.assert(
      fc.property(fc.stringMatching(/^[1-9]\d{4,11}$/), fc.stringMatching(/^[1-9]\d{4,11}$/), (a, b) => {
        expect(authenticationCode(a)).toMatch(/^[0-9a-z]{12}$/);
        expect(authenticationCode(a) === authenticationCode(b)).toBe(a === b);
      }),
    );
  });
});

describe('inspection', () => {
  it('lays every byte of every fixture open, in order, and hides authentication codes', () => {
    let secrets = 0;
    let seen = 0;
    for (const { frames } of readFixtures('jt808')) {
      for (const { bytes } of frames) {
        const { fields, checksum } = jt808.inspect(raw(bytes));
        if (checksum === null) continue;
        seen++;
        const ranges = fields.map(({ range }) => range);
        for (const [start, end] of ranges) expect(end).toBeGreaterThan(start);
        expect(ranges.at(-1)?.[1]).toBe(bytes.length - 1);
        expect([...ranges].sort((a, b) => a[0] - b[0])).toEqual(ranges);
        secrets += fields.filter(({ secret }) => secret).length;
        const expected = decode(bytes).problem?.code === 'bad-checksum';
        expect(checksum.ok).toBe(!expected);
      }
    }
    expect([seen, secrets]).toEqual([63, 5]);
  });
  it('says what a location says', () => {
    const { fields } = jt808.inspect(
      raw(encodeJt808({ id: 0x0200, phone, serial: 1, body: locationBody({ alarm: 1, items: '01040000000A' }) })),
    );
    const told = Object.fromEntries(fields.map(({ name, value, meaning }) => [name, `${value} ${meaning}`]));
    expect(told).toMatchObject({
      '消息 ID': '0200 位置信息汇报',
      报警标志: '00000001 紧急报警',
      状态: '00000003 ACC 开、定位',
      纬度: '41805700 41.8057°',
      速度: '605 60.5 km/h',
      时间: '261124080000 2026-11-24T08:00:00+08:00',
      '附加信息 01': '10 里程，1/10 km',
    });
  });
});

describe('bad input', () => {
  const good = readFixtures('jt808').flatMap(({ frames }) =>
    frames.flatMap(({ bytes }) => {
      const plain = new Uint8Array(bytes.length);
      const length = unescapeInto(plain, bytes, 1, bytes.length - 1);
      return length < 0 ? [] : [plain.slice(0, length)];
    }),
  );
  /** A good frame with bytes set, cut, strewn in or doubled. Mended: length and check code made right again, so that the change reaches the middle. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...good),
      fc.array(fc.tuple(fc.nat(), fc.nat(255), fc.constantFrom('set', 'set', 'cut', 'insert', 'double')), { minLength: 1, maxLength: 3 }),
      fc.constantFrom(true, true, true, false),
    )
    .map(([frame, changes, mend]) => {
      const plain = [...frame];
      for (const [where, value, how] of changes) {
        const at = where % plain.length;
        if (how === 'set') plain[at] = value;
        else if (how === 'cut') plain.splice(at, 1 + (value % 8));
        else if (how === 'insert') plain.splice(at, 0, value);
        else plain.splice(at, 0, ...plain.slice(at, at + 16));
      }
      if (mend && plain.length > 4) {
        const header = (plain[2]! & 0x40 ? 17 : 12) + (plain[2]! & 0x20 ? 4 : 0);
        const length = Math.max(0, plain.length - 1 - header) & 0x3ff;
        plain[2] = (plain[2]! & 0xfc) | (length >> 8);
        plain[3] = length & 0xff;
        plain[plain.length - 1] = plain.slice(0, -1).reduce((sum, byte) => sum ^ byte, 0);
      }
      const escaped = plain.flatMap((byte) => (byte === 0x7e ? [0x7d, 2] : byte === 0x7d ? [0x7d, 1] : [byte]));
      return Uint8Array.from([0x7e, ...escaped, 0x7e]);
    });
  it('mutated frames and noise: never a throw, never a reading out of place, memory within bounds', () => {
    let understood = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(mutated, mutated, fc.uint8Array({ maxLength: 200 })), { maxLength: 12 }), (frames) => {
        let memory: Jt808Memory = jt808.initial;
        for (const [n, bytes] of frames.entries()) {
          const decoded = decode(bytes, memory, received + n * 5000);
          memory = decoded.memory;
          understood += decoded.problem ? 0 : 1;
          jt808.inspect(raw(bytes));
          for (const { result, position, phenomenonTime, device } of decoded.readings) {
            expect(device).toMatch(/^\d{1,20}$/);
            expect(result === null || Number.isFinite(result)).toBe(true);
            expect(phenomenonTime).toBeLessThanOrEqual(received + n * 5000 + 600_000);
            if (position) expect(position[0] > 118 && position[0] < 126.1 && position[1] > 37.9 && position[1] < 43.8).toBe(true);
          }
          expect(decoded.problem === null || decoded.problem instanceof Problem).toBe(true);
          expect(memory.gatherings.length).toBeLessThanOrEqual(bounds.messages);
          // What goes back can be read by a terminal.
          expect(answersOf(decoded.answer).join()).not.toMatch(/malformed|bad/);
        }
      }),
      { numRuns: 400 },
    );
    expect(understood).toBeGreaterThan(300);
  });
});
