// The page's state as it stands in the address: what a colleague sees who opens the link. Reads anything, writes only what differs from the default.
import { type AdCode, type BBox, insideBBox, LIAONING_BBOX, type LngLat } from '../../contracts/geo.ts';
import { type Instant, periods, type SeriesKey, statistics } from '../../contracts/observation.ts';
import { type Trust, trusts } from '../../screen/console/trust.ts';

export const viewIds = ['air', 'source', 'water'] as const;
export type ViewId = (typeof viewIds)[number];
export const spans = ['24h', '7d'] as const;
export type Span = (typeof spans)[number];
export const sorts = ['anomaly', 'value'] as const;
export type Sort = (typeof sorts)[number];

export interface Camera {
  readonly center: LngLat;
  readonly zoom: number;
}

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

/** The part of vue-router's query that is read here: a value, an empty key, or a key given several times. */
export type Query = Readonly<Record<string, string | null | undefined | readonly (string | null)[]>>;

const cameraBox: BBox = [LIAONING_BBOX[0] - 6, LIAONING_BBOX[1] - 6, LIAONING_BBOX[2] + 6, LIAONING_BBOX[3] + 6];
const longestQuery = 60;

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
  const first = (key: string): string | null => {
    const value = query[key];
    const text = Array.isArray(value) ? value[0] : value;
    return typeof text === 'string' && text !== '' ? text : null;
  };
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

function oneOf<T extends string>(allowed: readonly T[], text: string | null): T | null {
  return allowed.find((value) => value === text) ?? null;
}

function readSeries(text: string | null): SeriesKey | null {
  const parts = text?.split('/') ?? [];
  const [property = '', period = '', statistic = ''] = parts;
  const known = (periods as readonly string[]).includes(period) && (statistics as readonly string[]).includes(statistic);
  return parts.length === 3 && /^[A-Za-z0-9_.-]{1,64}$/.test(property) && known ? (text as SeriesKey) : null;
}

/** 2026-11-24T11:20:00+08:00: the wall clock of Liaoning, to the second, so that a person can read and change it. */
export function writeInstant(at: Instant): string {
  return `${new Date(Math.floor(at / 1000) * 1000 + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}
function readInstant(text: string | null): Instant | null {
  // A plus sign that was not escaped arrives as a blank.
  if (text === null || !/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+ -]\d\d:\d\d)$/.test(text)) return null;
  const at = Date.parse(text.replace(' ', '+'));
  return Number.isFinite(at) ? Math.floor(at / 1000) * 1000 : null;
}

/** zoom/lat/lng as map addresses have it. */
function writeCamera(camera: Camera): string {
  return `${camera.zoom.toFixed(2)}/${camera.center[1].toFixed(4)}/${camera.center[0].toFixed(4)}`;
}
function readCamera(text: string | null): Camera | null {
  const numbers = text?.split('/').map((part) => (/^-?\d{1,3}(\.\d+)?$/.test(part) ? Number(part) : Number.NaN)) ?? [];
  const [zoom = Number.NaN, lat = Number.NaN, lng = Number.NaN] = numbers;
  if (numbers.length !== 3 || !(zoom >= 3 && zoom <= 20) || !insideBBox([lng, lat], cameraBox)) return null;
  return { center: [lng, lat], zoom };
}
