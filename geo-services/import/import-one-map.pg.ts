// Fills the base layers of 一张图: divisions, places, rivers, land around, sea depths, relief. Idempotent; under three seconds.
//
// Boundaries: echarts@4.9.0 (Apache-2.0), GCJ-02 converted exactly, vertices good to about 100 m: a picture of the province, not a legal border.
import { adcodeContains, type BBox, insideBBox, type LngLat } from '../../contracts/geo.ts';
import { wgs84FromGcj02 } from '../crs/gcj02.ts';
import type { Queryable, Transactional } from '../queryable.ts';
import { type GshhgLine, linesWithin } from './gshhg-lines.ts';
import { type Area, convertArea, decodePackedMap, multiPolygonText, type Polygons } from './packed-geojson.ts';
import {
  capitalCode,
  cityEnglish,
  contextBox,
  countryChinese,
  depths,
  farBox,
  labelPoints,
  openSea,
  provinceCode,
  reliefBox,
  riverNameReach,
  riverNames,
} from './places.data.ts';
import { pngOf } from './png.file.ts';
import { depthOutlines, shadePicture, smoothed } from './relief.ts';
import { fingerprintOf, installedPaths, readBinnedLines, readRelief, readText, type SourcePaths } from './sources.file.ts';

/** Raise it when the import makes something else of the same files. */
const IMPORT_VERSION = 'one-map 3';
const RELIEF_WIDTH = 1300;

export interface ImportReport {
  /** False: the same sources were imported before and nothing was done. */
  readonly changed: boolean;
  /** Rows per table. */
  readonly rows: Readonly<Record<string, number>>;
  readonly reliefBytes: number;
  /** What is missing, in words for the log and the operations page. */
  readonly missing: readonly string[];
}

/** Brings the base layers up to the sources. Runs in one transaction. @throws Problem database-unavailable | bad-body */
export async function importOneMap(
  database: Transactional,
  options: { readonly paths?: SourcePaths; readonly force?: boolean } = {},
): Promise<ImportReport> {
  const paths = options.paths ?? installedPaths();
  const fingerprint = await fingerprintOf(paths, IMPORT_VERSION);
  const before = await database.query<{ fingerprint: string; report: ImportReport }>(
    "SELECT fingerprint, report FROM import_source WHERE name = 'one-map'",
  );
  if (!options.force && before[0]?.fingerprint === fingerprint) return { ...before[0].report, changed: false };

  const cities = decodePackedMap(await readText(paths.province)).map((area) => convertArea(area, wgs84FromGcj02));
  const china = decodePackedMap(await readText(paths.china)).map((area) => convertArea(area, wgs84FromGcj02));
  const countries = plainAreas(await readText(paths.world)).filter((area) => area.name in countryChinese && reaches(area, farBox));
  const heightBox: BBox = [reliefBox[0] - 0.5, reliefBox[1] - 0.5, reliefBox[2] + 0.5, reliefBox[3] + 0.5];
  const grid = await readRelief(paths.relief, heightBox);
  const [rivers, shores] = await Promise.all([readBinnedLines(paths.rivers, 'rivers'), readBinnedLines(paths.shores, 'shores')]);
  const shade = grid ? pngOf(shadePicture(smoothed(grid), reliefBox, RELIEF_WIDTH)) : null;
  const outlines = grid ? depthOutlines(grid, depths, 3) : [];
  const missing = [
    ...(grid ? [] : ['地形与海底：未装 ferret-datasets（ETOPO5）']),
    ...(rivers ? [] : ['河流、湖库与邻国海岸：未装 gmt-gshhg-high 与 netcdf-bin（GSHHG）']),
  ];

  return database.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock(210000)');
    for (const table of ['division', 'place', 'river', 'lake', 'context_land', 'sea_depth', 'relief_picture'])
      await tx.query(`DELETE FROM ${table}`);
    await insertDivisions(tx, cities);
    await insertPlaces(tx, cities);
    const shoreLines = shores ? linesWithin(shores, contextBox) : [];
    await insertContext(tx, china, await countryLand(tx, china, countries, shoreLines));
    await insertLakes(tx, shoreLines);
    if (rivers) await insertRivers(tx, linesWithin(rivers, contextBox));
    for (const [depth, outline] of outlines) await insertDepth(tx, depth, JSON.stringify(outline), heightBox);
    if (shade) await tx.query('INSERT INTO relief_picture VALUES ($1, $2, $3, $4, $5, $6)', ['shade', ...reliefBox, shade]);
    const rows: Record<string, number> = {};
    for (const table of ['division', 'place', 'river', 'lake', 'context_land', 'sea_depth'])
      rows[table] = Number((await tx.query(`SELECT count(*)::int AS n FROM ${table}`))[0]?.['n'] ?? 0);
    const report: ImportReport = { changed: true, rows, reliefBytes: shade?.byteLength ?? 0, missing };
    await tx.query(
      `INSERT INTO import_source (name, fingerprint, report) VALUES ('one-map', $1, $2)
       ON CONFLICT (name) DO UPDATE SET fingerprint = excluded.fingerprint, report = excluded.report, imported = now()`,
      [fingerprint, JSON.stringify(report)],
    );
    return report;
  });
}

