// SL 651: frames of our own as fixtures, checksum, times, numbers, framing, answers and inspection.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { observedPropertyTable } from '../../contracts/observed-property.ts';
import { readFixtures } from './fixtures/fixtures.file.ts';
import { elementByAscii, elementById, elements, functions } from './sl651/elements.ts';
import {
  bcdTime,
  beijingDigits,
  bytesOfHex,
  crcSl651,
  digitTime,
  encodeSl651,
  hexOf,
  maxFrameBytes,
  readHeader,
  readStation,
} from './sl651/frame.ts';
import { bcdNumber } from './sl651/hex-body.ts';
import { answerHex, bodyOf, cutAll, decode, decodeAll, raw, received, river, split, up } from './sl651/test-frames.ts';
import { sl651 } from './sl651.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('fixtures', () => {
  const fixtures = readFixtures('sl651');
  it('reads them all', () => expect(fixtures.length).toBeGreaterThanOrEqual(40));
  for (const { name, what, frames, expected } of fixtures) {
    it(`${name}: ${what}`, () => {
      let memory = sl651.initial;
      const beijing = (instant: number): string => `${new Date(instant + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
      const results = frames.map((frame) => {
        const decoded = sl651.decode(memory, raw(frame.bytes, frame.received));
        memory = decoded.memory;
        return {
          device: decoded.device,
          problem: decoded.problem && `${decoded.problem.code}: ${decoded.problem.zh}`,
          answer: answerHex(decoded),
          readings: decoded.readings.map((one) => [
            ...[one.device, `${one.property}/${one.period}/${one.statistic}`, beijing(one.phenomenonTime), one.result],
            ...(one.unit || one.flag ? [one.unit ?? null, one.flag] : []),
          ]),
          refused: decoded.refused.map(({ property, problem }) => `${property}: ${problem.zh}`),
        };
      });
      expect(results).toEqual(expected);
    });
  }
});

describe('Annex B and C: the tables', () => {
  it('every identifier and every ASCII code once, every property known to contracts by its unit', () => {
    expect(elements.length).toBe(127);
    expect(elementById.filter(Boolean).length).toBe(elements.length);
    expect(elementByAscii.size).toBe(elements.length);
    const known = new Map(observedPropertyTable.map((property) => [property.code, property.unit]));
    expect(known.size).toBe(observedPropertyTable.length);
    for (const { property, ascii } of elements) if (property) expect([ascii, known.has(property)]).toEqual([ascii, true]);
  });
  it('every function from 2FH to 51H but the reserved 3BH to 3FH', () => {
    const listed = Object.keys(functions).map(Number);
    const expected = Array.from({ length: 0x52 - 0x2f }, (_, index) => 0x2f + index).filter((fn) => fn < 0x3b || fn > 0x3f);
    expect(listed).toEqual(expected);
  });
});

describe('§5.2.1.2.4, H.3.2: checksum', () => {
  it('is 4B37 for 123456789', () => expect(crcSl651(text('123456789'))).toBe(0x4b37));
  it('equals the six steps of H.3.2', () => {
    const stepwise = (bytes: Uint8Array): number => {
      let register = 0xffff;
      for (const byte of bytes) {
        register ^= byte;
        for (let i = 0; i < 8; i++) {
          const out = register & 1;
          register >>= 1;
          if (out) register ^= 0xa001;
        }
      }
      return register;
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crcSl651(bytes) === stepwise(bytes)));
  });
});

describe('§6.6.2.5: times are Beijing time', () => {
  it('round trips', () => {
    fc.assert(
      fc.property(fc.integer({ min: Date.UTC(2000, 0, 1), max: Date.UTC(2099, 11, 31) }), (instant) => {
        const digits = beijingDigits(instant);
        const second = Math.floor(instant / 1000) * 1000;
        expect(digitTime(digits)).toBe(second);
        expect(bcdTime(bytesOfHex(digits), 0, true)).toBe(second);
        expect(bcdTime(bytesOfHex(digits), 0, false)).toBe(digitTime(digits.slice(0, 10)));
      }),
    );
  });
  it.each(['261324080000', '260230080000', '270229080000', '261124240000', '261124086000', '261124080060', '260024080000', '2611240800A0'])(
    '%s is none',
    (digits) => {
      expect([digitTime(digits), bcdTime(bytesOfHex(digits), 0, true)]).toEqual([Number.NaN, Number.NaN]);
    },
  );
  it('29 February of a leap year is one', () => expect(digitTime('240229080000')).toBe(Date.parse('2024-02-29T08:00:00+08:00')));
});

describe('§6.6.3.3: BCD', () => {
  it.each([
    ['00012340', 12340],
    ['FF00000456', -456],
    ['FF0053', -53],
    ['FFFFFFFF', null],
    ['FF', null],
    ['0001A340', Number.NaN],
    ['FFFF0053', Number.NaN],
  ])('%s is %s', (digits, expected) => {
    const bytes = bytesOfHex(digits);
    expect(bcdNumber(bytes, 0, bytes.length)).toBe(expected);
  });
  it('reads every number of Annex C back, to the digit', () => {
    const numeric = elements.filter(({ kind, property }) => kind === 'number' && property !== '' && property !== 'zu');
    expect(numeric.length).toBeGreaterThan(90);
    fc.assert(
      fc.property(
        fc.constantFrom(...numeric),
        fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
        fc.boolean(),
        (element, part, negative) => {
          const { digits, decimals, times, per } = element;
          const whole = Math.floor(part * 10 ** digits);
          const count = Math.ceil(digits / 2) + (negative ? 1 : 0);
          const data = (negative ? 'FF' : '') + String(whole).padStart(Math.ceil(digits / 2) * 2, '0');
          const group = hexOf(Uint8Array.of(element.id, (count << 3) | decimals)) + data;
          const [found] = decode(up(0x32, bodyOf(river + group))).readings;
          const expected = (Number(`${negative ? '-' : ''}${whole}e-${decimals}`) * times) / per;
          expect(found?.property).toBe(element.property);
          expect(Math.abs(found!.result! - expected)).toBeLessThanOrEqual(Math.abs(expected) * 1e-15);
          const ascii = `ST 0012345678 H TT 2611240800 ${element.ascii} ${negative ? '-' : ''}${(whole / 10 ** decimals).toFixed(decimals)} `;
          expect(decode(up(0x32, bodyOf(ascii, { encoding: 'ascii' }), { encoding: 'ascii' })).readings).toEqual([found]);
        },
      ),
    );
  });
});

describe('§6.6.4.4: series in ASCII', () => {
  const read = (tokens: string): (string | number | null)[][] =>
    decode(up(0x31, bodyOf(`ST 0012345678 H TT 2611240700 ${tokens} `, { encoding: 'ascii' }), { encoding: 'ascii' })).readings.map(
      (one) => [...[one.property, (one.phenomenonTime - received) / 60_000 + 10 / 60 + 60, one.result]],
    );
  it.each<[string, (string | number | null)[][]]>([
    [
      'DRN05 Z 12.34 M',
      [
        ['z', 0, 12.34],
        ['z', 5, null],
      ],
    ],
    [
      'DRH01 Z Q 1 2',
      [
        ['z', 0, 1],
        ['q', 0, 2],
      ],
    ],
    // What follows the values is read as in any report.
    [
      'DRN10 Z 1 2 VT 12.65',
      [
        ['z', 0, 1],
        ['z', 10, 2],
        ['vt', 0, 12.65],
      ],
    ],
    [
      'DRH00 DRP 0AFF',
      [
        ['pn05', -5, 1],
        ['pn05', 0, null],
      ],
    ],
  ])('%s', (tokens, expected) => expect(read(tokens)).toEqual(expected));
  it.each(['DRN60 Z 1', 'DRH00 Z 1 2', 'DRX05 Z 1'])('%s is refused, and said why', (tokens) => {
    const decoded = decode(up(0x31, bodyOf(`ST 0012345678 H TT 2611240700 ${tokens} `, { encoding: 'ascii' }), { encoding: 'ascii' }));
    expect(decoded.refused.length).toBeGreaterThan(0);
    expect(decoded.answer).not.toBeNull();
  });
});

describe('§6.2.3.2: the address of a station', () => {
  it.each([
    ['0012345678', 'hydrological', '0012345678'],
    ['2101000001', 'station', '210100000001'],
    ['210100EA60', 'station', '210100060000'],
    ['210100EA61', 'relay', '210100060001'],
    ['210100FFFF', 'broadcast', '210100065535'],
    ['2101000000', 'none', '210100000000'],
  ])('%s is %s %s', (station, kind, restored) => expect(readStation(station)).toEqual({ kind, restored }));
});

const arbitraryMessage = fc
  .record({
    encoding: fc.constantFrom('hex' as const, 'ascii' as const),
    down: fc.boolean(),
    centre: fc.integer({ min: 0, max: 255 }),
    station: fc.stringMatching(/^[0-9A-F]{10}$/),
    password: fc.integer({ min: 0, max: 0xffff }),
    fn: fc.integer({ min: 0, max: 255 }),
    body: fc.uint8Array({ minLength: 1, maxLength: 60 }),
    end: fc.constantFrom(0x03, 0x17, 0x04, 0x05, 0x06, 0x15, 0x1b),
    total: fc.integer({ min: 0, max: 4095 }),
  })
  .map(({ total, ...message }) => ({ ...message, ...(total > 0 ? { packet: { total, sequence: 1 + ((total * 7) % total) } } : {}) }));

describe('§6.4, 6.5: frames', () => {
  it('what is encoded is cut whole and read back', () => {
    fc.assert(
      fc.property(arbitraryMessage, (message) => {
        const bytes = encodeSl651(message);
        expect(cutAll([bytes])).toEqual({ frames: [hexOf(bytes)], refused: 0, kept: 0 });
        const { encoding, down, centre, station, password, fn } = message;
        expect(readHeader(bytes)).toMatchObject({ encoding, down, centre, station, password, fn, packet: 'packet' in message });
        expect(sl651.inspect(raw(bytes)).checksum?.ok).toBe(true);
      }),
    );
  });
  it('refuses to encode what has no form', () => {
    for (const wrong of [{ station: '12' }, { centre: 256 }, { password: 65536 }, { fn: -1 }, { packet: { total: 2, sequence: 3 } }])
      expect(() => up(0x32, bodyOf(''), wrong)).toThrow(/超出范围|SL 651/);
    expect(() => up(0x32, new Uint8Array(4096))).toThrow(/4096/);
  });
  it('does not depend on how the stream is chopped', () => {
    const good = [up(0x32, bodyOf(`${river}392300012340`)), ...split(0x36, bodyOf(`${river}F3F3${'7E7E01'.repeat(40)}`), 50)];
    const damaged = [...good.map((frame) => frame.subarray(0, 30)), ...good.map((frame) => Uint8Array.from(frame).fill(0x7e, 20, 24))];
    const piece = fc.oneof(
      { weight: 5, arbitrary: fc.constantFrom(...good) },
      { weight: 2, arbitrary: fc.constantFrom(...damaged) },
      {
        weight: 1,
        arbitrary: fc.constantFrom(
          text('\r\n'),
          text('hello'),
          Uint8Array.of(0x7e),
          Uint8Array.of(0x01, 0x30),
          text('\u00010100123456781234'),
        ),
      },
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 70 }), { minLength: 1, maxLength: 40 }),
        (pieces, sizes) => {
          const stream = new Uint8Array(pieces.reduce((sum, one) => sum + one.length, 0));
          pieces.reduce((at, one) => {
            stream.set(one, at);
            return at + one.length;
          }, 0);
          const chunks: Uint8Array[] = [];
          for (let at = 0, n = 0; at < stream.length; n++) {
            const size = sizes[n % sizes.length]!;
            chunks.push(stream.subarray(at, at + size));
            at += size;
          }
          const [whole, chopped] = [cutAll([stream]), cutAll(chunks)];
          expect(chopped.frames).toEqual(whole.frames);
          expect([chopped.kept, whole.kept]).toEqual([whole.kept, whole.kept]);
          expect(whole.kept).toBeLessThan(maxFrameBytes);
        },
      ),
    );
  });
  it('finds the next frame behind one that was cut off, wherever it was cut', () => {
    const frame = up(0x32, bodyOf(`${river}392300012340`));
    const next = up(0x32, bodyOf(`${river}392300012350`, { serial: 2 }));
    const far = [next, next, next];
    for (let length = 1; length < frame.length; length++) {
      const { frames } = cutAll([frame.subarray(0, length), ...far]);
      // One byte short, the first of the next head may pass for the last of the CRC: that one is sent again by the station.
      expect(frames.filter((one) => one === hexOf(next)).length, `${length} bytes`).toBeGreaterThanOrEqual(
        length === frame.length - 1 ? 2 : 3,
      );
    }
  });
  it('a longest frame passes, and one whose length lies holds nothing up for ever', () => {
    const longest = up(0x32, new Uint8Array(4095), { encoding: 'ascii' });
    expect(longest.length).toBe(maxFrameBytes);
    expect(cutAll([longest]).frames).toHaveLength(1);
    const lying = up(0x32, bodyOf(`${river}392300012340`));
    lying[12] = 0x60;
    const good = up(0x32, bodyOf(`${river}392300012350`));
    expect(cutAll([lying, good, good, good]).frames.filter((one) => one === hexOf(good))).toHaveLength(3);
  });
});

describe('§6.3.1.2 b, 6.6.2.4: answers', () => {
  const report = up(0x32, bodyOf(`${river}392300012340`, { serial: 0x1234 }));
  it('carry the serial number of the report, our own time, station before centre', () => {
    expect(answerHex(decode(report))).toMatch(/^7E7E001234567801123432800802123426112408001004[0-9A-F]{4}$/);
  });
  it('are themselves never answered, nor anything else from a centre', () => {
    const { answer } = decode(report);
    expect(decode(answer!)).toMatchObject({ answer: null, problem: null, readings: [], device: '0012345678' });
  });
  it('EOT lets a station go; ESC keeps one that sends 2FH; ACK waits for more', () => {
    const link = up(0x2f, bodyOf(''));
    const more = up(0x32, bodyOf(`${river}392300012340`), { end: 0x17 });
    const ends = decodeAll([report, more, link, report, more]).map(
      ({ answer }) => answer && hexOf(answer, answer.length - 3, answer.length - 2),
    );
    expect(ends).toEqual(['04', '06', null, '1B', '06']);
  });
  it('are in the encoding of the report', () => {
    const ascii = up(0x32, bodyOf('ST 0012345678 H TT 2611240800 Z 12.34 ', { encoding: 'ascii' }), { encoding: 'ascii' });
    const { answer } = decode(ascii);
    const said = new TextDecoder().decode(answer!);
    expect(said.slice(0, -4)).toBe('\u00010012345678011234328010\u00020001261124080010\u0004');
    expect(said.slice(-4)).toMatch(/^[0-9A-F]{4}$/);
  });
});

describe('inspection', () => {
  it('lays every byte of the fixtures into one field, hides passwords, and tells a right checksum', () => {
    let seen = 0;
    for (const { name, frames } of readFixtures('sl651')) {
      for (const { bytes } of frames) {
        const { fields, checksum } = sl651.inspect(raw(bytes));
        const covered = new Uint8Array(bytes.length);
        for (const { range } of fields) for (let i = range[0]; i < range[1]; i++) covered[i]!++;
        const spaces = bytes[0] === 0x01;
        const wrong = [...covered].filter((count, at) => count !== 1 && !(spaces && bytes[at] === 0x20)).length;
        expect([name, wrong]).toEqual([name, 0]);
        expect(checksum?.ok).toBe(name !== 'bad-crc');
        expect(fields.find((field) => field.name === '密码')?.secret).toBe(true);
        seen++;
      }
    }
    expect(seen).toBeGreaterThan(50);
  });
  it('names what stands there', () => {
    const { fields } = sl651.inspect(raw(up(0x46, bodyOf('F1F10012345678452000000043'))));
    expect(fields.find(({ name }) => name === '功能码')?.meaning).toBe('查询遥测站状态和报警信息');
    expect(fields.find(({ name }) => name === 'zt')?.meaning).toContain('交流电充电状态停电，蓄电池电压电压低');
    const password = sl651.inspect(raw(up(0x49, bodyOf('F1F1001234567803101234')))).fields.find(({ name }) => name === '03');
    expect(password).toMatchObject({ value: '1234', meaning: '03H 密码', secret: true });
  });
  it('6.6.4.4: of an even series each value has its bytes and its time, as it was read', () => {
    const frame = up(0x31, bodyOf('F1F1001234567848F0F02611240740041800000539230001234000012350FFFFFFFF00012360'));
    const values = sl651.inspect(raw(frame)).fields.filter(({ name }) => name === 'z');
    expect(values.map(({ value, time }) => [time, value === 'FFFFFFFF' ? null : Number(value)])).toEqual(
      decode(frame).readings.map(({ phenomenonTime, result }) => [phenomenonTime, result]),
    );
    expect(values.map(({ range }) => range[1] - range[0])).toEqual([6, 4, 4, 4]);
  });
});
