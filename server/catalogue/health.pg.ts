// The health of a layer: age against promise, completeness of attributes and geometry, last write and last reading, limits that can fire.
//
// Counting reads the whole table, so what was counted is kept the longer the more it cost: it is about days and shares, not about seconds.
import type { LayerAge, LayerHealth } from '../../contracts/catalogue-routes.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import { wholeView } from '../../contracts/grant.ts';
import { ageOf, updateCycles } from '../../contracts/layer-life.ts';
import { timeText } from '../../contracts/parameters.ts';
import { streamPath } from '../../contracts/stream.ts';
import { quoted, relationSql, rowClauses } from '../../geo-services/features/rows.ts';
import type { Viewed } from '../../geo-services/features/seen.ts';
import type { House } from '../house.ts';
import type { Catalogued } from './entries.pg.ts';
import { thresholdReach } from './reach.ts';
import { verdictsOf } from './verdict.ts';

/** Whether any row is simulated, from what is in memory: a list of many layers counts no rows for it. */
export function isSimulated({ store }: Pick<House, 'store'>, { entry, stream }: Catalogued): boolean {
  if (!stream) return entry.provenance === 'simulated';
  for (const { provenance } of store.things(streamPath(stream))) if (provenance === 'simulated') return true;
  return false;
}

const KEPT_MS = 30_000;
/** A count is kept for so many times what it took, between KEPT_MS and an hour: counting takes half a per cent of the time at most. */
const KEPT_PER_COST = 200;
const LONGEST_KEPT_MS = 3_600_000;
const MOST_KEPT = 30_000;
/** Of a list's layers that are to be measured; those beyond are asked for again. */
const MOST_WAITING = 300;

interface Keeping<V> {
  /** What is kept, or made now. */
  get(key: string, make: () => Promise<V>): Promise<V>;
  /** What was made last, though it may be old; `fresh`: it is still kept. */
  last(key: string): { readonly value: V; readonly fresh: boolean } | null;
}
/** Keeps what was made under a key; one making at a time, and the one kept longest leaves first. `keptFor`: milliseconds, of what it cost. */
function keeping<V>(now: () => number, keptFor: (cost: number) => number): Keeping<V> {
  const kept = new Map<string, { until: number; readonly value: Promise<V>; made: { readonly value: V } | null }>();
  return {
    get(key, make) {
      const known = kept.get(key);
      if (known && now() < known.until) return known.value;
      const began = now();
      const one: { until: number; readonly value: Promise<V>; made: { readonly value: V } | null } = {
        ...{ until: Number.POSITIVE_INFINITY, value: make(), made: known?.made ?? null },
      };
      kept.delete(key);
      kept.set(key, one);
      one.value.then(
        (value) => {
          one.until = now() + keptFor(now() - began);
          one.made = { value };
        },
        () => {
          if (kept.get(key) === one) kept.delete(key);
        },
      );
      for (const oldest of kept.keys()) {
        if (kept.size <= MOST_KEPT) break;
        kept.delete(oldest);
      }
      return one.value;
    },
    last(key) {
      const one = kept.get(key);
      return one?.made ? { value: one.made.value, fresh: now() < one.until } : null;
    },
  };
}

export interface Healths {
  /** Measured now, or a moment ago. `adcode`: the area that is counted. @throws Problem database-unavailable */
  measured(layer: Catalogued, adcode: string): Promise<LayerHealth>;
  /** As it was measured last; null: never, or its table cannot be read. Measures behind the caller's back, one layer after the other, what is not fresh. */
  known(layer: Catalogued, adcode: string): LayerHealth | null;
}

