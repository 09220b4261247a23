// 水利一张图: rivers, lakes, the depth of the sea; reservoirs, dykes and flood retention areas.
import { defineLayer } from '../../contracts/layer.ts';
import { hectares, simulated } from './simulated.ts';

const common = { theme: 'water', adcodeColumn: null, sharing: 'unconditional', minZoom: 3, maxZoom: 22 } as const;

const works = { ...simulated, theme: 'water', sharing: 'unconditional', department: 'water' } as const;
const storage = '库容（万立方米）';

export const water = [
  defineLayer({
    ...common,
    id: 'rivers',
    title: { zh: '河流', en: 'Rivers' },
    geometry: 'line',
    table: 'river',
    attributes: ['name', 'rank', 'inside'],
    department: 'water',
    source: 'GSHHG 2.3.7 / WDBII（LGPL-3），河名自行标注',
  }),
  defineLayer({
    ...common,
    id: 'lakes',
    title: { zh: '湖泊水库', en: 'Lakes' },
    geometry: 'polygon',
    table: 'lake',
    attributes: ['name'],
    department: 'water',
    source: 'GSHHG 2.3.7（LGPL-3）',
  }),
  defineLayer({
    ...common,
    id: 'sea-depth',
    title: { zh: '海底深度', en: 'Sea depth' },
    geometry: 'polygon',
    table: 'sea_depth',
    attributes: ['depth'],
    department: 'ocean',
    source: 'ETOPO5（NOAA，公有领域），约 9 km 格网，仅示意，不可用于航行',
  }),
  defineLayer({
    ...works,
    id: 'reservoirs',
    title: { zh: '水库', en: 'Reservoirs' },
    geometry: 'polygon',
    table: 'reservoir',
    attributes: ['name', 'storage', 'area', 'adcode'],
    titles: { storage: storage, area: hectares },
    minZoom: 6,
  }),
  defineLayer({
    ...works,
    id: 'dykes',
    title: { zh: '堤防', en: 'Dykes' },
    geometry: 'line',
    table: 'dyke',
    attributes: ['name', 'grade', 'return_years', 'length', 'adcode'],
    titles: { grade: '堤防级别（GB 50286）', return_years: '防洪标准（年一遇）', length: '长度（米）' },
    minZoom: 8,
  }),
  defineLayer({
    ...works,
    id: 'flood-retention',
    title: { zh: '蓄滞洪区', en: 'Flood retention areas' },
    geometry: 'polygon',
    table: 'flood_retention',
    attributes: ['name', 'storage', 'area', 'adcode'],
    titles: { storage: storage, area: hectares },
    minZoom: 6,
  }),
];
