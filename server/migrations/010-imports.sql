-- Files that are brought in: what was given, what was seen in it, what shall become of it, how far it is, and what could not be taken.
CREATE TABLE import_job (
  id         integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  state      text NOT NULL DEFAULT 'uploading'
             CHECK (state IN ('uploading', 'queued', 'previewing', 'ready', 'running', 'done', 'failed', 'cancelled')),
  -- [{name, bytes}]
  files      jsonb NOT NULL DEFAULT '[]',
  -- Stops after the preview and waits for a plan.
  previewed  boolean NOT NULL DEFAULT false,
  plan       jsonb NOT NULL DEFAULT '{}',
  preview    jsonb,
  -- The plan resolved, and the tables it fills: [{source, class, table, id, attributes}]. No layer points to them before the job is done.
  planned    jsonb,
  staged     jsonb NOT NULL DEFAULT '[]',
  -- Where to go on after a stop: every layer before `at_layer` is in, and of that one the rows up to `at_row`. Written with the rows themselves.
  at_layer   integer NOT NULL DEFAULT 0,
  at_row     bigint NOT NULL DEFAULT 0,
  progress   double precision,
  result     jsonb NOT NULL DEFAULT '{"collections": [], "models": [], "tilesets": []}',
  report     jsonb,
  message    text,
  department text NOT NULL,
  created_by text NOT NULL,
  created    timestamptz NOT NULL DEFAULT now(),
  updated    timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX import_job_open ON import_job (id) WHERE state NOT IN ('done', 'failed', 'cancelled');
