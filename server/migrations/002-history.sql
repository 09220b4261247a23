-- The durable log of raw frames, and the history of Observations partitioned by day of phenomenonTime.

-- One row per group commit: many frames in one value (format: streams/log/batch.ts). FrameId = id × 65536 + index.
CREATE TABLE frame_batch (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  durable timestamptz NOT NULL DEFAULT clock_timestamp(),
  frames  integer NOT NULL,
  body    bytea NOT NULL
);
ALTER TABLE frame_batch ALTER COLUMN body SET COMPRESSION lz4;
CREATE INDEX frame_batch_durable ON frame_batch USING brin (durable);

-- Up to which frame the history is written. Moves in the same transaction as the history rows, so replay after a crash is exact.
CREATE TABLE log_cursor (
  consumer text PRIMARY KEY,
  frame    bigint NOT NULL,
  updated  timestamptz NOT NULL DEFAULT now()
);

-- Partitions are made by server/store/partitions.pg.ts, one per UTC day, named observation_YYYYMMDD.
CREATE TABLE observation (
  datastream      integer NOT NULL,
  phenomenon_time timestamptz NOT NULL,
  -- identityOf(): the device's sequence or a hash of the reading. Sent twice = one row; corrected = a second row.
  identity        integer NOT NULL,
  received        timestamptz NOT NULL,
  result          double precision,
  quality         smallint NOT NULL,
  -- bit per check of contracts/observation.ts, in order
  failed          smallint NOT NULL,
  flag            text,
  frame           bigint NOT NULL,
  lng             double precision,
  lat             double precision,
  PRIMARY KEY (datastream, phenomenon_time, identity)
) PARTITION BY RANGE (phenomenon_time);

-- Frames of devices nobody has registered: replayed when the device is claimed.
CREATE TABLE unclaimed_device (
  protocol   text NOT NULL,
  device     text NOT NULL,
  first_seen timestamptz NOT NULL,
  last_seen  timestamptz NOT NULL,
  frames     bigint NOT NULL,
  address    text NOT NULL,
  PRIMARY KEY (protocol, device)
);
CREATE TABLE unclaimed_frame (
  protocol text NOT NULL,
  device   text NOT NULL,
  frame    bigint NOT NULL,
  PRIMARY KEY (protocol, device, frame)
);

-- Frames and readings that were refused, with the reason (contracts/problem.ts code).
CREATE TABLE dead_letter (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received timestamptz NOT NULL,
  protocol text NOT NULL,
  address  text NOT NULL,
  device   text,
  frame    bigint,
  code     text NOT NULL,
  reason   text NOT NULL,
  bytes    bytea
);
CREATE INDEX dead_letter_received ON dead_letter (received);

CREATE TABLE alarm (
  id         text PRIMARY KEY,
  thing      integer NOT NULL REFERENCES thing ON DELETE CASCADE,
  stream     text NOT NULL,
  series     text NOT NULL,
  level      text NOT NULL,
  rule       text NOT NULL,
  title      text NOT NULL,
  value      double precision NOT NULL,
  limit_value double precision NOT NULL,
  unit       text NOT NULL,
  source     text NOT NULL,
  since      timestamptz NOT NULL,
  updated    timestamptz NOT NULL,
  cleared    timestamptz,
  adcode     char(6) NOT NULL,
  lng        double precision,
  lat        double precision,
  quality    text NOT NULL,
  provenance text NOT NULL,
  frame      bigint NOT NULL
);
CREATE INDEX alarm_open ON alarm (since) WHERE cleared IS NULL;
CREATE INDEX alarm_since ON alarm (since);
-- Every change of an alarm, so that any past minute can be told.
CREATE TABLE alarm_change (
  alarm  text NOT NULL REFERENCES alarm ON DELETE CASCADE,
  at     timestamptz NOT NULL,
  level  text NOT NULL,
  value  double precision NOT NULL,
  cleared boolean NOT NULL,
  PRIMARY KEY (alarm, at)
);
