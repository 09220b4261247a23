// The page's state as it stands in the address: layers with opacity and looks, camera, selection, filter, moment, comparison, day or night.
import type { Instant } from '../../contracts/observation.ts';
import {
  type Camera,
  firstOf,
  oneOf,
  type Query,
  readCamera,
  readInstant,
  writeCamera,
  writeInstant,
} from '../../screen/console/address-words.ts';
import { type Grouping, groupings } from './catalogue.ts';
import { type Look, readLook } from './look.ts';
import { type Span, spans } from './playback.ts';
import { readSort, type Sort, sortText } from './row-pages.ts';
import { type Drawing, readSharedDrawings, writeSharedDrawings } from './sketch.ts';

export const comparings = ['single', 'swipe', 'side'] as const;
export type Comparing = (typeof comparings)[number];
const comparingTitle: Readonly<Record<Comparing, string>> = { single: '单图', swipe: '卷帘', side: '并排' };
export const comparingTabs = comparings.map((id) => ({ id, title: comparingTitle[id] }));
export const tabs = ['identify', 'style', 'analysis', 'sheet', 'bookmarks'] as const;
export type Tab = (typeof tabs)[number];

export interface ShownLayer {
  readonly id: string;
  /** Percent, 5–100. */
  readonly opacity: number;
}
export interface Selection {
  readonly layer: string;
  readonly id: number;
}
export interface PageState {
  readonly by: Grouping;
  /** Top first. */
  readonly layers: readonly ShownLayer[];
  /** Ids of the right-hand map when two are compared; top first. */
  readonly right: readonly ShownLayer[];
  readonly comparing: Comparing;
  /** The layer that table, style and filter speak of; null: none. */
  readonly active: string | null;
  readonly table: boolean;
  readonly tab: Tab;
  readonly selected: Selection | null;
  /** CQL2 text on the active layer; '': all rows. */
  readonly filter: string;
  /** Ring of a drawn area, lng lat pairs without the closing one; empty: none. */
  readonly area: readonly (readonly [number, number])[];
  readonly inView: boolean;
  /** Order of the table; null: by id. */
  readonly sort: Sort | null;
  /** Percent of the width that the left map shows under the curtain, 2–98. */
  readonly cut: number;
  /** What the time bar reaches over. */
  readonly span: Span;
  /** Bearing and pitch in whole degrees, where they are not those of the plain tilt. */
  readonly turn: readonly [number, number] | null;
  /** Drawings that came with a link; what this browser keeps is not in the address. */
  readonly drawings: readonly Drawing[];
  readonly looks: Readonly<Record<string, Look>>;
  readonly at: Instant | null;
  readonly tilted: boolean;
  readonly theme: 'light' | 'dark' | null;
  readonly query: string;
  readonly camera: Camera | null;
}

/** What the plain page shows. */
const usualLayers: readonly ShownLayer[] = [
  { id: 'air-stations', opacity: 100 },
  { id: 'water-gauges', opacity: 100 },
  { id: 'cities', opacity: 60 },
];
export const initialState: PageState = {
  by: 'theme',
  layers: usualLayers,
  right: [],
  comparing: 'single',
  active: 'cities',
  table: false,
  tab: 'identify',
  selected: null,
  filter: '',
  area: [],
  inView: false,
  sort: null,
  cut: 50,
  span: 'day',
  turn: null,
  drawings: [],
  looks: {},
  at: null,
  tilted: false,
  theme: null,
  query: '',
  camera: null,
};
const mostLayers = 40;
const longestFilter = 2000;
const mostCorners = 60;

const writeLayers = (layers: readonly ShownLayer[]): string =>
  layers.length === 0 ? '-' : layers.map(({ id, opacity }) => (opacity === 100 ? id : `${id}:${opacity}`)).join(',');

/** Writes the state; defaults are left out, so the plain page has a plain address. */
export function writeQuery(state: PageState): Record<string, string> {
  const query: Record<string, string> = {};
  const put = (key: string, value: string | null, usual: string | null = null): void => {
    if (value !== null && value !== usual) query[key] = value;
  };
  put('by', state.by, initialState.by);
  put('l', writeLayers(state.layers), writeLayers(usualLayers));
  put('r', state.comparing === 'single' ? null : writeLayers(state.right));
  put('cmp', state.comparing, initialState.comparing);
  put('on', state.active ?? '-', initialState.active);
  put('table', state.table ? '1' : null);
  put('tab', state.tab, initialState.tab);
  put('sel', state.selected && `${state.selected.layer}/${state.selected.id}`);
  put('f', state.filter, '');
  put('area', state.area.map(([lng, lat]) => `${lng.toFixed(5)},${lat.toFixed(5)}`).join(','), '');
  put('in', state.inView ? '1' : null);
  put('sort', sortText(state.sort), '');
  put('cut', state.comparing === 'swipe' ? String(state.cut) : null, '50');
  put('span', state.span, initialState.span);
  put('turn', state.tilted && state.turn ? state.turn.join(',') : null);
  put('d', writeSharedDrawings(state.drawings), '');
  put('looks', JSON.stringify(state.looks), '{}');
  put('at', state.at === null ? null : writeInstant(state.at));
  put('3d', state.tilted ? '1' : null);
  put('theme', state.theme);
  put('q', state.query, '');
  put('z', state.camera && writeCamera(state.camera));
  return query;
}

