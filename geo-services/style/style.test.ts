// The base styles: valid by MapLibre's own specification, only our addresses, only layers that exist, ids as the README says.
import { readFileSync } from 'node:fs';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { describe, expect, it } from 'vitest';
import { layersById } from '../one-map/index.ts';
import { anchorLayer, cityLabelLayers } from './base-map.ts';
import { consoleStyle } from './console-style.ts';
import { wallStyle } from './wall-style.ts';

const origin = 'http://127.0.0.1:8080';
const styles = [
  { name: 'wall', style: wallStyle({ origin, unit: 1 }) },
  { name: 'wall at 2160', style: wallStyle({ origin, unit: 2 }) },
  { name: 'console by day', style: consoleStyle({ origin, theme: 'light' }) },
  { name: 'console by night', style: consoleStyle({ origin, theme: 'dark', labels: false }) },
];

describe.each(styles)('$name', ({ style }) => {
  it('is valid by the MapLibre style specification, but for the glyphs that are drawn locally', () => {
    const errors = validateStyleMin(JSON.parse(JSON.stringify(style)));
    expect(errors.map((error) => error.message).filter((message) => !/glyphs/.test(message))).toEqual([]);
  });
  it('names no address but ours', () => {
    const addresses = JSON.stringify(style).match(/https?:\/\/[^/"]+/g) ?? [];
    expect(addresses.length).toBeGreaterThan(1);
    expect(new Set(addresses)).toEqual(new Set([origin]));
    expect(style).not.toHaveProperty('glyphs');
    expect(style).not.toHaveProperty('sprite');
  });
  it('draws only layers and attributes that 一张图 has', () => {
    const layers = layersById();
    const asked = new Set((style.sources['one-map'].tiles[0] as string).split('collections=')[1]?.split(','));
    let checked = 0;
    for (const layer of style.layers) {
      if (layer.source !== 'one-map') continue;
      const declared = layers.get(layer['source-layer']);
      expect(declared, layer.id).toBeDefined();
      expect(asked.has(layer['source-layer']), layer.id).toBe(true);
      for (const [, attribute] of JSON.stringify(layer).matchAll(/\["(?:get|has)","(\w+)"\]/g))
        expect(declared?.attributes, layer.id).toContain(attribute);
      checked++;
    }
    expect(checked).toBeGreaterThan(12);
  });
});

it('the README lists the layers of the wall in their order', () => {
  const readme = readFileSync('geo-services/style/README.md', 'utf8');
  const line = readme.slice(readme.indexOf('bottom to top:'), readme.indexOf('- Page data'));
  const listed = [...line.matchAll(/`([a-z0-9-]+)`/g)].map((match) => match[1]);
  const ids = wallStyle({ origin, unit: 1 }).layers.map((layer) => layer.id);
  expect(listed).toEqual(ids);
  expect(ids).toEqual(expect.arrayContaining([anchorLayer, ...cityLabelLayers]));
});
it('the unit scales every size', () => {
  const width = (unit: number): number =>
    wallStyle({ origin, unit }).layers.find((layer) => layer.id === 'rivers-major')?.paint['line-width'];
  expect(width(2)).toBeCloseTo(2 * width(1), 5);
});
