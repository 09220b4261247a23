// Tests of logging in and out over real HTTP and a real database: cookies, lockout, expiry, rights that change, cross-site, demo.
import type { Express } from 'express';
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import type { SessionsEnded } from './accounts.ts';
import { ADMIN, bearer, HOUR, PASSWORD, testHouse } from './test-house.http.ts';

const house = testHouse(testDatabase);

describe('POST /api/session', () => {
  it('answers token, identity and expiry, and keeps only the hash of the token', async () => {
    const { body, headers } = await house.login('admin', ADMIN).expect(200);
    expect(body.token).toMatch(/^[\w-]{43}$/);
    expect(body.identity).toEqual({
      user: 'admin',
      displayName: '系统管理员',
      role: 'admin',
      scope: { adcode: '210000', departments: '*' },
    });
    expect(Date.parse(body.expires)).toBe(house.now + 12 * HOUR);
    expect(headers['cache-control']).toBe('no-store');
    const [row] = await house.db.database.query<{ found: number }>('SELECT count(*) AS found FROM session WHERE token_hash = sha256($1)', [
      Buffer.from(body.token),
    ]);
    expect(row?.found).toBe(1);
    expect(JSON.stringify(await house.db.database.query('SELECT * FROM session'))).not.toContain(body.token);
  });

  it('cookie is HttpOnly, SameSite=Lax, Path=/, and Secure behind https', async () => {
    const plain = await house.login('admin', ADMIN);
    expect(plain.headers['set-cookie']).toEqual([`liaozhi_session=${plain.body.token}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax`]);
    const secure = await house.login('admin', ADMIN).set('X-Forwarded-Proto', 'https');
    expect(secure.headers['set-cookie']?.[0]).toMatch(/; Secure$/);
  });

  it('wrong password and unknown name answer the same', async () => {
    const wrong = await house.login('admin', 'wrong', '10.0.0.2').expect(401);
    const unknown = await house.login('nobody', 'wrong', '10.0.0.2').expect(401);
    expect(wrong.body).toEqual(unknown.body);
    expect(wrong.body).toMatchObject({ code: 'bad-credentials', status: 401, details: { attemptsLeft: 4 } });
    expect(wrong.headers['content-type']).toMatch(/^application\/problem\+json/);
    expect(wrong.headers['www-authenticate']).toBe('Bearer realm="liaozhi"');
    expect(wrong.headers['set-cookie']).toBeUndefined();
  });

  it('six wrong passwords lock, the right one waits too, another address does not', async () => {
    for (let attempt = 0; attempt < 5; attempt++) await house.login('admin', `wrong ${attempt}`).expect(401);
    const locked = await house.login('admin', ADMIN).expect(429);
    expect(locked.body).toMatchObject({
      code: 'too-many-attempts',
      details: { retryAfterSeconds: 10 },
      title: '登录失败次数过多，10 秒后再试',
    });
    expect(locked.headers['retry-after']).toBe('10');
    await house.login('admin', ADMIN, '10.0.0.9').expect(200);
    house.now += 10_000;
    await house.login('admin', 'wrong').expect(401);
    expect((await house.login('admin', ADMIN).expect(429)).headers['retry-after']).toBe('20');
    house.now += 20_000;
    await house.login('admin', ADMIN).expect(200);
    await house.login('admin', 'wrong').expect(401);
    expect(await house.acts("act = 'login-failed'")).toHaveLength(7);
    expect((await house.acts("detail ? 'lockedSeconds'")).map((row) => row.detail)).toEqual([{ lockedSeconds: 10 }, { lockedSeconds: 20 }]);
  });

  it('one address trying many names is slowed down', async () => {
    const outcomes = await Promise.all(Array.from({ length: 60 }, (_, index) => house.login(`name${index}`, 'x', '10.6.6.6')));
    expect(outcomes.filter((each) => each.status === 401)).toHaveLength(50);
    expect(outcomes.filter((each) => each.status === 429)).toHaveLength(10);
  });

  it.each([
    ['no body', undefined, 400, 'bad-body'],
    ['an array', [], 400, 'bad-body'],
    ['no password', { username: 'admin' }, 400, 'bad-body'],
    ['a number', { username: 1, password: 2 }, 400, 'bad-body'],
    ['an unknown field', { username: 'admin', password: 'x', role: 'admin' }, 400, 'bad-body'],
    ['SQL in the name', { username: "admin' OR '1'='1' --", password: 'x' }, 401, 'bad-credentials'],
    ['NUL in the name', { username: 'admin\0', password: 'x' }, 401, 'bad-credentials'],
    ['half a surrogate', { username: '\ud800', password: '\udfff' }, 401, 'bad-credentials'],
    ['a Chinese name', { username: '王值班', password: '口令' }, 401, 'bad-credentials'],
    ['an empty password', { username: 'admin', password: '' }, 401, 'bad-credentials'],
    ['a long password', { username: 'admin', password: 'x'.repeat(4000) }, 401, 'bad-credentials'],
    ['a longer one', { username: 'admin', password: 'x'.repeat(5000) }, 400, 'bad-body'],
    ['100 KB', { username: 'admin', password: 'x'.repeat(100_000) }, 413, 'too-large'],
  ])('%s is refused', async (_, body, status, code) => {
    const answer = await request(house.app)
      .post('/api/session')
      .send(body as object);
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect((await house.acts("act = 'login-failed'")).every((row) => row.target === 'admin' || row.target === '未知用户名')).toBe(true);
  });

  it('JSON that is none, and forms, are refused', async () => {
    const broken = await request(house.app).post('/api/session').set('Content-Type', 'application/json').send('{"username":');
    expect([broken.status, broken.body.code]).toEqual([400, 'bad-body']);
    const form = await request(house.app).post('/api/session').type('form').send('username=admin&password=x');
    expect([form.status, form.body.code]).toEqual([400, 'bad-body']);
    expect((await request(house.app).patch('/api/session')).headers.allow).toBe('GET, POST, DELETE');
  });
});

