// Rows into tables that no layer points to yet: a batch is COPYed beside, made valid where it is not, and put in together with the mark of how
// far the file is read, in one transaction. Killed in between, the job goes on at the mark, and no row is there twice.
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { GeometryClass, ImportType } from '../../contracts/import.ts';
import { createLayerTable } from '../features/layers.pg.ts';
import { quoted } from '../features/rows.ts';
import type { Queryable } from '../queryable.ts';
import type { StagedTiles } from '../raster/raster-file.ts';
import { misfit, typeOfValues, widen, writeValue } from './column-types.ts';
import type { Part } from './geometry.ts';
import type { PlannedField, PlannedLayer } from './plan.ts';
import type { Report } from './report.ts';

/** A table that fills. */
export interface Staged {
  readonly source: string;
  readonly class: GeometryClass;
  readonly table: string;
  readonly id: string;
  attributes: { name: string; title: string; type: ImportType }[];
  rows: number;
  /** Of a raster: its tiles, in a table of their own. */
  tiles?: StagedTiles;
}
export interface ReadyRow {
  readonly number: number;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly parts: readonly Part[];
}
/** A connection with both ways in. */
export interface Writer extends Queryable {
  copy(sql: string, pieces: Iterable<string>): Promise<void>;
}

export function writerOn(client: pg.PoolClient): Writer {
  return {
    async query<R extends Record<string, unknown>>(sql: string, values?: readonly unknown[]) {
      return (await client.query<R>(values === undefined ? sql : { text: sql, values: values as unknown[] })).rows;
    },
    async copy(sql, pieces) {
      const stream = client.query(copyFrom(sql));
      const over = new Promise<void>((resolve, reject) => stream.once('finish', resolve).once('error', reject));
      for (const piece of pieces)
        if (!stream.write(piece)) await Promise.race([new Promise((drained) => stream.once('drain', drained)), over]);
      stream.end();
      await over;
    },
  };
}

const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };
const cell = (text: string | null): string => (text === null ? '\\N' : text.replace(/[\\\t\n\r]/g, (char) => escapes[char] ?? char));
const dimension: Readonly<Record<GeometryClass, number>> = { point: 1, line: 2, polygon: 3 };

/** The types that the batch needs; fields that a person chose stay. Widens `fields` in place and tells of it. */
function widened(
  fields: readonly (PlannedField & { type: ImportType })[],
  rows: readonly ReadyRow[],
): { as: string; type: ImportType; row: number }[] {
  const changes: { as: string; type: ImportType; row: number }[] = [];
  for (const field of fields) {
    if (field.chosen || field.type === 'text') continue;
    const bad = rows.find((row) => writeValue(row.attributes[field.name], field.type) === misfit);
    if (!bad) continue;
    const needed = rows.reduce<ImportType>((type, row) => {
      const value = row.attributes[field.name];
      return value === null || value === undefined || value === '' || writeValue(value, type) !== misfit
        ? type
        : widen(type, typeOfValues([value]));
    }, field.type);
    changes.push({ as: field.as, type: needed, row: bad.number });
  }
  return changes;
}

/**
 * Puts a batch in; to be called inside a transaction. `planned.fields` and `staged` are changed where a column had to be widened or a table made.
 */
