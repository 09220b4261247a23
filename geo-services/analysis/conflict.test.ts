// The conflict check on a real database: squares whose areas are known, rights, and what is refused.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Identity, Scope } from '../../contracts/access.ts';
import { type LayerGrant, viewsOf } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { type SeenLayer, seenAs } from '../features/seen.ts';
import { layersById } from '../one-map/index.ts';
import { type ConflictReport, checkConflicts, projectOf, projectText } from './conflict.pg.ts';

let test: TestDatabase;
const layers = layersById();
const whole: Scope = { adcode: '210000', departments: '*' };
const asker = (scope: Scope): Identity => ({ user: 'wu', displayName: '吴', role: 'planner', scope });
const seer = (scope: Scope, grants: readonly LayerGrant[] = []) => {
  const view = viewsOf(asker(scope), grants);
  return (layer: Layer): SeenLayer | null => {
    const seen = view(layer);
    return seen && seenAs(layer, seen);
  };
};
const check = (text: string, scope: Scope, grants: readonly LayerGrant[] = []): Promise<ConflictReport> =>
  checkConflicts(test.database, layers, seer(scope, grants), text, asker(scope));
const box = (west: number, south: number, east: number, north: number) => ({
  type: 'Polygon',
  coordinates: [[[west, south], [east, south], [east, north], [west, north], [west, south]]], // biome-ignore format: a ring
});
const project = projectText(box(123, 41, 123.02, 41.01));

beforeAll(async () => {
  test = await testDatabase();
  const put = (table: string, more: string, adcode: string, shape: object) =>
    test.database.query(
      `INSERT INTO ${table} (adcode, name, area${more ? ', kind' : ''}, geom) VALUES ($1, '甲', 1${more}, ST_Multi(ST_SetSRID(ST_GeomFromGeoJSON($2), 4490)))`,
      [adcode, JSON.stringify(shape)],
    );
  // The left half of the project, twice over: counted once. And the right quarter of the red line, in another city.
  await put('permanent_farmland', '', '210100', box(122.99, 40.99, 123.01, 41.02));
  await put('permanent_farmland', '', '210100', box(122.99, 40.99, 123.01, 41.02));
  await put('ecological_redline', ", 'x'", '210300', box(123.015, 40.99, 123.03, 41.02));
  await put('urban_boundary', '', '210100', box(122.9, 40.9, 123.02, 41.1));
});
afterAll(() => test?.drop());

describe('checkConflicts', () => {
  it('areas are geodesic, doubles count once, features carry their ids', async () => {
    const report = await check(project, whole);
    // 0.02° × 0.01° at 41° N: 1 682 m × 1 111 m.
    expect(report.projectHectares).toBeCloseTo(186.9, 0);
    const [red, farm, town] = report.lines;
    expect([red?.share, farm?.share, town?.share].map((share) => Math.round((share ?? 9) * 1000) / 1000)).toEqual([0.25, 0.5, 0]);
    expect([farm?.numberMatched, farm?.features.length, red?.numberMatched]).toEqual([2, 2, 1]);
    expect(farm?.conflictHectares).toBeCloseTo(report.projectHectares / 2, 1);
    expect(report).toMatchObject({ conflict: true, incomplete: false, simulated: true });
    expect(farm).toMatchObject({ rule: '占用永久基本农田', severity: 'forbidden', checked: true });
    expect(farm?.updated).toBeGreaterThan(0);
  });
  it('outside every town boundary is a conflict by its whole area', async () => {
    const report = await check(projectText(box(124, 41, 124.01, 41.01)), whole);
    expect(report.lines.map(({ conflictHectares, share }) => [(conflictHectares ?? 0) > 0, share])).toEqual([
      [false, 0],
      [false, 0],
      [true, 1],
    ]);
  });
  it('what may not be read is unchecked, not clear', async () => {
    const report = await check(project, { adcode: '210000', departments: ['water'] });
    expect(report.incomplete).toBe(true);
    expect(report.lines.map(({ checked, unchecked, conflictHectares }) => [checked, unchecked, conflictHectares])).toEqual([
      [false, '无权读取这一图层', null],
      [false, '无权读取这一图层', null],
      [true, null, 0],
    ]);
  });
  it('a masked line is no clearance either', async () => {
    const masked: LayerGrant = {
      ...{ layer: 'permanent-farmland', to: { role: 'planner' }, view: 'masked', hiddenAttributes: [], precisionMetres: 5000, fence: null },
    };
    const report = await check(project, whole, [masked]);
    expect(report.lines[1]).toMatchObject({ checked: false, unchecked: '只能看到这一图层的一部分' });
    expect(report.lines[0]).toMatchObject({ checked: true });
  });
  it('another city’s rows are out of sight, and that is said', async () => {
    const report = await check(project, { adcode: '210100', departments: '*' });
    expect(report.lines[0]).toMatchObject({ checked: false, unchecked: '所辖范围内没有数据' });
    expect(report.lines[1]).toMatchObject({ checked: true });
  });
  it('a feature of a layer as project', async () => {
    const layer = layers.get('urban-boundary') as Layer;
    const text = await projectOf(test.database, seer(whole)(layer) as SeenLayer, 1);
    expect((await check(text, whole)).lines[2]?.share).toBe(0);
    await expect(projectOf(test.database, seer({ adcode: '210200', departments: '*' })(layer) as SeenLayer, 1)).rejects.toMatchObject({
      code: 'not-found',
    });
  });
  it.each([
    ['nothing', null],
    ['a point', { type: 'Point', coordinates: [123, 41] }],
    ['an open ring', { type: 'Polygon', coordinates: [[[123, 41], [124, 41], [124, 42]]] }], // biome-ignore format: a ring
    ['no numbers', { type: 'Polygon', coordinates: [['a']] }],
    ['off the earth', box(123, 41, 223, 42)],
  ])('%s is refused', (_, shape) => {
    expect(() => projectText(shape)).toThrow(/body/);
  });
  it('a bow tie is refused with the reason', async () => {
    const tie = { type: 'Polygon', coordinates: [[[123, 41], [124, 42], [124, 41], [123, 42], [123, 41]]] }; // biome-ignore format: a ring
    await expect(check(projectText(tie), whole)).rejects.toMatchObject({ code: 'bad-body' });
  });
});
