// Which tiles are asked for again after a change: those it touches, in sight, of the source's layers; and no named tile is missed.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BBox } from '../../contracts/geo.ts';
import { tileBBox } from '../../geo-services/crs/web-mercator.ts';
import { layersOfSource, staleTiles } from './stale-tiles.ts';

const sight: BBox = [122, 41, 124, 42];
const change = (layer: string | null, box: BBox | null) => ({ layer, box, minZoom: 0, maxZoom: 30 });

describe('staleTiles', () => {
  it('names the few tiles under a small change, at every zoom that may be held', () => {
    const stale = staleTiles([change('a', [123.5, 41.85, 123.51, 41.86])], new Set(['a']), sight, [7, 10]);
    expect(stale === 'all' ? [] : stale.map(({ z }) => z)).toEqual([7, 8, 9, 10]);
  });
  it('nothing for other layers, other places and the list of layers', () => {
    const layers = new Set(['a']);
    expect(staleTiles([change('b', [123, 41, 124, 42])], layers, sight, [7, 10])).toEqual([]);
    expect(staleTiles([change('a', [100, 20, 101, 21])], layers, sight, [7, 10])).toEqual([]);
    expect(staleTiles([change(null, null)], layers, sight, [7, 10])).toEqual([]);
  });
  it('all after a gap, for a change anywhere, and when there are too many', () => {
    const layers = new Set(['a']);
    expect(staleTiles(null, layers, sight, [7, 10])).toBe('all');
    expect(staleTiles([change('a', null)], layers, sight, [7, 10])).toBe('all');
    expect(staleTiles([change('a', [120, 39, 126, 44])], layers, sight, [7, 14])).toBe('all');
  });
  it('property: a tile in sight that a change touches is named', () => {
    const side = fc.double({ min: 0, max: 0.2, noNaN: true });
    fc.assert(
      fc.property(
        fc.double({ min: 122, max: 124, noNaN: true }),
        fc.double({ min: 41, max: 42, noNaN: true }),
        side,
        fc.integer({ min: 6, max: 12 }),
        (lng, lat, reach, z) => {
          const box: BBox = [lng, lat, lng + reach, lat + reach];
          const stale = staleTiles([change('a', box)], new Set(['a']), sight, [z, z]);
          if (stale === 'all') return;
          const [west, south, east, north] = [Math.max(box[0], 120), box[1], box[2], box[3]];
          for (const [x, y] of [
            [west, south],
            [east, north],
          ] as const)
            expect(
              stale.some((place) => {
                const tile = tileBBox(place);
                return tile[0] <= x && x <= tile[2] && tile[1] <= y && y <= tile[3];
              }),
            ).toBe(true);
        },
      ),
    );
  });
  it('reads the layers out of the address', () => {
    expect([...layersOfSource(['/ogc/tiles/WebMercatorQuad/{z}/{y}/{x}?collections=rivers%2Clakes'])]).toEqual(['rivers', 'lakes']);
    expect([...layersOfSource(['/ogc/collections/places/tiles/WebMercatorQuad/{z}/{y}/{x}'])]).toEqual(['places']);
    expect(layersOfSource(['/x']).size).toBe(0);
  });
});
