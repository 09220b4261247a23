// 自然资源一张图: land use, the three control lines (三区三线), minerals, use of the sea. Areas in hectares.
import { defineLayer } from '../../contracts/layer.ts';
import { hectares, simulated } from './simulated.ts';

const common = { ...simulated, theme: 'resources', sharing: 'unconditional', department: 'planning' } as const;

export const resources = [
  defineLayer({
    ...common,
    id: 'land-use',
    title: { zh: '土地利用', en: 'Land use' },
    geometry: 'polygon',
    table: 'land_use',
    attributes: ['dlbm', 'dlmc', 'area', 'adcode'],
    titles: { dlbm: '地类编码（GB/T 21010-2017）', dlmc: '地类名称', area: hectares },
    minZoom: 7,
  }),
  defineLayer({
    ...common,
    id: 'permanent-farmland',
    title: { zh: '永久基本农田', en: 'Permanent basic farmland' },
    geometry: 'polygon',
    table: 'permanent_farmland',
    attributes: ['name', 'area', 'adcode'],
    titles: { area: hectares },
    minZoom: 6,
    sharing: 'conditional',
  }),
  defineLayer({
    ...common,
    id: 'ecological-redline',
    title: { zh: '生态保护红线', en: 'Ecological protection red line' },
    geometry: 'polygon',
    table: 'ecological_redline',
    attributes: ['name', 'kind', 'area', 'adcode'],
    titles: { area: hectares },
    minZoom: 6,
    sharing: 'conditional',
  }),
  defineLayer({
    ...common,
    id: 'urban-boundary',
    title: { zh: '城镇开发边界', en: 'Urban development boundary' },
    geometry: 'polygon',
    table: 'urban_boundary',
    attributes: ['name', 'area', 'adcode'],
    titles: { area: hectares },
    minZoom: 5,
  }),
  defineLayer({
    ...common,
    id: 'minerals',
    title: { zh: '矿产地', en: 'Mineral sites' },
    geometry: 'point',
    table: 'mineral',
    attributes: ['name', 'kind', 'scale', 'adcode'],
    titles: { kind: '矿种', scale: '规模' },
    // Where a deposit lies is told to the kilometre.
    sensitive: { hidden: [], precisionMetres: 1000 },
    minZoom: 6,
  }),
  defineLayer({
    ...common,
    id: 'sea-use',
    title: { zh: '海洋功能区', en: 'Sea use zones' },
    geometry: 'polygon',
    table: 'sea_use',
    attributes: ['name', 'kind', 'area', 'adcode'],
    titles: { area: hectares },
    minZoom: 6,
    department: 'ocean',
  }),
];
