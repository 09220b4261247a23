-- The life of layers, and the public's access: steps, applications, keys with quotas, what they used.

-- Every step of a layer with who, when and why; kept when the layer is gone.
CREATE TABLE layer_step (
  id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  layer      text NOT NULL,
  step       text NOT NULL,
  from_state text NOT NULL,
  to_state   text NOT NULL,
  account    text NOT NULL,
  reason     text NOT NULL DEFAULT '',
  at         timestamptz NOT NULL
);
CREATE INDEX layer_step_layer ON layer_step (layer, id DESC);

-- Applications for a layer, by an account or by a visitor of the portal.
CREATE TABLE access_request (
  id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- Told to the applicant, who asks by it; not to be guessed.
  number       text NOT NULL UNIQUE,
  layer        text NOT NULL,
  purpose      text NOT NULL,
  -- {attributes: [name], area: text}
  wished       jsonb NOT NULL DEFAULT '{}',
  account      text,
  name         text NOT NULL,
  organisation text NOT NULL,
  contact      text NOT NULL,
  address      text,
  created      timestamptz NOT NULL,
  state        text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'approved', 'refused')),
  decided_by   text,
  decided      timestamptz,
  reason       text NOT NULL DEFAULT ''
);
CREATE INDEX access_request_state ON access_request (state, id DESC);
CREATE INDEX access_request_address ON access_request (address, created);

-- Keys for /ogc. A stolen table opens no door: SHA-256 of the key alone is kept.
CREATE TABLE api_key (
  id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  key_hash    bytea NOT NULL UNIQUE,
  -- The first characters, so that people can tell keys apart.
  hint        text NOT NULL,
  request     bigint REFERENCES access_request,
  name        text NOT NULL,
  layers      text[] NOT NULL,
  adcode      char(6) NOT NULL,
  -- Of its layers, comma-separated
  departments text NOT NULL,
  per_day     integer NOT NULL CHECK (per_day > 0),
  per_minute  integer NOT NULL CHECK (per_minute > 0),
  created     timestamptz NOT NULL,
  expires     timestamptz NOT NULL,
  revoked     timestamptz
);

-- Requests answered (and refused by quota) and bytes sent, per key, layer and day in Asia/Shanghai. Key 0: visitors without one; layer '': no single one.
CREATE TABLE api_usage (
  api_key  bigint NOT NULL,
  layer    text NOT NULL,
  day      date NOT NULL,
  requests integer NOT NULL DEFAULT 0,
  refused  integer NOT NULL DEFAULT 0,
  bytes    bigint NOT NULL DEFAULT 0,
  PRIMARY KEY (api_key, layer, day)
);
CREATE INDEX api_usage_day ON api_usage (day);
