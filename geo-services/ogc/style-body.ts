// A style that comes in, checked: valid by MapLibre's specification, and every address it loads from one of our own. Pure.
//
// Source: MapLibre Style Specification 8 (@maplibre/maplibre-gl-style-spec validates); OGC API Styles (20-009, draft) manage-styles, style-validation.
// The network is closed: what a style draws with (tiles, data, pictures, glyphs, sprites) comes from this server. Addresses are kept without
// their origin, so that a style runs wherever the house is reached.
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { Problem } from '../../contracts/problem.ts';
import type { MapStyle } from '../style/base-map.ts';

export const styleIdPattern = /^[a-z][a-z0-9-]{0,59}$/;
const MOST_FAULTS = 5;
/** Root members of the specification, and the ones that style editors leave. */
const rootMembers: readonly string[] = [
  ...['version', 'name', 'metadata', 'center', 'centerAltitude', 'zoom', 'bearing', 'pitch', 'roll', 'state', 'light', 'sky', 'projection'],
  ...['terrain', 'sources', 'sprite', 'glyphs', 'font-faces', 'transition', 'layers', 'id'],
];
type Members = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

function bad(reason: string): never {
  throw new Problem('bad-body', { reason });
}

/** Every address that a renderer would load, through `change`. What is none stays as it is. */
function withAddresses(sheet: Members, change: (address: string, place: string) => string): Members {
  const text = (value: unknown, place: string): unknown => (typeof value === 'string' ? change(value, place) : value);
  /** Texts however deep: lists of tiles, sprites with ids, font faces by script. */
  const deep = (value: unknown, place: string, skip: readonly string[] = []): unknown => {
    if (Array.isArray(value)) return value.map((one, i) => deep(one, `${place}[${i}]`, skip));
    if (!isObject(value)) return text(value, place);
    return Object.fromEntries(
      Object.entries(value).map(([name, one]) => [name, skip.includes(name) ? one : deep(one, `${place}.${name}`, skip)]),
    );
  };
  const sourceOf = (source: unknown, place: string): unknown => {
    if (!isObject(source)) return source;
    const changed = Object.fromEntries(
      (['url', 'urls', 'tiles', 'data'] as const)
        .filter((name) => name in source)
        // Features inside the style are no addresses.
        .map((name) => [name, name === 'data' ? text(source[name], `${place}.${name}`) : deep(source[name], `${place}.${name}`)]),
    );
    return { ...source, ...changed };
  };
  const { sources } = sheet;
  return {
    ...sheet,
    ...('glyphs' in sheet ? { glyphs: text(sheet['glyphs'], 'glyphs') } : {}),
    ...('sprite' in sheet ? { sprite: deep(sheet['sprite'], 'sprite', ['id']) } : {}),
    ...('font-faces' in sheet ? { 'font-faces': deep(sheet['font-faces'], 'font-faces', ['unicode-range']) } : {}),
    ...(isObject(sources)
      ? { sources: Object.fromEntries(Object.entries(sources).map(([id, source]) => [id, sourceOf(source, `sources.${id}`)])) }
      : {}),
  };
}

/** The path of an address of our own. @throws Problem foreign-address */
function ownPath(address: string, place: string, origin: string): string {
  const foreign = (): never => {
    throw new Problem('foreign-address', { place: place.slice(0, 80), address: address.slice(0, 120) });
  };
  // A URL parser drops tabs and line ends and takes \ for /: none of them stands in an address of ours.
  if ([...address].some((sign) => sign <= ' ' || sign === '\\')) foreign();
  if (/^\/(?!\/)/.test(address)) return address;
  return address.startsWith(`${origin}/`) ? ownPath(address.slice(origin.length), place, origin) : foreign();
}
/** Attribution is written into the page as it stands: words, no markup. */
function checkAttributions(sheet: Members): void {
  for (const [id, source] of Object.entries(isObject(sheet['sources']) ? sheet['sources'] : {}))
    if (isObject(source) && /[<>]/.test(String(source['attribution'] ?? ''))) bad(`sources.${id}.attribution 只能是文字，不能有标记`);
}

