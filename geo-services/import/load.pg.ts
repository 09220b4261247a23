// The work of a job that runs: rows from its readers into its tables, batch by batch from where it stopped, and at the end all its layers at once.

import type { Department } from '../../contracts/access.ts';
import type { GeometryClass } from '../../contracts/import.ts';
import type { Provenance } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { publishTable } from '../features/layers.pg.ts';
import type { Queryable } from '../queryable.ts';
import { loadTiles } from '../raster/load-tiles.pg.ts';
import { type CentreOf, centresOf } from './division-centres.ts';
import { degreesFrom, type Part, type ToDegrees, takeGeometry } from './geometry.ts';
import { changeJob, type JobRow } from './job-table.pg.ts';
import type { PlannedLayer } from './plan.ts';
import { placedGeometry } from './preview.ts';
import type { SourceLayer, SourceRow } from './reading/row.ts';
import { openReport, type Report } from './report.ts';
import { type ReadyRow, type Staged, stageBatch, type Writer } from './staging.pg.ts';

export interface LoadOptions {
  readonly batchRows: number;
  /** Characters of a batch, about; a batch ends with the row that passes it. */
  readonly batchChars: number;
  readonly signal: AbortSignal;
}

async function transaction<T>(writer: Writer, work: () => Promise<T>): Promise<T> {
  await writer.query('BEGIN');
  try {
    const result = await work();
    await writer.query('COMMIT');
    return result;
  } catch (error) {
    await writer.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}

/** What a row of the file becomes; null and an entry in the report: nothing. */
function readyRow(row: SourceRow, planned: PlannedLayer, degrees: ToDegrees, centre: CentreOf, report: Report): ReadyRow | null {
  const skip = (reason: string, detail?: string): null => {
    report.row({ layer: planned.source, row: row.number, kind: 'skipped', reason }, detail);
    return null;
  };
  if (row.broken !== undefined) return skip('记录读不懂', row.broken);
  const { place } = planned;
  if (place !== null && 'division' in place) {
    const value = String(row.attributes[place.division] ?? '').trim();
    const found = centre(value);
    if (!found) return skip(value === '' ? '行政区划为空' : '没有这个行政区划', value);
    const taken = takeGeometry({ type: 'Point', coordinates: [...found.position] }, (x, y) => [x, y]);
    const attributes = { ...row.attributes, '\ue000precision': found.precision, '\ue000placed': found.name };
    return { number: row.number, attributes, parts: taken.parts };
  }
  const geometry = row.geometry ?? placedGeometry(row, place);
  if (geometry === null) {
    if (place === null) return skip('没有几何');
    // The plan was kept as jsonb, which sorts its keys: longitude stands first all the same.
    const columns = 'lng' in place ? [place.lng, place.lat] : Object.values(place);
    const values = columns.map((column) => row.attributes[column]);
    return skip(
      values.every((value) => value === null || value === undefined || value === '') ? '坐标为空' : '坐标读不懂',
      values.join('，'),
    );
  }
  const { parts, fault, clamped } = takeGeometry(geometry, degrees);
  if (parts.length === 0) return skip(fault ?? '空几何');
  const changed = (reason: string): void => report.row({ layer: planned.source, row: row.number, kind: 'changed', reason });
  if (fault !== null) changed(`几何的一部分未取：${fault}`);
  if (clamped) changed('纬度超过 ±89.9°，已收回');
  if (parts.length > 1) changed('几何含几类，已按类拆开');
  return { number: row.number, attributes: row.attributes, parts };
}

const sizeOf = (row: ReadyRow): number =>
  row.parts.reduce((sum: number, part: Part) => sum + part.ewkb.length, 0) +
  Object.values(row.attributes).reduce<number>((sum, value) => sum + (typeof value === 'string' ? value.length : 8), 0);

/** Everything that is not in yet. A stop between two batches leaves the job where the last one ended. */
export async function load(
  writer: Writer,
  job: JobRow,
  layers: readonly SourceLayer[],
  { batchRows, batchChars, signal }: LoadOptions,
): Promise<void> {
  const planned = job.planned ?? [];
  const staged: Staged[] = job.staged;
  let committed = job.report ?? undefined;
  const divisions = planned.some(({ place }) => place !== null && 'division' in place)
    ? await writer.query<{ adcode: string; name: string; level: string; lng: number; lat: number }>(
        'SELECT adcode, name, level, ST_X(centre) AS lng, ST_Y(centre) AS lat FROM division ORDER BY level DESC, adcode',
      )
    : [];
  const centre = centresOf(divisions);
  for (let n = job.at_layer; n < planned.length; n++) {
    const plan = planned[n] as PlannedLayer;
    const layer = layers.find(({ name }) => name === plan.source);
    if (!layer) throw new Problem('bad-file', { name: plan.source, reason: '图层不见了' });
    const degrees = degreesFrom(plan.crs ?? layer.crs ?? 'EPSG:4490', plan.swapped);
    let share = 0;
    let report = openReport(committed);
    let [batch, chars, last]: [ReadyRow[], number, number] = [[], 0, n === job.at_layer ? job.at_row : 0];
    const flush = async (over: boolean): Promise<void> => {
      signal.throwIfAborted();
      await transaction(writer, async () => {
        if (batch.length > 0) await stageBatch(writer, plan, staged, batch, report);
        const progress = Math.min(0.99, (n + (over ? 1 : share)) / planned.length);
        const at = over ? { at_layer: n + 1, at_row: 0 } : { at_layer: n, at_row: last };
        await changeJob(writer, job.id, { ...at, planned, staged, progress, report: report.now() });
      });
      committed = report.now();
      report = openReport(committed);
      [batch, chars] = [[], 0];
    };
    let pending = 0;
    const onProgress = (now: number): void => {
      share = now;
    };
    for await (const row of layer.read({ skip: last, signal, onProgress })) {
      report.read(1);
      last = row.number;
      pending++;
      const ready = readyRow(row, plan, degrees, centre, report);
      if (ready) {
        batch.push(ready);
        chars += sizeOf(ready);
      }
      if (batch.length >= batchRows || chars >= batchChars || pending >= batchRows * 10) {
        await flush(false);
        pending = 0;
      }
    }
    if (layer.raster) {
      // The outline first: of it the mark is 1, of the pieces behind it one more each.
      if (batch.length > 0) await flush(false);
      last = Math.max(1, last);
      await stageTiles(writer, job, { plan, layer, staged, n, from: last - 1, layers: planned.length, planned, report, signal });
    }
    await flush(true);
  }
}
interface TilesStep {
  readonly plan: PlannedLayer;
  readonly layer: SourceLayer;
  readonly staged: Staged[];
  readonly n: number;
  readonly from: number;
  readonly layers: number;
  readonly planned: readonly PlannedLayer[];
  readonly report: Report;
  readonly signal: AbortSignal;
}
async function stageTiles(
  writer: Writer,
  job: JobRow,
  { plan, layer, staged, n, from, layers, planned, report, signal }: TilesStep,
): Promise<void> {
  const outline = staged.find(({ source }) => source === plan.source);
  // Its outline was no shape: that is in the report.
  if (!outline || !layer.raster) return;
  const { raster } = plan;
  const tiles = await loadTiles(writer, {
    ...{ name: plan.source, file: layer.raster, crs: plan.crs ?? layer.crs ?? 'EPSG:4326', signal, from, staged: outline.tiles ?? null },
    ...{ use: raster?.use ?? 'picture', plan: raster?.plan ?? {} },
    step: (now, at, share, work) =>
      transaction(writer, async () => {
        await work();
        outline.tiles = now;
        await changeJob(writer, job.id, {
          at_layer: n,
          at_row: 1 + at,
          staged,
          planned: [...planned],
          progress: Math.min(0.99, (n + share) / layers),
        });
      }),
  });
  report.note(`${plan.source}：${tiles.count} 块瓦片，${(tiles.bytes / 2 ** 20).toFixed(1)} MiB`);
  for (const [reason, count] of Object.entries(tiles.skipped)) report.note(`${plan.source}：${count} 块瓦片未取：${reason}`);
}

export interface Publication {
  readonly department: Department;
  readonly provenance: Provenance;
  readonly source: string;
  readonly theme: string;
  readonly adcodeColumn: string | null;
  readonly createdBy: string;
  readonly titles: ReadonlyMap<string, string>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Ids of declared collections. */
  readonly taken: ReadonlySet<string>;
}
const classTitle: Readonly<Record<GeometryClass, string>> = { point: '点', line: '线', polygon: '面' };

/** All tables of a job become layers, and the job is done: seen together, or not at all. Returns the collections. */
export function publish(writer: Writer, id: number, staged: readonly Staged[], about: Publication): Promise<string[]> {
  return transaction(writer, async () => {
    const collections: string[] = [];
    for (const { source, class: kind, table, id: wanted, attributes, rows, tiles } of staged) {
      if (rows === 0) {
        await writer.query(`DROP TABLE ${table}`);
        if (tiles) await writer.query(`DROP TABLE ${tiles.table}`);
        continue;
      }
      const free = await freeId(writer, wanted, about.taken, collections);
      const title = about.titles.get(source) ?? source;
      const several = staged.filter((one) => one.source === source && one.rows > 0).length > 1;
      const adcodeColumn = attributes.some(({ name, type }) => name === about.adcodeColumn && type === 'text') ? about.adcodeColumn : null;
      await publishTable(
        writer,
        {
          ...{ id: free, theme: about.theme, geometry: kind, attributes, adcodeColumn, sharing: 'none', department: about.department },
          title: { zh: several ? `${title}（${classTitle[kind]}）` : title, en: free },
          ...{ source: about.source, provenance: about.provenance, state: 'draft', metadata: about.metadata, createdBy: about.createdBy },
        },
        table,
      );
      if (tiles) {
        const { skipped: _, ...raster } = tiles;
        await writer.query(`ANALYZE ${tiles.table}`);
        await writer.query('UPDATE layer SET raster = $2 WHERE id = $1', [free, JSON.stringify(raster)]);
      }
      collections.push(free);
    }
    await changeJob(writer, id, {
      state: 'done',
      progress: 1,
      staged: [],
      message: null,
      result: { collections, models: [], tilesets: [] },
    });
    return collections;
  });
}
/** The id itself, or the next free one behind it: a layer that came meanwhile must not cost an hour's import. */
async function freeId(tx: Queryable, wanted: string, taken: ReadonlySet<string>, ours: readonly string[]): Promise<string> {
  for (let n = 1; ; n++) {
    const id = n === 1 ? wanted : `${wanted}-${n}`;
    const rows = await tx.query('SELECT 1 FROM layer WHERE id = $1', [id]);
    if (rows.length === 0 && !taken.has(id) && !ours.includes(id)) return id;
  }
}
