// SL 651: what the centre asks and orders. Each command goes on the wire, is read back as the station reads it, and stands there as the tables say.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { type Address, encodeCommand, encodeConfirmation, functionOf, type Sl651Command } from './sl651/commands.ts';
import { elements } from './sl651/elements.ts';
import { bytesOfHex, hexOf, latin, readHeader } from './sl651/frame.ts';
import { readCommand } from './sl651/read-command.ts';
import { bodyOf, cutAll, decode, up } from './sl651/test-frames.ts';
import { sl651 } from './sl651.ts';

const now = Date.parse('2026-11-24T08:00:10+08:00');
const hourMilliseconds = 3_600_000;
const to = (encoding: Address['encoding']): Address => ({ centre: 1, station: '0012345678', password: 0x1234, encoding });
const hour = (text: string): number => Date.parse(`${text}:00:00+08:00`);

const cases: [clause: string, command: Sl651Command, hex: string, ascii: string][] = [
  ['6.6.4.10, table 42', { kind: 'ask', fn: 0x37 }, '', ''],
  [
    '6.6.4.11, table 44',
    { kind: 'ask-period', from: hour('2026-11-23T08'), to: hour('2026-11-24T08'), step: { unit: 'minute', count: 5 }, elements: ['PN05'] },
    '26112308261124080418000005' + '2219',
    '26112308 26112408 DRN05 PN05 ',
  ],
  [
    'table C.1 note g',
    { kind: 'ask-period', from: hour('2026-11-24T07'), to: hour('2026-11-24T08'), step: { unit: 'hour', count: 0 }, elements: ['DRP'] },
    '26112407261124080418000000' + 'F460',
    '26112407 26112408 DRH00 DRP ',
  ],
  ['6.6.4.13, table 48', { kind: 'ask-elements', elements: ['Z', 'PJ', 'PH', 'VT'] }, '3923' + '2019' + '4612' + '3812', 'Z PJ pH VT '],
  [
    '6.6.4.14, table 50',
    {
      kind: 'set-configuration',
      fn: 0x40,
      parameters: [
        { id: 0x0c, data: bytesOfHex('02'), decimals: 0 },
        { id: 0x01, data: bytesOfHex('05000000'), decimals: 0 },
      ],
    },
    '0C0802' + '012005000000',
    '0C 02 01 05000000 ',
  ],
  [
    '6.6.4.16, table D.4',
    {
      kind: 'set-configuration',
      fn: 0x42,
      parameters: [
        { id: 0x28, data: bytesOfHex('FF00001250'), decimals: 3 },
        { id: 0x27, data: bytesOfHex('02'), decimals: 0 },
      ],
    },
    '282BFF00001250' + '270802',
    '28 -00001.250 27 02 ',
  ],
  ['6.6.4.15, table 52', { kind: 'ask-configuration', fn: 0x41, ids: [0x01, 0x0f] }, '0100' + '0F00', '01 0F '],
  ['6.6.4.17', { kind: 'ask-configuration', fn: 0x43, ids: [0x20, 0x28] }, '2000' + '2800', '20 28 '],
  ['6.6.4.21, table 61', { kind: 'clear-storage' }, '9700', '97 '],
  ['6.6.4.22, table 63', { kind: 'restore-factory' }, '9800', '98 '],
  ['6.6.4.23, table 65', { kind: 'set-password', before: 0x1234, after: 0x03e8 }, '03101234' + '031003E8', '03 1234 03 03E8 '],
  ['6.6.4.24, table 67', { kind: 'set-clock' }, '', ''],
  ['6.6.4.25, table 69', { kind: 'set-card', on: true }, '452000000200', 'ZT 00000200 '],
  [
    '6.6.4.26, table 71',
    {
      kind: 'switch',
      fn: 0x4c,
      on: [true, false, true, false, false, false, false, false, true, false, false, false, false, false, false, false],
    },
    '020501',
    '020501 ',
  ],
  ['6.6.4.27, table 74', { kind: 'switch', fn: 0x4d, on: [false, true, false, false, false, false, false, false] }, '0102', '0102 '],
  [
    '6.6.4.28, table 77',
    {
      kind: 'set-gates',
      gates: [
        { open: true, centimetres: 150 },
        { open: false, centimetres: 0 },
        { open: true, centimetres: 9999 },
      ],
    },
    '0305' + '015000009999',
    '0305015000009999 ',
  ],
  ['6.6.4.29, table 80', { kind: 'set-quota', on: true }, 'FF', 'FF '],
];