/**
 * The sheet as it is kept. `origin`: of the request, without a slash at its end.
 * @throws Problem bad-body: not valid, with the first faults · foreign-address: it would load from elsewhere
 */
export function parseSheet(given: unknown, origin: string): Members {
  if (!isObject(given)) bad('应为一个 MapLibre 样式（JSON 对象）');
  if (given['version'] !== 8) bad('version 应为 8（MapLibre 样式）');
  const unknown = Object.keys(given).find((name) => !rootMembers.includes(name));
  if (unknown !== undefined) bad(`样式没有成员 ${unknown.slice(0, 60)}，可用：${rootMembers.join(' ')}`);
  const kept = withAddresses(given, (address, place) => ownPath(address, place, origin));
  checkAttributions(given);
  let faults: readonly { readonly message: string }[];
  try {
    // A path is no address for the validator: it looks at the sheet as it will be given out.
    faults = validateStyleMin(sheetFor(kept, origin) as unknown as Parameters<typeof validateStyleMin>[0]);
  } catch (error) {
    return bad(`样式读不懂：${String((error as Error).message).slice(0, 120)}`);
  }
  if (faults.length > 0) {
    const said = faults.slice(0, MOST_FAULTS).map(({ message }) => message.slice(0, 160));
    bad(`样式不合 MapLibre 规范，共 ${faults.length} 处：${said.join('；')}`);
  }
  return kept;
}

/** A kept sheet as it is given out at `origin`. */
export function sheetFor(kept: Members, origin: string): MapStyle {
  return withAddresses(kept, (address) => `${origin}${address}`) as unknown as MapStyle;
}

/** Id of a new style: its own `id`, or made of its name; null: nothing in them makes one. */
export function idOfSheet({ id, name }: Members): string | null {
  for (const said of [id, name]) {
    if (typeof said !== 'string') continue;
    const made = said
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .replace(/^[-0-9]+|-+$/g, '')
      .slice(0, 60);
    if (styleIdPattern.test(made)) return made;
  }
  return null;
}

export interface StyleMetadata {
  readonly title?: string;
  readonly description?: string;
  readonly keywords?: readonly string[];
  readonly pointOfContact?: string;
  readonly license?: string;
}
const lengths: Readonly<Record<Exclude<keyof StyleMetadata, 'keywords'>, number>> = {
  ...{ title: 100, description: 2000, pointOfContact: 200, license: 200 },
};
/** Members that follow from the sheet and the address: a client that sends back what it read may leave them in. */
const derived: readonly string[] = ['id', 'scope', 'stylesheets', 'layers', 'links', 'created', 'updated'];

/** Metadata of PUT, or with `patch` of PATCH, where null takes a member away. @throws Problem bad-body */
export function parseStyleMetadata(given: unknown, patch: boolean): Readonly<Record<keyof StyleMetadata, unknown>> {
  if (!isObject(given)) return bad('应为 JSON 对象');
  const members: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (derived.includes(name)) continue;
    const most = lengths[name as keyof typeof lengths];
    const ok =
      (patch && value === null) ||
      (name === 'keywords'
        ? Array.isArray(value) && value.length <= 20 && value.every((word) => typeof word === 'string' && word.length <= 40)
        : most !== undefined && typeof value === 'string' && value.length <= most);
    if (!ok || JSON.stringify(value).includes('\\u0000'))
      bad(
        `${name.slice(0, 40)}：可写 ${Object.entries(lengths)
          .map(([one, n]) => `${one}（至多 ${n} 字）`)
          .join('、')}、keywords（至多 20 个词）`,
      );
    members[name] = value;
  }
  if (!patch && typeof members['title'] !== 'string') bad('title 必填');
  if (patch && members['title'] === null) bad('title 不能去掉');
  return members as Readonly<Record<keyof StyleMetadata, unknown>>;
}