export async function stageBatch(
  tx: Writer,
  planned: PlannedLayer,
  staged: Staged[],
  rows: readonly ReadyRow[],
  report: Report,
): Promise<void> {
  const fields = planned.fields as (PlannedField & { type: ImportType })[];
  for (const { as, type, row } of widened(fields, rows)) {
    const field = fields.find((one) => one.as === as);
    if (!field) continue;
    report.note(`${planned.source}：字段 ${field.name} 自第 ${row} 行起不再是 ${field.type}，整列改为 ${type}`);
    field.type = type;
    for (const target of staged.filter(({ source }) => source === planned.source)) {
      await tx.query(`ALTER TABLE ${quoted(target.table)} ALTER COLUMN ${quoted(as)} TYPE ${type} USING ${quoted(as)}::${type}`);
      target.attributes = target.attributes.map((attribute) => (attribute.name === as ? { ...attribute, type } : attribute));
    }
  }
  const columns = fields.map((_, n) => `a${n}`);
  await tx.query('DROP TABLE IF EXISTS incoming');
  await tx.query(
    `CREATE TEMP TABLE incoming ("row" bigint, part smallint, class text, geom geometry${columns.map((name) => `, ${name} text`).join('')}) ON COMMIT DROP`,
  );
  const lines = function* (): Generator<string> {
    for (const row of rows) {
      const values = fields.map((field) => {
        const written = writeValue(row.attributes[field.name], field.type);
        if (written !== misfit) return cell(written);
        report.row(
          { layer: planned.source, row: row.number, kind: 'changed', reason: `字段 ${field.name} 不是 ${field.type}，留空` },
          String(row.attributes[field.name]).slice(0, 60),
        );
        return '\\N';
      });
      for (const [n, part] of row.parts.entries()) yield `${[row.number, n, part.class, part.ewkb, ...values].join('\t')}\n`;
    }
  };
  await tx.copy('COPY incoming FROM STDIN', lines());

  // Points are always valid. A line that folds into a point is none.
  const invalid = await tx.query<{ row: string; part: number; class: GeometryClass; reason: string }>(
    `SELECT "row", part, class, ST_IsValidReason(geom) AS reason FROM incoming WHERE class <> 'point' AND NOT ST_IsValid(geom) ORDER BY "row"`,
  );
  const lost = new Set<number>();
  if (invalid.length > 0) {
    const mended = await tx.query<{ row: string; part: number; empty: boolean }>(
      `UPDATE incoming SET geom = ST_CollectionExtract(ST_MakeValid(geom), CASE class WHEN 'line' THEN ${dimension.line} ELSE ${dimension.polygon} END)
       WHERE class <> 'point' AND NOT ST_IsValid(geom) RETURNING "row", part, ST_IsEmpty(geom) AS empty`,
    );
    const empty = new Set(mended.filter((one) => one.empty).map((one) => `${one.row} ${one.part}`));
    for (const one of invalid) {
      const number = Number(one.row);
      const [kind, place = ''] = one.reason.split('[');
      const gone = empty.has(`${one.row} ${one.part}`);
      const reason = gone ? `几何无效，修复后为空（${kind?.trim()}）` : `几何无效，已修复（${kind?.trim()}）`;
      const only = (rows.find((row) => row.number === number)?.parts.length ?? 1) === 1;
      if (gone && only) lost.add(number);
      report.row(
        { layer: planned.source, row: number, kind: gone && only ? 'skipped' : gone ? 'changed' : 'repaired', reason },
        place.replace(']', ''),
      );
    }
  }
  const classes = new Set(rows.flatMap((row) => row.parts.map((part) => part.class)));
  for (const kind of ['point', 'line', 'polygon'] as const) {
    if (!classes.has(kind)) continue;
    let target = staged.find((one) => one.source === planned.source && one.class === kind);
    if (!target) {
      const first = !staged.some((one) => one.source === planned.source);
      const attributes = fields.map(({ as, title, type }) => ({ name: as, title, type }));
      const id = first ? planned.id : `${planned.id}-${kind}`;
      target = { source: planned.source, class: kind, table: await createLayerTable(tx, { id, attributes }), id, attributes, rows: 0 };
      staged.push(target);
    }
    const names = fields.map(({ as }) => `, ${quoted(as)}`).join('');
    const values = fields.map(({ type }, n) => (type === 'text' ? `, a${n}` : `, a${n}::${type}`)).join('');
    const [answer] = await tx.query<{ n: string }>(
      `WITH put AS (INSERT INTO ${quoted(target.table)} (geom${names}) SELECT geom${values} FROM incoming
         WHERE class = $1 AND NOT ST_IsEmpty(geom) ORDER BY "row", part RETURNING 1) SELECT count(*) AS n FROM put`,
      [kind],
    );
    target.rows += Number(answer?.n ?? 0);
  }
  report.imported(rows.length - lost.size);
}
