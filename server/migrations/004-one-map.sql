-- 一张图, first layers: administrative divisions, places, rivers, context land. Filled by geo-services/import at start.
CREATE TABLE division (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  adcode    char(6) NOT NULL UNIQUE,
  name      text NOT NULL,
  level     text NOT NULL CHECK (level IN ('province', 'city', 'county')),
  centre    geometry(Point, 4490) NOT NULL,
  geom      geometry(MultiPolygon, 4490) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) NOT NULL
);
CREATE INDEX division_geom_3857 ON division USING gist (geom_3857);
CREATE TABLE place (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text NOT NULL,
  name_en   text,
  kind      text NOT NULL,
  rank      smallint NOT NULL,
  adcode    char(6),
  geom      geometry(Point, 4490) NOT NULL,
  geom_3857 geometry(Point, 3857) NOT NULL
);
CREATE INDEX place_geom_3857 ON place USING gist (geom_3857);
CREATE TABLE river (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text,
  rank      smallint NOT NULL,
  geom      geometry(MultiLineString, 4490) NOT NULL,
  geom_3857 geometry(MultiLineString, 3857) NOT NULL
);
CREATE INDEX river_geom_3857 ON river USING gist (geom_3857);
CREATE TABLE context_land (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text NOT NULL,
  kind      text NOT NULL,
  geom      geometry(MultiPolygon, 4490) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) NOT NULL
);
CREATE INDEX context_land_geom_3857 ON context_land USING gist (geom_3857);
-- Version of a layer's content: ETags of its tiles and items; bumped by whoever writes the table.
CREATE TABLE layer_version (
  layer   text PRIMARY KEY,
  version bigint NOT NULL DEFAULT 1,
  updated timestamptz NOT NULL DEFAULT now()
);
