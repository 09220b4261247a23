// Tests of conditions: what is put together by hand is CQL2 that our own parser reads, whatever was typed; and it says what was meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseText } from '../../geo-services/cql2/parse-text.ts';
import type { Attribute } from './catalogue.ts';
import { areaText, type Condition, conditionsText, conditionText, faultOf, joined, operators } from './conditions.ts';

const attributes: readonly Attribute[] = [
  { name: 'name', title: '名称', type: 'string', format: null },
  { name: '面积', title: '面积', type: 'number', format: null },
  { name: 'rank', title: '级别', type: 'integer', format: null },
  { name: 'inside', title: '省内', type: 'boolean', format: null },
  { name: 'day', title: '日期', type: 'string', format: 'date' },
  { name: 'geometry', title: '几何', type: 'geometry', format: 'geometry-polygon-or-multipolygon' },
];
const typed = fc.record({
  attribute: fc.constantFrom(...attributes.map(({ name }) => name)),
  operator: fc.constantFrom(...operators),
  value: fc.oneof(fc.string(), fc.constantFrom("O'Neil", '100%', 'a_b', '\\', '沈阳', '3.5', '-2', '是')),
});

describe('conditions', () => {
  it.each<[Condition, string | null]>([
    [{ attribute: 'name', operator: '=', value: "O'Neil" }, "name = 'O''Neil'"],
    [{ attribute: 'name', operator: 'has', value: '100%' }, "name LIKE '%100\\\\%%'"],
    [{ attribute: 'name', operator: 'starts', value: '沈' }, "name LIKE '沈%'"],
    [{ attribute: '面积', operator: '>=', value: '3.5' }, '"面积" >= 3.5'],
    [{ attribute: 'rank', operator: '<', value: 'drei' }, null],
    [{ attribute: 'inside', operator: '=', value: '是' }, 'inside = TRUE'],
    [{ attribute: 'rank', operator: 'empty', value: '' }, 'rank IS NULL'],
    [{ attribute: 'geometry', operator: '=', value: 'x' }, null],
    [{ attribute: 'name', operator: '=', value: '' }, null],
    [{ attribute: 'gone', operator: '=', value: 'x' }, null],
  ])('%j is %s', (condition, text) => expect(conditionText(condition, attributes)).toBe(text));
  it('are text that the parser reads, for every value', () => {
    fc.assert(
      fc.property(fc.array(typed, { maxLength: 4 }), fc.constantFrom('AND' as const, 'OR' as const), (list, joint) => {
        // A day that is none is refused by the parser, with its place; everything else must be read.
        const text = conditionsText(list.filter(({ attribute, value }) => attribute !== 'day' && !value.includes('\0')), attributes, joint); // biome-ignore format: one text
        if (text !== '') expect(() => parseText(text)).not.toThrow();
      }),
    );
  });
  it('are joined with a drawn area', () => {
    const area = areaText([[122, 41], [123, 41], [123, 42]]); // biome-ignore format: a ring
    expect(area).toBe('S_INTERSECTS(geometry, POLYGON((122.00000 41.00000, 123.00000 41.00000, 123.00000 42.00000, 122.00000 41.00000)))');
    expect(joined('rank = 1', area)).toBe(`(rank = 1) AND (${area})`);
    expect(joined('', area, ' ')).toBe(area);
    expect(areaText([[1, 2]])).toBe('');
    expect(() => parseText(joined('rank = 1 OR rank = 2', area))).not.toThrow();
  });
  it('say what is wrong', () => {
    expect(faultOf('rank = 1')).toBe('');
    expect(faultOf('rank = ')).toContain('filter');
  });
});
