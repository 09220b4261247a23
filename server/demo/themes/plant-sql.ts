// The statements that make the demo's layers out of raw_parcel, raw_place, raw_sea and raw_gauge, in order.
//
// Waters first, then the parcels without them, then what is dissolved out of the parcels. Widths are degrees: invented, not surveyed.

const valid = (sql: string): string => `ST_Multi(ST_CollectionExtract(${sql}, 3))`;
const hectares = (sql: string): string => `round((ST_Area(${sql}::geography) / 1e4)::numeric, 2)::float8`;

export const landTables: readonly string[] = [
  `CREATE TEMP TABLE land ON COMMIT DROP AS SELECT geom FROM division WHERE level = 'province'`,
  // Pieces with a box each: most cells lie wholly inside and are not cut at all.
  `CREATE TEMP TABLE land_edge ON COMMIT DROP AS SELECT ST_Subdivide(ST_Boundary(geom), 64) AS geom FROM land`,
  `CREATE INDEX ON land_edge USING gist (geom)`,
  `CREATE TEMP TABLE land_piece ON COMMIT DROP AS SELECT ST_Subdivide(geom, 128) AS geom FROM land`,
  `CREATE INDEX ON land_piece USING gist (geom)`,
  `CREATE TEMP TABLE cell ON COMMIT DROP AS
   SELECT r.id, adcode, dlbm, zone, patch, species, age_group, canopy, reserve, core, basin, cover, CASE
     WHEN EXISTS (SELECT 1 FROM land_edge e WHERE e.geom && c.geom AND ST_Intersects(e.geom, c.geom))
     THEN ST_CollectionExtract(ST_Intersection(c.geom, (SELECT ST_Union(p.geom) FROM land_piece p WHERE p.geom && c.geom)), 3)
     ELSE c.geom END AS geom
   FROM raw_parcel r CROSS JOIN LATERAL (SELECT ST_GeomFromText(wkt, 4490) AS geom) AS c
   WHERE EXISTS (SELECT 1 FROM land_piece p WHERE p.geom && c.geom AND ST_Intersects(p.geom, c.geom))`,
  `DELETE FROM cell WHERE geom IS NULL OR ST_IsEmpty(geom)`,
  `CREATE INDEX ON cell USING gist (geom)`,
  `ANALYZE cell`,

  // Waters and the flats beside the main rivers: one layer without overlaps, cut into pieces.
  `CREATE TEMP TABLE water ON COMMIT DROP AS
   WITH lakes AS MATERIALIZED (SELECT ST_Union(l.geom) AS geom FROM lake l, land WHERE ST_Intersects(l.geom, land.geom)),
     streams AS MATERIALIZED (SELECT ST_Union(ST_Buffer(geom, CASE rank WHEN 1 THEN 0.0022 ELSE 0.0007 END, 'quad_segs=2')) AS geom FROM river WHERE inside),
     flats AS MATERIALIZED (SELECT ST_Union(ST_Buffer(geom, 0.0055, 'quad_segs=2')) AS geom FROM river WHERE inside AND rank = 1),
     every AS (
       SELECT '1103' AS dlbm, geom FROM lakes
       UNION ALL SELECT '1101', CASE WHEN lakes.geom IS NULL THEN streams.geom ELSE ST_Difference(streams.geom, lakes.geom) END FROM streams, lakes
       UNION ALL SELECT '1106', ST_Difference(flats.geom, CASE WHEN lakes.geom IS NULL THEN streams.geom ELSE ST_Union(streams.geom, lakes.geom) END) FROM flats, streams, lakes)
   SELECT dlbm, ST_Subdivide(ST_CollectionExtract(ST_Intersection(every.geom, land.geom), 3), 96) AS geom FROM every, land WHERE every.geom IS NOT NULL`,
  `CREATE INDEX ON water USING gist (geom)`,
  `ANALYZE water`,
  `CREATE TEMP TABLE dry ON COMMIT DROP AS
   SELECT c.id, CASE WHEN w.geom IS NULL THEN c.geom ELSE ST_CollectionExtract(ST_Difference(c.geom, w.geom), 3) END AS geom
   FROM cell c LEFT JOIN LATERAL (SELECT ST_Union(w.geom) AS geom FROM water w WHERE w.geom && c.geom AND ST_Intersects(w.geom, c.geom)) AS w ON true`,
  `DELETE FROM dry WHERE ST_IsEmpty(geom)`,
  `CREATE UNIQUE INDEX ON dry (id)`,
  `ANALYZE dry`,
  `INSERT INTO land_use (adcode, dlbm, dlmc, area, geom)
   SELECT c.adcode, c.dlbm, k.dlmc, ${hectares('d.geom')}, ${valid('d.geom')}
   FROM dry d JOIN cell c USING (id) JOIN land_class k USING (dlbm) ORDER BY c.id`,
  `INSERT INTO land_use (adcode, dlbm, dlmc, area, geom)
   SELECT coalesce(c.adcode, '210000'), w.dlbm, k.dlmc, ${hectares('w.geom')}, ${valid('w.geom')}
   FROM water w JOIN land_class k USING (dlbm)
     LEFT JOIN LATERAL (SELECT adcode FROM cell ORDER BY cell.geom <-> ST_PointOnSurface(w.geom) LIMIT 1) AS c ON true`,

  `INSERT INTO forest_stand (adcode, species, age_group, canopy, area, geom)
   SELECT adcode, species, age_group, canopy, ${hectares('d.geom')}, ${valid('d.geom')} FROM dry d JOIN cell c USING (id) WHERE species IS NOT NULL ORDER BY id`,
  `INSERT INTO grassland (adcode, dlmc, cover, area, geom)
   SELECT adcode, k.dlmc, cover, ${hectares('d.geom')}, ${valid('d.geom')}
   FROM dry d JOIN cell c USING (id) JOIN land_class k USING (dlbm) WHERE dlbm LIKE '04%' ORDER BY id`,
];

