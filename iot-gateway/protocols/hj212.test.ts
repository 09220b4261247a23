// HJ 212: frames of our own as fixtures, checksum, times, framing, encoding, inspection, and bytes nobody meant.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { readFixtures } from './fixtures/fixtures.file.ts';
import { cutHj212, maxFrameBytes } from './hj212/framing.ts';
import type { Hj212Memory } from './hj212/packets.ts';
import { parseSegment } from './hj212/segment.ts';
import { answerText, bytesOf, cutAll, decode, decoder, raw } from './hj212/test-frames.ts';
import { beijingTime, crcHj212, encodeHj212, hj212, parseBeijingTime, qnOf } from './hj212.ts';

describe('fixtures', () => {
  const fixtures = readFixtures('hj212');
  it('reads them all', () => expect(fixtures.length).toBeGreaterThanOrEqual(16));
  for (const { name, what, frames, expected } of fixtures) {
    it(`${name}: ${what}`, () => {
      let memory: Hj212Memory = [];
      const results = frames.map((frame) => {
        const decoded = hj212.decode(memory, { ...raw(frame.bytes), received: frame.received });
        memory = decoded.memory;
        return {
          device: decoded.device,
          problem: decoded.problem && `${decoded.problem.code}: ${decoded.problem.zh}`,
          answer: answerText(decoded),
          readings: decoded.readings.map((reading) => ({ ...reading, phenomenonTime: new Date(reading.phenomenonTime).toISOString() })),
          refused: decoded.refused.map(({ property, problem }) => `${property}: ${problem.zh}`),
        };
      });
      expect(results).toEqual(expected);
    });
  }
});

describe('Annex A: checksum', () => {
  it('is 2F80 for 123456789, not the 4B37 of MODBUS', () => expect(crcHj212(bytesOf('123456789'))).toBe(0x2f80));
  it('equals the bitwise form of the standard', () => {
    const bitwise = (bytes: Uint8Array): number => {
      let register = 0xffff;
      for (const byte of bytes) {
        register = (register >> 8) ^ byte;
        for (let i = 0; i < 8; i++) {
          const out = register & 1;
          register >>= 1;
          if (out) register ^= 0xa001;
        }
      }
      return register;
    };
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crcHj212(bytes) === bitwise(bytes)));
  });
});

describe('times are Beijing time', () => {
  it('round trips', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 4e12 }), (instant) => {
        expect(parseBeijingTime(qnOf(instant))).toBe(instant);
        expect(parseBeijingTime(beijingTime(instant))).toBe(Math.floor(instant / 1000) * 1000);
      }),
    );
  });
  test.each(['20261301000000', '20260431000000', '20260230000000', '20261124240000', '20261124006000', '2026112400', 'x'])(
    '%s is none',
    (text) => expect(parseBeijingTime(text)).toBeNull(),
  );
  it('20261124080000 is midnight UTC', () => expect(parseBeijingTime('20261124080000')).toBe(Date.UTC(2026, 10, 24)));
});

const safeText = fc.string({ unit: fc.constantFrom(...'abcXYZ0189._- 清洗'), maxLength: 12 });
const message = fc.record({
  qn: fc.constantFrom('20261124080000000', '1617957600465'),
  st: fc.constantFrom('21', '22', '31', '32'),
  cn: fc.constantFrom('2011', '2051', '2061', '2031'),
  pw: fc.constant('123456'),
  mn: fc.stringMatching(/^[0-9A-F]{24}$/),
  flag: fc.constantFrom(0, 1, 4, 5, 8, 9),
  cp: fc.array(
    fc
      .tuple(fc.stringMatching(/^[aw]\d{5}$/), fc.float({ noNaN: true, noDefaultInfinity: true }), fc.constantFrom('N', 'D', 'B'))
      .map(([code, value, flag]) => [[`${code}-Avg`, String(value)] as const, [`${code}-Flag`, flag] as const]),
    { maxLength: 8 },
  ),
});

