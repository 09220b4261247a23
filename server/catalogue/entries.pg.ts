// The layers as the catalogue tells them: declared ones described by their declaration and stream, brought-in ones by the table `layer`.
import { type Department, type Identity, mayRead, type Sharing } from '../../contracts/access.ts';
import type { LayerEntry, StepRow } from '../../contracts/catalogue-routes.ts';
import type { Layer, LayerState } from '../../contracts/layer.ts';
import { isSteward, type LayerMetadata, type LayerStep, nextState } from '../../contracts/layer-life.ts';
import { timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Stream } from '../../contracts/stream.ts';
import { titleOf } from '../../geo-services/ogc/schemas.ts';
import { layersById } from '../../geo-services/one-map/index.ts';
import type { Database, Queryable } from '../database/database.ts';
import { declaredMetadata, streamsOfLayers } from './declared.ts';

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

type LayerRow = {
  readonly id: string;
  readonly theme: string;
  readonly title_zh: string;
  readonly title_en: string;
  readonly geometry: Layer['geometry'];
  readonly table_name: string;
  readonly attributes: readonly { readonly name: string; readonly title?: string }[];
  readonly adcode_column: string | null;
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

function ofRow(row: LayerRow): Catalogued {
  const entry: CatalogueEntry = {
    ...{ id: row.id, theme: row.theme, title: { zh: row.title_zh, en: row.title_en }, geometry: row.geometry, source: row.source },
    ...{ department: row.department, sharing: row.sharing, state: row.state, metadata: row.metadata, provenance: row.provenance },
    attributes: row.attributes.map(({ name, title }) => ({ name, title: title ?? titleOf(name, {}) })),
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
    ...{ declared: true, provenance: layer.provenance ?? null, created: null, updated: null },
  };
  return { entry, table: layer, stream };
}

export interface Catalogue {
  /** Declared ones first. @throws Problem database-unavailable */
  all(): Promise<readonly Catalogued[]>;
  /** @throws Problem not-found | database-unavailable */
  get(id: string): Promise<Catalogued>;
  steps(id: string): Promise<readonly StepRow[]>;
  /** @throws Problem not-found | conflict for a declared layer | forbidden */
  change(identity: Identity, id: string, change: { title?: string; sharing?: Sharing; metadata?: LayerMetadata }): Promise<void>;
  /** @throws Problem not-found | conflict | forbidden | bad-body */
  step(identity: Identity, id: string, step: LayerStep, reason: string, check: (entry: CatalogueEntry) => void): Promise<void>;
}

export function openCatalogue(database: Database, streams: readonly Stream[], now: () => number): Catalogue {
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
  return {
    async all() {
      const rows = await database.query<LayerRow>('SELECT * FROM layer ORDER BY theme, title_zh, id');
      return [...declared, ...rows.map(ofRow).filter(({ entry }) => !isDeclared(entry.id))];
    },
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
    change: (identity, id, { title, sharing, metadata }) =>
      database.transaction(async (tx) => {
        const entry = await locked(tx, id);
        if (!isSteward(identity, entry.department)) throw new Problem('forbidden', { what: `改图层 ${entry.title.zh}` });
        // What was handed in is what is approved and shared: another sharing goes through the steps again.
        if (sharing !== undefined && sharing !== entry.sharing && ['applied', 'approved', 'published'].includes(entry.state))
          throw new Problem('conflict', { what: '已提交申请的图层改共享属性要先撤回、退回或下线' });
        await tx.query(
          `UPDATE layer SET title_zh = coalesce($2, title_zh), sharing = coalesce($3, sharing), metadata = metadata || coalesce($4::jsonb, '{}'), updated = $5
           WHERE id = $1`,
          [id, title ?? null, sharing ?? null, metadata === undefined ? null : JSON.stringify(metadata), new Date(now())],
        );
      }),
    step: (identity, id, step, reason, check) =>
      database.transaction(async (tx) => {
        const entry = await locked(tx, id);
        const to = nextState(identity, entry, step, reason);
        check(entry);
        await tx.query('UPDATE layer SET state = $2, updated = $3 WHERE id = $1', [id, to, new Date(now())]);
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
