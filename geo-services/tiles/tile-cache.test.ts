// The tile cache: one making per tile, what a change touches is dropped and nothing else, and the budget holds.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BBox } from '../../contracts/geo.ts';
import { tileBBox } from '../crs/web-mercator.ts';
import type { GridTile } from './matrix-sets.ts';
import { type Place, tileCache } from './tile-cache.ts';

const at = (z: number, x: number, y: number): GridTile => ({ grid: 'mercator', z, x, y });
const place = (layers: readonly string[], tile: GridTile): Place => ({ layers, tile });
const cacheOf = (budget = 1_000_000) => tileCache<string>(budget, (value) => value.length);
const everywhere = { box: null, minZoom: 0, maxZoom: 30 };

describe('tileCache', () => {
  it('makes a tile once, however many ask at once', async () => {
    const cache = cacheOf();
    let made = 0;
    const ask = () => cache.take('a', place(['l'], at(3, 1, 1)), async () => `tile ${++made}`);
    expect(await Promise.all([ask(), ask(), ask()])).toEqual(['tile 1', 'tile 1', 'tile 1']);
    expect(await ask()).toBe('tile 1');
    expect(cache.statistics).toMatchObject({ hits: 3, misses: 1, entries: 1 });
  });

  it('does not keep what was being made while a change came in, and does not give it to who asks after the change', async () => {
    const cache = cacheOf();
    let release: (value: string) => void = () => undefined;
    const slow = cache.take('a', place(['l'], at(3, 1, 1)), () => new Promise((resolve) => (release = resolve)));
    cache.drop({ layer: 'l', ...everywhere });
    const fresh = cache.take('a', place(['l'], at(3, 1, 1)), async () => 'new');
    release('old');
    expect([await slow, await fresh]).toEqual(['old', 'new']);
    expect(await cache.take('a', place(['l'], at(3, 1, 1)), async () => 'newer')).toBe('new');
  });

  it('a failed making is not kept, and its place is free again', async () => {
    const cache = cacheOf();
    await expect(cache.take('a', place(['l'], at(3, 1, 1)), () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await cache.take('a', place(['l'], at(3, 1, 1)), async () => 'back')).toBe('back');
  });

  it('forgets where a tile was that has no room any more', async () => {
    const cache = cacheOf(4000);
    for (let x = 0; x < 50; x++) await cache.take(`k${x}`, place(['l'], at(10, x, 0)), async () => 'x'.repeat(500));
    expect(cache.statistics.bytes).toBeLessThanOrEqual(4000);
    const { entries } = cache.statistics;
    expect([entries, cache.drop({ layer: 'l', ...everywhere })]).toEqual([4, 4]);
    expect(cache.statistics).toMatchObject({ entries: 0, bytes: 0 });
  });

  it('property: drops exactly the tiles of the layer and zooms that the box touches (with the reach of their neighbours)', async () => {
    const tile = fc
      .integer({ min: 0, max: 12 })
      .chain((z) => fc.tuple(fc.constant(z), fc.integer({ min: 0, max: 2 ** z - 1 }), fc.integer({ min: 0, max: 2 ** z - 1 })));
    const box = fc
      .tuple(
        fc.double({ min: -179, max: 170, noNaN: true }),
        fc.double({ min: -80, max: 75, noNaN: true }),
        fc.double({ min: 0, max: 9, noNaN: true }),
      )
      .map(([west, south, side]): BBox => [west, south, west + side, south + side / 2]);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(tile, fc.constantFrom('a', 'b')), { maxLength: 40 }),
        box,
        fc.integer({ min: 0, max: 6 }),
        async (tiles, changed, minZoom) => {
          const cache = cacheOf();
          for (const [[z, x, y], layer] of tiles)
            await cache.take(`${layer} ${z}/${x}/${y}`, place([layer], at(z, x, y)), async () => 'old');
          cache.drop({ layer: 'a', box: changed, minZoom, maxZoom: 10 });
          for (const [[z, x, y], layer] of tiles) {
            const [west, south, east, north] = tileBBox({ z, x, y });
            const overlaps = west <= changed[2] && east >= changed[0] && south <= changed[3] && north >= changed[1];
            const [wide, tall] = [(east - west) / 8, (north - south) / 8];
            const near = west - wide <= changed[2] && east + wide >= changed[0] && south - tall <= changed[3] && north + tall >= changed[1];
            const kept = (await cache.take(`${layer} ${z}/${x}/${y}`, place([layer], at(z, x, y)), async () => 'new')) === 'old';
            const meant = layer === 'a' && z >= minZoom && z <= 10;
            if (meant && overlaps) expect([z, x, y, kept]).toEqual([z, x, y, false]);
            if (!meant || !near) expect([layer, z, x, y, kept]).toEqual([layer, z, x, y, true]);
          }
        },
      ),
    );
  });
});