export function openLayerHealth(house: House): Healths {
  const healths = keeping<LayerHealth>(house.now, () => KEPT_MS);
  const counts = keeping<Record<string, number | null>>(house.now, (cost) =>
    Math.min(LONGEST_KEPT_MS, Math.max(KEPT_MS, cost * KEPT_PER_COST)),
  );

  /** rows, placed, since (of the newest), and a0, a1 … of the attributes: how many rows have one. */
  async function count(
    { entry, table: { table, only, adcodeColumn, call } }: Catalogued,
    adcode: string,
  ): Promise<Record<string, number | null>> {
    const values: unknown[] = [];
    const next = (value: unknown): string => `$${values.push(value)}`;
    // Rows without a place belong to what should be complete, though the map does not show them.
    const rowsOf = {
      table,
      adcodeColumn,
      ...(only ? { only: { column: only.column, equals: only.equals } } : {}),
      ...(call ? { call } : {}),
      view: wholeView(adcodeColumn === null ? null : adcodePrefix(adcode)),
    } as Viewed;
    // A function is measured by what it answers when nothing is said.
    const from = relationSql(rowsOf, null, next);
    const clauses = rowClauses(rowsOf, next);
    const filled = entry.attributes.map(({ name }, i) => `count(nullif(${quoted(name)}::text, ''))::int AS a${i}`);
    const [row] = await house.database.query<Record<string, number | null>>(
      `SELECT count(*)::int AS rows, (count(geom) FILTER (WHERE NOT ST_IsEmpty(geom)))::int AS placed, (extract(epoch FROM max(since)) * 1000)::float8 AS since
       ${filled.map((sql) => `, ${sql}`).join('')} FROM ${from} ${clauses.length ? `WHERE ${clauses.join(' AND ')}` : ''}`,
      values,
    );
    return row ?? {};
  }
  async function measure(layer: Catalogued, adcode: string, key: string): Promise<LayerHealth> {
    const { entry, stream } = layer;
    const { table, only } = layer.table;
    const row = await counts.get(key, () => count(layer, adcode));
    // A removed row leaves no `since`: the log of changes has it. A purge writes there too, and has no rows.
    const [log] = await house.database.query<{ at: number | null }>(
      `SELECT (extract(epoch FROM max(at)) * 1000)::float8 AS at FROM layer_change WHERE source = $1 AND (part IS NULL OR $2::text IS NULL OR part = $2) AND rows > 0`,
      [table, only?.equals ?? null],
    );
    const now = house.now();
    const rows = Number(row['rows'] ?? 0);
    const written = Math.max(row['since'] ?? 0, log?.at ?? 0) || null;
    const things = stream
      ? [...house.store.things(streamPath(stream))].filter(({ adcode: at }) => at.startsWith(adcodePrefix(adcode)))
      : [];
    const lasts = things.map((thing) => Object.values(thing.series).reduce((last, latest) => Math.max(last, latest[7]), 0));
    const pulled = lasts.reduce((a, b) => Math.max(a, b), 0) || null;
    const promiseSeconds = stream
      ? stream.periodSeconds + stream.staleAfterSeconds
      : (entry.metadata.updateCycle && updateCycles[entry.metadata.updateCycle].seconds) || null;
    const newest = stream ? pulled : written;
    const share = (count: number | null | undefined): number | null => (rows === 0 ? null : Number(count ?? 0) / rows);
    const geometry = share(row['placed']);
    const attributes = entry.attributes.map(({ name, title }, i) => ({ name, title, share: share(row[`a${i}`]) }));
    const shares = [geometry, ...attributes.map((one) => one.share)].filter((one) => one !== null);
    const age: LayerAge = { newest: newest === null ? null : timeText(newest), promiseSeconds, ...ageOf(newest, promiseSeconds, now) };
    const simulated = stream
      ? Math.min(rows, things.filter(({ provenance }) => provenance === 'simulated').length)
      : entry.provenance === 'simulated'
        ? rows
        : 0;
    const inTime = lasts.filter((last) => last > 0 && now - last <= (promiseSeconds ?? 0) * 1000).length;
    const health = {
      ...{ layer: entry.id, asOf: timeText(now), rows, simulated, age },
      things: stream ? ([inTime, things.length] as const) : null,
      lastWrite: written === null ? null : timeText(written),
      lastPull: pulled === null ? null : timeText(pulled),
      completeness: { geometry, attributes, overall: shares.length === 0 ? null : shares.reduce((a, b) => a + b, 0) / shares.length },
      thresholds: stream && stream.thresholds.length > 0 ? thresholdReach(stream, things) : null,
    };
    return { ...health, verdicts: verdictsOf(health) };
  }
  const keyOf = (layer: Catalogued, adcode: string): string => `${layer.entry.id} ${adcode} ${layer.entry.updated ?? ''}`;
  const measured = (layer: Catalogued, adcode: string): Promise<LayerHealth> => {
    const key = keyOf(layer, adcode);
    return healths.get(key, () => measure(layer, adcode, key));
  };
  /** Lists ask for many at once, and for the same again and again: each waits once, and a visitor does not take every connection of the pool. */
  const waiting = new Map<string, () => Promise<unknown>>();
  let working = false;
  async function work(): Promise<void> {
    working = true;
    for (const [key, task] of waiting) {
      // One whose table cannot be read stays unknown, and is tried when it is asked for again.
      await task().catch(() => undefined);
      waiting.delete(key);
    }
    working = false;
  }
  return {
    measured,
    known(layer, adcode) {
      const key = keyOf(layer, adcode);
      const last = healths.last(key);
      if (!last?.fresh && !waiting.has(key) && waiting.size < MOST_WAITING) {
        waiting.set(key, () => measured(layer, adcode));
        if (!working) void work();
      }
      return last?.value ?? null;
    },
  };
}
