-- Local accounts, sessions and the audit table.
CREATE TABLE account (
  name         text PRIMARY KEY,
  display_name text NOT NULL,
  -- scrypt$N$r$p$salt$hash, base64url
  password     text NOT NULL,
  role         text NOT NULL CHECK (role IN ('leader', 'dispatcher', 'monitor', 'planner', 'steward', 'admin')),
  adcode       char(6) NOT NULL,
  -- '*' or comma-separated departments
  departments  text NOT NULL,
  disabled     boolean NOT NULL DEFAULT false,
  demo         boolean NOT NULL DEFAULT false,
  created      timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE session (
  -- SHA-256 of the token: a stolen table opens no door
  token_hash bytea PRIMARY KEY,
  account    text NOT NULL REFERENCES account ON DELETE CASCADE,
  created    timestamptz NOT NULL DEFAULT now(),
  seen       timestamptz NOT NULL DEFAULT now(),
  expires    timestamptz NOT NULL
);
CREATE TABLE audit (
  id      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at      timestamptz NOT NULL DEFAULT now(),
  account text,
  address text,
  -- login, login-failed, logout, read-restricted, write …
  act     text NOT NULL,
  target  text NOT NULL,
  detail  jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX audit_at ON audit (at);
