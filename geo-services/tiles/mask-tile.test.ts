// The masked tile against what @mapbox/vector-tile reads of the whole one; no hidden byte stays; what is no tile is an Error.
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { VectorTile } from '@mapbox/vector-tile';
import fc from 'fast-check';
import { PbfReader } from 'pbf';
import { describe, expect, it } from 'vitest';
import { maskTile, type TileMask } from './mask-tile.ts';
import { ProtoWriter } from './protobuf.ts';

interface Row {
  readonly id: number;
  readonly x: number;
  readonly y: number;
  readonly properties: Readonly<Record<string, string | undefined>>;
}
/** Points of one layer. */
function tileOf(rows: readonly Row[]): Uint8Array {
  const [out, layer] = [new ProtoWriter(), new ProtoWriter()];
  const keys: string[] = [];
  const values: string[] = [];
  const index = (list: string[], item: string): number => (list.includes(item) ? list.indexOf(item) : list.push(item) - 1);
  layer.number(15, 2);
  layer.string(1, 'l');
  for (const { id, x, y, properties } of rows) {
    const [feature, tags, geometry] = [new ProtoWriter(), new ProtoWriter(), new ProtoWriter()];
    feature.number(1, id);
    for (const [key, value] of Object.entries(properties)) {
      if (value === undefined) continue;
      tags.varint(index(keys, key));
      tags.varint(index(values, value));
    }
    feature.message(2, tags);
    feature.number(3, 1);
    geometry.varint(9);
    geometry.varint(x * 2);
    geometry.varint(y * 2);
    feature.message(4, geometry);
    layer.message(2, feature);
  }
  for (const key of keys) layer.string(3, key);
  for (const value of values) {
    const message = new ProtoWriter();
    message.string(1, value);
    layer.message(4, message);
  }
  layer.number(5, 4096);
  out.message(3, layer);
  return out.done();
}
function read(mvt: Uint8Array): Row[] {
  const layer = new VectorTile(new PbfReader(mvt)).layers['l'];
  return Array.from({ length: layer?.length ?? 0 }, (_, i) => {
    const feature = layer!.feature(i);
    const { x, y } = feature.loadGeometry()[0]![0]!;
    return { id: feature.id as number, x, y, properties: feature.properties as Record<string, string> };
  });
}
const mask = (over: Partial<TileMask> = {}): TileMask => ({
  ...{ keep: new Set(['name', 'owner', 'adcode', 'department']), rows: null, departments: null, marks: [] },
  ...over,
});
const masked = (rows: readonly Row[], over: Partial<TileMask>): Uint8Array => maskTile(tileOf(rows), new Map([['l', mask(over)]]));

const anyRow = fc.record({
  id: fc.nat(1e9),
  x: fc.nat(4095),
  y: fc.nat(4095),
  properties: fc.record({
    name: fc.constantFrom('甲', '乙', 'same'),
    owner: fc.constantFrom('same', 'SECRET-a', 'SECRET-b'),
    adcode: fc.constantFrom('210102', '210202', '220100'),
    department: fc.constantFrom('water', 'ecology'),
    fence: fc.constantFrom('in', undefined),
  }),
});

describe('maskTile', () => {
  it('leaves what a mask on the rows leaves, and no byte of a hidden value', () => {
    fc.assert(
      fc.property(
        fc.array(anyRow, { maxLength: 200 }),
        fc.constantFrom('', '21', '2101'),
        fc.constantFrom('*' as const, ['water'], []),
        fc.boolean(),
        (rows, prefix, departments, fenced) => {
          const out = masked(rows, {
            keep: new Set(['name', 'adcode']),
            rows: { attribute: 'adcode', prefix },
            departments: departments === '*' ? null : { attribute: 'department', among: new Set(departments) },
            marks: fenced ? ['fence'] : [],
          });
          const left = rows.filter(
            ({ properties }) =>
              properties.adcode.startsWith(prefix) &&
              (departments === '*' || (departments as string[]).includes(properties.department)) &&
              (!fenced || properties.fence !== undefined),
          );
          expect(read(out)).toEqual(left.map(({ properties: { name, adcode }, ...row }) => ({ ...row, properties: { name, adcode } })));
          const bytes = Buffer.from(out).toString('latin1');
          for (const hidden of ['SECRET', 'owner', 'department', 'water', 'ecology', 'fence']) expect(bytes).not.toContain(hidden);
        },
      ),
      { numRuns: 300 },
    );
  });
  const one: Row = { id: 7, x: 130, y: 260, properties: { name: '甲', adcode: '210102', department: 'water', owner: 'o' } };
  it('with nothing to mask gives back the same buffer', () => {
    const mvt = tileOf([one]);
    expect(maskTile(mvt, new Map([['l', mask({ rows: { attribute: 'adcode', prefix: '21' } })]]))).toBe(mvt);
    expect(maskTile(mvt, new Map([['l', 'whole']]))).toBe(mvt);
  });
  it('a layer without a mask and a feature without its guard do not go out', () => {
    expect(maskTile(tileOf([one]), new Map()).length).toBe(0);
    expect(masked([{ ...one, properties: { name: '甲' } }], { rows: { attribute: 'adcode', prefix: '' } }).length).toBe(0);
  });
  it('of broken bytes makes an Error that says where, never anything else', () => {
    const whole = tileOf(Array.from({ length: 5 }, (_, i) => ({ ...one, id: i + 1 })));
    const masks = new Map([['l', mask({ keep: new Set(['name']), rows: { attribute: 'adcode', prefix: '21' } })]]);
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const broken = cut ? whole.slice(0, at) : whole.with(at, byte);
        let out: Uint8Array = new Uint8Array();
        try {
          out = maskTile(broken, masks);
        } catch (error) {
          refused++;
          expect((error as Error).message).toMatch(/^no vector tile: .+ at byte \d+$/);
        }
        expect(Buffer.from(out).toString('latin1')).not.toContain('department');
      }),
      { numRuns: 2000 },
    );
    expect(refused).toBeGreaterThan(100);
  });
  const real = fileURLToPath(new URL('../../../shared/data/formats/with_feature_id.mvt', import.meta.url));
  it.skipIf(!existsSync(real))(
    'a real tile: every layer without its attributes has its features, ids and places (skipped without the file)',
    () => {
      const mvt = new Uint8Array(readFileSync(real));
      const before = new VectorTile(new PbfReader(mvt)).layers;
      const out = maskTile(mvt, new Map(Object.keys(before).map((name) => [name, mask({ keep: new Set() })])));
      const after = new VectorTile(new PbfReader(out)).layers;
      let count = 0;
      for (const [name, layer] of Object.entries(before))
        for (let i = 0; i < layer.length; i++, count++) {
          const [was, is] = [layer.feature(i), after[name]!.feature(i)];
          expect([is.id, is.properties, is.loadGeometry()]).toEqual([was.id, {}, was.loadGeometry()]);
        }
      expect(count).toBeGreaterThan(0);
    },
  );
});
