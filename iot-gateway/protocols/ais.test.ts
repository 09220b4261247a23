// AIS and NMEA 0183: sentences of our own as fixtures, published messages, every layout written and read back, pieces in any order, bad input.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import type { Decoded, RawFrame } from '../../contracts/protocol.ts';
import { readLayout, unarmour, writeLayout } from './ais/bits.ts';
import { fragmentBounds, takePart } from './ais/fragments.ts';
import { atSecond, readAis, turnRate } from './ais/reports.ts';
import { cutLines, maxLineBytes, readSentence, sealSentence } from './ais/sentence.ts';
import { layouts, staticB } from './ais.codes.ts';
import { type AisMemory, ais, encodeAis } from './ais.ts';
import { readFixtures } from './fixtures/fixtures.file.ts';

const encoder = new TextEncoder();
const latin = new TextDecoder('latin1');
const received = Date.parse('2026-11-24T08:00:10+08:00');
const raw = (text: string | Uint8Array, at = received): RawFrame => ({
  protocol: 'ais',
  address: '192.0.2.7:5034#1',
  received: at,
  bytes: typeof text === 'string' ? encoder.encode(text) : text,
});
const decode = (text: string | Uint8Array, memory: AisMemory = ais.initial, at = received): Decoded<AisMemory> =>
  ais.decode(memory, raw(text, at));

describe('fixtures', () => {
  const fixtures = readFixtures('ais');
  it('reads them all', () => expect(fixtures.length).toBe(19));
  for (const { name, what, frames, expected } of fixtures) {
    it(`${name}: ${what}`, () => {
      let memory = ais.initial;
      const results = frames.map(({ bytes, received: at, address }) => {
        const decoded = ais.decode(memory, { ...raw(bytes, at), address });
        memory = decoded.memory;
        return {
          device: decoded.device,
          problem: decoded.problem && `${decoded.problem.code}: ${decoded.problem.zh}`,
          readings: decoded.readings.map(({ property, result, flag, phenomenonTime, position }) => {
            const value = result === null ? 'null' : Math.round(result * 1e6) / 1e6;
            return `${property}=${value}${flag === null ? '' : ` ${flag}`} ${new Date(phenomenonTime).toISOString()}${position ? ` @${position}` : ''}`;
          }),
          refused: decoded.refused.map(({ property, problem }) => `${property}: ${problem.zh}`),
          ...(decoded.reported ? { reported: decoded.reported } : {}),
        };
      });
      expect(results).toEqual(expected);
    });
  }
});

