-- The public's access, second part: what attributes a key may read, keys that are changed for another, applications counted by household.

-- {layer: [attribute, …]} as approved; a layer that is not in it is approved with all of its attributes.
ALTER TABLE api_key ADD COLUMN attributes jsonb NOT NULL DEFAULT '{}';
-- The key before the last change, good until then: whoever uses it has time to change over. Quota and statistics stay with the row.
ALTER TABLE api_key ADD COLUMN previous_hash bytea UNIQUE;
ALTER TABLE api_key ADD COLUMN previous_until timestamptz;
ALTER TABLE api_key ADD COLUMN rotated timestamptz;
-- 停用 says why.
ALTER TABLE api_key ADD COLUMN revoked_why text NOT NULL DEFAULT '';
UPDATE api_key SET attributes = jsonb_build_object(r.layer, r.wished -> 'attributes')
  FROM access_request r WHERE r.id = api_key.request AND jsonb_typeof(r.wished -> 'attributes') = 'array';

-- Who applied: an IPv4 address, or the /64 of an IPv6 one. What was handed in before is counted by its address for one more day.
ALTER TABLE access_request ADD COLUMN address_group text;
UPDATE access_request SET address_group = address;
DROP INDEX access_request_address;
CREATE INDEX access_request_group ON access_request (address_group, created);
CREATE INDEX access_request_layer ON access_request (layer, id DESC);
CREATE INDEX access_request_account ON access_request (account, id DESC) WHERE account IS NOT NULL;

-- The list of layers is searched, counted and paged by the database.
CREATE INDEX layer_order ON layer (theme, title_zh, id);
-- The last write of one layer's table.
CREATE INDEX layer_change_source ON layer_change (source, at) WHERE rows > 0;

-- What a key may read of a layer counts as a grant to it (geo-services/features/grants.pg.ts).
CREATE TRIGGER note_grants AFTER INSERT OR UPDATE OF attributes OR DELETE ON api_key FOR EACH STATEMENT EXECUTE FUNCTION note_grants();
