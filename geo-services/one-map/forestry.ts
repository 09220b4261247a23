// 林草一张图: forest stands, grassland, nature reserves, watchtowers.
import { defineLayer } from '../../contracts/layer.ts';
import { hectares, simulated } from './simulated.ts';

const common = { ...simulated, theme: 'forestry', sharing: 'unconditional', department: 'forestry' } as const;

export const forestry = [
  defineLayer({
    ...common,
    id: 'forest-stands',
    title: { zh: '森林小班', en: 'Forest stands' },
    geometry: 'polygon',
    table: 'forest_stand',
    attributes: ['species', 'age_group', 'canopy', 'area', 'adcode'],
    titles: { species: '优势树种', age_group: '龄组', canopy: '郁闭度', area: hectares },
    minZoom: 7,
  }),
  defineLayer({
    ...common,
    id: 'grassland',
    title: { zh: '草地', en: 'Grassland' },
    geometry: 'polygon',
    table: 'grassland',
    attributes: ['dlmc', 'cover', 'area', 'adcode'],
    titles: { dlmc: '地类名称', cover: '植被盖度（%）', area: hectares },
    minZoom: 7,
  }),
  defineLayer({
    ...common,
    id: 'nature-reserves',
    title: { zh: '自然保护区', en: 'Nature reserves' },
    geometry: 'polygon',
    table: 'nature_reserve',
    attributes: ['name', 'zone', 'area', 'adcode'],
    titles: { zone: '分区', area: hectares },
    minZoom: 5,
  }),
  defineLayer({
    ...common,
    id: 'watchtowers',
    title: { zh: '瞭望塔', en: 'Watchtowers' },
    geometry: 'point',
    table: 'watchtower',
    attributes: ['name', 'sight', 'contact', 'phone', 'adcode'],
    titles: { sight: '瞭望半径（米）', contact: '联系人', phone: '电话' },
    sensitive: { hidden: ['contact', 'phone'], precisionMetres: null },
    minZoom: 6,
  }),
];
