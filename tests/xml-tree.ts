// A strict reader of the XML that our doors write, for tests: a tree, or an error at the first thing that is not well-formed.
//
// Source: W3C XML 1.0 (5th ed.). Knows elements, attributes, text and the five named and the numeric references; no DTD, comment or CDATA.

export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly XmlNode[];
  /** Of the element itself, without its children's. */
  readonly text: string;
}

const named: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const NAME = '[A-Za-z_][\\w.-]*(?::[A-Za-z_][\\w.-]*)?';

function unescaped(raw: string): string {
  if (/[<]|[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u.test(raw)) throw new Error(`no XML text: ${JSON.stringify(raw)}`);
  return raw.replace(/&([^;]*;?)/g, (_, reference: string) => {
    const found = /^(?:#(\d+)|(\w+));$/.exec(reference);
    const sign = found?.[1] ? String.fromCodePoint(Number(found[1])) : named[found?.[2] ?? ''];
    if (sign === undefined) throw new Error(`no reference: &${reference}`);
    return sign;
  });
}

/** @throws Error when the text is not well-formed, a prefix has no declaration, or an attribute stands twice */
export function xmlTree(text: string): XmlNode {
  const body = text.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\s*/, '');
  type Open = { name: string; attributes: Record<string, string>; children: XmlNode[]; text: string; prefixes: ReadonlySet<string> };
  const top: Open = { name: '', attributes: {}, children: [], text: '', prefixes: new Set(['xml', 'xmlns']) };
  const stack: Open[] = [top];
  const token = new RegExp(`<(/?)(${NAME})((?:\\s+${NAME}="[^"]*")*)\\s*(/?)>|([^<]+)|(.)`, 'gsu');
  for (const [whole, closing, name = '', attributeText = '', empty, content, stray] of body.matchAll(token)) {
    const current = stack.at(-1) as Open;
    if (stray !== undefined) throw new Error(`not well-formed at ${JSON.stringify(whole)}`);
    if (content !== undefined) current.text += unescaped(content);
    else if (closing) {
      if (current.name !== name) throw new Error(`</${name}> closes <${current.name}>`);
      stack.pop();
      (stack.at(-1) as Open).children.push(current);
    } else {
      const attributes: Record<string, string> = {};
      for (const [, key = '', value = ''] of attributeText.matchAll(new RegExp(`(${NAME})="([^"]*)"`, 'g'))) {
        if (key in attributes) throw new Error(`attribute ${key} twice`);
        attributes[key] = unescaped(value);
      }
      const prefixes = new Set([...current.prefixes, ...Object.keys(attributes).flatMap((key) => /^xmlns:(.+)$/.exec(key)?.[1] ?? [])]);
      for (const used of [name, ...Object.keys(attributes)])
        if (used.includes(':') && !prefixes.has(used.split(':')[0] as string)) throw new Error(`prefix of ${used} is not declared`);
      const node: Open = { name, attributes, children: [], text: '', prefixes };
      if (empty) current.children.push(node);
      else stack.push(node);
    }
  }
  const root = top.children[0];
  if (stack.length !== 1 || top.children.length !== 1 || top.text.trim() !== '' || !root) throw new Error('no single root');
  return root;
}

/** Children of a name; with several names, along the path. */
export function below(node: XmlNode, ...path: readonly string[]): XmlNode[] {
  return path.reduce<XmlNode[]>((nodes, name) => nodes.flatMap((one) => one.children.filter((child) => child.name === name)), [node]);
}
