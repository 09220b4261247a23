// The one-map console: which layers there are, what lies at a place, and what the rows say.
import { defineScene } from '../../contracts/scene.ts';

export const oneMap = defineScene({
  id: 'one-map',
  title: { zh: '一张图', en: 'One map' },
  question: '这里有什么，谁管，数据从哪来，放到一起看说明什么？',
  surface: 'console',
  path: '/console/one-map',
  layers: ['province', 'cities', 'places', 'rivers'],
  streams: [],
  panels: ['layer-tree', 'layer-map', 'identify', 'attribute-table', 'style-editor', 'analysis', 'sheet', 'bookmarks'],
  roles: ['planner', 'steward', 'monitor', 'dispatcher', 'leader', 'admin'],
});