/** Sentences and what they say, as the test suite of pyais (MIT) publishes them; checked there against other decoders. Positions in degrees. */
const published: readonly (readonly [sentences: string, says: Readonly<Record<string, number | string>>])[] = [
  ['!AIVDM,1,1,,B,15M67FC000G?ufbE`FepT@3n00Sa,0*5C', { type: 1, mmsi: 366053209, status: 3, turn: 0, speed: 0, lng: -122.341618, lat: 37.802118, course: 2193, heading: 1, second: 59, radio: 2281 }],
  ['!AIVDM,1,1,,A,15NPOOPP00o?b=bE`UNv4?w428D;,0*24', { type: 1, mmsi: 367533950, status: 0, turn: -128, accuracy: 1, lng: -122.408232, lat: 37.808418, course: 3600, heading: 511, second: 34, raim: 1, radio: 34059 }],
  ['!AIVDM,1,1,,B,181:Kjh01ewHFRPDK1s3IRcn06sd,0*08', { type: 1, mmsi: 538090443, course: 870, speed: 109, turn: 0 }],
  ['!AIVDM,1,1,,A,35NSH95001G?wopE`beasVk@0E5:,0*6F', { type: 3, mmsi: 367581220, status: 5, speed: 1, course: 2542, heading: 217, second: 40 }],
  ['!AIVDM,1,1,,A,403OviQuMGCqWrRO9>E6fE700@GO,0*4D', { type: 4, lng: -76.352362, lat: 36.883767, year: 2007, month: 5, day: 14, minute: 57, second: 39, accuracy: 1 }],
  ['!AIVDM,1,1,,B,;4R33:1uUK2F`q?mOt@@GoQ00000,0*5D', { type: 11, accuracy: 1, year: 2009, month: 5, day: 22, hour: 2, minute: 22, second: 40 }],
  ['!AIVDM,2,1,1,A,55?MbV02;H;s<HtKR20EHE:0@T4@Dn2222222216L961O5Gf0NSQEp6ClRp8,0*1C\n!AIVDM,2,2,1,A,88888888880,2*25', { type: 5, callSign: '3FOF8', name: 'EVER DIADEM', shipType: 70, toBow: 225, toStern: 70, toPort: 1, toStarboard: 31, draught: 122, destination: 'NEW YORK', dte: 0, epfd: 1 }],
  [// Published with a checksum that is one off.
    '!AIVDM,1,1,,B,53ktrJ82>ia4=50<0020<5=@Dhv0t8T@u<0000001PV854Si0;mR@CPH13p0hDm1C3h0000,2*36', { type: 5, mmsi: 255801960, version: 2, imo: 9356945, callSign: 'CQPC', name: ' CASTELO OBIDOS', shipType: 0, toBow: 12, toStern: 38, toPort: 8, toStarboard: 5, epfd: 1, month: 2, day: 7, hour: 17, minute: 0, draught: 47, destination: 'VIANA DO CASTELO' }],
  ['!AIVDM,1,1,,A,B5NJ;PP005l4ot5Isbl03wsUkP06,0*76', { type: 18, mmsi: 367430530, speed: 0, course: 0, heading: 511, second: 55, reserved2: 0, carrierSense: 1, display: 0, dsc: 1, band: 1, message22: 1, assigned: 0, raim: 0 }],
  ['!AIVDO,1,1,,A,B5NJ;PP2aUl4ot5Isbl6GwsUkP06,0*35', { type: 18, speed: 678, course: 101 }],
  ['!AIVDM,1,1,,B,C5N3SRgPEnJGEBT>NhWAwwo862PaLELTBJ:V00000000S0D:R220,0*0B', { type: 19, mmsi: 367059850, speed: 87, lat: 29.543695, course: 3359, heading: 511, second: 46, name: 'CAPT.J.RIMES', shipType: 70, toBow: 5, toStern: 21, toPort: 4, toStarboard: 4, epfd: 1, dte: 0, assigned: 0 }],
  ['!AIVDM,2,1,7,B,E4eHJhPR37q0000000000000000KUOSc=rq4h00000a,0*4A\n!AIVDM,2,2,7,B,@20,4*54', { type: 21, mmsi: 316021442, aidType: 1, name: 'DFO2', accuracy: 1, lat: 48.65457, lng: -123.429155, offPosition: 1, reserved: 0, raim: 1, virtual: 0, assigned: 0, epfd: 1 }],
  ['!AIVDM,1,1,,B,E>lt;KLab21@1bb@I@@@@@@@@@@D8k2tnmvs000003v0@,2*52', { type: 21, mmsi: 995036013, aidType: 25, name: 'STDB CUT 2', accuracy: 1, lng: 115.691833, lat: -32.004333, epfd: 7, second: 60, offPosition: 0, reserved: 4 }],
  ['!AIVDM,1,1,,A,H52KMeDU653hhhi0000000000000,0*1A', { type: 24, mmsi: 338091445, part: 1, shipType: 37, vendor: 'FEC', callSign: '', toBow: 0, toStern: 0 }],
  ['!AIVDM,1,1,,B,KC5E2b@U19PFdLbMuc5=ROv62<7m,0*16', { type: 27, mmsi: 206914217, accuracy: 0, raim: 0, status: 2, lng: 137.023333, lat: 4.84, speed: 57, course: 167, gnss: 0 }],
  ['!AIVDO,1,1,,A,K01;FQh?PbtE3P00,0*75', { type: 27, mmsi: 1234567, lng: -13.368333, lat: -50.121667 }],
]; // biome-ignore format: one message, one line

describe('published messages (pyais, MIT)', () => {
  it.each(published)('%s', (sentences, says) => {
    const parts = sentences.split('\n').map((line) => {
      const sentence = readSentence(line);
      if (sentence instanceof Problem) throw sentence;
      return sentence.fields;
    });
    const message = readAis(parts.map((fields) => fields[4]).join(''), Number(parts.at(-1)?.[5]));
    if (message instanceof Problem) throw message;
    const per = message.type === 27 ? 600 : 600_000;
    const degrees = (name: string): Record<string, number> =>
      name in says ? { [name]: Math.round((Number(message.values[name]) / per) * 1e6) / 1e6 } : {};
    expect({ ...message.values, ...degrees('lng'), ...degrees('lat') }).toMatchObject(says);
  });
  test.each([
    ['type 0', '!AIVDM,1,1,,B,0S9edj0P03PecbBN`ja@0?w42cFC,0*7C'],
    ['message 21 of which the end is missing', sealSentence('!AIVDM,1,1,,B,E>lt;KLab21@1bb@I,2')],
    ['an MMSI of ten digits', '!AIVDO,1,1,,,B>qc:003wk?8mP=18D3Q3wgTiT;T,0*13'],
  ])('%s is refused', (_, sentence) => expect(decode(sentence).problem?.code).toBe('malformed-frame'));
});

