-- SensorThings core entities (OGC 18-088 §8.2). Positions are CGCS2000 (EPSG:4490); geom_3857 is pre-projected for tiles.
CREATE EXTENSION IF NOT EXISTS postgis;

CREATE TABLE thing (
  id          integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  uid         text NOT NULL UNIQUE,
  name        text NOT NULL,
  description text NOT NULL DEFAULT '',
  adcode      char(6) NOT NULL,
  -- theme/stream, from properties.stream
  stream      text,
  department  text,
  provenance  text NOT NULL DEFAULT 'measured' CHECK (provenance IN ('measured', 'reported', 'modelled', 'simulated')),
  protocol    text,
  device      text,
  properties  jsonb NOT NULL DEFAULT '{}',
  geom        geometry(Point, 4490),
  geom_3857   geometry(Point, 3857),
  created     timestamptz NOT NULL DEFAULT now(),
  updated     timestamptz NOT NULL DEFAULT now(),
  UNIQUE (protocol, device)
);
CREATE INDEX thing_geom ON thing USING gist (geom);
CREATE INDEX thing_geom_3857 ON thing USING gist (geom_3857);
CREATE INDEX thing_stream ON thing (stream, adcode);

CREATE TABLE sensor (
  id            integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name          text NOT NULL UNIQUE,
  description   text NOT NULL DEFAULT '',
  encoding_type text NOT NULL DEFAULT 'text/html',
  metadata      text NOT NULL DEFAULT ''
);

CREATE TABLE observed_property (
  code        text PRIMARY KEY,
  name        text NOT NULL,
  definition  text NOT NULL,
  description text NOT NULL DEFAULT ''
);

CREATE TABLE datastream (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thing      integer NOT NULL REFERENCES thing ON DELETE CASCADE,
  sensor     integer REFERENCES sensor,
  property   text NOT NULL REFERENCES observed_property,
  -- property/period/statistic
  series     text NOT NULL,
  name       text NOT NULL,
  unit       text NOT NULL,
  created    timestamptz NOT NULL DEFAULT now(),
  UNIQUE (thing, series)
);

CREATE TABLE feature_of_interest (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text NOT NULL,
  description text NOT NULL DEFAULT '',
  thing       integer REFERENCES thing ON DELETE CASCADE,
  geom        geometry(Point, 4490) NOT NULL
);
