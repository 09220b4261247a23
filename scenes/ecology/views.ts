// The three views of the console: which stream each looks at, and the badge that stands before a station's name.
import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import type { StreamPath } from '../../contracts/stream.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { type AirPollutant, type Aqi, airPollutants, airStandard, aqi } from '../../streams/models/aqi.ts';
import { excess, nearestLimit, type OwnLimit } from './limits.ts';
import type { ViewId } from './url-state.ts';

export interface View {
  readonly id: ViewId;
  readonly title: string;
  readonly path: StreamPath;
  /** Head of the badge's column. */
  readonly badgeHead: string;
  /** What the badge says, in the legend's words. */
  readonly badgeMeaning: string;
  /** What a row is called. */
  readonly noun: string;
}

export const views: Readonly<Record<ViewId, View>> = {
  air: { id: 'air', title: '大气', path: 'ecology/air-quality', badgeHead: 'AQI', badgeMeaning: '空气质量指数', noun: '站点' },
  source: {
    id: 'source',
    title: '污染源',
    path: 'ecology/pollution-source',
    badgeHead: '占限',
    badgeMeaning: '最紧的一项占排放限值的百分比',
    noun: '排口',
  },
  water: { id: 'water', title: '水位', path: 'water/water-level', badgeHead: '距警', badgeMeaning: '距警戒水位，m', noun: '水位站' },
};

export interface Badge {
  readonly text: string;
  /** Standard class colour; null: the badge has no class. */
  readonly colour: string | null;
  /** Black figures on a light class colour. */
  readonly darkText: boolean;
  /** At or over a limit. */
  readonly breach: boolean;
  /** In words, with the standard: for the detail and for readers of the screen. */
  readonly words: string;
  /** 0 calm … about 2 far over: one yardstick for sorting and clusters. */
  readonly strain: number;
}

export const noBadge: Badge = { text: '—', colour: null, darkText: false, breach: false, words: '无有效值', strain: 0 };

const lightClasses: ReadonlySet<string> = new Set(['#00E400', '#FFFF00', '#FF7E00']);

/**
 * AQI of a station from the hour means that count (not missing, and not bad unless `withBad`), by the edition in force at their time.
 */
export function stationAqi(thing: ThingState, withBad = false): Aqi | null {
  const concentrations: Partial<Record<AirPollutant, number | null>> = {};
  let newest: Instant = 0;
  for (const pollutant of airPollutants) {
    const tuple = thing.series[`${pollutant}/hour/mean`];
    if (!tuple || (tuple[2] === 'bad' && !withBad) || tuple[0] === null) continue;
    concentrations[pollutant] = tuple[0];
    newest = Math.max(newest, tuple[1]);
  }
  return newest === 0 ? null : aqi(airStandard(newest), 'hour', concentrations);
}

/** The badge of a station in a view. `limits` are those of each of its series. */
export function badgeOf(view: ViewId, thing: ThingState, limits: Readonly<Record<SeriesKey, readonly OwnLimit[]>>): Badge {
  if (view === 'air') return airBadge(thing);
  return view === 'source' ? sourceBadge(thing, limits) : waterBadge(thing, limits);
}

function airBadge(thing: ThingState): Badge {
  const counted = stationAqi(thing);
  // What cannot be believed is shown, and never counted.
  const index = counted ?? stationAqi(thing, true);
  if (!index) return noBadge;
  return {
    text: String(index.value),
    colour: index.level.colour,
    darkText: lightClasses.has(index.level.colour),
    breach: false,
    words: counted ? `${index.level.short} AQI ${index.value}` : '不可信，不作评价',
    strain: counted ? index.value / 150 : 0,
  };
}

function sourceBadge(thing: ThingState, limits: Readonly<Record<SeriesKey, readonly OwnLimit[]>>): Badge {
  let most: number | null = null;
  for (const [series, own] of Object.entries(limits)) {
    const tuple = thing.series[series as SeriesKey];
    if (!tuple || tuple[0] === null || tuple[2] === 'bad') continue;
    for (const limit of own)
      if (limit.direction === 'above' && limit.limit !== null && limit.limit > 0) most = Math.max(most ?? 0, tuple[0] / limit.limit);
  }
  if (most === null) return noBadge;
  const percent = Math.round(most * 100);
  const over = most > 1;
  return {
    text: `${percent}`,
    colour: null,
    darkText: false,
    breach: over,
    words: over ? `超限值 ${percent - 100}%` : `占限值 ${percent}%`,
    strain: most,
  };
}

function waterBadge(thing: ThingState, limits: Readonly<Record<SeriesKey, readonly OwnLimit[]>>): Badge {
  const series = Object.keys(limits).find((key) => key.startsWith('z/') && limits[key as SeriesKey]?.some((limit) => limit.limit !== null));
  const tuple = series ? thing.series[series as SeriesKey] : undefined;
  const own = (series ? limits[series as SeriesKey] : undefined)?.filter((limit) => limit.direction === 'above') ?? [];
  const first = own.find((limit) => limit.limit !== null);
  if (!tuple || tuple[0] === null || tuple[2] === 'bad' || !first) return noBadge;
  const over = excess(first, tuple[0]) ?? 0;
  const broken = over >= 0;
  const worst = nearestLimit(own, tuple[0]) ?? first;
  return {
    text: `${broken ? '+' : '−'}${Math.abs(over).toFixed(over <= -10 ? 0 : over <= -1 ? 1 : 2)}`,
    colour: null,
    darkText: false,
    breach: broken,
    words: broken
      ? `${worst.title} ${(excess(worst, tuple[0]) ?? 0).toFixed(2)} m`
      : `距${first.title.replace(/^超/, '')} ${Math.abs(over).toFixed(2)} m`,
    strain: Math.max(0, 1 + over / 3),
  };
}