describe('fields (ITU-R M.1371-5 Annex 8)', () => {
  const all = [...Object.values(layouts), staticB];
  it('every layout has the length that the recommendation gives', () => {
    const lengths = Object.fromEntries(
      Object.entries(layouts).map(([type, { fields }]) => [type, fields.reduce((sum, [, bits]) => sum + bits, 0)]),
    );
    expect(lengths).toEqual({ 1: 168, 2: 168, 3: 168, 4: 168, 5: 424, 11: 168, 18: 168, 19: 312, 21: 356, 24: 168, 27: 96 });
  });
  it('reads back what was written, every field of every layout', () => {
    const letters = [...'ABCXYZ0189 .-'];
    fc.assert(
      fc.property(
        fc
          .constantFrom(...all)
          .chain((layout) =>
            fc.tuple(
              fc.constant(layout),
              fc.record(
                Object.fromEntries(
                  layout.fields.map(([name, bits, kind]) => [
                    name,
                    kind === 't'
                      ? fc.string({ unit: fc.constantFrom(...letters), maxLength: bits / 6 }).map((text) => text.trimEnd())
                      : kind === 'i'
                        ? fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 })
                        : fc.integer({ min: 0, max: 2 ** bits - 1 }),
                  ]),
                ),
              ),
            ),
          ),
        ([layout, values]) => {
          const { payload, fill } = writeLayout(layout, values);
          expect(readLayout(unarmour(payload)!, payload.length * 6 - fill, layout)).toEqual(values);
        },
      ),
    );
  });
  test.each([
    [0, 0],
    [-128, null],
    [127, null],
    [-127, null],
    [126, 708.7],
    [-20, -17.9],
  ])('rate of turn %s → %s °/min', (sent, expected) =>
    expect(turnRate(sent) === null ? null : Math.round(turnRate(sent)! * 10) / 10).toBe(expected),
  );
  it('a time stamp is the second at or before the receipt', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 59 }), fc.integer({ min: received, max: received + 86_400_000 }), (second, heard) => {
        const told = atSecond(second, heard);
        expect(new Date(told).getUTCSeconds()).toBe(second);
        expect(heard - told).toBeGreaterThanOrEqual(-10_000);
        expect(heard - told).toBeLessThan(60_000);
      }),
    );
  });
});

describe('pieces', () => {
  const ship = (mmsi: number, number: number): string[] =>
    encodeAis({ type: 5, mmsi, name: `SHIP ${mmsi}`, draught: 50 + number, destination: 'DALIAN' }, { number, most: 12 });
  it('of several messages come together in any order, once each', () => {
    const messages = [0, 1, 2].map((n) => ship(412_000_000 + n, n));
    expect(messages[0]).toHaveLength(6);
    const lines = messages.flat();
    fc.assert(
      fc.property(fc.shuffledSubarray(lines, { minLength: lines.length }), (order) => {
        let memory = ais.initial;
        const drafts: string[] = [];
        for (const line of order) {
          const decoded = decode(line, memory);
          memory = decoded.memory;
          expect([decoded.problem, decoded.refused]).toEqual([null, []]);
          drafts.push(...decoded.readings.map(({ device, result }) => `${device} ${result}`));
        }
        expect(drafts.sort()).toEqual(['412000000 5', '412000001 5.1', '412000002 5.2']);
        expect(memory.fragments).toEqual([]);
      }),
    );
  });
  it('the filling bits are those of the last sentence, whichever comes last', () => {
    const part = (number: number, fill: number) => ({ key: 'k', total: 2, number, payload: String(number), fill, heard: null });
    const orders = [[part(1, 0), part(2, 2)], [part(2, 2), part(1, 0)]]; // biome-ignore format: two orders
    for (const [first, second] of orders) {
      const { fragments } = takePart([], first!, received);
      expect(takePart(fragments, second!, received).complete).toEqual({ payload: '12', fill: 2, heard: null });
    }
  });
  it('that never come are given up, counted, and never more than a few', () => {
    let memory = ais.initial;
    let lost = 0;
    for (let n = 0; n < 500; n++) {
      const decoded = decode(ship(412_000_000 + n, n % 10)[n % 6]!, memory, received + n * 700);
      memory = decoded.memory;
      lost += decoded.refused.length;
      expect(memory.fragments.length).toBeLessThanOrEqual(fragmentBounds.messages);
    }
    expect(lost).toBeGreaterThan(400);
  });
});

