-- An alarm that opens, changes its level or ends is drawn on its Thing: the tiles there are old.
CREATE FUNCTION note_alarm() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  told alarm := CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
BEGIN
  INSERT INTO layer_change (source, part, west, south, east, north, rows)
  SELECT 'thing', stream, ST_X(geom), ST_Y(geom), ST_X(geom), ST_Y(geom), 1 FROM thing WHERE id = told.thing AND geom IS NOT NULL;
  RETURN NULL;
END $$;
CREATE TRIGGER note_alarm_ends AFTER INSERT OR DELETE ON alarm FOR EACH ROW EXECUTE FUNCTION note_alarm();
-- A new value under an open alarm changes no tile.
CREATE TRIGGER note_alarm_change AFTER UPDATE ON alarm FOR EACH ROW
  WHEN (OLD.level IS DISTINCT FROM NEW.level OR OLD.cleared IS DISTINCT FROM NEW.cleared) EXECUTE FUNCTION note_alarm();
