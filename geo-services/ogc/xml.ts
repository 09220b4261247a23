// XML 1.0 as a tree of elements: what is made of it is well-formed whatever the texts hold. Pure.
//
// Source: W3C XML 1.0 (5th ed.) §2.2 characters, §2.4 escapes, §3.3.3 white space in attributes.

/** A finished piece of markup; a plain string is text and is escaped. */
export interface Xml {
  readonly xml: string;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** Text or attribute value. Characters that XML cannot hold at all (§2.2: most controls, lone surrogates) become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replace(/[&<>"']/g, (sign) => escapes[sign] ?? '')
    .replace(/[\t\n\r]/g, (space) => `&#${space.charCodeAt(0)};`);
}

/** Names are ours and trusted; values and texts are not. */
export function element(name: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly (Xml | string)[]): Xml {
  const open = [name, ...Object.entries(attributes).map(([key, value]) => `${key}="${escapeXml(value)}"`)].join(' ');
  const inside = children.map((child) => (typeof child === 'string' ? escapeXml(child) : child.xml)).join('');
  return { xml: inside === '' ? `<${open}/>` : `<${open}>${inside}</${name}>` };
}

/** The whole file. */
export function xmlFile(root: Xml): string {
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root.xml}\n`;
}
