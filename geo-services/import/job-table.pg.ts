// The table of import jobs: what is asked of it, and its rows as every door shows them.

import type { Department } from '../../contracts/access.ts';
import { type ImportJob, type ImportPlan, type ImportReport, type ImportState, isOver, type LayerPreview } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Queryable } from '../queryable.ts';
import type { PlannedLayer } from './plan.ts';
import { emptyReport } from './report.ts';
import type { Staged } from './staging.pg.ts';

export interface JobRow extends Record<string, unknown> {
  readonly id: number;
  readonly state: ImportState;
  readonly files: ImportJob['files'];
  readonly previewed: boolean;
  readonly plan: ImportPlan;
  readonly preview: LayerPreview[] | null;
  readonly planned: PlannedLayer[] | null;
  readonly staged: Staged[];
  readonly at_layer: number;
  readonly at_row: number;
  readonly progress: number | null;
  readonly result: ImportJob['result'];
  readonly report: ImportReport | null;
  readonly message: string | null;
  readonly department: Department;
  readonly created_by: string;
  readonly created: Date;
  readonly updated: Date;
}

export function jobOf(row: JobRow): ImportJob {
  return {
    ...{ id: row.id, state: row.state, progress: row.state === 'done' ? 1 : row.progress, files: row.files, preview: row.preview },
    ...{ result: row.result, report: row.report ?? emptyReport, message: row.message, createdBy: row.created_by },
    ...{ created: row.created.toISOString(), updated: row.updated.toISOString() },
  };
}

/** @throws Problem not-found */
export async function readJob(database: Queryable, id: number): Promise<JobRow> {
  const [row] = await database.query<JobRow>('SELECT *, at_row::float8 AS at_row FROM import_job WHERE id = $1', [id]);
  if (!row) throw new Problem('not-found', { what: `导入任务 ${id}` });
  return row;
}

type Change = Partial<Omit<JobRow, 'id' | 'created' | 'updated' | 'created_by'>>;
const json: readonly string[] = ['files', 'plan', 'preview', 'planned', 'staged', 'result', 'report'];

/** Changes a job that is not over, or only one that is in `from`: of two who change it at once, one is told. @throws Problem conflict */
export async function changeJob(database: Queryable, id: number, change: Change, from: ImportState | null = null): Promise<void> {
  const entries = Object.entries(change);
  const sets = entries.map(([name], n) => `${name} = $${n + 2}${json.includes(name) ? '::jsonb' : ''}`).join(', ');
  const values = entries.map(([name, value]) =>
    json.includes(name) && value !== null ? JSON.stringify(value).replaceAll('\\u0000', '\\ufffd') : value,
  );
  const rows = await database.query<{ id: number }>(
    `UPDATE import_job SET ${sets}, updated = now() WHERE id = $1 AND state NOT IN ('done', 'failed', 'cancelled')
     ${from === null ? '' : `AND state = '${from}'`} RETURNING id`,
    [id, ...values],
  );
  if (rows.length === 0) throw new Problem('conflict', { what: `导入任务 ${id} 已结束${from === null ? '' : '或已在进行'}` });
}

/** Ends a job without a result, and takes its tables away: in one transaction, so that nothing half stays. false: it was over already. */
export async function endJob(tx: Queryable, id: number, state: 'failed' | 'cancelled', message: string | null): Promise<boolean> {
  const [row] = await tx.query<{ staged: Staged[]; state: ImportState }>('SELECT staged, state FROM import_job WHERE id = $1 FOR UPDATE', [
    id,
  ]);
  if (!row || isOver(row.state)) return false;
  // Names were made by createLayerTable.
  for (const { table, tiles } of row.staged)
    for (const one of [table, tiles?.table ?? '']) if (/^layer_\d+$/.test(one)) await tx.query(`DROP TABLE IF EXISTS ${one}`);
  await tx.query(`UPDATE import_job SET state = $2, message = $3, staged = '[]', updated = now() WHERE id = $1`, [id, state, message]);
  return true;
}
