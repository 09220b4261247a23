// Where a request began: a forged X-Forwarded-For opens nothing, with a proxy trusted or not.
import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { fromThisMachine } from './session.http.ts';

const cases: readonly (readonly [trusted: number | false, header: string | null, local: boolean])[] = [
  [false, null, true],
  [1, null, true],
  // Behind our proxy on this machine: the last address is the one it saw.
  [1, '203.0.113.9', false],
  [1, '127.0.0.1, 203.0.113.9', false],
];
test.each(cases)('proxy trusted %j, X-Forwarded-For %j → from this machine: %j', async (trusted, header, local) => {
  const app = express().set('trust proxy', trusted);
  app.get('/', (asked, response) => void response.json(fromThisMachine(asked)));
  const call = request(app).get('/');
  expect((await (header ? call.set('X-Forwarded-For', header) : call)).body).toBe(local);
});

test('from another machine, a forged header does not make it local', () => {
  const forged = { socket: { remoteAddress: '203.0.113.9' }, ip: '127.0.0.1' } as express.Request;
  expect(fromThisMachine(forged)).toBe(false);
});
