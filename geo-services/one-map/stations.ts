// 监测站点: the Things of each stream that have a place, seen as far as the viewer's area and departments reach.
import { defineLayer } from '../../contracts/layer.ts';

const common = {
  theme: 'stations',
  geometry: 'point',
  table: 'thing',
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
    only: { column: 'stream', equals: 'ecology/air-quality', placed: true },
    sharing: 'unconditional',
    department: 'ecology',
    source: '省生态环境厅',
  }),
  defineLayer({
    ...common,
    id: 'pollution-sources',
    title: { zh: '重点污染源', en: 'Pollution sources' },
    only: { column: 'stream', equals: 'ecology/pollution-source', placed: true },
    sharing: 'conditional',
    department: 'ecology',
    source: '省生态环境厅，有条件共享',
  }),
  defineLayer({
    ...common,
    id: 'water-gauges',
    title: { zh: '水位站', en: 'Water gauges' },
    only: { column: 'stream', equals: 'water/water-level', placed: true },
    sharing: 'unconditional',
    department: 'water',
    source: '省水文局',
  }),
  defineLayer({
    ...common,
    id: 'air-stations-near',
    title: { zh: '周边空气质量站', en: 'Air quality stations near a point' },
    only: { column: 'stream', equals: 'ecology/air-quality', placed: true },
    // Around Shenyang, where nothing is said.
    call: {
      name: 'things_near',
      parameters: [
        { name: 'lng', title: '经度', min: -180, max: 180, otherwise: 123.43 },
        { name: 'lat', title: '纬度', min: -85, max: 85, otherwise: 41.8 },
        { name: 'km', title: '半径（千米）', min: 0.1, max: 500, otherwise: 50 },
      ],
    },
    sharing: 'unconditional',
    department: 'ecology',
    source: '省生态环境厅',
  }),
];
