// 周边: the land around the province, so that it does not float.
import { defineLayer } from '../../contracts/layer.ts';

export const context = [
  defineLayer({
    id: 'context-land',
    theme: 'context',
    title: { zh: '周边陆地', en: 'Land around' },
    geometry: 'polygon',
    table: 'context_land',
    attributes: ['name', 'kind'],
    minZoom: 0,
    maxZoom: 22,
    adcodeColumn: null,
    sharing: 'unconditional',
    department: 'data',
    source: 'ECharts 4.9.0 地图数据（Apache-2.0），概化边界，非法定界线',
  }),
];