describe('commands on the wire', () => {
  it('every function that the centre may begin with is among the cases, or is asked without a body', () => {
    const asked = [0x36, 0x37, 0x39, 0x44, 0x45, 0x46, 0x50, 0x51];
    const covered = new Set([...cases.map(([, command]) => functionOf(command)), ...asked]);
    expect([...covered].sort((a, b) => a - b)).toEqual([
      ...[0x36, 0x37, 0x38, 0x39, 0x3a],
      ...Array.from({ length: 0x12 }, (_, index) => 0x40 + index),
    ]);
  });
  for (const [clause, command, hex, ascii] of cases) {
    it(`${clause}: ${command.kind} ${functionOf(command).toString(16).toUpperCase()}H`, () => {
      const binary = encodeCommand(command, to('hex'), now);
      // 6.6.2.4: serial number 0 when the centre begins.
      expect(hexOf(binary, 14, binary.length - 3)).toBe(`0000261124080010${hex}`);
      expect(binary[binary.length - 3]).toBe(0x05);
      const text = encodeCommand(command, to('ascii'), now);
      expect(latin(text, 24, text.length - 5)).toBe(`0000261124080010${ascii}`);
      for (const frame of [binary, text]) {
        expect(readHeader(frame)).toMatchObject({
          down: true,
          centre: 1,
          station: '0012345678',
          password: 0x1234,
          fn: functionOf(command),
        });
        expect(readCommand(frame)).toEqual({ command, serial: 0, sent: now });
        expect(cutAll([frame]).frames).toHaveLength(1);
        expect(sl651.inspect({ protocol: 'sl651', address: '', received: now, bytes: frame }).checksum?.ok).toBe(true);
        // Two platforms wired together must not talk for ever.
        expect(decode(frame).answer).toBeNull();
      }
    });
  }
  it('6.3.1.2 d: the last word of an exchange keeps the serial number of the answer', () => {
    const ends = [false, true].map((more) => encodeConfirmation(0x42, 0x001f, to('hex'), now, more));
    expect(ends.map((frame) => hexOf(frame, 14, frame.length - 2))).toEqual(['001F26112408001004', '001F26112408001006']);
  });
  it('refuses what the standard has no form for', () => {
    const wrong: Sl651Command[] = [
      { kind: 'ask-elements', elements: [] },
      { kind: 'ask-elements', elements: ['XYZ'] },
      { kind: 'ask-elements', elements: ['DR'] },
      { kind: 'ask-period', from: now, to: now - hourMilliseconds, step: { unit: 'hour', count: 1 }, elements: ['Z'] },
      { kind: 'ask-period', from: now, to: now, step: { unit: 'minute', count: 60 }, elements: ['Z'] },
      // 6.6.4.4 b: one element only in HEX.
      { kind: 'ask-period', from: now, to: now, step: { unit: 'hour', count: 1 }, elements: ['Z', 'Q'] },
      { kind: 'set-configuration', fn: 0x42, parameters: [{ id: 0x20, data: new Uint8Array(32), decimals: 0 }] },
      { kind: 'set-gates', gates: [{ open: true, centimetres: 10_000 }] },
      { kind: 'switch', fn: 0x4c, on: [] },
    ];
    for (const command of wrong) expect(() => encodeCommand(command, to('hex'), now), JSON.stringify(command)).toThrow(Problem);
  });
});

const flags = fc.array(fc.boolean(), { minLength: 8, maxLength: 64 }).map((on) => on.slice(0, on.length - (on.length % 8)));
const named = fc.constantFrom(...elements.filter(({ kind }) => kind !== 'step' && kind !== 'raw').map(({ ascii }) => ascii));
const whole = fc
  .integer({ min: Date.UTC(2001, 0, 1) / hourMilliseconds, max: Date.UTC(2099, 0, 1) / hourMilliseconds })
  .map((hours) => hours * hourMilliseconds);
