// POST of SensorThings Observations through a real express: 201 after durable, problems as problem+json, bounded bodies.
import express, { type Express } from 'express';
import fc from 'fast-check';
import request from 'supertest';
import { expect, it } from 'vitest';
import { createMemoryIntake, type MemoryIntake } from '../memory-intake.ts';
import { type ObservationsDoor, observationsDoor } from './observations.http.ts';

function start(): { app: Express; intake: MemoryIntake; door: ObservationsDoor } {
  const intake = createMemoryIntake(Date.now, (commit) => setTimeout(commit, 3));
  const door = observationsDoor({ intake, now: Date.now, knows: (id) => id < 100 });
  return { app: express().use('/sta/v1.1', door.router), intake, door };
}
const post = (app: Express, path: string, body: unknown) =>
  request(app)
    .post(path)
    .set('content-type', 'application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));

it('201 with Location once durable (OGC 18-088 §10.2.1)', async () => {
  const { app, intake } = start();
  const reply = await post(app, '/sta/v1.1/Datastreams(7)/Observations', { result: 46, phenomenonTime: '2026-01-01T00:00:00Z' });
  expect([reply.status, reply.headers['location'], reply.text]).toEqual([201, '/sta/v1.1/Observations(65536)', '']);
  expect(intake.accepted[0]).toMatchObject({
    frame: { protocol: 'sta', address: '/sta/v1.1/Datastreams(7)/Observations' },
    decoded: { device: 'datastream:7', readings: [{ result: 46 }] },
  });
});
it('takes escaped parentheses and the linked form', async () => {
  const { app, intake } = start();
  expect((await post(app, '/sta/v1.1/Datastreams%287%29/Observations', { result: 1 })).status).toBe(201);
  expect((await post(app, '/sta/v1.1/Observations', { result: 2, Datastream: { '@iot.id': 8 } })).headers['location']).toMatch(
    /^\/sta\/v1\.1\/Observations\(\d+\)$/,
  );
  expect(intake.accepted.map(({ decoded }) => decoded.device)).toEqual(['datastream:7', 'datastream:8']);
});
it('says what it refused of one that counts', async () => {
  const { app } = start();
  const reply = await post(app, '/sta/v1.1/Datastreams(7)/Observations', {
    result: 1,
    FeatureOfInterest: { feature: { type: 'Point', coordinates: [41.8, 123.4] } },
  });
  expect([reply.status, reply.body.refused[0].code]).toEqual([201, 'bad-position']);
});
it.each([
  ['an unknown Datastream', '/sta/v1.1/Datastreams(500)/Observations', { result: 1 }, 404, 'not-found', 1],
  ['no JSON', '/sta/v1.1/Datastreams(7)/Observations', '{', 400, 'malformed-frame', 1],
  ['no result', '/sta/v1.1/Datastreams(7)/Observations', {}, 400, 'malformed-frame', 1],
  ['no Datastream', '/sta/v1.1/Observations', { result: 1 }, 400, 'malformed-frame', 1],
  ['a time that is none', '/sta/v1.1/Datastreams(7)/Observations', { result: 1, phenomenonTime: 'noon' }, 422, 'bad-time', 1],
  ['a body too large', '/sta/v1.1/Datastreams(7)/Observations', `{"result":1,"x":"${'x'.repeat(70_000)}"}`, 413, 'too-large', 0],
])('%s', async (_, path, body, status, code, kept) => {
  const { app, intake } = start();
  const reply = await post(app, path, body);
  expect([reply.status, reply.type, reply.body.code]).toEqual([status, 'application/problem+json', code]);
  expect(intake.accepted.length).toBe(kept);
});
it('refuses a body that is not declared as JSON: no page of another site can post without asking first', async () => {
  const { app, intake } = start();
  const reply = await request(app).post('/sta/v1.1/Datastreams(7)/Observations').set('content-type', 'text/plain').send('{"result":1}');
  expect([reply.status, reply.body.code, intake.offered()]).toEqual([415, 'unsupported-media-type', 0]);
});
it('503 while the database is away, and nothing is said to be kept', async () => {
  const { app, intake, door } = start();
  intake.away = true;
  const reply = await post(app, '/sta/v1.1/Datastreams(7)/Observations', { result: 1 });
  expect([reply.status, reply.body.code, reply.headers['retry-after']]).toEqual([503, 'database-unavailable', '2']);
  expect(door.stats()).toMatchObject({ frames: 1, inFlight: 0, unacknowledged: 1 });
});
it('leaves other paths and methods to others', async () => {
  const { app } = start();
  expect((await post(app, '/sta/v1.1/Things', {})).status).toBe(404);
  expect((await request(app).get('/sta/v1.1/Observations')).status).toBe(404);
});
it('answers any body', async () => {
  const { app } = start();
  const server = app.listen(0);
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.json(), fc.string()), async (body) => {
      const reply = await request(server).post('/sta/v1.1/Datastreams(7)/Observations').set('content-type', 'application/json').send(body);
      expect([201, 400, 422]).toContain(reply.status);
    }),
    { numRuns: 60 },
  );
  server.close();
});
