// Pages put together are what one page would have been, whatever stands in the values.
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { footOf, nextLink, pageOf } from './whole-file.ts';

const cell = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const rowsOf = fc.array(fc.record({ id: fc.nat(9999).map(String), name: fc.string({ unit: 'grapheme', maxLength: 12 }) }), {
  maxLength: 8,
});

test('CSV pages: every row, the head once, though values hold quotes and line breaks', () => {
  fc.assert(
    fc.property(fc.array(rowsOf, { minLength: 1, maxLength: 4 }), (pages) => {
      const texts = pages.map((rows) =>
        ['id,name', ...rows.map((row) => `${row.id},${cell(row.name)}`)].map((line) => `${line}\r\n`).join(''),
      );
      const read = texts.map((text, i) => pageOf('csv', text, null, i === 0));
      const whole = read.map((page) => page.text).join('') + footOf('csv');
      expect(parse(whole, { columns: true })).toEqual(pages.flat());
      expect(read.map((page) => page.features)).toEqual(pages.map((rows) => rows.length));
    }),
  );
});
test('GeoJSON pages, empty ones too, are one collection', () => {
  fc.assert(
    fc.property(
      fc.array(rowsOf, { minLength: 1, maxLength: 4 }).filter((pages) => (pages[0]?.length ?? 0) > 0),
      (pages) => {
        const texts = pages.map((rows, i) =>
          JSON.stringify({
            ...{
              type: 'FeatureCollection',
              conformsTo: ['x'],
              timeStamp: 't',
              numberReturned: rows.length,
              features: rows,
              numberMatched: 7,
            },
            links: i < pages.length - 1 ? [{ rel: 'next', href: `http://other:1/ogc/x?after=${i}` }] : [],
          }),
        );
        const read = texts.map((text, i) => pageOf('geojson', text, null, i === 0));
        const whole = JSON.parse(read.map((page) => page.text).join('') + footOf('geojson'));
        // What is true of one page alone is not said of the file.
        expect(whole).toEqual({ type: 'FeatureCollection', conformsTo: ['x'], features: pages.flat() });
        expect(read.map(({ next }) => next)).toEqual(pages.map((_, i) => (i < pages.length - 1 ? `/ogc/x?after=${i}` : null)));
      },
    ),
  );
});
test.each([
  [null, null],
  ['', null],
  ['<http://x/a?f=csv>; rel="self"; type="text/csv", <http://x/a?f=csv&after=2>; rel="next"; type="text/csv"', '/a?f=csv&after=2'],
  ['<http://x/next>; rel="alternate"', null],
  ['<http://x/a>; rel=next', '/a'],
])('Link %s', (header, address) => expect(nextLink(header)).toBe(address));