/** Areas of an unpacked GeoJSON (world.json, WGS 84). */
function plainAreas(text: string): Area<LngLat>[] {
  const map = JSON.parse(text) as { features: { properties: { name: string }; geometry: { type: string; coordinates: unknown } }[] };
  return map.features.map(({ properties, geometry }) => ({
    id: '',
    name: properties.name,
    centre: null,
    polygons: (geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates) as Polygons<LngLat>,
  }));
}

/** Whether any vertex of an area lies in the box. */
function reaches(area: Area<LngLat>, box: BBox): boolean {
  return area.polygons.some((rings) => rings.some((ring) => ring.some((position) => insideBBox(position, box))));
}

/** SQL: a valid MultiPolygon in 4490 out of GeoJSON text. */
const validPolygon = (text: string): string =>
  `ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(${text}), 4490)), 3))`;

async function insertDivisions(tx: Queryable, cities: readonly Area<LngLat>[]): Promise<void> {
  const inside = cities.filter((city) => adcodeContains(provinceCode, city.id));
  await tx.query(
    `WITH given AS MATERIALIZED (
       SELECT adcode, name, ${validPolygon('polygon')} AS geom, ST_SetSRID(ST_MakePoint(lng, lat), 4490) AS centre
       FROM unnest($1::text[], $2::text[], $3::text[], $4::float8[], $5::float8[]) AS t (adcode, name, polygon, lng, lat))
     INSERT INTO division (adcode, name, level, centre, geom, geom_3857)
     SELECT adcode, name, 'city', centre, geom, ST_Transform(geom, 3857) FROM given ORDER BY adcode`,
    [
      ...[inside.map((city) => city.id), inside.map((city) => city.name), inside.map((city) => multiPolygonText(city.polygons))],
      ...[inside.map((city) => city.centre?.[0] ?? null), inside.map((city) => city.centre?.[1] ?? null)],
    ],
  );
  // The cities' edges do not match to the last vertex: closing by 300 m and dropping holes leaves one clean outline.
  await tx.query(
    `WITH closed AS MATERIALIZED (SELECT ST_Buffer(ST_Buffer(ST_Union(geom), 0.003, 2), -0.003, 2) AS geom FROM division WHERE level = 'city'),
       rings AS (SELECT ST_MakePolygon(ST_ExteriorRing((ST_Dump(geom)).geom)) AS geom FROM closed),
       outline AS MATERIALIZED (SELECT ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_SimplifyPreserveTopology(ST_Union(geom), 0.0002)), 3)) AS geom FROM rings)
     INSERT INTO division (adcode, name, level, centre, geom, geom_3857)
     SELECT $1, '辽宁省', 'province', (SELECT centre FROM division WHERE adcode = $2), geom, ST_Transform(geom, 3857) FROM outline`,
    [provinceCode, capitalCode],
  );
}

