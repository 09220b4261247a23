// 地名: city seats, and the names of seas and neighbours.
import { defineLayer } from '../../contracts/layer.ts';

export const places = [
  defineLayer({
    id: 'places',
    theme: 'places',
    title: { zh: '地名', en: 'Places' },
    geometry: 'point',
    table: 'place',
    attributes: ['name', 'name_en', 'kind', 'rank', 'adcode'],
    minZoom: 3,
    maxZoom: 22,
    adcodeColumn: null,
    sharing: 'unconditional',
    department: 'data',
    source: '城市驻地：ECharts 4.9.0（Apache-2.0），GCJ-02 已转换；海域与邻区注记点：自行布置',
  }),
];
