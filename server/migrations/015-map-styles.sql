-- Styles that people draw, of a layer or of whole maps. What the house brings is in the code (geo-services/ogc/styles.ts).
CREATE TABLE map_style (
  -- Empty: of a whole map
  layer    text NOT NULL DEFAULT '',
  id       text NOT NULL,
  -- {title, description, keywords, pointOfContact, license}
  metadata jsonb NOT NULL,
  -- MapLibre style 8; addresses of our own begin with /
  sheet    json NOT NULL,
  revision bigint NOT NULL DEFAULT nextval('feature_revision'),
  account  text NOT NULL,
  created  timestamptz NOT NULL DEFAULT now(),
  updated  timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (layer, id)
);
-- Which style is shown when none is asked for; no row: the first of the house.
CREATE TABLE map_style_default (
  layer text PRIMARY KEY,
  style text NOT NULL
);
CREATE FUNCTION drop_layer_styles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM map_style WHERE layer = OLD.id;
  DELETE FROM map_style_default WHERE layer = OLD.id;
  RETURN NULL;
END $$;
CREATE TRIGGER drop_layer_styles AFTER DELETE ON layer FOR EACH ROW EXECUTE FUNCTION drop_layer_styles();
