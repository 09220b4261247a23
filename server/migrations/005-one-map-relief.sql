-- 一张图, further base content: depth bands of the sea, the relief picture, where each layer came from; and versions that move with the Things.
CREATE TABLE sea_depth (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Metres below sea level: everything inside is deeper.
  depth     smallint NOT NULL,
  geom      geometry(MultiPolygon, 4490) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) NOT NULL
);
CREATE INDEX sea_depth_geom_3857 ON sea_depth USING gist (geom_3857);

CREATE TABLE lake (
  id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name      text,
  geom      geometry(MultiPolygon, 4490) NOT NULL,
  geom_3857 geometry(MultiPolygon, 3857) NOT NULL
);
CREATE INDEX lake_geom_3857 ON lake USING gist (geom_3857);

-- Rivers inside the province are drawn stronger than those of the neighbours.
ALTER TABLE river ADD COLUMN inside boolean NOT NULL DEFAULT true;

-- Pictures laid under the map: grey and alpha, rows equidistant in EPSG:3857.
CREATE TABLE relief_picture (
  name    text PRIMARY KEY,
  west    double precision NOT NULL,
  south   double precision NOT NULL,
  east    double precision NOT NULL,
  north   double precision NOT NULL,
  png     bytea NOT NULL
);

-- What was imported last: the same fingerprint is not imported again.
CREATE TABLE import_source (
  name        text PRIMARY KEY,
  fingerprint text NOT NULL,
  report      jsonb NOT NULL,
  imported    timestamptz NOT NULL DEFAULT now()
);

-- Stations as map layers: Things of one stream that have a place.
CREATE VIEW air_station AS
  SELECT id, uid, name, adcode, department, provenance, geom, geom_3857 FROM thing WHERE stream = 'ecology/air-quality' AND geom IS NOT NULL;
CREATE VIEW pollution_source AS
  SELECT id, uid, name, adcode, department, provenance, geom, geom_3857 FROM thing WHERE stream = 'ecology/pollution-source' AND geom IS NOT NULL;
CREATE VIEW water_gauge AS
  SELECT id, uid, name, adcode, department, provenance, geom, geom_3857 FROM thing WHERE stream = 'water/water-level' AND geom IS NOT NULL;

-- A Thing that is added, moved or renamed gives the station layers a new version, in the same transaction. Per statement, and never per reading.
INSERT INTO layer_version (layer) VALUES ('stations') ON CONFLICT DO NOTHING;
CREATE FUNCTION bump_stations() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO layer_version (layer) VALUES ('stations')
    ON CONFLICT (layer) DO UPDATE SET version = layer_version.version + 1, updated = now();
  RETURN NULL;
END $$;
CREATE TRIGGER thing_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON thing
  FOR EACH STATEMENT EXECUTE FUNCTION bump_stations();

-- The two levels of the divisions as layers of their own.
CREATE VIEW province AS SELECT id, adcode, name, geom, geom_3857 FROM division WHERE level = 'province';
CREATE VIEW city AS SELECT id, adcode, name, geom, geom_3857 FROM division WHERE level = 'city';
