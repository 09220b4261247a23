// Versions of the layers' content as the database has them now: what ETags and caches stand on.
import type { Layer } from '../../contracts/layer.ts';
import type { Queryable } from '../queryable.ts';

/** Milliseconds for which one reading of the table serves everybody: far below the second in which a fresh row must show. */
const SHARED_MILLISECONDS = 200;

export interface Versions {
  /** Changes whenever the layer's or its theme's version was bumped. @throws Problem database-unavailable */
  of(layer: Pick<Layer, 'id' | 'theme'>): Promise<string>;
}

export function openVersions(database: Queryable): Versions {
  let current: Promise<ReadonlyMap<string, string>> | null = null;
  async function read(): Promise<ReadonlyMap<string, string>> {
    const rows = await database.query<{ layer: string; version: string; at: string }>(
      'SELECT layer, version::text AS version, (extract(epoch FROM updated) * 1000000)::bigint::text AS at FROM layer_version',
      [],
      'layer-versions',
    );
    return new Map(rows.map((row) => [row.layer, `${row.version}.${BigInt(row.at).toString(36)}`]));
  }
  function shared(): Promise<ReadonlyMap<string, string>> {
    if (current) return current;
    const reading = read();
    current = reading;
    const forget = (): void => {
      if (current === reading) current = null;
    };
    reading.then(() => setTimeout(forget, SHARED_MILLISECONDS).unref(), forget);
    return reading;
  }
  return {
    async of(layer) {
      const versions = await shared();
      return [layer.id, layer.theme].map((key) => versions.get(key) ?? '0').join('-');
    },
  };
}
