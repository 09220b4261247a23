-- Tiles that were brought in with a layer: a table layer_N of its own for each, made by geo-services/raster/tile-table.pg.ts, named here.
-- In the database and not in files: a second server sees them, they appear with the layer's own commit, and the copy of DATA_DIR has them.
ALTER TABLE layer ADD COLUMN raster jsonb;

-- However a layer goes, its tiles go with it.
CREATE FUNCTION drop_layer_tiles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.raster->>'table' ~ '^layer_[0-9]+$' THEN
    EXECUTE format('DROP TABLE IF EXISTS %I', OLD.raster->>'table');
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER drop_layer_tiles AFTER DELETE ON layer FOR EACH ROW EXECUTE FUNCTION drop_layer_tiles();
