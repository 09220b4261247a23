-- Coarse pictures of large layers (geo-services/tiles/pyramid-sql.ts): built in the background, kept up from layer_change, read below z9.
CREATE TABLE pyramid (
  layer      text PRIMARY KEY,
  table_name text NOT NULL,
  -- Of the layer when it was built; another one builds it again.
  geometry   text NOT NULL,
  -- Transactions from here on are not in it for certain.
  horizon    xid8 NOT NULL,
  -- From z0: features at least so large (metres of EPSG:3857) are drawn each, smaller ones are coalesced.
  thresholds double precision[] NOT NULL DEFAULT '{}',
  built      timestamptz NOT NULL DEFAULT now(),
  seconds    double precision NOT NULL DEFAULT 0
);
-- Points in cells, 16 × 16 in a tile. `area`: AdCode of the rows, so that a viewer of one county counts that county; '' where there is none.
CREATE TABLE pyramid_point (
  layer text NOT NULL,
  z     smallint NOT NULL,
  cx    integer NOT NULL,
  cy    integer NOT NULL,
  area  text NOT NULL,
  count bigint NOT NULL,
  sum_x double precision NOT NULL,
  sum_y double precision NOT NULL,
  -- The smallest; the feature itself where count is 1.
  id    bigint NOT NULL,
  PRIMARY KEY (layer, z, cx, cy, area)
);
-- Polygons and lines: with an id drawn as they are, simplified; without one the cell (64 × 64 in a tile) of `count` smaller ones.
CREATE TABLE pyramid_shape (
  layer     text NOT NULL,
  z         smallint NOT NULL,
  cx        integer NOT NULL,
  cy        integer NOT NULL,
  area      text NOT NULL,
  id        bigint,
  count     bigint NOT NULL,
  -- Square metres of EPSG:3857 of what was coalesced
  covered   double precision NOT NULL,
  -- Metres of EPSG:3857: root of the area, length of a line; of a cell, the largest in it.
  size      double precision NOT NULL,
  geom_3857 geometry(Geometry, 3857) NOT NULL
) PARTITION BY LIST (z);
DO $$
BEGIN
  FOR z IN 0..8 LOOP
    EXECUTE format('CREATE TABLE pyramid_shape_%1$s PARTITION OF pyramid_shape FOR VALUES IN (%1$s)', z);
  END LOOP;
END $$;
CREATE INDEX pyramid_shape_geom ON pyramid_shape USING gist (geom_3857);
CREATE INDEX pyramid_shape_cell ON pyramid_shape (layer, cx, cy);

-- A layer with parameters (contracts/layer.ts LayerCall): Things within so many kilometres of a place, on the ellipsoid. The box is for the
-- index: a degree is nowhere shorter than 110 km of latitude, and of longitude by the cosine at the far edge.
CREATE FUNCTION things_near(lng double precision, lat double precision, km double precision) RETURNS SETOF thing LANGUAGE sql STABLE AS $$
  SELECT * FROM thing WHERE geom && ST_Expand(ST_SetSRID(ST_MakePoint(lng, lat), 4490), km / 110 / cos(radians(least(89, abs(lat) + km / 110))), km / 110)
    AND ST_DWithin(geom::geography, ST_SetSRID(ST_MakePoint(lng, lat), 4490)::geography, km * 1000)
$$;
