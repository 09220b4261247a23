// SL 651: bytes nobody meant. Whatever comes, nothing is thrown, nothing grows, and no reading lies in the future.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readFixtures } from './fixtures/fixtures.file.ts';
import { functions } from './sl651/elements.ts';
import { crcSl651, hexOf, maxFrameBytes } from './sl651/frame.ts';
import { bodyOf, decode, raw, received, river, up } from './sl651/test-frames.ts';
import { sl651 } from './sl651.ts';

describe('bytes nobody meant', () => {
  const seeds = readFixtures('sl651').flatMap(({ frames }) => frames.map(({ bytes }) => bytes));
  const hears = (chunks: readonly Uint8Array[]): void => {
    let memory = sl651.framing!.initial;
    let state = sl651.initial;
    for (const chunk of chunks) {
      const cut = sl651.framing!.cut(memory, chunk);
      memory = cut.memory;
      expect(memory.length).toBeLessThan(maxFrameBytes);
      for (const bytes of cut.frames) {
        const decoded = sl651.decode(state, raw(bytes));
        state = decoded.memory;
        for (const one of decoded.readings) {
          expect(one.result === null || Number.isFinite(one.result)).toBe(true);
          expect(one.phenomenonTime).toBeLessThanOrEqual(received + 600_000);
        }
        sl651.inspect(raw(bytes));
      }
    }
  };
  test('noise', () => {
    fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), hears));
  });
  test('noise handed to decode and inspect as a frame', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        expect(decode(bytes).problem?.code ?? 'none').toMatch(/malformed-frame|bad-checksum|none/);
        sl651.inspect(raw(bytes));
      }),
    );
  });
  test('good frames with bytes changed, taken out, put in and doubled, their checksum set right again', () => {
    const mutation = fc.record({
      seed: fc.constantFrom(...seeds),
      at: fc.nat(),
      byte: fc.nat(255),
      kind: fc.constantFrom('set', 'cut', 'add', 'double', 'head'),
    });
    fc.assert(
      fc.property(fc.array(mutation, { minLength: 1, maxLength: 6 }), (mutations) => {
        hears(
          mutations.map(({ seed, at, byte, kind }) => {
            const i = kind === 'head' ? at % 24 : at % seed.length;
            const bytes = [...seed];
            if (kind === 'set' || kind === 'head') bytes[i] = byte;
            else if (kind === 'cut') bytes.splice(i, 1 + (byte % 8));
            else if (kind === 'add') bytes.splice(i, 0, byte, byte);
            else bytes.push(...seed);
            const whole = Uint8Array.from(bytes);
            if (whole[0] === 0x7e && whole.length > 16) {
              const crc = crcSl651(whole, 0, whole.length - 2);
              whole.set([crc >> 8, crc & 0xff], whole.length - 2);
            }
            return whole;
          }),
        );
      }),
      { numRuns: 2000 },
    );
  });
  test('bodies of any groups under a right checksum', () => {
    const element = fc
      .tuple(fc.nat(255), fc.nat(255), fc.uint8Array({ maxLength: 31 }))
      .map(([id, shape, data]) => hexOf(Uint8Array.of(id, shape, ...data)));
    const group = fc.oneof(element, fc.constantFrom(river, 'F0F02611240755', '0418000005', 'F3F3', 'F2F2', 'FF01110123'));
    const functionsKnown = fc.constantFrom(...Object.keys(functions).map(Number), 0xe0, 0x00);
    fc.assert(
      fc.property(functionsKnown, fc.array(group, { maxLength: 12 }), (fn, groups) => {
        const decoded = decode(up(fn, bodyOf(groups.join(''))));
        expect(decoded.answer === null).toBe(fn === 0x2f);
        hears([up(fn, bodyOf(groups.join('')))]);
      }),
      { numRuns: 1000 },
    );
  });
  test('ASCII bodies of any tokens', () => {
    const token = fc.oneof(
      fc.constantFrom(
        'ST',
        'TT',
        'DRN05',
        'DRH00',
        'DRP',
        'DRZ1',
        'Z',
        'GN',
        'GT',
        'M',
        'NN',
        '0012345678',
        'H',
        '2611240800',
        '11240800',
        '-1.5',
        'FF',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.constantFrom(0x31, 0x32, 0x35, 0x38, 0x46), fc.array(token, { maxLength: 20 }), (fn, tokens) => {
        const latin1 = tokens.join(' ').replace(/[^\x20-\x7e]/g, '?');
        hears([up(fn, bodyOf(fn === 0x35 ? `RGZS ${latin1} ` : `${latin1} `, { encoding: 'ascii' }), { encoding: 'ascii' })]);
      }),
      { numRuns: 1000 },
    );
  });
});