describe('encodeHj212', () => {
  it('builds what the standard prints (§6.3, CN 1062)', () =>
    expect(
      decoder.decode(
        encodeHj212({
          qn: '20160801085857223',
          st: '32',
          cn: '1062',
          pw: '100000',
          mn: '010000A8900016F000169DC0',
          flag: 5,
          cp: 'RtdInterval=30',
        }),
      ),
    ).toBe('##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n'));
  it('is the inverse of parseSegment', () => {
    fc.assert(
      fc.property(message, safeText, (given, text) => {
        const frame = encodeHj212({ ...given, cp: `i13013-Info=//${text}//` });
        const segment = parseSegment(decoder.decode(frame.subarray(6, frame.length - 6)));
        expect(segment).toEqual({ ...given, flag: String(given.flag), pnum: null, pno: null, cp: `i13013-Info=//${text}//` });
        const cut = cutHj212(new Uint8Array(0), frame);
        expect(cut.frames).toHaveLength(1);
        expect(hj212.inspect(raw(cut.frames[0]!)).checksum?.ok).toBe(true);
      }),
    );
  });
  it('gives every factor back as one Reading', () => {
    fc.assert(
      fc.property(message, (given) => {
        const cp = [[['DataTime', '20261124070000']], ...given.cp] as const;
        const decoded = decode(encodeHj212({ ...given, cp }));
        expect(decoded.problem).toBeNull();
        expect(decoded.readings.map((reading) => reading.result)).toEqual(given.cp.map(([value]) => Number(value?.[1])));
      }),
    );
  });
  it('refuses what four digits cannot count', () => expect(() => encodeHj212({ cn: '2011', cp: 'x'.repeat(9999) })).toThrow(RangeError));
});

describe('HJ/T 212-2005 flags, as table 8 of 2017 says the same', () => {
  const flagOf = (st: string, flag: string): string | null | undefined => {
    const cp = `DataTime=20261124080000;a34004-Rtd=46,a34004-Flag=${flag}`;
    return decode(encodeHj212({ st, cn: '2011', mn: 'A', flag: 0, cp })).readings[0]?.flag;
  };
  it.each([
    ['22', '0', 'C'],
    ['22', '1', 'N'],
    ['22', '2', 'D'],
    ['22', '3', 'N'],
    ['22', 'N', 'N'],
    ['31', 'P', 'D'],
    ['32', '3', '3'],
    ['22', '正常', '?'],
  ])('ST %s, Flag %s → %s', (st, flag, expected) => expect(flagOf(st, flag)).toBe(expected));
});

describe('values', () => {
  const valued = (text: string) =>
    decode(
      encodeHj212({
        ...{ qn: '20261124080000000', st: '22', cn: '2011', pw: '123456', mn: '1', flag: 5 },
        cp: [[['DataTime', '20261124080000']], [['a34004-Rtd', text], ['a34004-Flag', 'N']], [['a34002-Rtd', '80']]], // biome-ignore format: a frame's groups
      }),
    );
  test.each(['', '-', '--', '***', 'NaN', 'null', 'N/A', ' '])('%j: the sensor has none', (text) => {
    expect(valued(text)).toMatchObject({
      refused: [],
      readings: [
        { property: 'a34004', result: null },
        { property: 'a34002', result: 80 },
      ],
    });
  });
  test.each(['abc', '+Inf', '1e999', '0x1F', '12,5', '1.2.3', '５'])('%s is no number: refused by name, and the others count', (text) => {
    const { readings, refused, answer, problem } = valued(text);
    expect([readings.map(({ property }) => property), refused.map(({ property }) => property)]).toEqual([['a34002'], ['a34004-Rtd']]);
    expect([refused[0]?.problem.code, problem, answer !== null]).toEqual(['malformed-frame', null, true]);
  });
});

