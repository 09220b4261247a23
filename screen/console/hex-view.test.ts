// Tests of the hexadecimal view: bytes, marks, folding, and which fields say the number.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FrameField } from '../../contracts/protocol.ts';
import { fieldsOf, foldRows, hexRows, isFold } from './hex-view.ts';

const frame = '##0101QN=20261124110005123;CN=2061;PW=123456;CP=&&a34004-Avg=187,a34004-Flag=N,a34002-Avg=241&&A501\r\n';
const hex = Buffer.from(frame, 'latin1').toString('hex');
const field = (name: string, value: string, secret = false): FrameField => {
  const start = frame.indexOf(`${name}=${value}`);
  return { name, value, range: [start, start + name.length + 1 + value.length], meaning: null, ...(secret ? { secret } : {}) };
};
const fields = [
  field('QN', '20261124110005123'),
  field('PW', '123456', true),
  field('a34004-Avg', '187'),
  field('a34004-Flag', 'N'),
  field('a34002-Avg', '241'),
];

describe('hexRows', () => {
  it('shows every byte once, in order, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 32 }), (bytes, width) => {
        const rows = hexRows(Buffer.from(bytes).toString('hex'), width, []);
        expect(rows.flatMap((row) => row.cells.map((cell) => Number.parseInt(cell.hex, 16)))).toEqual([...bytes]);
        expect(rows.map((row) => row.offset)).toEqual(rows.map((_, index) => index * width));
      }),
    );
  });
  it('marks exactly the bytes of the ranges', () => {
    const rows = hexRows(
      hex,
      16,
      fieldsOf(fields, 'a34004/hour/mean').map((one) => one.range),
    );
    const marked = rows.flatMap((row) => row.cells.filter((cell) => cell.marked).map((cell) => cell.text));
    expect(marked.join('')).toBe('a34004-Avg=187a34004-Flag=N');
  });
  it('never fails on text that is not hexadecimal', () => {
    fc.assert(fc.property(fc.string(), (text) => void hexRows(text, 12, [[0, 4]])));
    expect(hexRows('4a4z', 8, []).flatMap((row) => row.cells)).toEqual([{ hex: '4A', text: 'J', marked: false }]);
  });
});

describe('foldRows', () => {
  it('keeps the head and the marked rows, and loses none', () => {
    const sample = fc
      .tuple(fc.integer({ min: 1, max: 600 }), fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 12 }))
      .map(([bytes, share, limit]) => ({ bytes, at: Math.floor(share * (bytes - 1)), limit }));
    let folds = 0;
    fc.assert(
      fc.property(sample, ({ bytes, at, limit }) => {
        const rows = hexRows('5A'.repeat(bytes), 8, [[at, at + 3]]);
        const folded = foldRows(rows, limit);
        folds += folded.filter(isFold).length;
        expect(folded.reduce((sum, row) => sum + (isFold(row) ? row.folded : 1), 0)).toBe(rows.length);
        const shown = new Set(folded.filter((row) => !isFold(row)));
        for (const row of rows) if (row.cells.some((cell) => cell.marked)) expect(shown.has(row)).toBe(true);
        expect(shown.has(rows[0]!)).toBe(true);
      }),
    );
    expect(folds).toBeGreaterThan(20);
  });
  it('shows a short frame whole', () => {
    const rows = hexRows('5A'.repeat(30), 8, []);
    expect(foldRows(rows, 4)).toEqual(rows);
  });
});

describe('fieldsOf', () => {
  it('finds the value and its flag by HJ 212 names, and never a secret', () => {
    expect(fieldsOf(fields, 'a34004/hour/mean').map((one) => one.name)).toEqual(['a34004-Avg', 'a34004-Flag']);
    expect(fieldsOf([{ ...fields[1]!, name: 'result' }], 'a34004/hour/mean')).toEqual([]);
    expect(fieldsOf([{ ...fields[1]!, name: 'a34004' }], 'a34004/hour/mean')).toEqual([]);
  });
  it('falls back to the one result of a SensorThings message', () => {
    expect(fieldsOf([{ name: 'result', value: '41.2', range: [10, 14], meaning: null }], 'z/instant/value')).toHaveLength(1);
    const several = [0, 1, 2].map((n) => ({ name: 'z', value: String(n), range: [n, n + 1] as const, meaning: null, time: n * 300_000 }));
    expect(fieldsOf(several, 'z/instant/value', 300_000).map(({ value }) => value)).toEqual(['1']);
    expect(fieldsOf(several, 'z/instant/value')).toHaveLength(3);
  });
});
