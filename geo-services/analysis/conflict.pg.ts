// Red-line conflict check (三区三线合规性检查): how much of a project lies on permanent farmland, on the ecological red line, outside the towns' boundary.
//
// Areas are hectares on the ellipsoid of CGCS2000. A line that the asker may not read, or that holds nothing where he sees, is said to be unchecked:
// silence is no clearance. Rules are named in words; no clause of law is computed here.
import type { Identity } from '../../contracts/access.ts';
import { isWhole } from '../../contracts/grant.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { geometryOf, normalised, onEarth, wktOf } from '../cql2/geometry.ts';
import { quoted, relationSql, rowClauses } from '../features/rows.ts';
import type { SeenLayer } from '../features/seen.ts';
import { sightOf } from '../one-map/sight.ts';
import type { Queryable } from '../queryable.ts';

/** A layer as the asker sees it (features/grants.pg.ts). */
export type Seer = (layer: Layer) => SeenLayer | null;
export type Severity = 'forbidden' | 'approval' | 'notice';
export interface ControlLine {
  readonly layer: string;
  readonly rule: string;
  readonly severity: Severity;
  /** inside: what lies in it conflicts; outside: what lies beyond it does. */
  readonly side: 'inside' | 'outside';
}
export const controlLines: readonly ControlLine[] = [
  { layer: 'ecological-redline', rule: '触碰生态保护红线', severity: 'forbidden', side: 'inside' },
  { layer: 'permanent-farmland', rule: '占用永久基本农田', severity: 'forbidden', side: 'inside' },
  { layer: 'urban-boundary', rule: '位于城镇开发边界外', severity: 'approval', side: 'outside' },
];

export interface LineReport {
  readonly layer: string;
  readonly title: string;
  readonly rule: string;
  readonly severity: Severity;
  /** False: not checked, for the reason that `unchecked` tells. */
  readonly checked: boolean;
  readonly unchecked: string | null;
  readonly conflictHectares: number | null;
  /** 0–1 of the project's area. */
  readonly share: number | null;
  /** Features of the line that the project meets, largest first, at most MOST_FEATURES; for an outside line those it lies in. */
  readonly features: readonly { readonly id: number; readonly name: string; readonly hectares: number }[];
  readonly numberMatched: number;
  readonly source: string;
  readonly simulated: boolean;
  /** When the newest row that was used was written, milliseconds since 1970; null: no row was met. */
  readonly updated: number | null;
}
export interface ConflictReport {
  readonly projectHectares: number;
  readonly conflict: boolean;
  /** True: some line was not checked, so no conflict is not clearance. */
  readonly incomplete: boolean;
  readonly simulated: boolean;
  readonly lines: readonly LineReport[];
}
const MOST_FEATURES = 200;
/** Square metres below which a touch is a rounding and no conflict. */
const SLIVER = 1;

/** A drawn project as Well-Known Text. @throws Problem bad-body */
export function projectText(given: unknown): string {
  if (typeof given !== 'object' || given === null) throw new Problem('bad-body', { reason: '应为 GeoJSON 的 Polygon 或 MultiPolygon' });
  const made = geometryOf(given as Readonly<Record<string, unknown>>);
  if (typeof made === 'string') throw new Problem('bad-body', { reason: `几何不合规，应为：${made}` });
  if (made.type !== 'Polygon' && made.type !== 'MultiPolygon')
    throw new Problem('bad-body', { reason: `项目范围应为面（Polygon、MultiPolygon），给的是 ${made.type}` });
  const flat = normalised(made, false);
  if (!onEarth(flat)) throw new Problem('bad-body', { reason: '坐标应为经度、纬度（度，CGCS2000）' });
  return wktOf(flat);
}

/** The rows of a polygon layer, or one of them, as one project. @throws Problem bad-body | not-found */
export async function projectOf(database: Queryable, layer: SeenLayer, id: number | null): Promise<string> {
  if (layer.geometry !== 'polygon') throw new Problem('bad-body', { reason: `${layer.title.zh} 不是面图层` });
  const values: unknown[] = [];
  const next = (value: unknown): string => `$${values.push(value)}`;
  const from = relationSql(layer, null, next);
  const where = [...rowClauses(layer, next), ...(id === null ? [] : [`id = ${next(id)}::bigint`])];
  const [row] = await database.query<{ n: number; text: string | null }>(
    `SELECT count(*)::int AS n, ST_AsText(ST_Union(geom), 9) AS text FROM (
       SELECT geom FROM ${from} ${where.length ? `WHERE ${where.join(' AND ')}` : ''} LIMIT 2001) AS rows`,
    values,
  );
  if (!row?.text) throw new Problem('not-found', { what: `${layer.title.zh}${id === null ? '中的要素' : ` ${id}`}` });
  if (row.n > 2000) throw new Problem('bad-body', { reason: '一个项目至多 2000 个要素，请用 id 指定' });
  return row.text;
}

