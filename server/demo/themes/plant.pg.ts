// Plants the demo layers of the themes: reads what the map has, makes the ground and the parcels, and writes all tables in one transaction.
//
// Idempotent: the fingerprint of the base map, the seed and PLANT_VERSION stand in import_source; the same ones are not planted twice.
// Cells are cut to the province and to the waters in the database; what is left of neighbouring cells meets and does not overlap.
import type { LngLat } from '../../../contracts/geo.ts';
import { installedPaths, readRelief } from '../../../geo-services/import/sources.file.ts';
import type { Queryable, Transactional } from '../../../geo-services/queryable.ts';
import { landClasses } from '../../../geo-services/style/layer-colours.data.ts';
import { gauges } from '../gauges.data.ts';
import { seededRandom } from '../random.ts';
import { type Ground, groundBox, groundOf } from './ground.ts';
import { type Parcel, parcelsOf } from './parcels.ts';
import { gatherings, pointPlaces, seaCells } from './places.ts';
import { derivedTables, landTables } from './plant-sql.ts';
import { standOf } from './stands.ts';

/** Raise it when the same seed makes something else. */
const PLANT_VERSION = 'themes 2';
const PORTION = 3000;

export interface PlantReport {
  /** False: it stood there already. */
  readonly changed: boolean;
  readonly rows: Readonly<Record<string, number>>;
}
export interface PlantOptions {
  readonly seed: number;
  /** Where ETOPO5 lies; default: as installed. */
  readonly relief?: string;
  /** Awaited between portions of computing; default: the next turn of the event loop. */
  readonly breathe?: () => Promise<void>;
}

export const plantedTables = [
  ...[
    'land_use',
    'permanent_farmland',
    'ecological_redline',
    'urban_boundary',
    'mineral',
    'sea_use',
    'reservoir',
    'dyke',
    'flood_retention',
  ],
  ...[
    'forest_stand',
    'grassland',
    'nature_reserve',
    'watchtower',
    'water_function_zone',
    'drinking_water_zone',
    'outfall',
    'emergency_place',
  ],
] as const;

async function readGround(database: Queryable, seed: number, relief: string): Promise<Ground | null> {
  const cities = await database.query<{ adcode: string; lng: number; lat: number; geojson: string }>(
    `SELECT adcode, ST_X(centre) AS lng, ST_Y(centre) AS lat, ST_AsGeoJSON(geom, 6) AS geojson FROM division WHERE level = 'city' ORDER BY adcode`,
  );
  if (cities.length === 0) return null;
  const lines = async (sql: string): Promise<LngLat[][]> =>
    (await database.query<{ line: string }>(sql)).map(({ line }) => (JSON.parse(line) as { coordinates: LngLat[] }).coordinates);
  return groundOf({
    seed,
    cities: cities.map(({ adcode, lng, lat, geojson }) => ({
      ...{ adcode, seat: [lng, lat] as const },
      polygons: (JSON.parse(geojson) as { coordinates: LngLat[][][] }).coordinates,
    })),
    rivers: await lines('SELECT ST_AsGeoJSON((ST_Dump(geom)).geom, 6) AS line FROM river WHERE inside'),
    coast: await lines(
      `SELECT ST_AsGeoJSON((ST_Dump(ST_Difference(ST_Boundary(p.geom), (SELECT ST_Union(ST_Buffer(ST_Simplify(ST_Intersection(c.geom, ST_Expand(p.geom, 0.3)), 0.002), 0.02, 2))
         FROM context_land c WHERE c.geom && p.geom)))).geom, 6) AS line FROM division p WHERE level = 'province'`,
    ),
    heights: await readRelief(relief, groundBox),
  });
}

/** Rows of text and numbers into a table that was made for them, a portion at a time. */
async function fill(
  tx: Queryable,
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly (readonly unknown[])[],
): Promise<void> {
  const names = Object.keys(columns);
  const arrays = Object.values(columns).map((type, i) => `$${i + 1}::${type}[]`);
  for (let from = 0; from < rows.length; from += PORTION) {
    const portion = rows.slice(from, from + PORTION);
    await tx.query(
      `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`,
      names.map((_, i) => portion.map((row) => row[i])),
    );
  }
}

