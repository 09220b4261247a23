// The demo's point places and larger areas, chosen among the parcels: mines, towers, outfalls, shelters, reserves, retention areas, sea zones.
//
// Contacts are masked where they are made: there never was a person behind them.
import { Delaunay } from 'd3-delaunay';
import { cities } from '../../../contracts/adcodes.data.ts';
import type { AdCode } from '../../../contracts/geo.ts';
import { seededRandom } from '../random.ts';
import { type Ground, groundBox, SQUEEZE } from './ground.ts';
import type { Parcel } from './parcels.ts';

export interface PointPlace {
  readonly lng: number;
  readonly lat: number;
  readonly adcode: AdCode;
  readonly name: string;
  readonly kind: string;
  /** What the table calls capacity, sight or scale. */
  readonly number: number;
  readonly contact: string;
  readonly phone: string;
}
export type PlaceTable = 'mineral' | 'watchtower' | 'outfall' | 'team' | 'shelter' | 'warehouse' | 'hazard';

const shortName = new Map(cities.map((city) => [city.adcode as AdCode, city.short]));
/** Kinds of minerals by where in the province they are known to be mined. */
function mineralOf(parcel: Parcel, chance: number): string {
  if (['210300', '210500', '211000'].includes(parcel.adcode)) return chance < 0.7 ? '铁矿' : '菱镁矿';
  if (parcel.adcode === '210800') return '菱镁矿';
  if (['210400', '210900', '211200'].includes(parcel.adcode)) return '煤';
  if (parcel.adcode === '210600') return chance < 0.5 ? '硼矿' : '金矿';
  return chance < 0.4 ? '金矿' : '石灰岩';
}

const surnames = '王李张刘陈杨赵黄周吴徐孙';
interface Rule {
  readonly table: PlaceTable;
  readonly what: string;
  /** How many per city, at most. */
  readonly each: number;
  readonly fits: (parcel: Parcel, ground: Ground) => boolean;
  readonly kind: (parcel: Parcel, chance: number) => string;
  readonly number: (chance: number) => number;
}
const oneOf =
  (...kinds: readonly string[]) =>
  (_: Parcel, chance: number): string =>
    kinds[Math.floor(chance * kinds.length)] ?? '';
const between =
  (least: number, most: number, step: number) =>
  (chance: number): number =>
    Math.round((least + (most - least) * chance * chance) / step) * step;

const rules: readonly Rule[] = [
  {
    table: 'mineral',
    what: '矿',
    each: 14,
    fits: ({ dlbm }) => /^(0602|0404|0305)$/.test(dlbm),
    kind: mineralOf,
    number: (chance) => Math.floor(chance * 3),
  },
  {
    ...{ table: 'watchtower', what: '瞭望塔', each: 9, kind: () => '', number: between(8000, 20000, 500) },
    fits: (p, ground) => p.dlbm === '0301' && ground.height(p.lng, p.lat) > 180,
  },
  {
    ...{ table: 'outfall', what: '排污口', each: 12, number: () => 0 },
    fits: (p, ground) => ground.riverKm(p.lng, p.lat) < 1.2 && /^0[167]/.test(p.dlbm),
    kind: ({ dlbm }, chance) =>
      dlbm.startsWith('01') ? '农业排口' : chance < 0.45 ? '工业排污口' : chance < 0.85 ? '城镇污水处理厂排污口' : '其他排口',
  },
  // 队伍分类: 综合性消防救援队伍, 专业应急救援队伍, 社会应急力量 are the three that the national plan names.
  {
    ...{ table: 'team', what: '应急队伍', each: 6, number: between(20, 180, 5) },
    fits: ({ dlbm }) => /^(0701|0801|0601)$/.test(dlbm),
    kind: oneOf('综合性消防救援队伍', '专业应急救援队伍', '社会应急力量'),
  },
  // GB/T 44013-2024: by time of stay.
  {
    ...{ table: 'shelter', what: '应急避难场所', each: 18, number: between(300, 20000, 100) },
    fits: ({ dlbm }) => /^(0810|0701)$/.test(dlbm),
    kind: oneOf('紧急避难场所', '短期避难场所', '长期避难场所'),
  },
  {
    ...{ table: 'warehouse', what: '物资仓库', each: 4, number: between(500, 12000, 100) },
    fits: ({ dlbm }) => dlbm === '0604',
    kind: oneOf('救灾物资', '防汛抗旱物资', '森林防火物资', '综合物资'),
  },
  {
    ...{ table: 'hazard', what: '隐患点', each: 14, number: between(0, 400, 5) },
    fits: (p, ground) => p.dlbm === '0602' || (/^(0301|0103|0201|0702)$/.test(p.dlbm) && ground.roughness(p.lng, p.lat) > 220),
    kind: ({ dlbm }, chance) =>
      dlbm === '0602' ? (chance < 0.5 ? '地面塌陷' : '尾矿库') : (['崩塌', '滑坡', '泥石流'][Math.floor(chance * 3)] ?? '滑坡'),
  },
];

