// NetCDF classic headers: a file built by hand after the format's grammar, and any bytes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { netcdfNumbers, readNetcdfHeader } from './netcdf-classic.ts';

const int = (value: number): number[] => [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
function text(value: string): number[] {
  const bytes = [...new TextEncoder().encode(value)];
  return [...int(bytes.length), ...bytes, ...new Array<number>((4 - (bytes.length % 4)) % 4).fill(0)];
}
/** netcdf two { dimensions: y = 2; x = 3; variables: short h(y, x); h:units = "m"; :title = "t" }, CDF-1. */
function sample(): Uint8Array {
  const head = [
    ...[0x43, 0x44, 0x46, 1, ...int(0)],
    ...[...int(10), ...int(2), ...text('y'), ...int(2), ...text('x'), ...int(3)],
    ...[...int(12), ...int(1), ...text('title'), ...int(2), ...text('t')],
    ...[...int(11), ...int(1), ...text('h'), ...int(2), ...int(0), ...int(1)],
    ...[...int(12), ...int(1), ...text('units'), ...int(2), ...text('m')],
    ...[...int(3), ...int(12)],
  ];
  const begin = head.length + 4;
  return Uint8Array.from([...head, ...int(begin), 0, 1, 0, 2, 0, 3, 255, 255, 255, 254, 128, 0]);
}

describe('NetCDF classic', () => {
  it('finds a variable, its shape and its numbers', () => {
    const file = sample();
    const h = readNetcdfHeader(file).get('h');
    expect(h).toMatchObject({ type: 3, shape: [2, 3], bytes: 12, begin: file.length - 12 });
    if (h) expect([...netcdfNumbers(h, file.subarray(h.begin, h.begin + h.bytes))]).toEqual([1, 2, 3, -1, -2, -32768]);
  });

  it('refuses a header that is cut short, anywhere', () => {
    const file = sample();
    for (let length = 0; length < file.length - 12; length++) expect(() => readNetcdfHeader(file.subarray(0, length))).toThrow(Problem);
  });

  it('property: any change of a byte is read or refused as a Problem', () => {
    const file = sample();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: file.length - 13 }), fc.integer({ min: 0, max: 255 }), (at, value) => {
        const broken = Uint8Array.from(file);
        broken[at] = value;
        try {
          readNetcdfHeader(broken);
        } catch (error) {
          expect(error).toBeInstanceOf(Problem);
        }
      }),
    );
  });
});
