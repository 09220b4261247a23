// 应急一张图: teams, shelters, warehouses of supplies, hazards. One table; `place` tells the layers apart.
import { defineLayer } from '../../contracts/layer.ts';

const source = '演示数据：由程序按固定种子生成，非真实调查成果，示意';
const common = {
  theme: 'emergency',
  maxZoom: 22,
  adcodeColumn: 'adcode',
  sharing: 'unconditional',
  department: 'emergency',
  source,
  provenance: 'simulated',
} as const;
export const emergency = [
  defineLayer({
    ...common,
    id: 'rescue-teams',
    title: { zh: '应急队伍', en: 'Rescue teams' },
    geometry: 'point',
    table: 'emergency_place',
    attributes: ['name', 'kind', 'capacity', 'contact', 'phone', 'adcode'],
    titles: { capacity: '人数', contact: '联系人（已遮蔽）', phone: '电话（已遮蔽）' },
    minZoom: 6,
    only: { column: 'place', equals: 'team' },
  }),
  defineLayer({
    ...common,
    id: 'shelters',
    title: { zh: '应急避难场所', en: 'Emergency shelters' },
    geometry: 'point',
    table: 'emergency_place',
    attributes: ['name', 'kind', 'capacity', 'contact', 'phone', 'adcode'],
    titles: { capacity: '可容纳人数', contact: '联系人（已遮蔽）', phone: '电话（已遮蔽）' },
    minZoom: 6,
    only: { column: 'place', equals: 'shelter' },
  }),
  defineLayer({
    ...common,
    id: 'warehouses',
    title: { zh: '物资仓库', en: 'Warehouses of supplies' },
    geometry: 'point',
    table: 'emergency_place',
    attributes: ['name', 'kind', 'capacity', 'contact', 'phone', 'adcode'],
    titles: { capacity: '面积（平方米）', contact: '联系人（已遮蔽）', phone: '电话（已遮蔽）' },
    minZoom: 6,
    only: { column: 'place', equals: 'warehouse' },
  }),
  defineLayer({
    ...common,
    id: 'hazards',
    title: { zh: '隐患点', en: 'Hazards' },
    geometry: 'point',
    table: 'emergency_place',
    attributes: ['name', 'kind', 'capacity', 'contact', 'phone', 'adcode'],
    titles: { capacity: '受威胁人数', contact: '联系人（已遮蔽）', phone: '电话（已遮蔽）' },
    minZoom: 6,
    only: { column: 'place', equals: 'hazard' },
  }),
];
