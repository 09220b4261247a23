// 一张图 against MapServer: the same tables of the same PostGIS, in the same run, in turn. And what is kept, what is coarse, and what is counted.
//
// The mix: tiles of z9–z14 that hold something, as many of each zoom, none twice, both layers in one tile. Ours is the whole server: session,
// sight, audit, ETag. MapServer's answers are not compressed, so ours are not either; as browsers ask for them, gzipped, they are measured beside.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { findTile, gridTileAt, matrixSets } from '../../geo-services/tiles/matrix-sets.ts';
import { openDatabase, type PgDatabase } from '../../server/database/pool.pg.ts';
import { adminPassword, databaseUrl, dataFolder, type RunningServer, startServer } from '../server.file.ts';
import { type Load, load, quantile, textOf } from './http-load.ts';
import { ensureMapServer, type MapServer, startMapServer } from './map-server.file.ts';
import { featureCounts } from './mvt-count.ts';
import { type BenchTables, fillMap, fillReadings, parcels, points, province, readings } from './one-map-data.pg.ts';
import { median, type Result } from './result.ts';

export interface Address {
  readonly z: number;
  readonly x: number;
  readonly y: number;
}
const quad = matrixSets.get('WebMercatorQuad');
if (!quad || !findTile(quad, '9', '0', '0').tile) throw new Error('no WebMercatorQuad');

/** Every tile of a zoom over the province. */
function tilesOf(z: number): Address[] {
  const [west, south, east, north] = province;
  const [first, last] = [gridTileAt(quad!, z, [west + 0.05, north - 0.05]), gridTileAt(quad!, z, [east - 0.05, south + 0.05])];
  const all: Address[] = [];
  for (let x = first.x; x <= last.x; x++) for (let y = first.y; y <= last.y; y++) all.push({ z, x, y });
  return all;
}
/** So many of them, the same at every run. */
function chosen(z: number, count: number): Address[] {
  const all = tilesOf(z);
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, n) => all[Math.floor(((n + 0.5) * all.length) / Math.min(count, all.length))]!,
  );
}
const mixZooms = [9, 10, 11, 12, 13, 14];
/** Interleaved, so that no moment of the run has only light tiles. */
function mix(perZoom: number): Address[] {
  const columns = mixZooms.map((z) => chosen(z, perZoom));
  return Array.from({ length: perZoom }, (_, n) => columns.flatMap((tiles) => tiles[n] ?? [])).flat();
}
const both = [parcels.id, points.id].join(',');
const ourPath = ({ z, x, y }: Address, layers = both): string => `/ogc/tiles/WebMercatorQuad/${z}/${y}/${x}?collections=${layers}`;

