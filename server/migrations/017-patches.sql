-- Patches of large layers (geo-services/tiles/patch-sql.ts): rows that lie together, packed as one piece of a vector tile, uncut, whole, for all
-- viewers. Tiles of z9–z11 are made of them as long as nothing in their box has changed since; changed ones are packed anew in the background.
CREATE TABLE patch_layer (
  layer       text PRIMARY KEY,
  table_name  text NOT NULL,
  -- Of geometry and attributes when it was packed; another one packs it again.
  fingerprint text NOT NULL,
  -- Transactions from here on are not in it for certain.
  horizon     xid8 NOT NULL,
  -- Cells that would hold too much: the layer is not packed.
  refused     boolean NOT NULL DEFAULT false,
  built       timestamptz NOT NULL DEFAULT now(),
  seconds     double precision NOT NULL DEFAULT 0
);
CREATE TABLE patch (
  layer  text NOT NULL,
  -- The tile (EPSG:3857) in which the middles of its rows lie; z from 11 to 16.
  z      smallint NOT NULL,
  x      integer NOT NULL,
  y      integer NOT NULL,
  -- Of everything in it.
  extent geometry(Polygon, 3857) NOT NULL,
  bytes  bytea NOT NULL,
  PRIMARY KEY (layer, z, x, y)
);
-- Deflated as a tile, if at all.
ALTER TABLE patch ALTER COLUMN bytes SET STORAGE EXTERNAL;
CREATE INDEX patch_extent ON patch USING gist (extent);