async function insertPlaces(tx: Queryable, cities: readonly Area<LngLat>[]): Promise<void> {
  const places = [
    ...cities.flatMap(({ id, name, centre }) => {
      const kind = id === capitalCode ? 'capital' : 'city';
      return centre
        ? [
            {
              name: name.replace(/市$/, ''),
              english: cityEnglish[id] ?? null,
              kind,
              rank: kind === 'capital' ? 1 : 2,
              adcode: id,
              position: centre,
            },
          ]
        : [];
    }),
    ...labelPoints.map((point) => ({ ...point, adcode: null })),
  ];
  await tx.query(
    `WITH given AS MATERIALIZED (
       SELECT name, name_en, kind, rank, adcode, ST_SetSRID(ST_MakePoint(lng, lat), 4490) AS geom
       FROM unnest($1::text[], $2::text[], $3::text[], $4::int[], $5::text[], $6::float8[], $7::float8[]) AS t (name, name_en, kind, rank, adcode, lng, lat))
     INSERT INTO place (name, name_en, kind, rank, adcode, geom, geom_3857)
     SELECT name, name_en, kind, rank, adcode, geom, ST_Transform(geom, 3857) FROM given`,
    [
      ...[places.map((p) => p.name), places.map((p) => p.english), places.map((p) => p.kind), places.map((p) => p.rank)],
      ...[places.map((p) => p.adcode), places.map((p) => p.position[0]), places.map((p) => p.position[1])],
    ],
  );
}

interface Land {
  readonly name: string;
  /** GeoJSON MultiPolygon. */
  readonly text: string;
}

/**
 * Land of the neighbouring countries. In the detailed box: the shores of GSHHG, as far as the coarse outlines reach and Chinese ground does not.
 * Beyond it, and where GSHHG is not installed: the coarse outlines themselves.
 */
async function countryLand(
  tx: Queryable,
  china: readonly Area<LngLat>[],
  countries: readonly Area<LngLat>[],
  shores: readonly GshhgLine[],
): Promise<Land[]> {
  const coarse = countries.map((area) => ({ name: countryChinese[area.name] ?? area.name, text: multiPolygonText(area.polygons) }));
  const sea = shores.filter((shore) => shore.level === 1);
  if (sea.length === 0) return coarse;
  const neighbours = china.filter((area) => area.id !== provinceCode && reaches(area, contextBox));
  const rows = await tx.query<{ text: string }>(
    `WITH box AS MATERIALIZED (SELECT ST_MakeEnvelope($1, $2, $3, $4, 4490) AS geom),
       shore AS MATERIALIZED (SELECT ST_Collect(ST_Simplify(ST_SetSRID(ST_GeomFromGeoJSON(line), 4490), 0.002, true)) AS geom FROM unnest($5::text[]) AS line),
       face AS MATERIALIZED (
         SELECT (ST_Dump(ST_Polygonize(edges))).geom FROM (
           SELECT ST_Union(ST_Intersection(shore.geom, box.geom), ST_Boundary(box.geom)) AS edges FROM shore, box) AS noded),
       dry AS MATERIALIZED (
         SELECT geom FROM face
         WHERE NOT EXISTS (SELECT 1 FROM unnest($6::float8[], $7::float8[]) AS wet (lng, lat) WHERE ST_Covers(face.geom, ST_SetSRID(ST_MakePoint(lng, lat), 4490)))),
       coarse AS MATERIALIZED (
         SELECT ST_Union(ST_Intersection(ST_MakeValid(ST_SetSRID(ST_GeomFromGeoJSON(polygon), 4490)), ST_MakeEnvelope($10, $11, $12, $13, 4490))) AS geom
         FROM unnest($8::text[]) AS polygon),
       reach AS MATERIALIZED (SELECT ST_Buffer(ST_Intersection(coarse.geom, box.geom), 0.35, 2) AS geom FROM coarse, box),
       ours AS MATERIALIZED (
         SELECT ST_Union(geom) AS geom FROM (
           SELECT ${validPolygon('polygon')} AS geom FROM unnest($9::text[]) AS polygon
           UNION ALL SELECT geom FROM division WHERE level = 'province') AS every),
       inner_land AS MATERIALIZED (
         SELECT ST_Difference((SELECT ST_Union(ST_Intersection(dry.geom, reach.geom)) FROM dry, reach), (SELECT geom FROM ours)) AS geom)
     SELECT ST_AsGeoJSON(ST_Multi(ST_CollectionExtract(ST_Union(inner_land.geom, ST_Difference(coarse.geom, box.geom)), 3)), 6) AS text
     FROM inner_land, coarse, box`,
    [
      ...contextBox,
      sea.map((shore) => JSON.stringify({ type: 'LineString', coordinates: shore.line })),
      ...[openSea.map((position) => position[0]), openSea.map((position) => position[1])],
      ...[coarse.map((land) => land.text), neighbours.map((area) => multiPolygonText(area.polygons))],
      ...farBox,
    ],
  );
  return rows[0]?.text ? [{ name: '邻国', text: rows[0].text }] : coarse;
}

