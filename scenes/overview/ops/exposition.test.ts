// The reader of /metrics: published forms of the text format, and any text without a throw.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readExposition, sampleOf } from './exposition.ts';

const cases = [
  { text: 'process_resident_memory_bytes 161271808', name: 'process_resident_memory_bytes', labels: {}, value: 161271808 },
  { text: 'a_total{protocol="hj212",code="bad-crc"} 3 1395066363000', name: 'a_total', labels: { code: 'bad-crc' }, value: 3 },
  { text: 'lag{quantile="0.99"} 1.5e-3', name: 'lag', labels: { quantile: '0.99' }, value: 0.0015 },
  { text: 'said{text="a \\"b\\" c\\\\d"} 1', name: 'said', labels: { text: 'a "b" c\\d' }, value: 1 },
  { text: '# HELP up no sample\n# TYPE up gauge', name: 'up', labels: {}, value: null },
  { text: 'up{protocol="mqtt"} 1', name: 'up', labels: { protocol: 'hj212' }, value: null },
  { text: 'top +Inf', name: 'top', labels: {}, value: null },
  { text: 'broken one two', name: 'broken', labels: {}, value: null },
];
describe('Prometheus text 0.0.4', () => {
  it.each(cases)('$text', ({ text, name, labels, value }) => {
    expect(sampleOf(readExposition(text), name, labels as Record<string, string>)).toBe(value);
  });
  it('takes any text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => Array.isArray(readExposition(text))));
  });
  it('reads back what is written', () => {
    const written = fc.record({
      name: fc.stringMatching(/^[a-z_]{1,20}$/),
      label: fc.string().filter((text) => !/[\n\r\u2028\u2029]/.test(text)),
      // −0 is written as 0.
      value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    });
    fc.assert(
      fc.property(written, ({ name, label, value }) => {
        const text = `${name}{key="${label.replace(/[\\"]/g, (mark) => `\\${mark}`)}"} ${value}`;
        expect(readExposition(text)).toEqual([{ name, labels: { key: label }, value }]);
      }),
    );
  });
});