describe('framing', () => {
  const cutAll = (chunks: readonly Uint8Array[]): { frames: string[]; refused: number; kept: number } => {
    let memory: Uint8Array = new Uint8Array(0);
    const frames: string[] = [];
    let refused = 0;
    for (const chunk of chunks) {
      const cut = cutLines(memory, chunk);
      memory = cut.memory;
      frames.push(...cut.frames.map((bytes) => latin.decode(bytes)));
      refused += cut.refused.reduce((sum, { bytes }) => sum + bytes.length, 0);
    }
    return { frames, refused, kept: memory.length };
  };
  it('gives the same lines however the stream is chopped, with rubbish and endless lines between', () => {
    const piece = fc.oneof(
      fc
        .constantFrom('!AIVDM,1,1,,B,,0*25\r\n', '$GPGSV,1*00\n', '\\s:a*12\\!AIVDM,1,1,,B,,0*25\r\n', '# comment\n', '\r\n', '!', '\n')
        .map((text) => encoder.encode(text)),
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(2000).map((length) => new Uint8Array(length).fill(0x21)),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 20 }), (pieces, cuts) => {
        const stream = Uint8Array.from(pieces.flatMap((bytes) => [...bytes]));
        const points = [0, ...cuts.map((cut) => cut % (stream.length + 1)).sort((a, b) => a - b), stream.length];
        const once = cutAll([stream]);
        expect(cutAll(points.slice(1).map((point, i) => stream.subarray(points[i], point)))).toEqual(once);
        expect(once.kept).toBeLessThanOrEqual(maxLineBytes);
      }),
    );
  });
});

describe('bad input', () => {
  const good = readFixtures('ais').flatMap(({ frames }) => frames.map(({ bytes }) => latin.decode(bytes)));
  /** A good sentence with characters set, cut, doubled or strewn in, its checksum made right again or not. */
  const mutated = fc
    .tuple(
      fc.constantFrom(...good),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 32, max: 126 }), fc.constantFrom('set', 'cut', 'insert', 'double')), { maxLength: 3 }),
      fc.boolean(),
    )
    .map(([sentence, changes, mend]) => {
      const chars = [...sentence];
      for (const [where, code, how] of changes) {
        const at = where % Math.max(1, chars.length);
        if (how === 'set') chars[at] = String.fromCharCode(code);
        else if (how === 'cut') chars.splice(at, 1 + (code % 8));
        else if (how === 'insert') chars.splice(at, 0, String.fromCharCode(code));
        else chars.splice(at, 0, ...chars.slice(at, at + 10));
      }
      const text = chars.join('');
      return mend && /^[!$]/.test(text) ? sealSentence(text.replace(/\*.{0,2}$/, '')) : text;
    });
  it('mutated sentences and noise: never a throw, no reading out of place, memory within bounds', () => {
    let understood = 0;
    fc.assert(
      fc.property(fc.array(fc.oneof(mutated, mutated, mutated, fc.string({ maxLength: 100 })), { maxLength: 12 }), (lines) => {
        let memory = ais.initial;
        for (const line of lines) {
          const decoded = decode(line, memory);
          memory = decoded.memory;
          understood += decoded.problem ? 0 : 1;
          ais.inspect(raw(line));
          for (const { result, position, phenomenonTime } of decoded.readings) {
            expect(result === null || Number.isFinite(result)).toBe(true);
            expect(phenomenonTime).toBeLessThanOrEqual(received + 600_000);
            if (position) expect(position[0] > 118 && position[0] < 126.1 && position[1] > 37.9 && position[1] < 43.8).toBe(true);
          }
          expect(memory.fragments.length).toBeLessThanOrEqual(fragmentBounds.messages);
        }
      }),
      { numRuns: 500 },
    );
    expect(understood).toBeGreaterThan(300);
  });
});

describe('inspection', () => {
  it('lays every sentence of the fixtures open, in order, with its checksum', () => {
    let seen = 0;
    for (const { frames } of readFixtures('ais')) {
      for (const { bytes } of frames) {
        const { fields, checksum } = ais.inspect(raw(bytes));
        const ranges = fields.map(({ range }) => range);
        expect([...ranges].sort((a, b) => a[0] - b[0])).toEqual(ranges);
        for (const { value, range, name } of fields)
          if (name !== 'TAG' && name !== '校验和') expect(latin.decode(bytes.subarray(range[0], range[1]))).toBe(value);
        if (checksum) expect(checksum.ok).toBe(decode(bytes).problem?.code !== 'bad-checksum');
        seen++;
      }
    }
    expect(seen).toBe(57);
  });
  it('says what a position report says', () => {
    const { fields } = ais.inspect(raw(encodeAis({ type: 1, mmsi: 412345678, status: 5, speed: 7 })[0]!));
    expect(fields.find(({ name }) => name === '载荷')?.meaning).toContain(
      '消息 1 A 类船位报告，MMSI 412345678：status 5 系泊，turn 0，speed 7',
    );
  });
});