/** Reads an address. Whatever it cannot read it drops: a mangled link opens the plain page, not an error. */
export function readQuery(query: Query): PageState {
  const first = (key: string): string | null => firstOf(query, key);
  const active = first('on');
  return {
    by: oneOf(groupings, first('by')) ?? initialState.by,
    layers: readLayers(first('l')) ?? usualLayers,
    right: readLayers(first('r')) ?? [],
    comparing: oneOf(comparings, first('cmp')) ?? initialState.comparing,
    active: active === '-' ? null : active !== null && isLayerId(active) ? active : initialState.active,
    table: first('table') === '1',
    tab: oneOf(tabs, first('tab')) ?? initialState.tab,
    selected: readSelection(first('sel')),
    filter: (first('f') ?? '').slice(0, longestFilter),
    area: readArea(first('area')),
    inView: first('in') === '1',
    sort: readSort(first('sort')),
    cut: /^\d{1,2}$/.test(first('cut') ?? '') ? Math.min(98, Math.max(2, Number(first('cut')))) : initialState.cut,
    span: oneOf(spans, first('span')) ?? initialState.span,
    turn: readTurn(first('turn')),
    drawings: readSharedDrawings(first('d')),
    looks: readLooks(first('looks')),
    at: readInstant(first('at')),
    tilted: first('3d') === '1',
    theme: oneOf(['light', 'dark'] as const, first('theme')),
    query: (first('q') ?? '').slice(0, 60),
    camera: readCamera(first('z')),
  };
}

const isLayerId = (text: string): boolean => /^[a-z][a-z0-9-]{0,62}$/.test(text);

function readLayers(text: string | null): readonly ShownLayer[] | null {
  if (text === null) return null;
  if (text === '-') return [];
  const layers = new Map<string, ShownLayer>();
  for (const part of text.split(',').slice(0, mostLayers)) {
    const [id = '', share = '100'] = part.split(':');
    const opacity = /^\d{1,3}$/.test(share) ? Math.min(100, Math.max(5, Number(share))) : 100;
    if (isLayerId(id)) layers.set(id, { id, opacity });
  }
  return [...layers.values()];
}
function readSelection(text: string | null): Selection | null {
  const [layer = '', id = '', ...rest] = text?.split('/') ?? [];
  return rest.length === 0 && isLayerId(layer) && /^[1-9]\d{0,14}$/.test(id) ? { layer, id: Number(id) } : null;
}
function readTurn(text: string | null): readonly [number, number] | null {
  const [, bearing, pitch] = /^(-?\d{1,3}),(\d{1,2})$/.exec(text ?? '')?.map(Number) ?? [];
  return bearing !== undefined && pitch !== undefined && Math.abs(bearing) <= 180 && pitch <= 85 ? [bearing, pitch] : null;
}
function readArea(text: string | null): readonly (readonly [number, number])[] {
  const numbers = text?.split(',').map((part) => (/^-?\d{1,3}(\.\d+)?$/.test(part) ? Number(part) : Number.NaN)) ?? [];
  if (numbers.length < 6 || numbers.length % 2 === 1 || numbers.length > 2 * mostCorners || numbers.some(Number.isNaN)) return [];
  const corners = numbers.flatMap((lng, k) => (k % 2 === 0 ? [[lng, numbers[k + 1] ?? Number.NaN] as const] : []));
  return corners.every(([lng, lat]) => Math.abs(lng) <= 180 && Math.abs(lat) <= 90) ? corners : [];
}
function readLooks(text: string | null): Readonly<Record<string, Look>> {
  if (text === null || text.length > 8000) return {};
  try {
    const given = JSON.parse(text) as Readonly<Record<string, unknown>> | null;
    return Object.fromEntries(
      Object.entries(given ?? {}).flatMap(([id, value]) => {
        const look = isLayerId(id) ? readLook(value) : null;
        return look ? [[id, look] as const] : [];
      }),
    );
  } catch {
    return {};
  }
}
