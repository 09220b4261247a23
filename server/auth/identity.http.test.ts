// Where a request began: a forged header opens nothing, and nobody behind a proxy counts as this machine.
import express from 'express';
import request from 'supertest';
import { expect, test } from 'vitest';
import { fromThisMachine } from './identity.http.ts';

test.each([
  ['none', {}, true],
  ['X-Forwarded-For of a visitor', { 'X-Forwarded-For': '203.0.113.9' }, false],
  ['X-Forwarded-For that claims to be local', { 'X-Forwarded-For': '127.0.0.1' }, false],
  ['Forwarded', { Forwarded: 'for=127.0.0.1' }, false],
])('forwarding header %s', async (_, headers, local) => {
  const app = express().set('trust proxy', 1);
  app.get('/', (asked, response) => void response.json(fromThisMachine(asked)));
  expect((await request(app).get('/').set(headers)).body).toBe(local);
});

test('from another machine, no header makes it local', () => {
  expect(fromThisMachine({ socket: { remoteAddress: '203.0.113.9' }, headers: {}, ip: '127.0.0.1' } as unknown as express.Request)).toBe(
    false,
  );
});
