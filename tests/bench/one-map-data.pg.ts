// The map of the one-map bench: 200,000 parcels and 1,000,000 points over Liaoning, the same at every run. Simulated, of no real place.

import type { BBox } from '../../contracts/geo.ts';
import { createLayerTable, type LayerDraft, publishTable } from '../../geo-services/features/layers.pg.ts';
import type { Transactional } from '../../geo-services/queryable.ts';

export const province: BBox = [118.9, 38.9, 125.5, 43.4];

const common = {
  theme: 'bench',
  department: 'data',
  source: '试验数据',
  provenance: 'simulated',
  state: 'published',
  sharing: 'unconditional',
} as const;
export const parcels: LayerDraft = {
  ...{ ...common, id: 'bench-parcels', title: { zh: '试验地块', en: 'Bench parcels' }, geometry: 'polygon' },
  attributes: [
    { name: 'name', type: 'text' },
    { name: 'kind', type: 'text' },
    { name: 'use_code', type: 'bigint' },
  ],
};
export const points: LayerDraft = {
  ...{ ...common, id: 'bench-points', title: { zh: '试验点', en: 'Bench points' }, geometry: 'point' },
  attributes: [
    { name: 'name', type: 'text' },
    { name: 'kind', type: 'text' },
    { name: 'value', type: 'double precision' },
  ],
};
export const readings: LayerDraft = {
  ...{ ...common, id: 'bench-readings', title: { zh: '试验大表', en: 'Bench big table' }, geometry: 'point' },
  attributes: [{ name: 'code', type: 'bigint' }],
};

/** A number in [0, 1) that depends on nothing but `of`. */
const chance = (of: string): string => `((hashint8((${of})::bigint) & 1048575) / 1048576.0)`;
const kinds = "(ARRAY['耕地','林地','草地','园地','水面','建设用地'])[1 + n % 6]";

/** Shapes of 9–17 corners, 600–1,000 m wide, in a jittered grid: a feature for each number from 1. */
function parcelSql(table: string, count: number): string {
  const [west, south, east, north] = province;
  const columns = Math.ceil(Math.sqrt(count * 1.25));
  const [dx, dy] = [(east - west) / columns, (north - south) / Math.ceil(count / columns)];
  return `INSERT INTO "${table}" (name, kind, use_code, geom)
    SELECT '地块 ' || n, ${kinds}, n % 97, ST_SetSRID(ST_MakePolygon(ST_MakeLine(ARRAY(
      SELECT ST_MakePoint(${west} + ${dx} * (n % ${columns} + 0.5 + 0.2 * ${chance('n')}) + ${dx} * (0.25 + 0.25 * ${chance('n * 32 + k % corners')}) * cos(2 * pi() * (k % corners) / corners),
        ${south} + ${dy} * (n / ${columns} + 0.5 + 0.2 * ${chance('n + 7')}) + ${dy} * (0.25 + 0.25 * ${chance('n * 32 + k % corners')}) * sin(2 * pi() * (k % corners) / corners))
      FROM generate_series(0, corners) AS k ORDER BY k))), 4490)
    FROM (SELECT n, 9 + n % 9 AS corners FROM generate_series(0, ${count - 1}) AS n) AS made`;
}
/** Two thirds in fourteen towns, the rest anywhere. */
function pointSql(table: string, count: number): string {
  const [west, south, east, north] = province;
  const town = (side: string): string => `${chance(`n % 14 * 31 + ${side}`)}`;
  const lump = (seed: number): string => `(${chance(`n * 4 + ${seed}`)} + ${chance(`n * 4 + ${seed + 1}`)} - 1)`;
  return `INSERT INTO "${table}" (name, kind, value, geom)
    SELECT '点 ' || n, ${kinds}, ${chance('n + 3')} * 100, ST_SetSRID(CASE WHEN n % 3 = 0
      THEN ST_MakePoint(${west} + ${east - west} * ${chance('n * 4')}, ${south} + ${north - south} * ${chance('n * 4 + 1')})
      ELSE ST_MakePoint(${west} + ${east - west} * (0.08 + 0.84 * ${town('1')}) + 0.45 * ${lump(0)}, ${south} + ${north - south} * (0.08 + 0.84 * ${town('2')}) + 0.35 * ${lump(2)}) END, 4490)
    FROM generate_series(0, ${count - 1}) AS n`;
}
/** Narrow rows on a lattice, for counting and paging. */
function readingSql(table: string, count: number): string {
  return `INSERT INTO "${table}" (code, geom) SELECT n % 1000, ST_SetSRID(ST_MakePoint(118.9 + (n % 6600) / 1000.0, 38.9 + (n / 6600 % 4500) / 1000.0), 4490)
    FROM generate_series(0, ${count - 1}) AS n`;
}

export interface BenchTables {
  readonly parcels: string;
  readonly points: string;
}
async function fill(database: Transactional, draft: LayerDraft, sql: (table: string) => string, index?: string): Promise<string> {
  return database.transaction(async (tx) => {
    await tx.query('SET LOCAL statement_timeout = 0');
    const table = await createLayerTable(tx, draft);
    await tx.query(sql(table));
    if (index) await tx.query(`CREATE INDEX ON "${table}" (${index})`);
    await publishTable(tx, draft, table);
    return table;
  });
}
export async function fillMap(database: Transactional, parcelCount: number, pointCount: number): Promise<BenchTables> {
  return {
    parcels: await fill(database, parcels, (table) => parcelSql(table, parcelCount)),
    points: await fill(database, points, (table) => pointSql(table, pointCount)),
  };
}
export const fillReadings = (database: Transactional, count: number): Promise<string> =>
  fill(database, readings, (table) => readingSql(table, count), 'code, id');
