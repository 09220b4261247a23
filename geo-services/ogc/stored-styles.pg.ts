// Styles that people drew, in the table `map_style`: of a layer, or of whole maps (layer ''). Written under a lock, with a revision for If-Match.
import { Problem } from '../../contracts/problem.ts';
import type { Transactional } from '../queryable.ts';
import type { StyleMetadata } from './style-body.ts';

/** '' is the maps of the whole house. */
export interface StyleAddress {
  readonly layer: string;
  readonly id: string;
}
export interface StoredStyle extends StyleAddress {
  readonly metadata: StyleMetadata & { readonly title: string };
  /** With paths for addresses (style-body.ts). */
  readonly sheet: Readonly<Record<string, unknown>>;
  readonly revision: string;
  readonly created: Date;
  readonly updated: Date;
}
export type StyleTitle = Pick<StoredStyle, 'layer' | 'id'> & { readonly title: string };

/** Whether the state may be written over; null: there is none. @throws Problem precondition-failed */
export type StyleCheck = (revision: string | null) => void;

export interface StoredStyles {
  /** Of one layer, by id. @throws Problem database-unavailable, here and below */
  list(layer: string): Promise<readonly StyleTitle[]>;
  /** Of all layers. */
  titles(): Promise<readonly StyleTitle[]>;
  get(address: StyleAddress): Promise<StoredStyle | null>;
  /** Which one is shown when none is asked for; null: the first of the house. */
  defaultOf(layer: string): Promise<string | null>;
  /** By layer. */
  defaults(): Promise<ReadonlyMap<string, string>>;
  /** null: the first of the house again. */
  setDefault(layer: string, style: string | null): Promise<void>;
  /** Makes it, or writes over it. */
  put(
    address: StyleAddress,
    sheet: object,
    account: string,
    check: StyleCheck,
  ): Promise<{ readonly made: boolean; readonly revision: string }>;
  /** Replaces the metadata, or with `merge` changes what is named. @throws Problem not-found */
  describe(address: StyleAddress, metadata: object, merge: boolean, check: StyleCheck): Promise<{ readonly revision: string }>;
  /** @throws Problem not-found */
  remove(address: StyleAddress, check: StyleCheck): Promise<void>;
}
const columns = 'layer, id, metadata, sheet, revision::text AS revision, created, updated';
type Row = StoredStyle & Record<string, unknown>;

export function openStoredStyles(database: Transactional): StoredStyles {
  const missing = (id: string): Problem => new Problem('not-found', { what: `样式 ${id}` });
  const titleColumns = "layer, id, metadata ->> 'title' AS title";
  const from = 'FROM map_style WHERE layer = $1 AND id = $2';
  return {
    list: (layer) =>
      database.query<StyleTitle & Record<string, unknown>>(`SELECT ${titleColumns} FROM map_style WHERE layer = $1 ORDER BY id`, [layer]),
    titles: () =>
      database.query<StyleTitle & Record<string, unknown>>(`SELECT ${titleColumns} FROM map_style WHERE layer <> '' ORDER BY layer, id`),
    async get({ layer, id }) {
      const [row] = await database.query<Row>(`SELECT ${columns} ${from}`, [layer, id]);
      return row ?? null;
    },
    async defaultOf(layer) {
      const [row] = await database.query<{ style: string }>('SELECT style FROM map_style_default WHERE layer = $1', [layer]);
      return row?.style ?? null;
    },
    async defaults() {
      const rows = await database.query<{ layer: string; style: string }>('SELECT layer, style FROM map_style_default');
      return new Map(rows.map(({ layer, style }) => [layer, style]));
    },
    async setDefault(layer, style) {
      if (style === null) await database.query('DELETE FROM map_style_default WHERE layer = $1', [layer]);
      else
        await database.query(
          'INSERT INTO map_style_default (layer, style) VALUES ($1, $2) ON CONFLICT (layer) DO UPDATE SET style = excluded.style',
          [layer, style],
        );
    },
    put: ({ layer, id }, sheet, account, check) =>
      database.transaction(async (tx) => {
        // Two that make the same one at once: the second waits here and finds it made.
        await tx.query("SELECT pg_advisory_xact_lock(hashtextextended('map_style ' || $1 || '/' || $2, 0))", [layer, id]);
        const [old] = await tx.query<Row>(`SELECT ${columns} ${from} FOR UPDATE`, [layer, id]);
        check(old?.revision ?? null);
        const name = 'name' in sheet && typeof sheet.name === 'string' && sheet.name.trim() !== '' ? sheet.name.slice(0, 100) : null;
        const metadata = { ...old?.metadata, title: name ?? old?.metadata.title ?? id };
        const [row] = await tx.query<{ revision: string }>(
          `INSERT INTO map_style (layer, id, metadata, sheet, account) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (layer, id) DO UPDATE SET metadata = excluded.metadata, sheet = excluded.sheet, account = excluded.account,
             revision = nextval('feature_revision'), updated = now()
           RETURNING revision::text AS revision`,
          [layer, id, JSON.stringify(metadata), JSON.stringify(sheet), account],
        );
        return { made: !old, revision: row?.revision ?? '' };
      }),
    describe: ({ layer, id }, metadata, merge, check) =>
      database.transaction(async (tx) => {
        const [old] = await tx.query<Row>(`SELECT ${columns} ${from} FOR UPDATE`, [layer, id]);
        if (!old) throw missing(id);
        check(old.revision);
        const [row] = await tx.query<{ revision: string }>(
          `UPDATE map_style SET metadata = jsonb_strip_nulls(CASE WHEN $3 THEN metadata ELSE '{}'::jsonb END || $4::jsonb),
             revision = nextval('feature_revision'), updated = now() WHERE layer = $1 AND id = $2 RETURNING revision::text AS revision`,
          [layer, id, merge, JSON.stringify(metadata)],
        );
        return { revision: row?.revision ?? '' };
      }),
    remove: ({ layer, id }, check) =>
      database.transaction(async (tx) => {
        const [old] = await tx.query<Row>(`SELECT ${columns} ${from} FOR UPDATE`, [layer, id]);
        if (!old) throw missing(id);
        check(old.revision);
        await tx.query('DELETE FROM map_style WHERE layer = $1 AND id = $2', [layer, id]);
        await tx.query('DELETE FROM map_style_default WHERE layer = $1 AND style = $2', [layer, id]);
      }),
  };
}
