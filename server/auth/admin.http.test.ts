// Tests of the administrator's routes and of the accounts behind them: making, changing, removing, and the audit.
import request from 'supertest';
import { describe, expect, it } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import { bearer, PASSWORD, testHouse } from './test-house.http.ts';

const house = testHouse(testDatabase);
const draft = {
  name: 'li.ming',
  displayName: '李明',
  password: PASSWORD,
  role: 'monitor',
  scope: { adcode: '210200', departments: ['ecology'] },
};
const as = (token: string) => ({
  get: (path: string) => request(house.app).get(path).set(bearer(token)),
  post: (path: string, body: object) => request(house.app).post(path).set(bearer(token)).send(body),
  patch: (path: string, body: object) => request(house.app).patch(path).set(bearer(token)).send(body),
  put: (path: string, body: object) => request(house.app).put(path).set(bearer(token)).send(body),
  delete: (path: string) => request(house.app).delete(path).set(bearer(token)),
});

describe('/api/accounts', () => {
  it('makes, shows, changes, removes an account, and no answer holds a hash', async () => {
    const admin = as(house.admin);
    const made = await admin.post('/api/accounts', draft).expect(201);
    expect(made.headers.location).toBe('/api/accounts/li.ming');
    const { password: _, ...shown } = draft;
    expect(made.body).toEqual({ ...shown, disabled: false, demo: false, created: expect.stringMatching(/Z$/) });
    expect((await admin.get('/api/accounts/li.ming').expect(200)).body).toEqual(made.body);
    expect((await admin.get('/api/accounts').expect(200)).text).not.toContain('scrypt');
    const scope = { adcode: '210000', departments: '*' };
    expect((await admin.patch('/api/accounts/li.ming', { role: 'planner', scope }).expect(200)).body).toMatchObject({
      role: 'planner',
      scope,
    });
    await admin.put('/api/accounts/li.ming/password', { password: 'Other-horse-8' }).expect(204);
    await house.login('li.ming', 'Other-horse-8').expect(200);
    await admin.delete('/api/accounts/li.ming').expect(204);
    await admin.get('/api/accounts/li.ming').expect(404);
    await house.login('li.ming', 'Other-horse-8').expect(401);
    expect((await house.acts("act = 'write'")).map((row) => [row.account, row.target, Object.keys(row.detail as object)])).toEqual([
      ['admin', 'account/li.ming', ['created']],
      ['admin', 'account/li.ming', ['changed']],
      ['admin', 'account/li.ming', ['password']],
      ['admin', 'account/li.ming', ['removed']],
    ]);
    expect(JSON.stringify(await house.acts())).not.toContain('horse');
  });

  it('a Chinese name is a name', async () => {
    await house.account('王值班');
    expect(
      (
        await as(house.admin)
          .get(`/api/accounts/${encodeURIComponent('王值班')}`)
          .expect(200)
      ).body.name,
    ).toBe('王值班');
  });

  it.each([
    ['a name with a space', { name: 'li ming' }],
    ['a name with a quote', { name: "li'--" }],
    ['a name with NUL', { name: 'li\0ming' }],
    ['a name that begins with a dot', { name: '.li' }],
    ['a long name', { name: 'x'.repeat(65) }],
    ['an unheard-of role', { role: 'root' }],
    ['a role of the prototype', { role: 'constructor' }],
    ['an AdCode of five digits', { scope: { adcode: '21010', departments: '*' } }],
    ['an unheard-of department', { scope: { adcode: '210100', departments: ['ecology', 'secret'] } }],
    ['departments that are none', { scope: { adcode: '210100', departments: 'ecology' } }],
    ['an empty display name', { displayName: ' ' }],
    ['a short password', { password: 'Short-1' }],
    ['a password of one character', { password: 'aaaaaaaaaaaaaaaaaaaa' }],
    ['a password with the name', { password: 'x-Li.Ming-2026!' }],
    ['a password of one kind', { password: 'abcdefghijkl' }],
    ['the flag demo', { demo: true }],
  ])('%s is refused', async (_, change) => {
    const { body } = await as(house.admin)
      .post('/api/accounts', { ...draft, ...change })
      .expect(400);
    expect(body.code).toBe('bad-body');
    expect((await as(house.admin).get('/api/accounts').expect(200)).body.numberReturned).toBe(1);
  });

  it('twice the same name is a conflict, an unknown one is not found', async () => {
    await as(house.admin).post('/api/accounts', draft).expect(201);
    expect((await as(house.admin).post('/api/accounts', draft).expect(409)).body.code).toBe('conflict');
    for (const name of ['nobody', 'x'.repeat(300), '%00', "'%20OR%201=1"]) {
      await as(house.admin).get(`/api/accounts/${name}`).expect(404);
      await as(house.admin).patch(`/api/accounts/${name}`, { disabled: true }).expect(404);
      await as(house.admin).delete(`/api/accounts/${name}`).expect(404);
    }
    await as(house.admin).put('/api/accounts/nobody/password', { password: PASSWORD }).expect(404);
  });

  it('the last administrator stays, also when another is taken away at the same moment', async () => {
    const admin = as(house.admin);
    for (const change of [{ disabled: true }, { role: 'leader' }])
      expect((await admin.patch('/api/accounts/admin', change).expect(409)).body.code).toBe('conflict');
    await admin.delete('/api/accounts/admin').expect(409);
    const second = await house.account('second', { role: 'admin', scope: { adcode: '210000', departments: '*' } });
    let answer: Promise<{ status: number }> | undefined;
    await house.db.database.transaction(async (tx) => {
      await tx.query("UPDATE account SET disabled = true WHERE name = 'second'");
      answer = as(second)
        .patch('/api/accounts/admin', { disabled: true })
        .then((reply) => reply);
      // It waits for us instead of counting two.
      await expect
        .poll(
          async () =>
            (
              await house.db.database.query(
                "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()",
              )
            ).length,
        )
        .toBe(1);
    });
    expect((await answer)?.status).toBe(409);
  });

  it('are the administrator’s alone', async () => {
    for (const role of ['leader', 'dispatcher', 'monitor', 'planner', 'steward']) {
      const other = as(await house.account(`a-${role}`, { role }));
      for (const answer of [
        await other.get('/api/accounts'),
        await other.post('/api/accounts', draft),
        await other.patch(`/api/accounts/a-${role}`, { role: 'admin' }),
        await other.delete('/api/accounts/admin'),
        await other.put('/api/accounts/admin/password', { password: PASSWORD }),
        await other.get('/api/audit'),
      ])
        expect([answer.status, answer.body.code]).toEqual([403, 'forbidden']);
    }
    await request(house.app).get('/api/accounts').expect(401);
    await request(house.app).get('/api/audit').expect(401);
  });

  it('is paged in order of name', async () => {
    for (const name of ['c', 'b', 'd'])
      await as(house.admin)
        .post('/api/accounts', { ...draft, name })
        .expect(201);
    const names: string[] = [];
    let next: string | null = '/api/accounts?limit=2';
    while (next) {
      const { body }: { body: { items: { name: string }[]; next: string | null } } = await as(house.admin).get(next).expect(200);
      names.push(...body.items.map((item) => item.name));
      next = body.next;
    }
    expect(names).toEqual(['admin', 'b', 'c', 'd']);
    for (const query of ['limit=0', 'limit=1001', 'limit=x', 'limit=-1', 'limit=1&limit=2', 'after=%00'])
      expect((await as(house.admin).get(`/api/accounts?${query}`).expect(400)).body.code).toBe('bad-parameter');
  });
});

