// What changed in the layers, as it is committed: the one ear of this server on `layer_change` (server/migrations/007-features.sql).
//
// Everything that is kept of a layer (tiles, extents, versions, the list of layers) is dropped by what is heard here. A question may rest on
// what was heard at most CAUGHT_UP_MILLISECONDS ago. Rows are read by transaction: a sequence number alone says nothing of the order of commits,
// so each reading goes back to the oldest transaction that was still open at the last one (pg_snapshot_xmin), and knows what it has seen.
import { randomBytes } from 'node:crypto';
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { Queryable } from '../queryable.ts';

/** Far below the second in which a fresh row must show. */
export const CAUGHT_UP_MILLISECONDS = 100;

export interface LayerChange {
  /** Table. */
  readonly source: string;
  /** Of a table that several layers share; null: all of them. */
  readonly part: string | null;
  /** Degrees, 4490; null: everywhere. */
  readonly box: BBox | null;
  readonly minZoom: number;
  readonly maxZoom: number;
  /** When it was written, milliseconds since 1970. */
  readonly at: number;
}

export interface Changes {
  /** Everything that was committed CAUGHT_UP_MILLISECONDS ago is known. @throws Problem database-unavailable */
  caughtUp(): Promise<void>;
  /** Another one whenever a row of the layer changed; it is no other server's, and not that of another start. */
  version(layer: Pick<Layer, 'table' | 'only'>): string;
  onChange(listener: (changes: readonly LayerChange[]) => void): () => void;
  close(): void;
}

/** Whether a change is one of the layer. */
export function touches(change: Pick<LayerChange, 'source' | 'part'>, layer: Pick<Layer, 'table' | 'only'>): boolean {
  return change.source === layer.table && (change.part === null || !layer.only || change.part === layer.only.equals);
}

type ChangeRow = {
  readonly horizon: string;
  readonly seq: string | null;
  readonly source: string;
  readonly part: string | null;
  readonly west: number | null;
  readonly south: number;
  readonly east: number;
  readonly north: number;
  readonly min_zoom: number;
  readonly max_zoom: number;
  readonly at: number;
};

/** `listenMilliseconds`: how often it listens by itself, so that subscribed screens hear of a change; null: only when it is asked. */
export function openChanges(database: Queryable, listenMilliseconds: number | null = null): Changes {
  const start = randomBytes(6).toString('base64url');
  const listeners = new Set<(changes: readonly LayerChange[]) => void>();
  const counts = new Map<string, number>();
  let seen = new Set<string>();
  /** Null before the first reading: what was before it is in no memory of ours. */
  let horizon: string | null = null;
  let current: Promise<void> | null = null;

  async function read(): Promise<void> {
    const rows: ChangeRow[] = await database.query<ChangeRow>(
      `SELECT now.horizon, c.seq::text AS seq, c.source, c.part, c.west, c.south, c.east, c.north, c.min_zoom, c.max_zoom,
         extract(epoch FROM c.at)::float8 * 1000 AS at
       FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS horizon) AS now
       LEFT JOIN layer_change AS c ON c.txid >= $1::text::xid8 ORDER BY c.seq`,
      [horizon ?? '18446744073709551615'],
      'layer-changes',
    );
    const still = new Set<string>();
    const changes: LayerChange[] = [];
    for (const row of rows) {
      if (row.seq === null) continue;
      still.add(row.seq);
      if (seen.has(row.seq)) continue;
      const box: BBox | null = row.west === null ? null : [row.west, row.south, row.east, row.north];
      changes.push({ source: row.source, part: row.part, box, minZoom: row.min_zoom, maxZoom: row.max_zoom, at: row.at });
    }
    seen = still;
    horizon = rows[0]?.horizon ?? horizon;
    if (changes.length === 0) return;
    for (const { source, part } of changes)
      for (const key of [`${source}|${part ?? ''}`, source]) counts.set(key, (counts.get(key) ?? 0) + 1);
    for (const listener of listeners) listener(changes);
  }
  function caughtUp(): Promise<void> {
    if (current) return current;
    const reading = read();
    current = reading;
    const forget = (): void => {
      if (current === reading) current = null;
    };
    reading.then(() => setTimeout(forget, CAUGHT_UP_MILLISECONDS).unref(), forget);
    return reading;
  }
  const timer =
    listenMilliseconds === null
      ? null
      : setInterval(() => {
          // A database that is away is told to whoever asks; what was missed meanwhile is read when it is back.
          caughtUp().catch(() => undefined);
        }, listenMilliseconds);
  timer?.unref();

  return {
    caughtUp,
    version({ table, only }) {
      const count = only ? (counts.get(`${table}|${only.equals}`) ?? 0) + (counts.get(`${table}|`) ?? 0) : (counts.get(table) ?? 0);
      return `${start}.${count}`;
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      if (timer) clearInterval(timer);
    },
  };
}