describe('split packets (§6.3.4)', () => {
  it('whose first one never comes are remembered within bounds', () => {
    let memory: Hj212Memory = [];
    const packet = { st: '22', cn: '2011', mn: 'A', flag: 6, pnum: 99 };
    for (let n = 0; n < 200; n++) {
      const cp = `a34004-Rtd=${n}${n % 3 === 0 ? `;x-Info=${'x'.repeat(3000)}` : ''}`;
      const decoded = decode(
        encodeHj212({ ...packet, qn: `202611240800000${String(n % 40).padStart(2, '0')}`, pno: 2 + (n % 98), cp }),
        memory,
      );
      expect(decoded.refused.map(({ property }) => property)).toEqual(['a34004']);
      memory = decoded.memory;
      const early = memory.flatMap((message) => message.early);
      expect(memory.length).toBeLessThanOrEqual(16);
      expect(early.length).toBeLessThanOrEqual(8);
      expect(Math.max(0, ...early.map((text) => text.length))).toBeLessThanOrEqual(1024);
    }
  });
});

describe('framing', () => {
  const chop = (stream: Uint8Array, cuts: readonly number[]): Uint8Array[] => {
    const points = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
    return points.slice(1).map((point, i) => stream.subarray(points[i], point));
  };
  const concat = (parts: readonly Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((part) => [...part]));
  it('gives the same frames however the stream is chopped, with rubbish, truncation and lost CR LF between', () => {
    const piece = fc.oneof(
      message.map((given) => encodeHj212(given)),
      message.map((given) => encodeHj212(given).subarray(0, -2)),
      fc.uint8Array({ maxLength: 40 }),
      fc.tuple(message, fc.nat(100)).map(([given, n]) => encodeHj212(given).subarray(0, n)),
      fc.constantFrom('##', '#', '##12', '##0005', '\r\n', '##0009').map(bytesOf),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 30 }), (pieces, cuts) => {
        const stream = concat(pieces);
        const whole = cutAll([stream]);
        const chopped = cutAll(chop(stream, cuts));
        expect(chopped.frames).toEqual(whole.frames);
        expect(chopped.kept).toBe(whole.kept);
        const bytewise = cutAll([...stream].map((byte) => Uint8Array.of(byte)));
        expect(bytewise.frames).toEqual(whole.frames);
      }),
      { numRuns: 300 },
    );
  });
  it('finds every valid frame among truncated ones', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(message, fc.integer({ min: 12, max: 60 })), { minLength: 1, maxLength: 5 }), (pairs) => {
        const frames = pairs.map(([given]) => encodeHj212(given));
        const stream = concat(frames.flatMap((frame, i) => [frame.subarray(0, pairs[i]![1]), frame]));
        expect(cutAll([stream]).frames).toEqual(frames.map((frame) => decoder.decode(frame.subarray(0, -2))));
      }),
    );
  });
  it('keeps no more than one frame, whatever comes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 2000 }), { maxLength: 20 }), (chunks) => {
        expect(cutAll(chunks).kept).toBeLessThanOrEqual(maxFrameBytes);
      }),
    );
    const endless = cutAll([bytesOf('##9999'), ...Array.from({ length: 100 }, () => new Uint8Array(1000).fill(0x41))]);
    expect(endless.kept).toBeLessThanOrEqual(maxFrameBytes);
    const printed = cutAll([bytesOf('##0100QN=1;CP=&&{0x'), ...Array.from({ length: 100 }, () => bytesOf('0,'.repeat(500)))]);
    expect(printed.kept).toBeLessThanOrEqual(maxFrameBytes);
    expect(cutAll(Array.from({ length: 50 }, () => bytesOf('#'.repeat(997)))).kept).toBeLessThan(6);
  });
  it('does not keep the chunk alive through what it remembers', () => {
    const chunk = Buffer.alloc(65_536, 0x20);
    chunk.write('##0100QN=2', 65_000);
    const { memory } = cutHj212(new Uint8Array(0), chunk);
    expect(memory.buffer.byteLength).toBe(memory.length);
  });
});

