// Registers the demo province on an empty database: Things only. Their numbers come later, over the real ports.

import type { LngLat } from '../../contracts/geo.ts';
import { observedPropertyTable } from '../../contracts/observed-property.ts';
import type { Database } from '../database/database.ts';
import type { Registry } from '../house.ts';
import { acceptanceSite, demoSites, type Site } from './sites.ts';

/** True on a database where no device was ever registered. */
export async function isEmpty(database: Database): Promise<boolean> {
  const rows = await database.query<{ any: boolean }>('SELECT EXISTS (SELECT FROM thing) AS any');
  return rows[0]?.any === false;
}

/** City polygons as a point test. Without divisions every point counts as inside. */
async function landTest(database: Database): Promise<(adcode: string, position: LngLat) => boolean> {
  const rows = await database.query<{ adcode: string; rings: string }>(
    `SELECT adcode, ST_AsGeoJSON(ST_Multi(ST_SimplifyPreserveTopology(geom, 0.005))) AS rings FROM division WHERE level = 'city'`,
  );
  const polygons = new Map(rows.map((row) => [row.adcode, (JSON.parse(row.rings) as { coordinates: LngLat[][][] }).coordinates]));
  return (adcode, [x, y]) => {
    const shapes = polygons.get(adcode);
    if (!shapes) return true;
    return shapes.some((rings) => rings.reduce((inside, ring) => inside !== crosses(ring, x, y), false));
  };
}
/** Even–odd rule: whether a ray to the east crosses the ring an odd number of times. */
function crosses(ring: readonly LngLat[], x: number, y: number): boolean {
  let odd = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [xi, yi] = ring[i] as LngLat;
    const [xj, yj] = ring[j] as LngLat;
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) odd = !odd;
  }
  return odd;
}

/** Writes the demo Things (idempotent by uid) and the table of observed properties. Returns the sites to simulate. */
export async function seedDemo(database: Database, registry: Registry, seed: number): Promise<Site[]> {
  const sites = demoSites(seed, await landTest(database));
  for (const property of observedPropertyTable)
    await database.query(
      'INSERT INTO observed_property (code, name, definition, description) VALUES ($1, $2, $3, $4) ON CONFLICT (code) DO NOTHING',
      [property.code, property.zh, `urn:liaozhi:property:${property.code}`, property.source],
      'seed-property',
    );
  for (const site of sites) await registry.saveThing(site.thing);
  await registry.saveThing(acceptanceSite);
  return sites;
}

/** The newest phenomenonTime of any simulated Thing: the simulators back-fill from there. null: nothing yet. */
export async function newestSimulated(database: Database, now: number): Promise<number | null> {
  const rows = await database.query<{ newest: number | null }>(
    `SELECT max(extract(epoch FROM o.phenomenon_time) * 1000)::float8 AS newest
     FROM observation o JOIN datastream d ON d.id = o.datastream JOIN thing t ON t.id = d.thing
     WHERE t.provenance = 'simulated' AND t.stream = 'ecology/air-quality'
       AND o.phenomenon_time > to_timestamp($1::float8 / 1000) AND o.phenomenon_time <= to_timestamp($2::float8 / 1000)`,
    [now - 3 * 86_400_000, now],
  );
  return rows[0]?.newest ?? null;
}
