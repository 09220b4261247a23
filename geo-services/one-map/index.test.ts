// Every declared layer: its file, its columns in the migrated database, its version, its licence.
import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { departments, mayRead, type Scope } from '../../contracts/access.ts';
import { resolveView } from '../../contracts/grant.ts';
import { defineLayer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { layersById, themes } from './index.ts';
import { sightOf } from './sight.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

describe('layers of 一张图', () => {
  it('the themes are the files of the folder', () => {
    const files = readdirSync('geo-services/one-map')
      .filter(
        (name) => name.endsWith('.ts') && !name.includes('.test.') && name !== 'index.ts' && !['sight.ts', 'simulated.ts'].includes(name),
      )
      .map((name) => name.replace('.ts', ''));
    expect(Object.keys(themes).sort()).toEqual(files.sort());
    expect(layersById().size).toBe(31);
  });

  it('each column exists, geom is 4490 and geom_3857 is 3857', async () => {
    let checked = 0;
    for (const layer of layersById().values()) {
      const rows = await test.database.query('SELECT column_name AS name FROM information_schema.columns WHERE table_name = $1', [
        layer.table,
      ]);
      const columns = rows.map((row) => row['name']);
      expect(columns, layer.id).toEqual(expect.arrayContaining(['id', 'geom', 'geom_3857', ...layer.attributes]));
      if (layer.adcodeColumn) expect(columns, layer.id).toContain(layer.adcodeColumn);
      const srids = await test.database.query('SELECT f_geometry_column AS c, srid FROM geometry_columns WHERE f_table_name = $1', [
        layer.table,
      ]);
      expect(Object.fromEntries(srids.map((row) => [row['c'], row['srid']])), layer.id).toMatchObject({ geom: 4490, geom_3857: 3857 });
      expect(layer.source.length).toBeGreaterThan(3);
      checked++;
    }
    expect(checked).toBe(31);
  });

  it('refuses the same id twice and a layer in the wrong theme', () => {
    const [layer] = themes['water'] ?? [];
    if (!layer) return expect.unreachable();
    expect(() => layersById({ water: [layer, layer] })).toThrow(/twice/);
    expect(() => layersById({ places: [layer] })).toThrow(/theme/);
    expect(() => defineLayer({ ...layer, id: 'catalogue' })).toThrow(/declaration/);
  });

  it('property: sight and the rows of the view together are mayRead', () => {
    const adcode = fc.constantFrom('210000', '210100', '210200', '210102', '211400', '220000');
    const department = fc.constantFrom(...departments);
    const scope: fc.Arbitrary<Scope> = fc.record({
      adcode,
      departments: fc.oneof(fc.constant('*' as const), fc.array(department, { maxLength: 3 })),
    });
    fc.assert(
      fc.property(scope, adcode, department, fc.constantFrom('unconditional', 'conditional', 'none'), (viewer, row, owner, sharing) => {
        const layer = { id: 'x', theme: 'x', attributes: [], sharing, department: owner, adcodeColumn: 'adcode' } as const;
        const rows = resolveView({ user: '', displayName: '', role: 'monitor', scope: viewer }, layer, [])?.rows;
        const readable = ['open', 'restricted'].includes(sightOf(viewer, layer)) && row.startsWith(rows ?? '-');
        expect(readable).toBe(mayRead(viewer, { adcode: row, department: owner, sharing }));
      }),
    );
  });
});