describe('any bytes', () => {
  it('never throw, in decode or inspect', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        const decoded = decode(bytes);
        expect(decoded.problem).not.toBeNull();
        hj212.inspect(raw(bytes));
      }),
    );
  });
  it('with a right checksum never throw either, and never answer unless asked', () => {
    const field = fc.constantFrom(
      'QN=',
      'ST=',
      'CN=',
      'MN=',
      'Flag=',
      'PNUM=2',
      'PNO=1',
      'CP=&&',
      '&&',
      ';',
      ',',
      '-',
      'DataTime=',
      '2011',
      'a34004',
      '-Rtd=',
      '5',
      '=',
      '1',
      '__proto__',
      'constructor-Avg=',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(field, fc.string({ maxLength: 6 })), { maxLength: 30 }), (parts) => {
        const segment = bytesOf(parts.join(''));
        const frame = Uint8Array.from([
          ...bytesOf(`##${String(segment.length).padStart(4, '0')}`),
          ...segment,
          ...bytesOf(crcHj212(segment).toString(16).padStart(4, '0')),
        ]);
        const decoded = decode(frame);
        hj212.inspect(raw(frame));
        expect(JSON.stringify(decoded.readings)).not.toContain('\\u0000');
        if (decoded.answer) expect(decoder.decode(frame)).toMatch(/Flag=\d*[13579]/);
      }),
      { numRuns: 500 },
    );
  });
  it('of a good frame with bytes changed never throw', () => {
    const good = encodeHj212({
      qn: '20261124080000000',
      st: '22',
      cn: '2061',
      mn: '1',
      flag: 5,
      cp: 'DataTime=20261124070000;a34004-Avg=46',
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 5 }), (changes) => {
        const bytes = good.slice();
        for (const [at, byte] of changes) bytes[at] = byte;
        for (const frame of cutHj212(new Uint8Array(0), bytes).frames) decode(frame);
        decode(bytes);
        hj212.inspect(raw(bytes));
      }),
    );
  });
});

describe('inspect', () => {
  const frame =
    '##0151QN=20261124080000000;ST=22;CN=2011;PW=123456;MN=210100000000000000000001;Flag=7;PNUM=2;PNO=1;CP=&&DataTime=20261124080000;a34004-Rtd=46,a34004-Flag=N&&1DC0';
  it('names each field, its bytes and its meaning; the password is secret', () => {
    const { fields, checksum } = hj212.inspect(raw(frame));
    for (const field of fields) {
      const text = frame.slice(...field.range);
      expect([`${field.name}=${field.value}`, `##${field.value}`, field.value]).toContain(text);
    }
    expect(fields.map(({ name, meaning }) => [name, meaning])).toEqual([
      ['##', '包头；数据段 151 字节'],
      ['QN', '请求编码'],
      ['ST', '系统编码：空气质量监测'],
      ['CN', '命令编码：实时数据'],
      ['PW', '访问密码'],
      ['MN', '设备唯一标识'],
      ['Flag', '2017 版，需应答，有包号'],
      ['PNUM', '总包数'],
      ['PNO', '包号'],
      ['DataTime', '数据时间'],
      ['a34004-Rtd', 'PM2.5 实时值'],
      ['a34004-Flag', 'PM2.5 数据标记：正常'],
      ['CRC', '校验码，相符'],
    ]);
    expect(fields.filter((field) => field.secret).map((field) => field.name)).toEqual(['PW']);
    expect(checksum).toEqual({ given: '1DC0', expected: '1DC0', ok: true });
  });
  it('counts Chinese text in bytes', () => {
    const chinese = bytesOf(
      '##0142QN=20261124080000000;ST=31;CN=3020;PW=123456;MN=210100000000000000000001;Flag=5;CP=&&PolId=i13013;InfoId=i13013;i13013-Info=//清洗管路//&&71C0',
    );
    const info = hj212.inspect(raw(chinese)).fields.find(({ name }) => name === 'i13013-Info');
    expect(decoder.decode(chinese.subarray(...info!.range))).toBe('i13013-Info=//清洗管路//');
  });
});