describe('a session', () => {
  it('is found by Bearer and by cookie, a wrong Bearer does not fall back', async () => {
    const byBearer = await request(house.app).get('/api/session').set(bearer(house.admin)).expect(200);
    expect(byBearer.body).toMatchObject({ token: '', identity: { user: 'admin', role: 'admin' } });
    await request(house.app).get('/api/session').set('Cookie', `liaozhi_session=${house.admin}`).expect(200);
    await request(house.app).get('/api/session').set(bearer('x')).set('Cookie', `liaozhi_session=${house.admin}`).expect(401);
    expect((await request(house.app).get('/api/session').expect(401)).body.code).toBe('unauthenticated');
    expect((await request(house.app).get('/api/who').expect(200)).body).toBeNull();
  });

  it('ends with logout, here and in the database', async () => {
    const ended: SessionsEnded[] = [];
    const stop = house.auth.onSessionsEnded((each) => ended.push(each));
    const other = (await house.login('admin', ADMIN)).body.token;
    const out = await request(house.app).delete('/api/session').set('Cookie', `liaozhi_session=${house.admin}`).expect(204);
    stop();
    expect(out.headers['set-cookie']?.[0]).toMatch(/^liaozhi_session=; Max-Age=0/);
    await request(house.app).get('/api/session').set(bearer(house.admin)).expect(401);
    await request(house.app).get('/api/session').set(bearer(other)).expect(200);
    expect(ended).toEqual([{ user: 'admin', session: expect.stringMatching(/^[0-9a-f]{64}$/), reason: 'logout' }]);
    await request(house.app).delete('/api/session').expect(204);
    expect((await house.acts("act = 'logout'")).map((row) => row.target)).toEqual(['admin']);
  });

  it('ends after 12 hours without use, slides with use, and after 7 days all the same', async () => {
    const idle = await house.account('idle');
    house.now += 11 * HOUR;
    await request(house.app).get('/api/session').set(bearer(idle)).expect(200);
    house.now += 11 * HOUR;
    await request(house.app).get('/api/session').set(bearer(idle)).expect(200);
    house.now += 12 * HOUR + 1;
    await request(house.app).get('/api/session').set(bearer(idle)).expect(401);
    const busy = (await house.login('idle', PASSWORD).expect(200)).body.token;
    for (let hours = 0; hours < 7 * 24 - 8; hours += 8) {
      house.now += 8 * HOUR;
      await request(house.app).get('/api/session').set(bearer(busy)).expect(200);
    }
    house.now += 8 * HOUR + 1;
    await request(house.app).get('/api/session').set(bearer(busy)).expect(401);
    expect(await house.auth.sessions.sweep()).toBeGreaterThan(0);
  });

  it("a leader's wall lives as long as it is used", async () => {
    const wall = await house.account('wall', { role: 'leader' });
    for (let day = 0; day < 30; day++) {
      house.now += 11 * HOUR;
      await request(house.app).get('/api/session').set(bearer(wall)).expect(200);
    }
    house.now += 13 * HOUR;
    await request(house.app).get('/api/session').set(bearer(wall)).expect(401);
  });

  it('survives a restart of the server', async () => {
    const again = house.authOn(house.db.database);
    await again.bootstrap({ adminPassword: ADMIN, demo: false });
    await request(house.appOf(again)).get('/api/session').set(bearer(house.admin)).expect(200);
    await again.close();
  });

  it('does not ask the database again within 30 s, and learns within 30 s what was changed past it', async () => {
    await request(house.app).get('/api/session').set(bearer(house.admin)).expect(200);
    await house.db.database.query("UPDATE account SET disabled = true WHERE name = 'admin'");
    house.now += 29_000;
    await request(house.app).get('/api/session').set(bearer(house.admin)).expect(200);
    house.now += 2_000;
    await request(house.app).get('/api/session').set(bearer(house.admin)).expect(401);
  });

  it.each([
    ['scope', { scope: { adcode: '210100', departments: ['ecology'] } }, 'changed'],
    ['role', { role: 'planner' }, 'changed'],
    ['disabled', { disabled: true }, 'disabled'],
  ])('ends at once when %s changes, and the sockets are told', async (_, change, reason) => {
    const token = await house.account('li.ming');
    const ended: SessionsEnded[] = [];
    const stop = house.auth.onSessionsEnded((each) => ended.push(each));
    await request(house.app).get('/api/session').set(bearer(token)).expect(200);
    await request(house.app).patch('/api/accounts/li.ming').set(bearer(house.admin)).send(change).expect(200);
    stop();
    await request(house.app).get('/api/session').set(bearer(token)).expect(401);
    expect(ended).toEqual([{ user: 'li.ming', session: null, reason }]);
    await house.login('li.ming', PASSWORD).expect(reason === 'disabled' ? 401 : 200);
    expect(await house.acts("act = 'login-failed' AND target = 'li.ming' AND detail @> '{\"disabled\":true}'")).toHaveLength(
      reason === 'disabled' ? 1 : 0,
    );
  });

  it('ends with a new password; one needs the old one to change it', async () => {
    const token = await house.account('li.ming');
    const put = (body: object) => request(house.app).put('/api/session/password').set(bearer(token)).send(body);
    expect((await put({ password: 'Other-horse-8' }).expect(400)).body.title).toContain('current');
    await put({ current: 'wrong', password: 'Other-horse-8' }).expect(401);
    expect((await put({ current: PASSWORD, password: 'short' }).expect(400)).body.title).toContain('至少要 10 个');
    await put({ current: PASSWORD, password: 'Other-horse-8' }).expect(204);
    await request(house.app).get('/api/session').set(bearer(token)).expect(401);
    await house.login('li.ming', PASSWORD).expect(401);
    await house.login('li.ming', 'Other-horse-8').expect(200);
  });

  it('an old hash is made anew at the next login', async () => {
    await house.db.database.query("UPDATE account SET password = (SELECT password FROM account WHERE name = 'admin')");
    const cheaper = house.authOn(house.db.database, { N: 64, r: 8, p: 1 });
    await cheaper.bootstrap({ adminPassword: 'Another-Pass-9', demo: false });
    await cheaper.close();
    await house.login('admin', 'Another-Pass-9', '10.0.0.3').expect(200);
    await expect
      .poll(async () => (await house.db.database.query<{ password: string }>('SELECT password FROM account'))[0]?.password)
      .toMatch(/^scrypt\$1024\$/);
    await house.login('admin', 'Another-Pass-9', '10.0.0.3').expect(200);
  });
});

