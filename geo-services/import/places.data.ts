// Names on the map besides the cities' polygons: English names of the 14 cities, label points of seas, neighbours and towns around, river names.
//
// City codes: GB/T 2260. Label points are placed by hand for legibility and mark no position; towns are good to 0.02°.
import type { LngLat } from '../../contracts/geo.ts';

export const provinceCode = '210000';
export const capitalCode = '210100';

export const cityEnglish: Readonly<Record<string, string>> = {
  '210100': 'Shenyang',
  '210200': 'Dalian',
  '210300': 'Anshan',
  '210400': 'Fushun',
  '210500': 'Benxi',
  '210600': 'Dandong',
  '210700': 'Jinzhou',
  '210800': 'Yingkou',
  '210900': 'Fuxin',
  '211000': 'Liaoyang',
  '211100': 'Panjin',
  '211200': 'Tieling',
  '211300': 'Chaoyang',
  '211400': 'Huludao',
};

export type PlaceKind = 'capital' | 'city' | 'sea' | 'bay' | 'neighbour' | 'town';
export interface LabelPoint {
  readonly name: string;
  readonly english: string;
  readonly kind: PlaceKind;
  /** 1 shows first. */
  readonly rank: number;
  readonly position: LngLat;
}
export const labelPoints: readonly LabelPoint[] = [
  { name: '渤海', english: 'Bohai Sea', kind: 'sea', rank: 1, position: [120.35, 39.25] },
  { name: '黄海', english: 'Yellow Sea', kind: 'sea', rank: 1, position: [123.25, 38.95] },
  { name: '辽东湾', english: 'Liaodong Bay', kind: 'bay', rank: 2, position: [121.15, 40.25] },
  { name: '内蒙古', english: 'Inner Mongolia', kind: 'neighbour', rank: 1, position: [120.6, 43.05] },
  { name: '吉林', english: 'Jilin', kind: 'neighbour', rank: 1, position: [125.55, 43.05] },
  { name: '河北', english: 'Hebei', kind: 'neighbour', rank: 1, position: [118.75, 40.45] },
  { name: '朝鲜', english: 'DPR Korea', kind: 'neighbour', rank: 1, position: [125.6, 40.2] },
  { name: '山东', english: 'Shandong', kind: 'neighbour', rank: 2, position: [120.7, 37.35] },
  { name: '赤峰', english: 'Chifeng', kind: 'town', rank: 3, position: [118.89, 42.26] },
  { name: '通辽', english: 'Tongliao', kind: 'town', rank: 3, position: [122.26, 43.62] },
  { name: '通化', english: 'Tonghua', kind: 'town', rank: 3, position: [125.94, 41.73] },
  { name: '秦皇岛', english: 'Qinhuangdao', kind: 'town', rank: 3, position: [119.6, 39.94] },
  { name: '烟台', english: 'Yantai', kind: 'town', rank: 4, position: [121.4, 37.5] },
];

/** A river line that passes within `riverNameReach` degrees of one of these points bears the name. */
export const riverNameReach = 0.06;
export const riverNames: readonly { readonly name: string; readonly near: readonly LngLat[] }[] = [
  {
    name: '辽河',
    near: [
      [123.8, 42.33],
      [123.35, 42.4],
      [122.6, 41.75],
      [121.9, 41.05],
    ],
  },
  {
    name: '西辽河',
    near: [
      [122.3, 43.6],
      [121.0, 43.45],
    ],
  },
  { name: '东辽河', near: [[124.5, 43.3]] },
  {
    name: '浑河',
    near: [
      [123.43, 41.76],
      [124.4, 41.95],
    ],
  },
  { name: '大辽河', near: [[122.22, 40.7]] },
  {
    name: '鸭绿江',
    near: [
      [124.4, 40.12],
      [125.3, 40.65],
      [126.2, 41.1],
    ],
  },
  {
    name: '大凌河',
    near: [
      [120.46, 41.58],
      [121.4, 41.25],
    ],
  },
  { name: '老哈河', near: [[119.5, 42.3]] },
  { name: '滦河', near: [[118.8, 39.9]] },
];

/** The box of what is drawn in detail: [west, south, east, north]. */
export const contextBox = [114, 36, 132, 46.5] as const;
/** The box of the coarse land around it, for very wide walls. */
export const farBox = [92, 24, 154, 58] as const;
/** Positions that are surely sea, one in each part that the box cuts off. */
export const openSea: readonly LngLat[] = [
  [123.5, 38],
  [130.9, 38.5],
];
/** The box of the relief picture. */
export const reliefBox = [113, 36.6, 131, 45.4] as const;
/** Outlines of the sea floor, metres. */
export const depths = [10, 20, 40] as const;

/** Chinese names of the areas around, by the name in their source. */
export const countryChinese: Readonly<Record<string, string>> = {
  Korea: '韩国',
  'Dem. Rep. Korea': '朝鲜',
  Russia: '俄罗斯',
  Mongolia: '蒙古',
  Japan: '日本',
};
