// 行政区划: the province and its 14 cities. Counties are brought in on demand (`npm run import -- counties`), as a layer of their own: their data has
// other terms.
import { defineLayer } from '../../contracts/layer.ts';

const source = 'ECharts 4.9.0 地图数据（Apache-2.0），GCJ-02 已转换，概化边界，非法定界线';
const common = {
  theme: 'divisions',
  geometry: 'polygon',
  adcodeColumn: null,
  sharing: 'unconditional',
  department: 'data',
  source,
} as const;

export const province = defineLayer({
  ...common,
  id: 'province',
  title: { zh: '辽宁省', en: 'Liaoning province' },
  table: 'division',
  only: { column: 'level', equals: 'province' },
  attributes: ['adcode', 'name'],
  minZoom: 0,
  maxZoom: 22,
});
export const cities = defineLayer({
  ...common,
  id: 'cities',
  title: { zh: '地级市', en: 'Cities' },
  table: 'division',
  only: { column: 'level', equals: 'city' },
  attributes: ['adcode', 'name'],
  minZoom: 3,
  maxZoom: 22,
});

export const divisions = [province, cities];
