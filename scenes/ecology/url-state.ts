// The page's state as it stands in the address: what a colleague sees who opens the link. Reads anything, writes only what differs from the default.
import type { AdCode } from '../../contracts/geo.ts';
import { type Instant, periods, type SeriesKey, statistics } from '../../contracts/observation.ts';
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
import { type Trust, trusts } from '../../screen/console/trust.ts';

export const viewIds = ['air', 'source', 'water'] as const;
export type ViewId = (typeof viewIds)[number];
export const spans = ['24h', '7d'] as const;
export type Span = (typeof spans)[number];
export const sorts = ['anomaly', 'value'] as const;
export type Sort = (typeof sorts)[number];

export interface PageState {
  readonly view: ViewId;
  /** The series of list, map and headline; null: the stream's own first. */
  readonly series: SeriesKey | null;
  /** Prefecture; null: the whole province. */
  readonly city: AdCode | null;
  readonly trust: Trust | null;
  /** Only what alarms, breaches or is not trusted. */
  readonly abnormal: boolean;
  /** Only what the map shows: the list follows the map, and the line carries no more than that. */
  readonly inView: boolean;
  readonly sort: Sort;
  readonly query: string;
  /** uid of the selected Thing. */
  readonly selected: string | null;
  /** The series that the detail shows, where it is another than the list's. */
  readonly detail: SeriesKey | null;
  readonly span: Span;
  /** A past moment, whole seconds; null: live. */
  readonly at: Instant | null;
  /** null: the province fitted to the window. */
  readonly camera: Camera | null;
}

/** Longest search text that an address carries. */
const longestQuery = 60;

export const initialState: PageState = {
  view: 'air',
  series: null,
  city: null,
  trust: null,
  abnormal: false,
  inView: false,
  sort: 'anomaly',
  query: '',
  selected: null,
  detail: null,
  span: '24h',
  at: null,
  camera: null,
};

/** Writes the state; defaults are left out, so the plain page has a plain address. */
export function writeQuery(state: PageState): Record<string, string> {
  const query: Record<string, string> = {};
  const put = (key: string, value: string | null, usual: string | null = null): void => {
    if (value !== null && value !== usual) query[key] = value;
  };
  put('view', state.view, initialState.view);
  put('series', state.series);
  put('city', state.city);
  put('trust', state.trust);
  put('abnormal', state.abnormal ? '1' : null);
  put('in', state.inView ? '1' : null);
  put('sort', state.sort, initialState.sort);
  put('q', state.query, '');
  put('sel', state.selected);
  put('detail', state.detail);
  put('span', state.span, initialState.span);
  put('at', state.at === null ? null : writeInstant(state.at));
  put('z', state.camera && writeCamera(state.camera));
  return query;
}

/** Reads an address. Whatever it cannot read it drops: a mangled link opens the plain page, not an error. */
export function readQuery(query: Query): PageState {
  const first = (key: string): string | null => firstOf(query, key);
  const city = first('city');
  const selected = first('sel');
  return {
    view: oneOf(viewIds, first('view')) ?? initialState.view,
    series: readSeries(first('series')),
    city: city !== null && /^\d{4}00$/.test(city) ? city : null,
    trust: oneOf(trusts, first('trust')),
    abnormal: first('abnormal') === '1',
    inView: first('in') === '1',
    sort: oneOf(sorts, first('sort')) ?? initialState.sort,
    query: (first('q') ?? '').slice(0, longestQuery),
    selected: selected !== null && selected.length <= 200 ? selected : null,
    detail: readSeries(first('detail')),
    span: oneOf(spans, first('span')) ?? initialState.span,
    at: readInstant(first('at')),
    camera: readCamera(first('z')),
  };
}

function readSeries(text: string | null): SeriesKey | null {
  const parts = text?.split('/') ?? [];
  const [property = '', period = '', statistic = ''] = parts;
  const known = (periods as readonly string[]).includes(period) && (statistics as readonly string[]).includes(statistic);
  return parts.length === 3 && /^[A-Za-z0-9_.-]{1,64}$/.test(property) && known ? (text as SeriesKey) : null;
}
