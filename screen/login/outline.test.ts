// Tests of the outline: all fourteen cities, in the frame, on one grid.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { cities } from '../../contracts/adcodes.data.ts';
import { wgs84FromGcj02 } from '../../geo-services/crs/gcj02.ts';
import { convertArea, decodePackedMap } from '../../geo-services/import/packed-geojson.ts';
import { outlineOf } from './outline.ts';

const packed = readFileSync(createRequire(import.meta.url).resolve('echarts-4/map/json/province/liaoning.json'), 'utf8');
const outline = outlineOf(
  decodePackedMap(packed).map((area) => convertArea(area, wgs84FromGcj02)),
  800,
);

describe('outlineOf', () => {
  it('draws the fourteen cities, each with a path inside the frame', () => {
    expect(outline.areas.map((area) => area.adcode).sort()).toEqual(cities.map((city) => city.adcode).sort());
    expect(outline.height).toBeGreaterThan(600);
    expect(outline.height).toBeLessThan(1000);
    let vertices = 0;
    for (const area of outline.areas) {
      const numbers = area.path
        .split(/[MLZ ]+/)
        .filter(Boolean)
        .map(Number);
      vertices += numbers.length / 2;
      for (const [index, value] of numbers.entries()) {
        expect(value).toBeGreaterThanOrEqual(0);
        expect(value).toBeLessThanOrEqual(index % 2 === 0 ? outline.width : outline.height);
      }
    }
    expect(vertices).toBeGreaterThan(2000);
  });

  it('places Dalian in the south-west of Shenyang', () => {
    const of = (adcode: string) => outline.place(cities.find((city) => city.adcode === adcode)?.centre ?? [0, 0]);
    expect(of('210200')[0]).toBeLessThan(of('210100')[0]);
    expect(of('210200')[1]).toBeGreaterThan(of('210100')[1]);
  });
});
