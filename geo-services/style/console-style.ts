// The base map of the desk pages, by day and by night: quiet land and sea, so that station colours carry. Tokens: 桌面台 tokens §1, §5.
import { baseMap, type MapStyle, type MapTokens } from './base-map.ts';

export type ConsoleTheme = 'light' | 'dark';
export const consoleTokens: Readonly<Record<ConsoleTheme, MapTokens>> = {
  light: {
    seaDeep: '#cfdfea',
    seaMid: '#d6e4ed',
    seaShallow: '#dce8f0',
    seaShelf: '#e2edf3',
    coast: 'rgba(160, 192, 212, 0.5)',
    land: '#f5f3ec',
    contextLand: '#e9e7e0',
    relief: 0.3,
    contextRelief: 0.12,
    river: '#7db3d3',
    contextRiver: '#a5c3d6',
    cityBorder: 'rgba(67, 83, 100, 0.38)',
    contextBorder: 'rgba(67, 83, 100, 0.16)',
    provinceBorder: 'rgba(67, 83, 100, 0.75)',
    graticule: 'rgba(67, 83, 100, 0.08)',
    labelCity: '#15202b',
    labelHalo: '#f9f8f4',
    labelSea: '#5b7f98',
    labelNeighbour: '#6f7c88',
  },
  dark: {
    seaDeep: '#080f17',
    seaMid: '#09121a',
    seaShallow: '#0b151f',
    seaShelf: '#0d1a26',
    coast: 'rgba(28, 54, 76, 0.5)',
    land: '#15212c',
    contextLand: '#0f1922',
    relief: 0.3,
    contextRelief: 0.1,
    river: '#2f6f92',
    contextRiver: '#27506a',
    cityBorder: 'rgba(169, 185, 201, 0.24)',
    contextBorder: 'rgba(169, 185, 201, 0.1)',
    provinceBorder: 'rgba(169, 185, 201, 0.55)',
    graticule: 'rgba(169, 185, 201, 0.06)',
    labelCity: '#eaf1f7',
    labelHalo: '#0e1821',
    labelSea: '#5f7f99',
    labelNeighbour: '#71838f',
  },
};

/** Sizes in CSS pixels. */
export function consoleStyle(options: { origin: string; theme: ConsoleTheme; tokens?: MapTokens; labels?: boolean }): MapStyle {
  const { theme, ...rest } = options;
  return baseMap({
    tokens: consoleTokens[theme],
    ...rest,
    unit: 1,
    name: theme === 'light' ? '辽智桌面台 日间' : '辽智桌面台 夜间',
    type: { capital: 15, city: 13, sea: 16, neighbour: 12, river: 11 },
  });
}