describe('cross-site', () => {
  const cookie = () => ({ Cookie: `liaozhi_session=${house.admin}` });
  it.each([
    ['Sec-Fetch-Site: cross-site', { 'Sec-Fetch-Site': 'cross-site' }, 403],
    ['Sec-Fetch-Site: same-site', { 'Sec-Fetch-Site': 'same-site' }, 403],
    ['a foreign Origin', { Origin: 'http://evil.example' }, 403],
    ['Origin: null', { Origin: 'null' }, 403],
    ['Sec-Fetch-Site: same-origin', { 'Sec-Fetch-Site': 'same-origin' }, 204],
    ['our Origin', { Origin: 'http://liaozhi.local', Host: 'liaozhi.local' }, 204],
    ['neither header', {}, 204],
  ])('a change by cookie with %s: %#', async (_, headers, status) => {
    const answer = await request(house.app).delete('/api/session').set(cookie()).set(headers);
    expect(answer.status).toBe(status);
    if (status === 403) expect(answer.body.code).toBe('cross-site');
    await request(house.app)
      .get('/api/session')
      .set(bearer(house.admin))
      .expect(status === 403 ? 200 : 401);
  });
  it('reading is not refused, nor is Bearer, but logging in from elsewhere is', async () => {
    const evil = { 'Sec-Fetch-Site': 'cross-site', Origin: 'http://evil.example' };
    await request(house.app).get('/api/session').set(cookie()).set(evil).expect(200);
    await house.login('admin', ADMIN).set(evil).expect(403);
    await request(house.app).delete('/api/session').set(bearer(house.admin)).set(evil).expect(204);
  });
});

