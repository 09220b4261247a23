-- SensorThings 1.1 as entities of their own (OGC 18-088 §8.2): Locations and their history, features, sensors, and what an Observation says beside its result.

-- Above every id of a Thing: the first place of a Thing has the id of its Thing, whatever is made on its own comes from here.
CREATE SEQUENCE sta_id START 1000000000;

-- null: as the house describes it.
ALTER TABLE datastream ADD COLUMN description text, ADD COLUMN observation_type text, ADD COLUMN unit_of_measurement jsonb, ADD COLUMN properties jsonb;

-- adcode: area of whoever made it. It is his until something is linked to it; from then on it is seen by who sees one of those.
ALTER TABLE sensor DROP CONSTRAINT sensor_name_key, ALTER COLUMN metadata DROP DEFAULT, ALTER COLUMN metadata TYPE jsonb USING to_jsonb(metadata),
  ADD COLUMN properties jsonb, ADD COLUMN adcode char(6);
ALTER TABLE observed_property ADD COLUMN properties jsonb, ADD COLUMN adcode char(6);
CREATE INDEX datastream_property ON datastream (property);
CREATE INDEX datastream_sensor ON datastream (sensor) WHERE sensor IS NOT NULL;

CREATE TABLE location (
  id            bigint PRIMARY KEY DEFAULT nextval('sta_id'),
  name          text NOT NULL,
  description   text NOT NULL DEFAULT '',
  encoding_type text NOT NULL DEFAULT 'application/geo+json',
  -- as it was given
  location      jsonb NOT NULL,
  geom          geometry(Point, 4490) NOT NULL,
  properties    jsonb,
  adcode        char(6)
);
CREATE TABLE thing_location (
  thing    integer NOT NULL REFERENCES thing ON DELETE CASCADE,
  location bigint NOT NULL REFERENCES location ON DELETE CASCADE,
  PRIMARY KEY (thing, location)
);
CREATE INDEX thing_location_location ON thing_location (location);
CREATE TABLE historical_location (
  id    bigint PRIMARY KEY DEFAULT nextval('sta_id'),
  thing integer NOT NULL REFERENCES thing ON DELETE CASCADE,
  time  timestamptz NOT NULL
);
CREATE INDEX historical_location_thing ON historical_location (thing, time);
CREATE TABLE historical_location_location (
  historical bigint NOT NULL REFERENCES historical_location ON DELETE CASCADE,
  location   bigint NOT NULL REFERENCES location ON DELETE CASCADE,
  PRIMARY KEY (historical, location)
);
CREATE INDEX historical_location_location_location ON historical_location_location (location);

-- §10.2 (historical-location-auto-creation): whoever moves a Thing, by whatever door, leaves a Location and a HistoricalLocation.
CREATE FUNCTION thing_placed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  place bigint;
  story bigint;
BEGIN
  IF NEW.geom IS NULL THEN
    DELETE FROM thing_location WHERE thing = NEW.id;
    RETURN NULL;
  END IF;
  -- Placed already: the Location was linked first (server/sta), or nothing moved.
  IF EXISTS (SELECT FROM thing_location t JOIN location l ON l.id = t.location WHERE t.thing = NEW.id AND l.geom = NEW.geom) THEN
    RETURN NULL;
  END IF;
  place := CASE WHEN EXISTS (SELECT FROM location WHERE id = NEW.id) THEN nextval('sta_id') ELSE NEW.id END;
  INSERT INTO location (id, name, description, location, geom)
    VALUES (place, NEW.name, NEW.name || '的位置，CGCS2000', ST_AsGeoJSON(NEW.geom, 15, 0)::jsonb, NEW.geom);
  DELETE FROM thing_location WHERE thing = NEW.id;
  INSERT INTO thing_location (thing, location) VALUES (NEW.id, place);
  INSERT INTO historical_location (thing, time) VALUES (NEW.id, now()) RETURNING id INTO story;
  INSERT INTO historical_location_location (historical, location) VALUES (story, place);
  RETURN NULL;
END $$;
CREATE TRIGGER thing_placed AFTER INSERT OR UPDATE OF geom ON thing FOR EACH ROW EXECUTE FUNCTION thing_placed();

-- What stands already.
INSERT INTO location (id, name, description, location, geom)
  SELECT id, name, name || '的位置，CGCS2000', ST_AsGeoJSON(geom, 15, 0)::jsonb, geom FROM thing WHERE geom IS NOT NULL;
INSERT INTO thing_location (thing, location) SELECT id, id FROM location;
INSERT INTO historical_location (thing, time) SELECT id, created FROM thing WHERE geom IS NOT NULL;
INSERT INTO historical_location_location (historical, location) SELECT id, thing FROM historical_location;

DROP TABLE feature_of_interest;
CREATE TABLE feature_of_interest (
  id            bigint PRIMARY KEY DEFAULT nextval('sta_id'),
  name          text NOT NULL,
  description   text NOT NULL DEFAULT '',
  encoding_type text NOT NULL DEFAULT 'application/geo+json',
  feature       jsonb NOT NULL,
  geom          geometry(Geometry, 4490),
  properties    jsonb,
  adcode        char(6)
);

-- What a SensorThings Observation says beside the columns of `observation`; written before the cursor of the log passes its frame.
CREATE TABLE observation_detail (
  datastream      integer NOT NULL,
  phenomenon_time timestamptz NOT NULL,
  identity        integer NOT NULL,
  frame           bigint NOT NULL,
  -- identity of the Observation that this row corrects or withdraws; its own when it is the first
  root            integer NOT NULL,
  withdrawn       boolean NOT NULL DEFAULT false,
  -- end of phenomenonTime, where an interval was given
  until           timestamptz,
  result_time     timestamptz,
  valid_from      timestamptz,
  valid_to        timestamptz,
  parameters      jsonb,
  quality         jsonb,
  feature         bigint,
  PRIMARY KEY (datastream, phenomenon_time, identity)
);
CREATE INDEX observation_detail_root ON observation_detail (datastream, phenomenon_time, root);
CREATE INDEX observation_detail_feature ON observation_detail (feature) WHERE feature IS NOT NULL;

-- For $filter: values of JSON are what they are, and what cannot be converted is null, never an error.
CREATE FUNCTION sta_time(value text) RETURNS timestamptz LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
BEGIN
  IF value !~ '^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)$' THEN RETURN NULL; END IF;
  RETURN value::timestamptz;
EXCEPTION WHEN OTHERS THEN RETURN NULL;
END $$;
CREATE FUNCTION sta_whole(value double precision) RETURNS integer LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT CASE WHEN value BETWEEN -1000000000 AND 1000000000 THEN trunc(value)::integer WHEN value > 0 THEN 1000000000 ELSE -1000000000 END $$;
CREATE FUNCTION sta_round(value double precision) RETURNS double precision LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
  $$ SELECT sign(value) * floor(abs(value) + 0.5) $$;
