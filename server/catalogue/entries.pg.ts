// The layers as the catalogue tells them: declared ones described by their declaration and stream, brought-in ones by the table `layer`.
import { type Department, type Identity, mayRead, type Sharing } from '../../contracts/access.ts';
import type { LayerEntry, LayerGuard, StepRow } from '../../contracts/catalogue-routes.ts';
import type { Layer, LayerState } from '../../contracts/layer.ts';
import { isDay, isSteward, type LayerMetadata, type LayerMetadataPatch, type LayerStep, nextState } from '../../contracts/layer-life.ts';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Stream } from '../../contracts/stream.ts';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import { titleOf } from '../../geo-services/ogc/schemas.ts';
import { layersById } from '../../geo-services/one-map/index.ts';
import type { Database, Queryable } from '../database/database.ts';
import { declaredMetadata, streamsOfLayers } from './declared.ts';
import { type Find, openFind } from './search.pg.ts';

/** The part of a layer that health is measured on. */
export type LayerTable = Pick<Layer, 'table' | 'only' | 'adcodeColumn' | 'call'>;
export interface CatalogueEntry extends LayerEntry {
  readonly sharing: Sharing;
  readonly department: Department;
  readonly state: LayerState;
}
export interface Catalogued {
  readonly entry: CatalogueEntry;
  readonly table: LayerTable;
  /** What fills it; null: nothing that streams. */
  readonly stream: Stream | null;
}

/** As the table has it. */
export type LayerRow = {
  readonly id: string;
  readonly theme: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly geometry: Layer['geometry'];
  readonly table_name: string;
  readonly attributes: readonly { readonly name: string; readonly title?: string }[];
  readonly adcode_column: string | null;
  readonly department_column: string | null;
  readonly sensitive: Layer['sensitive'] | null;
  readonly sharing: Sharing;
  readonly department: Department;
  readonly source: string;
  readonly provenance: string;
  readonly state: LayerState;
  readonly metadata: LayerMetadata;
  readonly created: Date;
  readonly updated: Date;
};
const stamp = (date: Date): string => timeText(date.getTime());

const guardOf = (departmentColumn: string | null | undefined, sensitive: Layer['sensitive'] | null): LayerGuard => ({
  departmentColumn: departmentColumn ?? null,
  sensitive: sensitive ? { hidden: [...sensitive.hidden], precisionMetres: sensitive.precisionMetres } : null,
});

export function ofRow(row: LayerRow): Catalogued {
  const entry: CatalogueEntry = {
    ...{ id: row.id, theme: row.theme, title: { zh: row.title_zh, en: row.title_en }, geometry: row.geometry, source: row.source },
    ...{ department: row.department, sharing: row.sharing, state: row.state, metadata: row.metadata, provenance: row.provenance },
    attributes: row.attributes.map(({ name, title }) => ({
      name,
      title: title === undefined || title === name ? titleOf(name, {}) : title,
    })),
    guard: guardOf(row.department_column, row.sensitive),
    ...{ declared: false, created: stamp(row.created), updated: stamp(row.updated) },
  };
  return { entry, table: { table: row.table_name, adcodeColumn: row.adcode_column }, stream: null };
}
function ofDeclaration(layer: Layer, stream: Stream | null): Catalogued {
  const metadata = declaredMetadata(layer, stream);
  const entry: CatalogueEntry = {
    ...{ id: layer.id, theme: layer.theme, title: layer.title, geometry: layer.geometry, source: layer.source },
    ...{ department: layer.department, sharing: layer.sharing, state: layer.state ?? 'published', metadata },
    attributes: layer.attributes.map((name) => ({ name, title: titleOf(name, layer) })),
    guard: guardOf(layer.departmentColumn, layer.sensitive),
    ...{ declared: true, provenance: layer.provenance ?? null, created: null, updated: null },
  };
  return { entry, table: layer, stream };
}

