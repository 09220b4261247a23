// 监测站点: the Things of each stream that have a place, seen as far as the viewer's area and departments reach.
import { defineLayer } from '../../contracts/layer.ts';

const common = {
  theme: 'stations',
  geometry: 'point',
  attributes: ['uid', 'name', 'adcode', 'department', 'provenance'],
  minZoom: 4,
  maxZoom: 22,
  adcodeColumn: 'adcode',
} as const;

export const stations = [
  defineLayer({
    ...common,
    id: 'air-stations',
    title: { zh: '空气质量站', en: 'Air quality stations' },
    table: 'air_station',
    sharing: 'unconditional',
    department: 'ecology',
    source: '省生态环境厅',
  }),
  defineLayer({
    ...common,
    id: 'pollution-sources',
    title: { zh: '重点污染源', en: 'Pollution sources' },
    table: 'pollution_source',
    sharing: 'conditional',
    department: 'ecology',
    source: '省生态环境厅，有条件共享',
  }),
  defineLayer({
    ...common,
    id: 'water-gauges',
    title: { zh: '水位站', en: 'Water gauges' },
    table: 'water_gauge',
    sharing: 'unconditional',
    department: 'water',
    source: '省水文局',
  }),
];
