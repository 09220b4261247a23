// Builds the coarse pictures of large layers in the background and keeps them up from the log of changes (pyramid-sql.ts, migrations/011).
//
// Several servers may do it at once: a layer is locked while one works at it. What is read is read by transaction, as features/changes.pg.ts
// does: a pyramid knows from which transaction on it may lack something, and doing a cell again does no harm.
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { quoted } from '../features/rows.ts';
import type { Queryable, Transactional } from '../queryable.ts';
import { type Keeper, type KeeperParts, keepUp } from './keep-up.pg.ts';
import { tilesTouching } from './matrix-sets.ts';
import {
  type CellRange,
  COARSE_ZOOM,
  cellLevel,
  clearSql,
  fillSql,
  PYRAMID_ROWS,
  parentRange,
  tableOf,
  thresholdSql,
} from './pyramid-sql.ts';

/** More changed boxes than this are a bulk load: everything is made anew. */
const MANY_BOXES = 300;

export type PyramidState = 'ready' | 'missing' | 'not-needed';

/** Estimated rows of the layer's table, and whether its pyramid is there. */
export async function pyramidState(database: Queryable, layer: Layer): Promise<{ readonly state: PyramidState; readonly rows: number }> {
  if (layer.only || layer.call) return { state: 'not-needed', rows: 0 };
  const [row] = await database.query<{ rows: number; ready: boolean }>(
    `SELECT GREATEST(c.reltuples, pg_relation_size(c.oid) / 400)::float8 AS rows, p.layer IS NOT NULL AS ready
     FROM pg_class AS c LEFT JOIN pyramid AS p ON p.layer = $1 AND p.table_name = $2 AND p.geometry = $3 WHERE c.oid = to_regclass($4::text)`,
    [layer.id, layer.table, layer.geometry, quoted(layer.table)],
    'pyramid-state',
  );
  const rows = row?.rows ?? 0;
  return { state: row?.ready ? 'ready' : rows >= PYRAMID_ROWS ? 'missing' : 'not-needed', rows };
}

async function horizonOf(tx: Queryable): Promise<string> {
  const [row] = await tx.query<{ horizon: string }>('SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon');
  return String(row?.horizon);
}
/** False: another one works at it. Held to the end of the transaction. */
async function lock(tx: Queryable, layer: Layer): Promise<boolean> {
  await tx.query('SET LOCAL statement_timeout = 0');
  const [row] = await tx.query<{ got: boolean }>("SELECT pg_try_advisory_xact_lock(hashtextextended('pyramid ' || $1, 0)) AS got", [
    layer.id,
  ]);
  return row?.got === true;
}
/** Coarse tiles of the layer are not what they were: every server drops them. Below z9 alone, so that the builders know it for their own. */
const note = (tx: Queryable, layer: Layer): Promise<unknown> =>
  tx.query('INSERT INTO layer_change (source, rows, min_zoom, max_zoom) VALUES ($1, 0, 0, $2)', [layer.table, COARSE_ZOOM]);

/** Everything of a layer. Answers the seconds it took; null: another one is at it. */
export function buildPyramid(database: Transactional, layer: Layer): Promise<number | null> {
  return database.transaction(async (tx) => {
    if (!(await lock(tx, layer))) return null;
    const horizon = await horizonOf(tx);
    const thresholds: number[] = [];
    for (const table of ['pyramid_point', 'pyramid_shape']) await tx.query(`DELETE FROM ${table} WHERE layer = $1`, [layer.id]);
    for (let z = COARSE_ZOOM; z >= 0; z--) {
      let threshold = 0;
      if (layer.geometry !== 'point') {
        const asked = thresholdSql(layer, z, thresholds[z + 1] ?? 0);
        const [row] = await tx.query<{ threshold: number }>(asked.text, asked.values);
        threshold = row?.threshold ?? 0;
      }
      thresholds[z] = threshold;
      const fill = fillSql(layer, z, null, threshold);
      await tx.query(fill.text, fill.values);
    }
    await tx.query(`ANALYZE ${tableOf(layer)}`);
    const [row] = await tx.query<{ seconds: number }>(
      `INSERT INTO pyramid (layer, table_name, geometry, horizon, thresholds, built, seconds)
       VALUES ($1, $2, $3, $4::text::xid8, $5, clock_timestamp(), extract(epoch FROM clock_timestamp() - now()))
       ON CONFLICT (layer) DO UPDATE SET table_name = EXCLUDED.table_name, geometry = EXCLUDED.geometry, horizon = EXCLUDED.horizon,
         thresholds = EXCLUDED.thresholds, built = EXCLUDED.built, seconds = EXCLUDED.seconds RETURNING seconds`,
      [layer.id, layer.table, layer.geometry, horizon, thresholds],
    );
    await note(tx, layer);
    return row?.seconds ?? 0;
  });
}

type BoxRow = { readonly west: number | null; readonly south: number; readonly east: number; readonly north: number };

/** What changed since the pyramid was made, and no more. 'rebuild': so much that all of it has to be made anew. */
export function refreshPyramid(database: Transactional, layer: Layer): Promise<'nothing' | 'refreshed' | 'rebuild' | 'busy'> {
  return database.transaction(async (tx) => {
    if (!(await lock(tx, layer))) return 'busy';
    const [known] = await tx.query<{ horizon: string; thresholds: number[] }>(
      'SELECT horizon::text AS horizon, thresholds FROM pyramid WHERE layer = $1',
      [layer.id],
    );
    if (!known) return 'nothing';
    const horizon = await horizonOf(tx);
    const boxes = await tx.query<BoxRow>(
      'SELECT DISTINCT west, south, east, north FROM layer_change WHERE source = $1 AND txid >= $2::text::xid8 AND min_zoom <= $3 AND max_zoom > $3 LIMIT $4',
      [layer.table, known.horizon, COARSE_ZOOM, MANY_BOXES + 1],
    );
    if (boxes.length === 0) return 'nothing';
    if (boxes.length > MANY_BOXES || boxes.some(({ west }) => west === null)) return 'rebuild';
    for (const { west, south, east, north } of boxes) {
      let range: CellRange = tilesTouching('mercator', cellLevel(layer, COARSE_ZOOM), [west, south, east, north] as BBox);
      for (let z = COARSE_ZOOM; z >= 0; z--) {
        for (const { text, values } of [clearSql(layer, z, range), fillSql(layer, z, range, known.thresholds[z] ?? 0)])
          await tx.query(text, values);
        range = parentRange(range);
      }
    }
    await tx.query('UPDATE pyramid SET horizon = $2::text::xid8 WHERE layer = $1', [layer.id, horizon]);
    await note(tx, layer);
    return 'refreshed';
  });
}

/** Keeps the pyramids of all large layers until it is stopped. */
export function keepPyramids(parts: KeeperParts): Keeper {
  return keepUp(parts, {
    table: 'pyramid',
    rows: PYRAMID_ROWS,
    contents: ['pyramid_point', 'pyramid_shape'],
    async keep(layer) {
      const { state } = await pyramidState(parts.database, layer);
      if (state === 'missing') await buildPyramid(parts.database, layer);
      else if (state === 'ready' && (await refreshPyramid(parts.database, layer)) === 'rebuild') await buildPyramid(parts.database, layer);
    },
  });
}
