-- Trust in each Datastream as it was at any time, what it is counted from, and alarms that somebody put to rest for a while.

-- A row per change; it holds until the next one. Reasons: [{cause, weight, zh}] of contracts/trust.ts.
CREATE TABLE datastream_trust (
  datastream integer NOT NULL REFERENCES datastream ON DELETE CASCADE,
  at         timestamptz NOT NULL,
  score      smallint NOT NULL CHECK (score BETWEEN 0 AND 100),
  reasons    jsonb NOT NULL,
  PRIMARY KEY (datastream, at)
);
-- The counts of the last 24 hours (streams/operators/trust.ts, packTally), so that a restart forgets a minute at most.
CREATE TABLE datastream_tally (
  datastream integer PRIMARY KEY REFERENCES datastream ON DELETE CASCADE,
  counts     bytea NOT NULL
);

-- Silences alarms of one Thing (one series of it, or all) up to a level; a worse one breaks through. Never deleted: who silenced what is on record.
CREATE TABLE alarm_snooze (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  thing    integer NOT NULL REFERENCES thing ON DELETE CASCADE,
  series   text,
  level    text NOT NULL,
  reason   text NOT NULL,
  by       text NOT NULL,
  created  timestamptz NOT NULL,
  until    timestamptz NOT NULL CHECK (until > created),
  ended    timestamptz,
  ended_by text
);
CREATE INDEX alarm_snooze_until ON alarm_snooze (until) WHERE ended IS NULL;
