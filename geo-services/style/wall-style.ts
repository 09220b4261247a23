// The base map of the wall: deep ground, the province lit, neighbours almost ground. Tokens: 辽智屏 wall tokens, Palette and Map.
import { baseMap, type MapStyle, type MapTokens } from './base-map.ts';

export const wallTokens: MapTokens = {
  seaDeep: '#071120',
  seaMid: '#0a1a2f',
  seaShallow: '#0d233b',
  seaShelf: '#12304c',
  coast: 'rgba(48, 104, 146, 0.55)',
  land: '#2b455b',
  contextLand: '#0e1c2c',
  relief: 0.62,
  contextRelief: 0.16,
  river: '#4aa6d0',
  contextRiver: '#3f7590',
  cityBorder: 'rgba(211, 221, 230, 0.26)',
  contextBorder: 'rgba(141, 162, 181, 0.14)',
  provinceBorder: 'rgba(169, 201, 222, 0.62)',
  graticule: 'rgba(160, 195, 225, 0.07)',
  labelCity: '#f3f7fb',
  labelHalo: '#13273a',
  labelSea: 'rgba(127, 166, 196, 0.62)',
  labelNeighbour: 'rgba(125, 146, 166, 0.8)',
};

/** `unit`: CSS pixels of one u (wall height / 1080). */
export function wallStyle(options: { origin: string; unit: number; tokens?: MapTokens; labels?: boolean }): MapStyle {
  return baseMap({
    tokens: wallTokens,
    ...options,
    name: '辽智屏',
    type: { capital: 23, city: 19, sea: 26, neighbour: 16, river: 15 },
  });
}
