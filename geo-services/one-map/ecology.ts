// 生态环境一张图: functional zones of waters, protection zones of drinking water, outfalls.
import { defineLayer } from '../../contracts/layer.ts';
import { hectares, simulated } from './simulated.ts';

const common = { ...simulated, theme: 'ecology', sharing: 'unconditional', department: 'ecology' } as const;

export const ecology = [
  defineLayer({
    ...common,
    id: 'water-function-zones',
    title: { zh: '水功能区', en: 'Water function zones' },
    geometry: 'line',
    table: 'water_function_zone',
    attributes: ['name', 'kind', 'target_class', 'adcode'],
    titles: { target_class: '水质目标（GB 3838-2002）' },
    minZoom: 6,
  }),
  defineLayer({
    ...common,
    id: 'drinking-water-zones',
    title: { zh: '饮用水水源保护区', en: 'Drinking water protection zones' },
    geometry: 'polygon',
    table: 'drinking_water_zone',
    attributes: ['name', 'level', 'area', 'adcode'],
    titles: { level: '级别', area: hectares },
    minZoom: 6,
  }),
  defineLayer({
    ...common,
    id: 'outfalls',
    title: { zh: '入河排污口', en: 'Outfalls' },
    geometry: 'point',
    table: 'outfall',
    attributes: ['name', 'kind', 'river', 'adcode'],
    titles: { river: '受纳水体' },
    minZoom: 6,
  }),
];
