-- Features that live: a revision per row (ETags), their former versions (datetime= in the past), a log of what changed where (tiles, screens),
-- and the layers that people bring in, beside those that are declared in code.
CREATE SEQUENCE feature_revision;

-- A version of a row that is no more: valid in [since, until). `source` is the table, `attributes` its columns but for the geometries.
CREATE TABLE feature_past (
  source     text NOT NULL,
  id         bigint NOT NULL,
  revision   bigint NOT NULL,
  since      timestamptz NOT NULL,
  until      timestamptz NOT NULL,
  attributes jsonb NOT NULL,
  geom       geometry(Geometry, 4490),
  PRIMARY KEY (source, id, revision)
);
CREATE INDEX feature_past_until ON feature_past (source, until, since);
CREATE INDEX feature_past_geom ON feature_past USING gist (geom);

-- What changed, where, for whom it matters: read by every server, which drops the tiles it touches. Boxes are degrees (4490); null is everywhere.
CREATE TABLE layer_change (
  seq      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Of the transaction: seq alone is no order of commits.
  txid     xid8 NOT NULL DEFAULT pg_current_xact_id(),
  at       timestamptz NOT NULL DEFAULT clock_timestamp(),
  source   text NOT NULL,
  -- Of a table that several layers share: the value of the column that tells them apart. Null: all of them.
  part     text,
  west     double precision,
  south    double precision,
  east     double precision,
  north    double precision,
  min_zoom smallint NOT NULL DEFAULT 0,
  max_zoom smallint NOT NULL DEFAULT 30,
  rows     integer NOT NULL
);
CREATE INDEX layer_change_txid ON layer_change (txid);
CREATE INDEX layer_change_at ON layer_change (at);

-- A row that is written as it was keeps its revision: the registry writes every Thing at every start.
CREATE FUNCTION stamp_feature() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_jsonb(NEW) - ARRAY['revision', 'since', 'updated'] = to_jsonb(OLD) - ARRAY['revision', 'since', 'updated'] THEN
    NEW.revision := OLD.revision;
    NEW.since := OLD.since;
    RETURN NEW;
  END IF;
  NEW.revision := nextval('feature_revision');
  NEW.since := now();
  RETURN NEW;
END $$;

-- Per statement: boxes into layer_change, what was into feature_past. TG_ARGV[0]: the column that tells the layers of the table apart, or ''.
-- Up to 64 rows have a box each; more are gathered by cells of a quarter degree, so that a bulk load writes hundreds of boxes and not a million.
CREATE FUNCTION note_features() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  part text := CASE WHEN TG_ARGV[0] = '' THEN 'NULL::text' ELSE format('%I::text', TG_ARGV[0]) END;
  touched text := CASE TG_OP
    WHEN 'INSERT' THEN format('SELECT %s AS part, geom FROM new_rows', part)
    WHEN 'DELETE' THEN format('SELECT %s AS part, geom FROM old_rows', part)
    ELSE format('SELECT %1$s AS part, geom FROM old_rows WHERE revision NOT IN (SELECT revision FROM new_rows)
      UNION ALL SELECT %1$s, geom FROM new_rows WHERE revision NOT IN (SELECT revision FROM old_rows)', part) END;
  was text := CASE TG_OP WHEN 'UPDATE' THEN 'AND revision NOT IN (SELECT revision FROM new_rows)' ELSE '' END;
  kept text;
BEGIN
  IF TG_OP = 'TRUNCATE' THEN
    INSERT INTO layer_change (source, rows) VALUES (TG_TABLE_NAME, 0);
    RETURN NULL;
  END IF;
  EXECUTE format($q$
    WITH touched AS MATERIALIZED (%s), many AS (SELECT count(*) > 64 AS yes FROM touched),
      placed AS (SELECT part, geom, CASE WHEN yes THEN floor(ST_XMin(geom) * 4) ELSE row_number() OVER () END AS a,
        CASE WHEN yes THEN floor(ST_YMin(geom) * 4) ELSE 0 END AS b FROM touched, many WHERE geom IS NOT NULL AND NOT ST_IsEmpty(geom))
    INSERT INTO layer_change (source, part, west, south, east, north, rows)
    SELECT %L, part, min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom)), count(*)
    FROM placed GROUP BY part, a, b$q$, touched, TG_TABLE_NAME);
  IF TG_OP <> 'INSERT' THEN
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) INTO kept FROM pg_attribute
      WHERE attrelid = TG_RELID AND attnum > 0 AND NOT attisdropped AND atttypid <> 'geometry'::regtype;
    EXECUTE format($q$
      INSERT INTO feature_past (source, id, revision, since, until, attributes, geom)
      SELECT %L, id, revision, since, now(), (SELECT to_jsonb(a) FROM (SELECT %s) AS a), geom FROM old_rows WHERE since < now() %s
      ON CONFLICT DO NOTHING$q$, TG_TABLE_NAME, kept, was);
  END IF;
  RETURN NULL;
