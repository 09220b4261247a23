// The wall's first scene: what is unusual in the province now, how sure are we, and where?
import { defineScene } from '../../contracts/scene.ts';

export const overview = defineScene({
  id: 'overview',
  title: { zh: '全省总览', en: 'Province overview' },
  question: '现在哪里不正常，把握多大，在什么地方？',
  surface: 'screen',
  path: '/screen/overview',
  layers: ['province', 'cities', 'places', 'rivers', 'context-land', 'sea-depth'],
  streams: ['ecology/air-quality', 'ecology/pollution-source', 'water/water-level', 'forestry/fire-hotspot', 'emergency/vehicle-position'],
  panels: ['air-quality', 'province-figures', 'permits', 'alarms', 'rivers', 'fires', 'vehicles', 'intake', 'city-day', 'river-profile'],
  roles: ['leader', 'dispatcher', 'monitor', 'planner', 'steward', 'admin'],
});
