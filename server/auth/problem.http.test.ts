// Tests of failures as HTTP answers, and of the security headers.
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { bearer, testHouse } from './test-house.http.ts';

const house = testHouse(testDatabase);

describe('problems and headers', () => {
  it('a defect tells its incident only', async () => {
    const { body } = await request(house.app).get('/api/defect').expect(500);
    expect(body).toMatchObject({
      type: 'urn:liaozhi:problem:internal',
      code: 'internal',
      details: { incident: expect.stringMatching(/^\w{8}$/) },
    });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(house.incidents.at(-1)).toBe(body.details.incident);
  });
  it('an address that is none answers 404, a broken one 400', async () => {
    expect((await request(house.app).get('/api/nothing?x=1').expect(404)).body.title).toBe('没有这个对象：GET /api/nothing');
    expect((await request(house.app).get('/api/accounts/%E0%A4').set(bearer(house.admin)).expect(400)).body.code).toBe('bad-parameter');
  });
  it('CSP names this host only', async () => {
    const { headers } = await request(house.app).get('/api/who').set('Host', 'liaozhi.local:8080');
    const policy = headers['content-security-policy'] ?? '';
    expect(policy).toContain("connect-src 'self' blob: data: ws://liaozhi.local:8080 wss://liaozhi.local:8080");
    expect(policy).toContain("worker-src 'self' blob:");
    expect(policy).not.toMatch(/https:|http:|\*|upgrade-insecure|'unsafe-eval'/);
    expect(headers['access-control-allow-origin']).toBeUndefined();
    expect(headers['x-content-type-options']).toBe('nosniff');
    const odd = await request(house.app).get('/api/who').set('Host', "a; script-src 'unsafe-inline'");
    expect(odd.headers['content-security-policy'] ?? '').not.toContain("script-src 'unsafe-inline'");
  });
});