/** Draws without putting back, at most `each` per city, in an order that only the seed decides. */
export function pointPlaces(parcels: readonly Parcel[], ground: Ground, seed: number): ReadonlyMap<PlaceTable, readonly PointPlace[]> {
  const found = new Map<PlaceTable, PointPlace[]>();
  for (const [n, rule] of rules.entries()) {
    const random = seededRandom(seed + 100 + n);
    const fitting = parcels.filter((parcel) => rule.fits(parcel, ground)).map((parcel) => ({ parcel, draw: random() }));
    const taken = new Map<AdCode, number>();
    const places: PointPlace[] = [];
    for (const { parcel } of fitting.sort((a, b) => a.draw - b.draw)) {
      const number = (taken.get(parcel.adcode) ?? 0) + 1;
      if (number > rule.each) continue;
      taken.set(parcel.adcode, number);
      const kind = rule.kind(parcel, random());
      const what = rule.table === 'mineral' ? kind : rule.what;
      places.push({
        ...{ lng: parcel.lng, lat: parcel.lat, adcode: parcel.adcode, kind, number: rule.number(random()) },
        name: `${shortName.get(parcel.adcode) ?? ''}演示${what}${String(number).padStart(2, '0')}`,
        contact: `${surnames[Math.floor(random() * surnames.length)] ?? '王'}**`,
        phone: `1${3 + Math.floor(random() * 6)}${Math.floor(random() * 10)}****${String(Math.floor(random() * 1e4)).padStart(4, '0')}`,
      });
    }
    found.set(rule.table, places);
  }
  return found;
}

export interface Gathering {
  readonly name: string;
  readonly adcode: AdCode;
  /** Index of a parcel → whether it belongs to the core. */
  readonly parcels: ReadonlyMap<number, boolean>;
}
/** Round-ish groups of parcels that fit, far from each other: reserves in the red line, retention areas on low ground by the rivers. */
export function gatherings(
  parcels: readonly Parcel[],
  options: {
    readonly what: string;
    readonly many: number;
    readonly km: number;
    readonly seed: number;
    readonly fits: (parcel: Parcel) => boolean;
  },
): Gathering[] {
  const random = seededRandom(options.seed);
  const fitting = parcels.map((parcel, i) => ({ parcel, i })).filter(({ parcel }) => options.fits(parcel));
  const apart = (a: Parcel, b: Parcel): number => Math.hypot((a.lng - b.lng) * SQUEEZE, a.lat - b.lat) * 111.2;
  const centres: Parcel[] = [];
  for (let tries = 0; tries < 400 && centres.length < options.many && fitting.length > 0; tries++) {
    const { parcel } = fitting[Math.floor(random() * fitting.length)] as { parcel: Parcel };
    if (centres.every((other) => apart(other, parcel) > options.km * 3)) centres.push(parcel);
  }
  return centres.map((centre, n) => {
    const radius = options.km * (0.7 + 0.6 * random());
    const members = fitting.filter(({ parcel }) => parcel.adcode === centre.adcode && apart(parcel, centre) < radius);
    return {
      name: `${shortName.get(centre.adcode) ?? ''}演示${options.what}${n + 1}`,
      adcode: centre.adcode,
      parcels: new Map(members.map(({ parcel, i }) => [i, apart(parcel, centre) < radius * 0.5])),
    };
  });
}

export interface SeaCell {
  readonly adcode: AdCode;
  readonly kind: string;
  readonly wkt: string;
}
/** Cells over the sea within some thirty kilometres of the coast; to be cut to the water. Kinds: first-class types of 海洋功能区划. */
export function seaCells(ground: Ground, seed: number): SeaCell[] {
  const random = seededRandom(seed + 50);
  const [west, south, east, north] = groundBox;
  const sites: number[] = [];
  for (let lat = south; lat < 41.2; lat += 0.06)
    for (let lng = 119.6; lng < 124.2; lng += 0.08) {
      const [x, y] = [lng + 0.08 * random(), lat + 0.06 * random()];
      // What is no city and near the coast is sea here; what is not is cut away with the land.
      if (ground.city(x, y) === null && ground.coastKm(x, y) < 32) sites.push(x * SQUEEZE, y);
    }
  if (sites.length < 8) return [];
  const voronoi = new Delaunay(Float64Array.from(sites)).voronoi([west * SQUEEZE, south, east * SQUEEZE, north]);
  const cells: SeaCell[] = [];
  for (let i = 0; i < sites.length / 2; i++) {
    const [lng, lat] = [(sites[2 * i] as number) / SQUEEZE, sites[2 * i + 1] as number];
    const polygon = voronoi.cellPolygon(i);
    if (!polygon) continue;
    const [smooth, coast, town] = [ground.noise(8, 26, lng, lat), ground.coastKm(lng, lat), ground.town(lng, lat)];
    let kind = '农渔业区';
    if (coast > 22) kind = smooth > 0.5 ? '保留区' : '农渔业区';
    else if (town.share < 2.4) kind = smooth > 0.5 ? '港口航运区' : '工业与城镇用海区';
    else if (smooth > 0.68) kind = '海洋保护区';
    else if (smooth < 0.3) kind = coast < 9 ? '旅游休闲娱乐区' : '矿产与能源区';
    cells.push({
      ...{ adcode: town.adcode, kind },
      wkt: `POLYGON((${polygon.map(([x, y]) => `${(x / SQUEEZE).toFixed(7)} ${y.toFixed(7)}`).join(',')}))`,
    });
  }
  return cells;
}
