// XML writing: any text goes through a reader and comes back, and the reader itself refuses what is broken.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { xmlTree } from '../../tests/xml-tree.ts';
import { element, escapeXml, xmlFile } from './xml.ts';

describe('XML 1.0', () => {
  it('any text and attribute value comes back as it was, except what XML cannot hold', () => {
    // Both plain characters and lone surrogates and controls.
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.string(),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
    );
    fc.assert(
      fc.property(anyText, anyText, (text, value) => {
        const tree = xmlTree(xmlFile(element('a', { b: value }, element('c', {}, text))));
        const kept = (given: string): string => given.replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD');
        expect(tree.attributes['b']).toBe(kept(value));
        expect(tree.children[0]?.text).toBe(kept(text));
      }),
    );
  });
  it('§2.4: the five signs are escaped', () => {
    expect(escapeXml(`<a href='x'>&"`)).toBe('&lt;a href=&apos;x&apos;&gt;&amp;&quot;');
  });
  it.each([
    '<a>',
    '<a></b>',
    '<a/><b/>',
    '<a>&</a>',
    '<a>&nbsp;</a>',
    '<a b="1" b="2"/>',
    '<x:a/>',
    '<a b="<"/>',
    '<a>\u0001</a>',
    'x',
    '<a b=1/>',
  ])('the reader of the tests refuses %j', (text) => {
    expect(() => xmlTree(text)).toThrow();
  });
});
