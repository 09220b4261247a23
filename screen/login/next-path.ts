// Where to go after logging in: only a path of our own pages, whatever the address bar says.

const HERE = 'http://localhost';

/**
 * The path that `next` names, normalised; null when it is missing, leads to another site, or back to the login page.
 * Browsers read `\` as `/` and drop tabs and line breaks inside an address, so `/\evil` and `/<tab>/evil` lead away.
 */
export function nextPath(next: unknown): string | null {
  if (typeof next !== 'string' || next.length > 2000 || !next.startsWith('/')) return null;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  if (/^\/[/\\]|[\\\u0000-\u001f\u007f]/.test(next)) return null;
  if (!URL.canParse(next, HERE)) return null;
  const url = new URL(next, HERE);
  // `/./` and `/x/..` in front of `//` come out as `//`: the normalised path is checked once more.
  if (url.origin !== HERE || url.pathname.startsWith('//')) return null;
  if (/^\/(login|api)(\/|$)/.test(url.pathname)) return null;
  return url.pathname + url.search + url.hash;
}