describe('demo', () => {
  const enter = (of: Express, demo: string) => request(of).post('/api/session').send({ demo });
  it('is off when the house is not in demo mode', async () => {
    expect((await request(house.app).get('/api/session/demo').expect(200)).body).toEqual([]);
    expect((await enter(house.app, 'demo-leader').expect(403)).body.code).toBe('forbidden');
  });
  it('offers six identities, opens them from this machine only, and no password does', async () => {
    const { demo } = await house.auth.bootstrap({ adminPassword: ADMIN, demo: true });
    expect(demo.map((each) => each.role)).toEqual(['leader', 'dispatcher', 'monitor', 'planner', 'steward', 'monitor']);
    const list = (await request(house.app).get('/api/session/demo').expect(200)).body;
    expect(list[5]).toEqual({
      name: 'demo-monitor-dalian',
      displayName: '大连市环境监测员',
      role: 'monitor',
      scope: { adcode: '210200', departments: ['ecology'] },
    });
    expect(JSON.stringify(list)).not.toContain('password');
    const { body } = await enter(house.app, 'demo-monitor-dalian').expect(200);
    expect(body.identity.scope).toEqual({ adcode: '210200', departments: ['ecology'] });
    await enter(house.app, 'admin').expect(403);
    await enter(house.app, 'nobody').expect(403);
    for (const password of ['', '!', 'demo-leader']) await house.login('demo-leader', password, '10.0.0.4').expect(401);
    expect((await request(house.app).get('/api/session/demo').set('X-Forwarded-For', '10.0.0.1')).body).toEqual([]);
    await enter(house.app, 'demo-leader').set('X-Forwarded-For', '10.0.0.1').expect(403);
    await enter(house.appOf(house.auth, true), 'demo-leader').set('X-Forwarded-For', '10.0.0.1').expect(200);
    await house.auth.setPassword('demo-planner', PASSWORD);
    await house.login('demo-planner', PASSWORD, '10.0.0.4').expect(200);
    // Demo mode off at the next start: the identities and their sessions are gone.
    const later = house.authOn(house.db.database);
    await later.bootstrap({ adminPassword: ADMIN, demo: false });
    await request(house.appOf(later)).get('/api/session').set(bearer(body.token)).expect(401);
    await request(house.appOf(later)).post('/api/session').send({ username: 'demo-planner', password: PASSWORD }).expect(401);
    await later.close();
  });
});