async function session(server: RunningServer): Promise<Record<string, string>> {
  const body = JSON.stringify({ username: 'admin', password: adminPassword });
  const answer = await fetch(`${server.http}/api/session`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  return { authorization: `Bearer ${((await answer.json()) as { token: string }).token}`, 'accept-encoding': 'gzip' };
}
/** Drops every kept tile, below z9 and from there on: as a change of the whole table would, but the rows are the same and so are their pyramids. */
async function dropTiles(database: PgDatabase, { parcels, points }: BenchTables): Promise<void> {
  await database.query(
    'INSERT INTO layer_change (source, rows, min_zoom, max_zoom) SELECT source, 0, low, high FROM unnest($1::text[]) AS source, (VALUES (0, 8), (9, 30)) AS z (low, high)',
    [[parcels, points]],
  );
  await pause(400);
}

interface Equal {
  readonly features: number;
  /** Share of features by which the two differ, over all tiles. */
  readonly apart: number;
}
/** Counts every layer of every tile on both sides: what reaches into the tile proper, for the buffers around it are not the same. */
function compare(ours: Load, theirs: Load): Equal {
  let [features, apart] = [0, 0];
  ours.answers.forEach((answer, i) => {
    const [mine, its] = [featureCounts(textOf(answer), 4096), featureCounts(textOf(theirs.answers[i]!), 4096)];
    for (const id of [parcels.id, points.id]) {
      features += its.get(id) ?? 0;
      apart += Math.abs((mine.get(id) ?? 0) - (its.get(id) ?? 0));
    }
  });
  return { features, apart: apart / features };
}

async function againstMapServer(
  server: RunningServer,
  mapServer: MapServer,
  database: PgDatabase,
  tables: BenchTables,
  perZoom: number,
): Promise<Result[]> {
  const headers = await session(server);
  const addresses = mix(perZoom);
  const [ourPaths, theirPaths] = [addresses.map((tile) => ourPath(tile)), addresses.map(({ z, x, y }) => mapServer.tile(z, x, y))];
  const { authorization } = headers;
  const [ours, theirs, packed]: [Load[], Load[], Load[]] = [[], [], []];
  // Both have served before they are measured, and rounds stand side by side: a machine that is shared is never the same for a minute.
  await Promise.all([load(server.http, ourPaths, headers), load(mapServer.origin, theirPaths)]);
  for (let round = 0; round < 5; round++) {
    await dropTiles(database, tables);
    ours.push(await load(server.http, ourPaths, { authorization: String(authorization) }));
    await dropTiles(database, tables);
    packed.push(await load(server.http, ourPaths, headers));
    theirs.push(await load(mapServer.origin, theirPaths));
  }
  process.stderr.write(
    `· ${ours.map(({ perSecond }) => perSecond.toFixed(1))}, gzipped ${packed.map(({ perSecond }) => perSecond.toFixed(1))} against ${theirs.map(({ perSecond }) => perSecond.toFixed(1))}\n`,
  );
  const equal = compare(ours[0]!, theirs[0]!);
  if (equal.features < 10_000 || equal.apart > 0.02)
    throw new Error(`${(equal.apart * 100).toFixed(1)} % of ${equal.features} features are not in both`);
  const rates = [ours, theirs, packed].map((loads) => median(loads.map(({ perSecond }) => perSecond))) as [number, number, number];
  const p95 = [ours, theirs].map((loads) => median(loads.map((one) => one.p95))) as [number, number];
  const p50 = [ours, theirs].map((loads) => median(loads.map((one) => one.p50))) as [number, number];
  const against = (loads: readonly Load[], of: (load: Load) => number): number =>
    median(loads.map((one, n) => of(one) / of(theirs[n] as Load)));
  const told = `MapServer ${rates[1].toFixed(0)}/s, ours ${rates[0].toFixed(0)}/s; p50 ${p50[1].toFixed(1)} and ${p50[0].toFixed(1)} ms`;
  return [
    {
      name: 'tiles-mapserver-ratio',
      value: against(ours, ({ perSecond }) => perSecond),
      unit: '×',
      against: `${told}; z9–z14, ${addresses.length} tiles, 8 at a time`,
    },
    {
      name: 'tiles-mapserver-gzip',
      value: against(packed, ({ perSecond }) => perSecond),
      unit: '×',
      against: `ours gzipped ${rates[2].toFixed(0)}/s, MapServer's as they are`,
    },
    {
      name: 'tiles-mapserver-p95',
      value: against(ours, (one) => one.p95),
      unit: '×',
      against: `p95 MapServer ${p95[1].toFixed(1)} ms, ours ${p95[0].toFixed(1)} ms`,
    },
    {
      ...{ name: 'tiles-mapserver-apart', value: equal.apart * 100, unit: '%' },
      against: `of ${equal.features} features in all tiles, counted per layer and tile on both sides`,
    },
  ];
}

/** Kept tiles against the same tiles made; every tile is asked for many times. */
async function kept(server: RunningServer, database: PgDatabase, tables: BenchTables): Promise<Result[]> {
  const headers = await session(server);
  const paths = mix(30).map((tile) => ourPath(tile));
  await dropTiles(database, tables);
  const made = await load(server.http, paths, headers);
  const often = Array.from({ length: 80 }, () => paths).flat();
  const rates: Load[] = [];
  const cores: number[] = [];
  for (let round = 0; round < 3; round++) {
    const [cpu, from] = [cpuSeconds(server), performance.now()];
    rates.push(await load(server.http, often, headers, 16));
    cores.push((cpuSeconds(server) - cpu) / ((performance.now() - from) / 1000));
  }
  const rate = median(rates.map(({ perSecond }) => perSecond));
  const busy = median(cores);
  return [
    {
      name: 'tiles-kept-ratio',
      value: rate / made.perSecond,
      unit: '×',
      against: `kept ${rate.toFixed(0)}/s, made ${made.perSecond.toFixed(0)}/s`,
    },
    {
      ...{ name: 'tiles-kept-rate', value: rate / busy, unit: 'tiles/s per core' },
      against: `${rate.toFixed(0)}/s with ${busy.toFixed(2)} cores of the server, the client beside it; mean ${(often.length ? bytesOf(rates[0]!) / 1024 : 0).toFixed(1)} KB`,
    },
  ];
}
const bytesOf = ({ answers }: Load): number => answers.reduce((sum, { body }) => sum + body.length, 0) / answers.length;

/** Tiles of z0–z8 with nothing kept, one at a time. */
export async function coarse(
  server: RunningServer,
  database: PgDatabase,
  tables: BenchTables,
  rounds = 3,
): Promise<{ p95: number; worst: number; bytes: number; gzip: number }> {
  const headers = await session(server);
  const paths = [0, 1, 2, 3, 4, 5, 6, 7, 8].flatMap((z) => tilesOf(z)).map((tile) => ourPath(tile));
  const times: number[] = [];
  let [bytes, gzip] = [0, 0];
  for (let round = 0; round < rounds; round++) {
    await dropTiles(database, tables);
    const { answers } = await load(server.http, paths, headers, 1);
    times.push(...answers.map(({ milliseconds }) => milliseconds));
    bytes = Math.max(...answers.map((answer) => textOf(answer).length));
    gzip = Math.max(...answers.map(({ body }) => body.length));
  }
  return { p95: quantile(times, 0.95), worst: Math.max(...times), bytes, gzip };
}

/** Coarse tiles while there is no pyramid, and how long both take to be built in the background from the moment the layers are there. */
async function pyramids(server: RunningServer, database: PgDatabase, tables: BenchTables): Promise<Result[]> {
  const before = await coarse(server, database, tables, 1);
  let seconds: readonly number[] = [];
  for (let wait = 0; seconds.length < 2; wait++) {
    if (wait > 600) throw new Error('the pyramids are not built');
    await pause(500);
    const rows = await database.query<{ seconds: number }>('SELECT seconds FROM pyramid WHERE table_name = ANY($1) ORDER BY layer', [
      [tables.parcels, tables.points],
    ]);
    seconds = rows.map((row) => row.seconds);
  }
  const [table] = [tables.points];
  const from = performance.now();
  await database.query(`INSERT INTO "${table}" (name, geom) VALUES ('new', ST_SetSRID(ST_MakePoint(123, 41), 4490))`);
  const counted = async (): Promise<number> =>
    (await database.query<{ n: number }>('SELECT sum(count)::int AS n FROM pyramid_point WHERE layer = $1 AND z = 0', [points.id]))[0]?.n ??
    0;
  const [there] = await database.query<{ n: number }>(`SELECT count(*)::int AS n FROM "${table}"`);
  while ((await counted()) !== there?.n) {
    if (performance.now() - from > 30_000) throw new Error('a new point does not come into the pyramid');
    await pause(20);
  }
  return [
    {
      ...{ name: 'pyramid-build', value: seconds.reduce((sum, one) => sum + one, 0), unit: 's' },
      against: `parcels ${seconds[0]?.toFixed(1)} s, points ${seconds[1]?.toFixed(1)} s, in the background; coarse tiles meanwhile: p95 ${before.p95.toFixed(0)} ms, ${(before.bytes / 1024).toFixed(0)} KB at most`,
    },
    { name: 'pyramid-change', value: performance.now() - from, unit: 'ms', against: 'a new point until it is counted in z0' },
  ];
}

/** Patches come after the pyramids. */
async function packing(database: PgDatabase): Promise<Result> {
  for (let wait = 0; ; wait++) {
    const rows = await database.query<{ seconds: number }>(
      'SELECT seconds FROM patch_layer WHERE layer = ANY($1) AND NOT refused ORDER BY layer',
      [[parcels.id, points.id]],
    );
    const [first, second] = rows.map((row) => row.seconds);
    if (first !== undefined && second !== undefined)
      return {
        ...{ name: 'patches-build', value: first + second, unit: 's' },
        against: `parcels ${first.toFixed(1)} s, points ${second.toFixed(1)} s, in the background`,
      };
    if (wait > 600) throw new Error('the patches are not packed');
    await pause(500);
  }
}

async function coarseResults(server: RunningServer, database: PgDatabase, tables: BenchTables): Promise<Result[]> {
  const { p95, worst, bytes, gzip } = await coarse(server, database, tables);
  const told = `nothing kept, one at a time; worst ${worst.toFixed(0)} ms`;
  return [
    { name: 'tiles-coarse-p95', value: p95, unit: 'ms', against: told },
    {
      name: 'tiles-coarse-bytes',
      value: bytes / 1024,
      unit: 'KB',
      against: `largest tile of z0–z8, both layers, raw; ${(gzip / 1024).toFixed(0)} KB gzip`,
    },
  ];
}

async function items(server: RunningServer, database: PgDatabase, rows: number): Promise<Result[]> {
  await fillReadings(database, rows);
  await pause(400);
  const headers = await session(server);
  const time = async (paths: readonly string[]): Promise<{ load: Load; ms: number }> => {
    const one = await load(server.http, paths, headers, 1);
    return { load: one, ms: one.p50 };
  };
  const many = 21;
  const box = await time(
    Array.from({ length: many }, (_, n) => {
      const [lng, lat] = [120 + n * 0.2, 40.2 + n * 0.1];
      return `/ogc/collections/${parcels.id}/items?limit=1000&bbox=${lng},${lat},${lng + 0.5},${lat + 0.5}`;
    }),
  );
  const returned = JSON.parse(textOf(box.load.answers[0]!).toString()).numberReturned as number;
  if (returned !== 1000) throw new Error(`a box of ${returned} parcels`);
  const filter = await time(Array.from({ length: many }, (_, n) => `/ogc/collections/${readings.id}/items?limit=10&code=${n * 37}`));
  const first = JSON.parse(textOf(filter.load.answers[0]!).toString()) as { numberReturned: number; numberMatched?: number };
  const [counted] = await database.query<{ n: number }>(
    `SELECT count(*)::int AS n FROM ${await tableOf(database, readings.id)} WHERE code = 0`,
  );
  if (first.numberReturned !== 10 || (first.numberMatched !== undefined && first.numberMatched !== counted?.n))
    throw new Error(`numberMatched ${first.numberMatched}, there are ${counted?.n}`);
  const cql = await time(
    Array.from(
      { length: many },
      (_, n) => `/ogc/collections/${readings.id}/items?limit=10&filter=${encodeURIComponent(`code BETWEEN ${n * 20} AND ${n * 20 + 40}`)}`,
    ),
  );
  return [
    {
      name: 'items-bbox-1000',
      value: box.ms,
      unit: 'ms',
      against: `median of ${many}, 1,000 parcels each, GeoJSON, ${(bytesOf(box.load) / 1024).toFixed(0)} KB`,
    },
    {
      ...{ name: 'items-filter-10', value: filter.ms, unit: 'ms' },
      against: `${rows.toLocaleString('en')} rows, limit=10, numberMatched ${first.numberMatched ?? 'left out'} of ${counted?.n}`,
    },
    {
      name: 'items-cql-10',
      value: cql.ms,
      unit: 'ms',
      against: 'the same with a CQL2 range over 4 % of the rows: beyond 100,000 numberMatched is left out',
    },
  ];
}
async function tableOf(database: PgDatabase, id: string): Promise<string> {
  const [row] = await database.query<{ table_name: string }>('SELECT table_name FROM layer WHERE id = $1', [id]);
  return String(row?.table_name);
}
/** Of the server's process since its start: Linux, /proc. */
function cpuSeconds({ child }: RunningServer): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(stat[11]) + Number(stat[12])) / 100;
}

