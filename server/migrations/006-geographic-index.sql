-- Tiles of the geographic sets (WorldCRS84Quad, 天地图 c) and bbox queries search `geom`, which only the Things had an index on.
CREATE INDEX division_geom ON division USING gist (geom);
CREATE INDEX place_geom ON place USING gist (geom);
CREATE INDEX river_geom ON river USING gist (geom);
CREATE INDEX context_land_geom ON context_land USING gist (geom);
CREATE INDEX sea_depth_geom ON sea_depth USING gist (geom);
CREATE INDEX lake_geom ON lake USING gist (geom);