/** Lakes and reservoirs of at least three square kilometres. */
async function insertLakes(tx: Queryable, shores: readonly GshhgLine[]): Promise<void> {
  await tx.query(
    `WITH shore AS MATERIALIZED (SELECT ST_Collect(ST_SetSRID(ST_GeomFromGeoJSON(line), 4490)) AS geom FROM unnest($1::text[]) AS line),
       water AS MATERIALIZED (SELECT ST_Multi((ST_Dump(ST_Polygonize(geom))).geom) AS geom FROM shore)
     INSERT INTO lake (geom, geom_3857)
     SELECT geom, ST_Transform(geom, 3857) FROM water WHERE ST_Area(geom::geography) > 3e6 AND ST_IsValid(geom)`,
    [shores.filter((shore) => shore.level === 2).map((shore) => JSON.stringify({ type: 'LineString', coordinates: shore.line }))],
  );
}

async function insertContext(tx: Queryable, china: readonly Area<LngLat>[], countries: readonly Land[]): Promise<void> {
  const around = [
    ...china
      .filter((area) => area.id !== provinceCode && reaches(area, farBox))
      .map((area) => ({ name: area.name, kind: 'province', text: multiPolygonText(area.polygons) })),
    ...countries.map((land) => ({ ...land, kind: 'country' })),
  ];
  const own = china.find((area) => area.id === provinceCode);
  // Coarse and fine outlines do not meet: what lies between the province, its own coarse outline and the neighbours, and is narrower than some
  // 25 km, is given to the neighbour it touches; the sea keeps its coast because only ground near a land border counts.
  await tx.query(
    `WITH province AS MATERIALIZED (SELECT geom FROM division WHERE level = 'province'),
       coarse AS MATERIALIZED (SELECT ${validPolygon('$4::text')} AS geom),
       given AS MATERIALIZED (
         SELECT name, kind, ${validPolygon('polygon')} AS geom
         FROM unnest($1::text[], $2::text[], $3::text[]) AS t (name, kind, polygon)),
       around AS MATERIALIZED (SELECT ST_Expand(ST_Envelope(geom), 0.6) AS geom FROM province),
       near AS MATERIALIZED (SELECT name, kind, geom FROM given WHERE NOT ST_IsEmpty(geom)),
       land AS MATERIALIZED (
         SELECT ST_Union(ARRAY(SELECT ST_ClipByBox2D(geom, around.geom) FROM (SELECT geom FROM near UNION ALL SELECT geom FROM coarse) AS every WHERE geom && around.geom)
           || province.geom) AS geom FROM around, province GROUP BY province.geom, around.geom),
       closed AS MATERIALIZED (SELECT ST_Buffer(ST_Buffer(ST_Simplify(geom, 0.004), 0.12, 2), -0.12, 2) AS geom FROM land),
       gap AS MATERIALIZED (SELECT ST_Difference(closed.geom, province.geom) AS geom FROM closed, province),
       touching AS MATERIALIZED (SELECT near.*, near.geom && ST_Expand(province.geom, 0.3) AND ST_DWithin(near.geom, province.geom, 0.3) AS touches FROM near, province),
       cut AS MATERIALIZED (
         SELECT name, kind, ST_Difference(
           ST_Union(geom, ST_Intersection((SELECT geom FROM gap),
             ST_Buffer(ST_Simplify(ST_ClipByBox2D(geom, (SELECT geom FROM around)), 0.004), 0.12, 2))),
           (SELECT geom FROM province)) AS geom FROM touching WHERE touches
         UNION ALL SELECT name, kind, geom FROM touching WHERE NOT touches),
       done AS MATERIALIZED (SELECT name, kind, ST_Multi(ST_CollectionExtract(ST_MakeValid(geom), 3)) AS geom FROM cut)
     INSERT INTO context_land (name, kind, geom, geom_3857)
     SELECT name, kind, geom, ST_Transform(geom, 3857) FROM done WHERE NOT ST_IsEmpty(geom) ORDER BY name`,
    [
      ...[around.map((a) => a.name), around.map((a) => a.kind), around.map((a) => a.text)],
      own ? multiPolygonText(own.polygons) : '{"type":"MultiPolygon","coordinates":[]}',
    ],
  );
}