/** Area, and why it is no area. @throws Problem bad-body */
async function measured(database: Queryable, text: string): Promise<number> {
  const [row] = await database.query<{ valid: boolean; reason: string; area: number }>(
    `SELECT ST_IsValid(g) AS valid, ST_IsValidReason(g) AS reason, ST_Area(g::geography) AS area FROM (SELECT ST_GeomFromText($1, 4490) AS g) AS t`,
    [text],
  );
  if (!row?.valid) throw new Problem('bad-body', { reason: `几何无效：${row?.reason ?? ''}` });
  if (row.area <= 0) throw new Problem('bad-body', { reason: '项目范围没有面积' });
  return row.area;
}

async function checkLine(
  database: Queryable,
  line: ControlLine,
  layer: Layer | undefined,
  seer: Seer,
  project: string,
  area: number,
  { scope }: Identity,
): Promise<LineReport> {
  const about = {
    ...{ layer: line.layer, title: layer?.title.zh ?? line.layer, rule: line.rule, severity: line.severity, source: layer?.source ?? '' },
    simulated: layer?.provenance === 'simulated',
  };
  const unchecked = (reason: string): LineReport => ({
    ...{ ...about, checked: false, unchecked: reason, conflictHectares: null, share: null, features: [], numberMatched: 0, updated: null },
  });
  const seen = layer && sightOf(scope, layer) !== 'hidden' ? seer(layer) : null;
  if (!layer || !seen) return unchecked('没有这一图层');
  if (sightOf(scope, layer) === 'forbidden') return unchecked('无权读取这一图层');
  // What is masked or lies beyond a fence could hold the conflict.
  if (!isWhole(seen.view)) return unchecked('只能看到这一图层的一部分');
  const filter = (values: unknown[]): string => {
    const next = (value: unknown): string => `$${values.push(value)}`;
    return ['true', ...rowClauses(seen, next)].join(' AND ');
  };
  const some: unknown[] = [];
  const [any] = await database.query<{ any: boolean }>(
    `SELECT EXISTS (SELECT FROM ${quoted(layer.table)} WHERE ${filter(some)}) AS any`,
    some,
  );
  if (!any?.any) return unchecked('所辖范围内没有数据');
  const values: unknown[] = [project, SLIVER];
  const where = filter(values);
  const [row] = await database.query<{ met: number; n: number; updated: number | null; features: LineReport['features'] | null }>(
    `WITH project AS MATERIALIZED (SELECT ST_GeomFromText($1, 4490) AS geom),
       met AS MATERIALIZED (
         SELECT row.id, row.name, row.since, ST_CollectionExtract(ST_Intersection(row.geom, project.geom), 3) AS geom
         FROM (SELECT * FROM ${quoted(layer.table)} WHERE ${where}) AS row, project
         WHERE row.geom && project.geom AND ST_Intersects(row.geom, project.geom)),
       sized AS MATERIALIZED (SELECT *, ST_Area(geom::geography) AS area FROM met)
     SELECT coalesce((SELECT ST_Area(ST_Union(geom)::geography) FROM sized WHERE area > $2), 0)::float8 AS met,
       (SELECT count(*)::int FROM sized WHERE area > $2) AS n,
       (SELECT extract(epoch FROM max(since))::float8 * 1000 FROM sized WHERE area > $2) AS updated,
       (SELECT json_agg(json_build_object('id', id, 'name', name, 'hectares', round((area / 1e4)::numeric, 4)::float8) ORDER BY area DESC)
        FROM (SELECT * FROM sized WHERE area > $2 ORDER BY area DESC LIMIT ${MOST_FEATURES}) AS top) AS features`,
    values,
  );
  const met = row?.met ?? 0;
  const conflict = line.side === 'inside' ? met : Math.max(0, area - met);
  const counted = conflict > SLIVER ? conflict : 0;
  return {
    ...{
      ...about,
      checked: true,
      unchecked: null,
      numberMatched: row?.n ?? 0,
      features: row?.features ?? [],
      updated: row?.updated ?? null,
    },
    ...{ conflictHectares: Math.round(counted) / 1e4, share: Math.min(1, counted / area) },
  };
}

/** Checks a project (WKT polygon, 4490) against every control line, as far as the asker sees. @throws Problem bad-body | database-unavailable */
export async function checkConflicts(
  database: Queryable,
  layers: ReadonlyMap<string, Layer>,
  seer: Seer,
  project: string,
  identity: Identity,
): Promise<ConflictReport> {
  const area = await measured(database, project);
  const lines = await Promise.all(
    controlLines.map((line) => checkLine(database, line, layers.get(line.layer), seer, project, area, identity)),
  );
  return {
    projectHectares: Math.round(area) / 1e4,
    conflict: lines.some(({ conflictHectares }) => (conflictHectares ?? 0) > 0),
    incomplete: lines.some(({ checked }) => !checked),
    simulated: lines.some(({ checked, simulated }) => checked && simulated),
    lines,
  };
}
