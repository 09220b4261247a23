// Extent and age of whole layers: read once, then widened by what changes, so that a catalogue of busy layers reads no table through.
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { Queryable } from '../queryable.ts';
import { type Changes, touches } from './changes.pg.ts';
import { quoted, rowClauses } from './rows.ts';
import { type SeenLayer, seesAll } from './seen.ts';

export interface Whole {
  /** Degrees; null: the layer is empty. */
  readonly extent: BBox | null;
  /** When its newest row came, milliseconds since 1970; null: empty. */
  readonly updated: number | null;
}
export interface Extents {
  /** To those who do not see all of it, it would tell of rows out of sight: null and null. @throws Problem database-unavailable | overloaded */
  of(layer: SeenLayer): Promise<Whole>;
}

/** A layer that lost its outermost feature is too wide for so long at most. */
const TRUE_AGAIN_MILLISECONDS = 10 * 60_000;
/** Read at the same time; a catalogue asks for hundreds at once, and others want connections too. */
const AT_ONCE = 2;

interface Known {
  readonly layer: Layer;
  readonly read: number;
  extent: BBox | null;
  updated: number | null;
}

export function openExtents(database: Queryable, changes: Changes, now: () => number): Extents {
  const known = new Map<string, Known>();
  const reading = new Map<string, Promise<Known>>();
  const waiting: (() => void)[] = [];
  let busy = 0;
  changes.onChange((heard) => {
    for (const change of heard)
      for (const [key, one] of known) {
        if (!touches(change, one.layer)) continue;
        const { box } = change;
        if (box === null) known.delete(key);
        else {
          const [west, south, east, north] = one.extent ?? box;
          one.extent = [Math.min(west, box[0]), Math.min(south, box[1]), Math.max(east, box[2]), Math.max(north, box[3])];
        }
        one.updated = Math.max(one.updated ?? 0, change.at);
      }
  });
  async function read(layer: Layer): Promise<Known> {
    while (busy >= AT_ONCE) await new Promise<void>((go) => waiting.push(go));
    busy++;
    try {
      const values: unknown[] = [];
      const clauses = rowClauses(layer, (value) => `$${values.push(value)}`);
      const [row] = await database.query<{ box: number[] | null; newest: Date | null }>(
        `SELECT ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] AS box, newest FROM (SELECT ST_Extent(geom) AS e, max(since) AS newest FROM ${quoted(layer.table)}
         ${clauses.length ? `WHERE ${clauses.join(' AND ')}` : ''}) AS t WHERE e IS NOT NULL`,
        values,
      );
      const extent = row?.box?.length === 4 ? (row.box as unknown as BBox) : null;
      return { layer, read: now(), extent, updated: row?.newest ? Number(row.newest) : null };
    } finally {
      busy--;
      waiting.shift()?.();
    }
  }
  return {
    async of(seen) {
      if (!seesAll(seen)) return { extent: null, updated: null };
      const layer = seen.whole;
      const key = `${layer.id} ${layer.table}`;
      const found = known.get(key);
      if (found && now() - found.read < TRUE_AGAIN_MILLISECONDS) return found;
      let one = reading.get(key);
      if (!one) {
        const before = changes.version(layer);
        one = read(layer).finally(() => reading.delete(key));
        reading.set(key, one);
        // What changed while it was read may or may not be in it: read again next time.
        one.then((made) => changes.version(layer) === before && known.set(key, made)).catch(() => undefined);
      }
      return one;
    },
  };
}