describe('/api/audit', () => {
  it('shows logins, failed logins, logouts and writes, newest first, in pages', async () => {
    house.now += 60_000;
    const token = await house.account('li.ming');
    await house.login('li.ming', 'wrong', '10.9.9.9').expect(401);
    await as(token).delete('/api/session').expect(204);
    const rows: Record<string, unknown>[] = [];
    let next: string | null = '/api/audit?limit=2';
    while (next) {
      const { body }: { body: { items: Record<string, unknown>[]; next: string | null } } = await as(house.admin).get(next).expect(200);
      rows.push(...body.items);
      next = body.next;
    }
    expect(rows.map((row) => [row.act, row.account, row.target, row.address])).toEqual([
      ['logout', 'li.ming', 'li.ming', '127.0.0.1'],
      ['login-failed', null, 'li.ming', '10.9.9.9'],
      ['login', 'li.ming', 'li.ming', '10.0.0.1'],
      ['write', 'admin', 'account/li.ming', '127.0.0.1'],
      ['login', 'admin', 'admin', '10.0.0.1'],
    ]);
    expect(rows[0]?.at).toBe('2026-11-23T19:01:00.000Z');
    const items = async (query: string) => (await as(house.admin).get(`/api/audit?${query}`).expect(200)).body.items;
    expect(await items('act=login-failed')).toHaveLength(1);
    expect((await items('account=li.ming')).map((row: { act: string }) => row.act)).toEqual(['logout', 'login']);
    expect(await items(`to=${encodeURIComponent('2026-11-24T03:01:00+08:00')}&act=login`)).toHaveLength(1);
    expect(await items(`from=${encodeURIComponent('2026-11-24T03:01:00+08:00')}&act=login`)).toHaveLength(1);
    for (const query of ['from=yesterday', 'to=2026-11-24', 'before=0', 'before=x', 'act=%00'])
      expect((await as(house.admin).get(`/api/audit?${query}`).expect(400)).body.code).toBe('bad-parameter');
    // Reading the audit stands in the audit.
    expect((await items('act=read-restricted')).length).toBeGreaterThan(3);
  });
});

describe('bootstrap', () => {
  it('makes up a password once, and ADMIN_PASSWORD given later changes it', async () => {
    await house.db.database.query('TRUNCATE account CASCADE');
    const first = await house.auth.bootstrap({ adminPassword: '', demo: false });
    expect(first.admin?.password).toMatch(/^[\w-]{20}$/);
    expect((await house.auth.bootstrap({ adminPassword: null, demo: false })).admin).toBeUndefined();
    const token = (await house.login('admin', first.admin?.password ?? '', '10.0.0.5').expect(200)).body.token;
    expect((await house.auth.bootstrap({ adminPassword: 'weak', demo: false })).admin).toBeUndefined();
    expect(house.warnings).toContain('ADMIN_PASSWORD is weak');
    await request(house.app).get('/api/session').set(bearer(token)).expect(401);
    await house.login('admin', 'weak', '10.0.0.5').expect(200);
  });
});
