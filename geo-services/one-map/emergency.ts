// 应急一张图: teams, shelters, warehouses of supplies, hazards. One table; `place` tells the layers apart.
import { defineLayer, type Layer } from '../../contracts/layer.ts';
import { simulated } from './simulated.ts';

/** `capacity`: what the number of a place counts, with its unit. */
const placesOf = (id: string, place: string, title: Layer['title'], capacity: string): Layer =>
  defineLayer({
    ...simulated,
    ...{ id, title, theme: 'emergency', sharing: 'unconditional', department: 'emergency', geometry: 'point', minZoom: 6 },
    ...{ table: 'emergency_place', only: { column: 'place', equals: place } },
    attributes: ['name', 'kind', 'capacity', 'contact', 'phone', 'adcode'],
    titles: { capacity, contact: '联系人', phone: '电话' },
    // People's names and numbers are for those who call them: dispatchers, by a grant.
    sensitive: { hidden: ['contact', 'phone'], precisionMetres: null },
  });

export const emergency = [
  placesOf('rescue-teams', 'team', { zh: '应急队伍', en: 'Rescue teams' }, '人数'),
  placesOf('shelters', 'shelter', { zh: '应急避难场所', en: 'Emergency shelters' }, '可容纳人数'),
  placesOf('warehouses', 'warehouse', { zh: '物资仓库', en: 'Warehouses of supplies' }, '面积（平方米）'),
  placesOf('hazards', 'hazard', { zh: '隐患点', en: 'Hazards' }, '受威胁人数'),
];