export const derivedTables: readonly string[] = [
  // 三区三线: patches of one zone, so the three never overlap.
  `CREATE TEMP TABLE patch ON COMMIT DROP AS
   SELECT zone, patch, min(c.adcode) AS adcode, mode() WITHIN GROUP (ORDER BY dlbm) AS dlbm,
     ST_Union(CASE zone WHEN 'urban' THEN c.geom ELSE d.geom END) AS geom
   FROM cell c LEFT JOIN dry d USING (id) WHERE zone IS NOT NULL GROUP BY zone, patch`,
  `INSERT INTO permanent_farmland (adcode, name, area, geom)
   SELECT adcode, '演示永久基本农田 ' || adcode || '-' || row_number() OVER (PARTITION BY adcode ORDER BY patch), ${hectares('geom')}, ${valid('geom')}
   FROM patch WHERE zone = 'farmland' AND geom IS NOT NULL ORDER BY patch`,
  `INSERT INTO ecological_redline (adcode, name, kind, area, geom)
   SELECT adcode, '演示生态保护红线 ' || adcode || '-' || row_number() OVER (PARTITION BY adcode ORDER BY patch),
     CASE WHEN dlbm LIKE '11%' THEN '湿地（示意）' ELSE '水源涵养与生物多样性（示意）' END, ${hectares('geom')}, ${valid('geom')}
   FROM patch WHERE zone = 'redline' AND geom IS NOT NULL ORDER BY patch`,
  `INSERT INTO urban_boundary (adcode, name, area, geom)
   SELECT p.adcode, coalesce(v.name, '') || '演示城镇开发边界' || CASE n WHEN 1 THEN '' ELSE ' ' || n END, ${hectares('p.geom')}, ${valid('p.geom')}
   FROM (SELECT *, row_number() OVER (PARTITION BY adcode ORDER BY ST_Area(geom) DESC) AS n FROM patch WHERE zone = 'urban') AS p
   LEFT JOIN division v ON v.adcode = p.adcode ORDER BY patch`,
  `INSERT INTO nature_reserve (adcode, name, zone, area, geom)
   SELECT min(adcode), reserve, CASE WHEN core THEN '核心保护区' ELSE '一般控制区' END, ${hectares('ST_Union(c.geom)')}, ${valid('ST_Union(c.geom)')}
   FROM cell c WHERE reserve IS NOT NULL GROUP BY reserve, core ORDER BY reserve, core`,
  // Two metres of water over the whole area: 10⁴ m³ per hectare are 1.
  `INSERT INTO flood_retention (adcode, name, storage, area, geom)
   SELECT min(adcode), basin, round(2 * ${hectares('ST_Union(c.geom)')}), ${hectares('ST_Union(c.geom)')}, ${valid('ST_Union(c.geom)')}
   FROM cell c WHERE basin IS NOT NULL GROUP BY basin ORDER BY basin`,

  `INSERT INTO reservoir (adcode, name, storage, area, geom)
   SELECT c.adcode, coalesce((SELECT g.name FROM raw_gauge g WHERE ST_DWithin(l.geom, ST_SetSRID(ST_MakePoint(g.lng, g.lat), 4490), 0.12)
       ORDER BY ST_Distance(l.geom, ST_SetSRID(ST_MakePoint(g.lng, g.lat), 4490)) LIMIT 1), '演示水库 ' || l.id - min(l.id) OVER () + 1),
     round(12 * ${hectares('l.geom')}), ${hectares('l.geom')}, l.geom
   FROM lake l JOIN land ON ST_Intersects(l.geom, land.geom)
     CROSS JOIN LATERAL (SELECT adcode FROM cell ORDER BY cell.geom <-> ST_Centroid(l.geom) LIMIT 1) AS c ORDER BY l.id`,
  `INSERT INTO drinking_water_zone (adcode, name, level, area, geom)
   WITH inner_ring AS MATERIALIZED (SELECT ST_Union(ST_Buffer(geom, 0.004, 'quad_segs=4')) AS geom FROM reservoir),
     ring AS (
       SELECT '一级保护区' AS level, (ST_Dump(ST_Intersection(inner_ring.geom, land.geom))).geom FROM inner_ring, land
       UNION ALL SELECT '二级保护区', (ST_Dump(ST_Intersection(ST_Difference((SELECT ST_Union(ST_Buffer(geom, 0.025, 'quad_segs=4')) FROM reservoir), inner_ring.geom), land.geom))).geom
       FROM inner_ring, land)
   SELECT r.adcode, r.name || '水源' || level, level, ${hectares('ring.geom')}, ${valid('ring.geom')}
   FROM ring CROSS JOIN LATERAL (SELECT adcode, name FROM reservoir ORDER BY reservoir.geom <-> ring.geom LIMIT 1) AS r WHERE ST_Dimension(ring.geom) = 2`,
  `INSERT INTO dyke (adcode, name, grade, return_years, length, geom)
   WITH wall AS MATERIALIZED (SELECT ST_Boundary(ST_Union(ST_Buffer(geom, 0.007, 'quad_segs=2'))) AS geom FROM river WHERE inside AND rank = 1),
     piece AS (SELECT row_number() OVER () AS n, geom FROM (SELECT (ST_Dump(ST_Subdivide(geom, 24))).geom FROM wall) AS d WHERE ST_Dimension(geom) = 1)
   SELECT c.adcode, '演示堤防 ' || p.n, CASE WHEN c.zone = 'urban' THEN 1 WHEN c.dlbm = '0101' THEN 2 ELSE 3 END,
     CASE WHEN c.zone = 'urban' THEN 100 WHEN c.dlbm = '0101' THEN 50 ELSE 30 END, round(ST_Length(p.geom::geography)), p.geom
   FROM piece p JOIN cell c ON ST_Intersects(c.geom, ST_LineInterpolatePoint(p.geom, 0.5)) WHERE c.dlbm ~ '^(01|05|06|07|11)' ORDER BY p.n`,
  `INSERT INTO water_function_zone (adcode, name, kind, target_class, geom)
   WITH piece AS (SELECT name, (ST_Dump(ST_Subdivide(geom, 24))).geom FROM river WHERE inside)
   SELECT c.adcode, coalesce(p.name, '支流') || k.kind, k.kind, k.target, ST_Multi(ST_Collect(p.geom))
   FROM piece p JOIN cell c ON ST_Intersects(c.geom, ST_LineInterpolatePoint(p.geom, 0.5))
     CROSS JOIN LATERAL (SELECT CASE WHEN c.dlbm LIKE '03%' THEN '保护区' WHEN c.zone = 'urban' THEN '景观娱乐用水区' ELSE '农业用水区' END AS kind,
       CASE WHEN c.dlbm LIKE '03%' THEN 'Ⅱ' WHEN c.zone = 'urban' THEN 'Ⅳ' ELSE 'Ⅲ' END AS target) AS k
   WHERE ST_Dimension(p.geom) = 1 GROUP BY c.adcode, p.name, k.kind, k.target ORDER BY 1, 2`,

  `INSERT INTO mineral (adcode, name, kind, scale, geom)
   SELECT adcode, name, kind, (ARRAY['小型', '中型', '大型'])[number + 1], ST_SetSRID(ST_MakePoint(lng, lat), 4490) FROM raw_place WHERE place = 'mineral'`,
  `INSERT INTO watchtower (adcode, name, sight, contact, phone, geom)
   SELECT adcode, name, number, contact, phone, ST_SetSRID(ST_MakePoint(lng, lat), 4490) FROM raw_place WHERE place = 'watchtower'`,
  `INSERT INTO outfall (adcode, name, kind, river, geom)
   SELECT adcode, r.name, kind, (SELECT name FROM river WHERE ST_DWithin(river.geom, p.geom, 0.03) AND name IS NOT NULL ORDER BY river.geom <-> p.geom LIMIT 1), p.geom
   FROM raw_place r CROSS JOIN LATERAL (SELECT ST_SetSRID(ST_MakePoint(lng, lat), 4490) AS geom) AS p WHERE place = 'outfall'`,
  `INSERT INTO emergency_place (adcode, place, name, kind, capacity, contact, phone, geom)
   SELECT adcode, place, name, kind, number, contact, phone, ST_SetSRID(ST_MakePoint(lng, lat), 4490)
   FROM raw_place WHERE place IN ('team', 'shelter', 'warehouse', 'hazard')`,

  `INSERT INTO sea_use (adcode, name, kind, area, geom)
   WITH sea AS MATERIALIZED (
       SELECT ST_Subdivide(ST_Difference(ST_Buffer(ST_Simplify(land.geom, 0.01), 0.3, 'quad_segs=4'),
         ST_Union(land.geom, (SELECT ST_Union(ST_Intersection(c.geom, ST_Expand(land.geom, 0.5))) FROM context_land c WHERE c.geom && land.geom))), 256) AS geom FROM land),
     piece AS (SELECT r.adcode, r.kind, ST_Union(ST_Intersection(ST_GeomFromText(r.wkt, 4490), sea.geom)) AS geom
       FROM raw_sea r JOIN sea ON ST_Intersects(ST_GeomFromText(r.wkt, 4490), sea.geom) GROUP BY r.wkt, r.adcode, r.kind),
     zone AS (SELECT adcode, kind, (ST_Dump(ST_CollectionExtract(ST_Union(geom), 3))).geom FROM piece GROUP BY adcode, kind)
   SELECT adcode, '演示' || kind || ' ' || row_number() OVER (PARTITION BY kind ORDER BY adcode), kind, ${hectares('geom')}, ${valid('geom')} FROM zone`,

  // Dispatchers call the people that the layers name; for all others their names and numbers are masked.
  `INSERT INTO layer_grant (layer, role, view, reason, created_by)
   SELECT layer, 'dispatcher', 'full', '应急调度须与现场联系（演示）', 'demo' FROM unnest(ARRAY['theme:emergency', 'watchtowers']) AS layer
   WHERE NOT EXISTS (SELECT FROM layer_grant)`,
];