const step = fc.oneof(
  fc.record({ unit: fc.constant('minute' as const), count: fc.integer({ min: 1, max: 59 }) }),
  fc.record({ unit: fc.constant('hour' as const), count: fc.integer({ min: 0, max: 23 }) }),
  fc.record({ unit: fc.constant('day' as const), count: fc.integer({ min: 1, max: 31 }) }),
);
const parameter = fc
  .record({
    id: fc.integer({ min: 1, max: 0xa8 }),
    digits: fc.stringMatching(/^([0-9]{2}){1,11}$/),
    decimals: fc.integer({ min: 0, max: 3 }),
    negative: fc.boolean(),
  })
  .map(({ id, digits, decimals, negative }) => ({
    id,
    // A sign stands before a number; what has no point may be an address or a password.
    data: bytesOfHex((negative && decimals > 0 ? 'FF' : '') + digits.padStart(4, '0')),
    decimals,
  }));
const anyCommand: fc.Arbitrary<Sl651Command> = fc.oneof(
  fc.record({
    kind: fc.constant('ask' as const),
    fn: fc.constantFrom(
      0x36 as const,
      0x37 as const,
      0x39 as const,
      0x44 as const,
      0x45 as const,
      0x46 as const,
      0x50 as const,
      0x51 as const,
    ),
  }),
  fc.record({ from: whole, hours: fc.nat(1000), step, element: named }).map(({ from, hours, step, element }) => ({
    kind: 'ask-period' as const,
    from,
    to: from + hours * hourMilliseconds,
    step,
    elements: [element],
  })),
  fc.record({ kind: fc.constant('ask-elements' as const), elements: fc.array(named, { minLength: 1, maxLength: 20 }) }),
  fc.record({
    kind: fc.constant('set-configuration' as const),
    fn: fc.constantFrom(0x40 as const, 0x42 as const),
    parameters: fc.array(parameter, { minLength: 1, maxLength: 20 }),
  }),
  fc.record({
    kind: fc.constant('ask-configuration' as const),
    fn: fc.constantFrom(0x41 as const, 0x43 as const),
    ids: fc.array(fc.integer({ min: 1, max: 0xa8 }), { minLength: 1, maxLength: 20 }),
  }),
  fc.record({
    kind: fc.constant('set-password' as const),
    before: fc.integer({ min: 0, max: 0xffff }),
    after: fc.integer({ min: 0, max: 0xffff }),
  }),
  fc.record({ kind: fc.constant('switch' as const), fn: fc.constantFrom(0x4c as const, 0x4d as const), on: flags }),
  fc.record({
    kind: fc.constant('set-gates' as const),
    gates: fc.array(fc.record({ open: fc.boolean(), centimetres: fc.integer({ min: 0, max: 9999 }) }), { minLength: 1, maxLength: 20 }),
  }),
);

describe('round trips', () => {
  it('any command, in both encodings', () => {
    fc.assert(
      fc.property(anyCommand, fc.constantFrom('hex' as const, 'ascii' as const), (command, encoding) => {
        expect(readCommand(encodeCommand(command, to(encoding), now))).toEqual({ command, serial: 0, sent: now });
      }),
      { numRuns: 1000 },
    );
  });
  it('reads no command out of what is none, and never throws', () => {
    const damaged = fc.record({ command: anyCommand, at: fc.nat(), byte: fc.nat(255) }).map(({ command, at, byte }) => {
      const frame = encodeCommand(command, to('hex'), now);
      frame[at % frame.length] = byte;
      return frame;
    });
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 60 }), damaged), (bytes) => {
        const read = readCommand(bytes);
        if (!(read instanceof Problem)) expect(hexOf(encodeCommand(read.command, to('hex'), now)).length).toBe(bytes.length * 2);
      }),
    );
    expect(readCommand(up(0x32, bodyOf('')))).toBeInstanceOf(Problem);
  });
});