export interface LayerChanges {
  readonly title?: string;
  readonly sharing?: Sharing;
  readonly metadata?: LayerMetadataPatch;
  readonly guard?: LayerGuard;
}
export interface Catalogue {
  /** A page of the layers that one may know of. @throws Problem database-unavailable */
  readonly find: Find;
  /** Chinese titles; an id that is no layer (any more) has none. @throws Problem database-unavailable */
  titles(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Of those alone that everybody may know of. */
  publicTitles(ids: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** @throws Problem not-found | database-unavailable */
  get(id: string): Promise<Catalogued>;
  steps(id: string): Promise<readonly StepRow[]>;
  /** Layers that are not there for somebody by a grant, but for those who look after them. @throws Problem database-unavailable */
  barredTo(identity: Identity): Promise<readonly string[]>;
  /** @throws Problem not-found | conflict for a declared layer | forbidden */
  change(identity: Identity, id: string, change: LayerChanges): Promise<void>;
  /** @throws Problem not-found | conflict | forbidden | bad-body */
  step(identity: Identity, id: string, step: LayerStep, reason: string, check: (entry: CatalogueEntry) => void): Promise<void>;
}

export function openCatalogue(
  database: Database,
  { layers, grants, current }: Sight,
  streams: readonly Stream[],
  now: () => number,
): Catalogue {
  const streamOf = streamsOfLayers(streams);
  const declared = [...layersById().values()].map((layer) => ofDeclaration(layer, streamOf(layer)));
  const isDeclared = (id: string): boolean => declared.some(({ entry }) => entry.id === id);

  /** The row under a lock, for one who may change it. */
  async function locked(tx: Queryable, id: string): Promise<CatalogueEntry> {
    if (isDeclared(id)) throw new Problem('conflict', { what: `图层 ${id} 由系统声明，不走流程` });
    const [row] = await tx.query<LayerRow>('SELECT * FROM layer WHERE id = $1 FOR UPDATE', [id]);
    if (!row) throw new Problem('not-found', { what: `图层 ${id}` });
    return ofRow(row).entry;
  }
  async function titles(ids: readonly string[], publicOnly: boolean): Promise<ReadonlyMap<string, string>> {
    const rows = await database.query<{ id: string; title_zh: string }>(
      `SELECT id, title_zh FROM layer WHERE id = ANY($1::text[]) AND (NOT $2 OR (state = 'published' AND sharing <> 'none'))`,
      [[...new Set(ids)], publicOnly],
    );
    const own = declared.filter(({ entry }) => !publicOnly || (entry.state === 'published' && entry.sharing !== 'none'));
    return new Map([...rows.map((row) => [row.id, row.title_zh] as const), ...own.map(({ entry }) => [entry.id, entry.title.zh] as const)]);
  }
  return {
    async barredTo(identity) {
      await current();
      const seer = grants.of(identity);
      return [...layers.all().values()].filter((one) => seer(one) === null && !isSteward(identity, one.department)).map(({ id }) => id);
    },
    find: openFind(database, declared),
    titles: (ids) => titles(ids, false),
    publicTitles: (ids) => titles(ids, true),
    async get(id) {
      const known = declared.find(({ entry }) => entry.id === id);
      if (known) return known;
      const [row] = await database.query<LayerRow>('SELECT * FROM layer WHERE id = $1', [id]);
      if (!row) throw new Problem('not-found', { what: `图层 ${id}` });
      return ofRow(row);
    },
    async steps(id) {
      const rows = await database.query<Omit<StepRow, 'at'> & { at: Date }>(
        'SELECT step, from_state AS "from", to_state AS "to", account, reason, at FROM layer_step WHERE layer = $1 ORDER BY id DESC LIMIT 200',
        [id],
      );
      return rows.map((row) => ({ ...row, at: stamp(row.at) }));
    },
    change: (identity, id, { title, sharing, metadata, guard }) =>
      database.transaction(async (tx) => {
        const entry = await locked(tx, id);
        if (!isSteward(identity, entry.department)) throw new Problem('forbidden', { what: `改图层 ${entry.title.zh}` });
        const unknown = [...(guard?.departmentColumn ? [guard.departmentColumn] : []), ...(guard?.sensitive?.hidden ?? [])].find(
          (name) => !entry.attributes.some((attribute) => attribute.name === name),
        );
        if (unknown !== undefined) throw new Problem('bad-body', { reason: `${entry.title.zh} 没有属性 ${unknown.slice(0, 40)}` });
        const day = metadata?.publicationDate;
        if (day && !isDay(day)) throw new Problem('bad-body', { reason: `发布日期 ${day} 不是日历上的日子` });
        // What was handed in is what is approved and shared: another sharing goes through the steps again.
        if (sharing !== undefined && sharing !== entry.sharing && ['applied', 'approved', 'published'].includes(entry.state))
          throw new Problem('conflict', { what: '已提交申请的图层改共享属性要先撤回、退回或下线' });
        await tx.query(
          `UPDATE layer SET title_zh = coalesce($2, title_zh), sharing = coalesce($3, sharing), metadata = jsonb_strip_nulls(metadata || coalesce($4::jsonb, '{}')), updated = $5,
             department_column = CASE WHEN $6 THEN $7 ELSE department_column END, sensitive = CASE WHEN $6 THEN $8::jsonb ELSE sensitive END
           WHERE id = $1`,
          [
            ...[id, title ?? null, sharing ?? null, metadata === undefined ? null : JSON.stringify(metadata), new Date(now())],
            ...[guard !== undefined, guard?.departmentColumn ?? null, guard?.sensitive ? JSON.stringify(guard.sensitive) : null],
          ],
        );
      }),
    step: (identity, id, step, reason, check) =>
      database.transaction(async (tx) => {
        const entry = await locked(tx, id);
        const to = nextState(identity, entry, step, reason);
        check(entry);
        const code = entry.metadata.resourceCode;
        if (step === 'apply' && code !== undefined) {
          // Two that apply with one code at once: the second waits here, and finds the first.
          await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('resource-code ' || $1::text, 0))", [code]);
          const [other] = await tx.query<{ title_zh: string }>(
            "SELECT title_zh FROM layer WHERE id <> $1 AND metadata->>'resourceCode' = $2 AND state IN ('applied', 'approved', 'published') LIMIT 1",
            [id, code],
          );
          if (other) throw new Problem('conflict', { what: `信息资源代码 ${code} 已用于 ${other.title_zh}` });
        }
        // 发布日期 is the day of the first publication, unless the steward wrote another.
        const published =
          step === 'publish' && !entry.metadata.publicationDate ? { publicationDate: stamp(new Date(now())).slice(0, 10) } : {};
        await tx.query('UPDATE layer SET state = $2, updated = $3, metadata = metadata || $4::jsonb WHERE id = $1', [
          ...[id, to, new Date(now()), JSON.stringify(published)],
        ]);
        await tx.query(
          'INSERT INTO layer_step (layer, step, from_state, to_state, account, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)',
          [...[id, step, entry.state, to, identity.user, reason.trim(), new Date(now())]],
        );
      }),
  };
}

/** open · apply: known to exist, to be applied for · hidden. As /ogc decides (one-map/sight.ts). */
export function accessTo(identity: Identity, entry: CatalogueEntry): 'open' | 'apply' | 'hidden' {
  if (entry.state !== 'published' && !isSteward(identity, entry.department)) return 'hidden';
  if (mayRead(identity.scope, { adcode: identity.scope.adcode, department: entry.department, sharing: entry.sharing })) return 'open';
  return entry.sharing === 'conditional' ? 'apply' : 'hidden';
}