/** Needs dist/server. BENCH_ROWS: rows of the big table, 5 million if absent; 50 million take a quarter of an hour to make. */
export async function bench(
  parcelCount = 200_000,
  pointCount = 1_000_000,
  rows = Number(process.env['BENCH_ROWS'] ?? 5_000_000),
): Promise<Result[]> {
  const folder = dataFolder();
  const server = await startServer(folder.path, ['--demo', '0']);
  const url = databaseUrl(folder.path);
  const database = openDatabase(url, { max: 2, statementTimeoutMilliseconds: 600_000 });
  let mapServer: MapServer | null = null;
  try {
    const tables = await fillMap(database, parcelCount, pointCount);
    const results: Result[] = await pyramids(server, database, tables);
    results.push(await packing(database));
    const missing = ensureMapServer();
    if (missing === null) {
      mapServer = await startMapServer(folder.path, url, [
        { name: parcels.id, type: 'POLYGON', table: tables.parcels, attributes: ['name', 'kind', 'use_code'], buffer: 64 },
        { name: points.id, type: 'POINT', table: tables.points, attributes: ['name', 'kind', 'value'], buffer: 256 },
      ]);
      results.push(...(await againstMapServer(server, mapServer, database, tables, 60)));
      await mapServer.stop();
      mapServer = null;
    } else process.stderr.write(`· ${missing}\n`);
    results.push(...(await kept(server, database, tables)));
    results.push(...(await coarseResults(server, database, tables)));
    results.push(...(await items(server, database, rows)));
    return results;
  } finally {
    await mapServer?.stop();
    await database.close();
    await server.stop();
    folder.remove();
  }
}
