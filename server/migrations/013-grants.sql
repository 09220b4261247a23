-- Who sees a layer whole, masked, within a fence, or not at all (contracts/grant.ts), and which layers are masked for all without a grant.
CREATE TABLE layer_grant (
  id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- A layer's id, 'theme:' and a theme, or '*'. Not a foreign key: declared layers are in no table, and a grant may come before its layer.
  layer             text NOT NULL,
  role              text,
  department        text,
  account           text,
  view              text NOT NULL CHECK (view IN ('full', 'masked', 'none')),
  hidden_attributes text[] NOT NULL DEFAULT '{}',
  -- Given out alone; null: all that are not hidden
  only_attributes   text[],
  precision_metres  double precision CHECK (precision_metres > 0),
  fence             geometry(MultiPolygon, 4490),
  reason            text NOT NULL,
  created_by        text NOT NULL,
  created           timestamptz NOT NULL DEFAULT now(),
  expires           timestamptz
);
CREATE INDEX layer_grant_layer ON layer_grant (layer, id);

-- Every server hears of it as it hears of changed layers.
CREATE FUNCTION note_grants() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO layer_change (source, rows) VALUES ('layer_grant', 0);
  RETURN NULL;
END $$;
CREATE TRIGGER note_grants AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON layer_grant FOR EACH STATEMENT EXECUTE FUNCTION note_grants();

-- What people without a grant see less of: {hidden: [attribute], precisionMetres: number or null} (contracts/layer.ts).
ALTER TABLE layer ADD COLUMN sensitive jsonb;
