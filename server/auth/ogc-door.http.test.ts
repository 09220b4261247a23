// However a key is sent, it is out of the address before anybody else reads it: next links, logs and the audit have it never.
import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import type { ApiKeys } from './api-keys.pg.ts';
import { identify } from './identity.http.ts';
import { openOgcDoor } from './ogc-door.http.ts';

const [key, other] = [`lzk_${'a'.repeat(43)}`, `lzk_${'b'.repeat(43)}`];

test.each([
  ['alone', `limit=2&apikey=${key}`, {}, key],
  ['with the same as Bearer', `limit=2&apikey=${key}`, { authorization: `Bearer ${key}` }, key],
  ['with another as Bearer, which is the one that counts', `limit=2&apikey=${other}`, { authorization: `Bearer ${key}` }, key],
  ['beside a header', `apikey=${other}&limit=2`, { apikey: key }, key],
  ['twice and in other letters', `APIKEY=${key}&apikey=${other}&limit=2&ApiKey=${other}`, {}, key],
  ['not at all', 'limit=2', { apikey: key }, key],
])('a key in the address %s', async (_, query, headers, counted) => {
  const used: string[] = [];
  const keys = {
    use: async (given: string) => {
      used.push(given);
      return { id: 1, layers: new Set(['rivers']), attributes: new Map(), identity: { user: 'key-1' } };
    },
    record: () => undefined,
  } as unknown as ApiKeys;
  const door = openOgcDoor({ keys, now: () => 0, portal: () => false });
  const app = express();
  app.use(identify({ find: async () => null }));
  app.use('/ogc', door.enter, (req, res) => void res.json([req.url, req.originalUrl, req.query]));
  const { body } = await request(app).get(`/ogc/collections/rivers/items?${query}`).set(headers).expect(200);
  expect(used).toEqual([counted]);
  expect(body).toEqual(['/collections/rivers/items?limit=2', '/ogc/collections/rivers/items?limit=2', { limit: '2' }]);
});
