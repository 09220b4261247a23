// 水系: rivers, lakes, and the depth of the sea.
import { defineLayer } from '../../contracts/layer.ts';

const common = { theme: 'water', adcodeColumn: null, sharing: 'unconditional', minZoom: 3, maxZoom: 22 } as const;

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
];
