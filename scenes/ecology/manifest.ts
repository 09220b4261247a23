// The ecology console: which station is wrong or rising, and is it real?
import { defineScene } from '../../contracts/scene.ts';

export const ecology = defineScene({
  id: 'ecology',
  title: { zh: '生态环境', en: 'Ecology' },
  question: '哪个站在升高，是真实污染还是设备故障？',
  surface: 'console',
  path: '/console/ecology',
  layers: ['province', 'cities', 'places', 'rivers'],
  streams: ['ecology/air-quality', 'ecology/pollution-source', 'water/water-level'],
  panels: ['alarm-list', 'station-table', 'station-map', 'station-detail', 'time-series', 'raw-frame', 'lineage'],
  roles: ['monitor', 'dispatcher', 'steward', 'leader', 'admin'],
});