async function fillParcels(tx: Queryable, parcels: readonly Parcel[], ground: Ground, seed: number): Promise<void> {
  const random = seededRandom(seed + 2);
  const reserves = gatherings(parcels, { what: '自然保护区', many: 14, km: 13, seed: seed + 3, fits: ({ zone }) => zone === 'redline' });
  const basins = gatherings(parcels, {
    ...{ what: '蓄滞洪区', many: 8, km: 6, seed: seed + 4 },
    fits: (p) => /^01/.test(p.dlbm) && ground.riverKm(p.lng, p.lat) < 7 && ground.height(p.lng, p.lat) < 45,
  });
  const groupOf = (list: typeof reserves, i: number): [string | null, boolean | null] => {
    const found = list.find(({ parcels: members }) => members.has(i));
    return [found?.name ?? null, found?.parcels.get(i) ?? null];
  };
  const rows = parcels.map((parcel, i) => {
    const stand = parcel.dlbm.startsWith('03') ? standOf(ground, parcel, random()) : null;
    const [reserve, core] = groupOf(reserves, i);
    const [basin] = groupOf(basins, i);
    return [
      ...[parcel.wkt, parcel.adcode, parcel.dlbm, parcel.zone, parcel.patch, stand?.species ?? null, stand?.ageGroup ?? null],
      ...[stand?.canopy ?? null, reserve, core, basin, Math.round(40 + 55 * ground.noise(12, 5, parcel.lng, parcel.lat))],
    ];
  });
  const columns = {
    ...{ wkt: 'text', adcode: 'text', dlbm: 'text', zone: 'text', patch: 'int', species: 'text', age_group: 'text' },
    ...{ canopy: 'float8', reserve: 'text', core: 'bool', basin: 'text', cover: 'int' },
  };
  await tx.query(
    `CREATE TEMP TABLE raw_parcel (id serial, ${Object.entries(columns)
      .map(([name, type]) => `${name} ${type}`)
      .join(', ')}) ON COMMIT DROP`,
  );
  await fill(tx, 'raw_parcel', columns, rows);
  await tx.query('CREATE TEMP TABLE land_class (dlbm text, dlmc text) ON COMMIT DROP');
  await fill(tx, 'land_class', { dlbm: 'text', dlmc: 'text' }, Object.entries(landClasses));
}

async function fillPlaces(tx: Queryable, parcels: readonly Parcel[], ground: Ground, seed: number): Promise<void> {
  const places = pointPlaces(parcels, ground, seed);
  const columns = {
    place: 'text',
    name: 'text',
    adcode: 'text',
    kind: 'text',
    number: 'int',
    contact: 'text',
    phone: 'text',
    lng: 'float8',
    lat: 'float8',
  };
  await tx.query(
    `CREATE TEMP TABLE raw_place (${Object.entries(columns)
      .map(([name, type]) => `${name} ${type}`)
      .join(', ')}) ON COMMIT DROP`,
  );
  const rows = [...places].flatMap(([table, list]) =>
    list.map((p) => [table, p.name, p.adcode, p.kind, p.number, p.contact, p.phone, p.lng, p.lat]),
  );
  await fill(tx, 'raw_place', columns, rows);
  await tx.query('CREATE TEMP TABLE raw_sea (adcode text, kind text, wkt text) ON COMMIT DROP');
  await fill(
    tx,
    'raw_sea',
    { adcode: 'text', kind: 'text', wkt: 'text' },
    seaCells(ground, seed).map((c) => [c.adcode, c.kind, c.wkt]),
  );
  await tx.query('CREATE TEMP TABLE raw_gauge (name text, lng float8, lat float8) ON COMMIT DROP');
  await fill(
    tx,
    'raw_gauge',
    { name: 'text', lng: 'float8', lat: 'float8' },
    gauges.filter((g) => g.kind === 'reservoir').map((g) => [g.name, ...g.position]),
  );
}

/** Plants them unless they stand there. @throws Problem database-unavailable */
export async function plantThemes(database: Transactional, options: PlantOptions): Promise<PlantReport> {
  const { seed, relief = installedPaths().relief, breathe = () => new Promise((turn) => setImmediate(turn)) } = options;
  const [known] = await database.query<{ base: string | null; planted: string | null; report: PlantReport | null }>(
    `SELECT (SELECT fingerprint FROM import_source WHERE name = 'one-map') AS base, t.fingerprint AS planted, t.report
     FROM (VALUES (1)) AS one LEFT JOIN import_source t ON t.name = 'themes'`,
  );
  const fingerprint = `${PLANT_VERSION} seed ${seed} on ${known?.base ?? 'nothing'}`;
  if (known?.planted === fingerprint && known.report) return { ...known.report, changed: false };
  const ground = await readGround(database, seed, relief);
  if (ground === null) return { changed: false, rows: {} };
  const parcels = await parcelsOf(ground, seed, breathe);
  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock(210001)');
    // Truncated, not deleted: what the demo made before is no history worth keeping.
    await tx.query(`TRUNCATE ${plantedTables.join(', ')}`);
    await fillParcels(tx, parcels, ground, seed);
    await breathe();
    await fillPlaces(tx, parcels, ground, seed);
    for (const statement of [...landTables, ...derivedTables]) await tx.query(statement);
    const rows: Record<string, number> = {};
    for (const table of plantedTables) rows[table] = Number((await tx.query(`SELECT count(*)::int AS n FROM ${table}`))[0]?.['n'] ?? 0);
    const report: PlantReport = { changed: true, rows };
    await tx.query(
      `INSERT INTO import_source (name, fingerprint, report) VALUES ('themes', $1, $2)
       ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, report = excluded.report, imported = now()`,
      [fingerprint, JSON.stringify(report)],
    );
    return report;
  });
}

/** Plants while the house is already open; a failure is told and nothing else: the next start tries again. */
export async function plantBeside(
  database: Transactional,
  seed: number,
  logger: { info(figures: object, message: string): void; warn(figures: object, message: string): void },
): Promise<void> {
  try {
    const { changed, rows } = await plantThemes(database, { seed });
    if (changed) logger.info({ rows }, 'demo layers planted');
  } catch (error) {
    logger.warn({ err: error }, 'demo layers not planted');
  }
}