END $$;

-- Puts a table with id, revision, since, geom under watch. `discriminator`: see TG_ARGV[0] above.
CREATE FUNCTION watch_features(watched regclass, discriminator text DEFAULT '') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('CREATE TRIGGER stamp_feature BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION stamp_feature()', watched);
  EXECUTE format('CREATE TRIGGER note_insert AFTER INSERT ON %s REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_features(%L)', watched, discriminator);
  EXECUTE format('CREATE TRIGGER note_update AFTER UPDATE ON %s REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION note_features(%L)', watched, discriminator);
  EXECUTE format('CREATE TRIGGER note_delete AFTER DELETE ON %s REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION note_features(%L)', watched, discriminator);
  EXECUTE format('CREATE TRIGGER note_truncate AFTER TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION note_features(%L)', watched, discriminator);
END $$;

-- The tables of the declared layers.
DO $$
DECLARE
  name text;
BEGIN
  FOREACH name IN ARRAY ARRAY['thing', 'division', 'place', 'river', 'lake', 'context_land', 'sea_depth'] LOOP
    EXECUTE format('ALTER TABLE %I ADD COLUMN revision bigint NOT NULL DEFAULT nextval(''feature_revision''), ADD COLUMN since timestamptz NOT NULL DEFAULT now()', name);
    PERFORM watch_features(name::regclass, CASE name WHEN 'thing' THEN 'stream' WHEN 'division' THEN 'level' ELSE '' END);
  END LOOP;
END $$;
-- Layers name the rows of a table themselves (contracts/layer.ts `only`), and versions come from layer_change.
DROP VIEW air_station, pollution_source, water_gauge, province, city;
DROP TRIGGER thing_changed ON thing;
DROP FUNCTION bump_stations();
DROP TABLE layer_version;

-- Layers that were brought in. Declared ones stand in geo-services/one-map; both look the same to every door.
CREATE TABLE layer (
  id                text PRIMARY KEY,
  theme             text NOT NULL,
  title_zh          text NOT NULL,
  title_en          text NOT NULL,
  geometry          text NOT NULL CHECK (geometry IN ('point', 'line', 'polygon')),
  table_name        text NOT NULL UNIQUE,
  -- [{name, title}] in order; names are columns of the table
  attributes        jsonb NOT NULL,
  min_zoom          smallint NOT NULL DEFAULT 0,
  max_zoom          smallint NOT NULL DEFAULT 22,
  adcode_column     text,
  department_column text,
  sharing           text NOT NULL DEFAULT 'none' CHECK (sharing IN ('unconditional', 'conditional', 'none')),
  department        text NOT NULL,
  -- Origin and licence
  source            text NOT NULL,
  provenance        text NOT NULL CHECK (provenance IN ('measured', 'reported', 'modelled', 'simulated')),
  editable          boolean NOT NULL DEFAULT true,
  -- 申请 → 审批 → 发布 → 下线; a draft is seen by stewards alone
  state             text NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'applied', 'approved', 'published', 'offline')),
  -- Metadata after GB/T 21063.3: update cycle, information-resource code, contact …
  metadata          jsonb NOT NULL DEFAULT '{}',
  created_by        text,
  created           timestamptz NOT NULL DEFAULT now(),
  updated           timestamptz NOT NULL DEFAULT now()
);
CREATE SEQUENCE layer_table;
CREATE FUNCTION note_layers() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO layer_change (source, rows) VALUES ('layer', 0);
  RETURN NULL;
END $$;
CREATE TRIGGER note_layers AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON layer FOR EACH STATEMENT EXECUTE FUNCTION note_layers();
