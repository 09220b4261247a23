// Keeps what is made of large layers in the background (pyramids, patches): built once, and again what changed, as the log of changes tells.
import type { Layer } from '../../contracts/layer.ts';
import type { Changes, LayerChange } from '../features/changes.pg.ts';
import type { Layers } from '../features/layers.pg.ts';
import type { Transactional } from '../queryable.ts';
import { COARSE_ZOOM } from './pyramid-sql.ts';

/** Row counts are estimates of ANALYZE; a layer that grew is found by looking again. */
const LOOK_AGAIN_MILLISECONDS = 60_000;

export interface KeeperParts {
  readonly database: Transactional;
  readonly changes: Changes;
  readonly layers: Layers;
  /** A failure is told and tried again with the next change or look. */
  readonly onError?: (error: unknown) => void;
}
export interface Keeper {
  stop(): Promise<void>;
}
/** What is kept: `table` says of which layer (`layer`, `table_name`) there is something, `contents` hold it, by `layer`. */
export interface Made {
  readonly table: 'pyramid' | 'patch_layer';
  readonly contents: readonly string[];
  /** Of layers from so many rows on, by estimate. */
  readonly rows: number;
  readonly keep: (layer: Layer) => Promise<void>;
}

/** Works at one layer after another until it is stopped. */
export function keepUp({ database, changes, layers, onError = () => undefined }: KeeperParts, made: Made): Keeper {
  let stopped = false;
  let running: Promise<void> | null = null;
  let again = false;

  /** Large tables and those that have a pyramid, in one question: 25,000 layers are looked through every minute. */
  async function candidates(): Promise<readonly Layer[]> {
    await layers.current();
    const plain = [...layers.all().values()].filter(({ only, call }) => !only && !call);
    const rows = await database.query<{ name: string }>(
      `SELECT c.relname::text AS name FROM pg_class AS c WHERE c.relname = ANY ($1::text[]) AND c.relnamespace = ANY (SELECT n.oid FROM pg_namespace AS n WHERE n.nspname = ANY (current_schemas(false)))
         AND (GREATEST(c.reltuples, pg_relation_size(c.oid) / 400) >= $2 OR EXISTS (SELECT 1 FROM ${made.table} AS p WHERE p.table_name = c.relname))`,
      [plain.map(({ table }) => table), made.rows],
    );
    const large = new Set(rows.map(({ name }) => name));
    return plain.filter(({ table }) => large.has(table));
  }
  /** Of layers that were taken away. */
  async function forget(): Promise<void> {
    const gone = await database.query<{ layer: string }>(
      `DELETE FROM ${made.table} WHERE to_regclass(quote_ident(table_name)) IS NULL RETURNING layer`,
    );
    for (const { layer } of gone) for (const table of made.contents) await database.query(`DELETE FROM ${table} WHERE layer = $1`, [layer]);
  }
  /** Tables that changed since the last round; null: look at all of them. */
  let changed: Set<string> | null = null;
  async function sweep(only: ReadonlySet<string> | null): Promise<void> {
    const wanted = (await candidates()).filter(({ table }) => only === null || only.has(table));
    for (const layer of wanted) {
      if (stopped) return;
      await made.keep(layer).catch(onError);
    }
    if (only === null) await forget();
  }
  function wake(sources: readonly string[] | null): void {
    changed = sources === null || (again && changed === null) ? null : new Set([...(changed ?? []), ...sources]);
    again = true;
    if (running || stopped) return;
    running = (async () => {
      while (again && !stopped) {
        const only = changed;
        again = false;
        changed = new Set();
        await sweep(only).catch(onError);
      }
      running = null;
    })();
  }
  /** Of rows, not of the pictures of one side of z9. */
  const isOfRows = ({ minZoom, maxZoom }: LayerChange): boolean => minZoom <= COARSE_ZOOM && maxZoom > COARSE_ZOOM;
  const unsubscribe = changes.onChange((heard) => {
    const sources = heard.filter(isOfRows).map(({ source }) => source);
    // A new layer may be a large one.
    if (sources.includes('layer')) wake(null);
    else if (sources.length > 0) wake(sources);
  });
  const timer = setInterval(() => wake(null), LOOK_AGAIN_MILLISECONDS);
  timer.unref();
  wake(null);
  return {
    async stop() {
      stopped = true;
      clearInterval(timer);
      unsubscribe();
      await running;
    },
  };
}