async function insertRivers(tx: Queryable, lines: readonly GshhgLine[]): Promise<void> {
  const names = riverNames.flatMap(({ name, near }) => near.map((position) => ({ name, position })));
  await tx.query(
    `WITH piece AS (
       SELECT rank, ST_SetSRID(ST_GeomFromGeoJSON(line), 4490) AS geom FROM unnest($1::int[], $2::text[]) AS t (rank, line)),
       whole AS MATERIALIZED (SELECT rank, (ST_Dump(ST_LineMerge(ST_Collect(geom)))).geom AS geom FROM piece GROUP BY rank),
       named AS MATERIALIZED (
         SELECT whole.rank, whole.geom, (
           SELECT name FROM unnest($3::text[], $4::float8[], $5::float8[]) AS n (name, lng, lat)
           WHERE ST_DWithin(whole.geom, ST_SetSRID(ST_MakePoint(lng, lat), 4490), $6)
           ORDER BY ST_Distance(whole.geom, ST_SetSRID(ST_MakePoint(lng, lat), 4490)) LIMIT 1) AS name
         FROM whole),
       province AS MATERIALIZED (SELECT ST_Buffer(geom, 0.04, 2) AS geom FROM division WHERE level = 'province'),
       split AS MATERIALIZED (
         SELECT name, rank, true AS inside, ST_Intersection(named.geom, province.geom) AS geom FROM named, province
         UNION ALL SELECT name, rank, false, ST_Difference(named.geom, province.geom) FROM named, province)
     INSERT INTO river (name, rank, inside, geom, geom_3857)
     SELECT name, rank, inside, line, ST_Transform(line, 3857)
     FROM (SELECT name, rank, inside, ST_Multi(ST_CollectionExtract(geom, 2)) AS line FROM split OFFSET 0) AS done WHERE NOT ST_IsEmpty(line)`,
    [
      ...[lines.map((l) => (l.level <= 2 ? 1 : 2)), lines.map((l) => JSON.stringify({ type: 'LineString', coordinates: l.line }))],
      ...[names.map((n) => n.name), names.map((n) => n.position[0]), names.map((n) => n.position[1]), riverNameReach],
    ],
  );
}

/** `box`: of the heights; what lies in it and is not deeper than `depth` is a band, land included (the land is drawn over it). */
async function insertDepth(tx: Queryable, depth: number, segments: string, box: BBox): Promise<void> {
  await tx.query(
    `WITH outline AS MATERIALIZED (
       SELECT ST_SetSRID(ST_GeomFromGeoJSON('{"type":"MultiLineString","coordinates":' || $2 || '}'), 4490) AS geom),
       area AS MATERIALIZED (
         SELECT ST_Multi(ST_CollectionExtract(ST_Difference(ST_MakeEnvelope($3, $4, $5, $6, 4490), ST_MakeValid(ST_BuildArea(geom))), 3)) AS geom FROM outline)
     INSERT INTO sea_depth (depth, geom, geom_3857) SELECT $1, geom, ST_Transform(geom, 3857) FROM area WHERE NOT ST_IsEmpty(geom)`,
    [depth, segments, ...box],
  );
}
