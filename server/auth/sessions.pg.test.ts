// Tests of sessions: what is remembered, and while the database is away, where a real cable between pool and PostgreSQL is pulled and plugged in again.
import { createConnection, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';
import request from 'supertest';
import { describe, expect, it, vi } from 'vitest';
import { testDatabase } from '../../tests/database.pg.ts';
import type { Database } from '../database/database.ts';
import { openDatabase } from '../database/pool.pg.ts';
import { createSessions } from './sessions.pg.ts';
import { ADMIN, bearer, HOUR, testHouse } from './test-house.http.ts';

const house = testHouse(testDatabase);

/** The real database, with a gate that its answers pass through. */
function gated(gate: () => Promise<void>): Database {
  const { database } = house.db;
  return Object.create(database, {
    query: {
      value: async (...all: Parameters<Database['query']>) => {
        const rows = await database.query(...all);
        await gate();
        return rows;
      },
    },
  });
}

describe('find', () => {
  it('an answer that was under way when the account was disabled is not remembered, nor joined', async () => {
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    let reads = 0;
    const sessions = createSessions({
      database: gated(() => (reads++ === 0 ? gate : Promise.resolve())),
      now: () => house.now,
      hours: 12,
      demo: () => false,
    });
    const early = sessions.find(house.admin);
    await expect.poll(() => reads).toBe(1);
    await house.db.database.query("UPDATE account SET disabled = true WHERE name = 'admin'");
    sessions.ended('admin', 'disabled');
    expect(await sessions.find(house.admin)).toBeNull();
    open();
    await early;
    expect(await sessions.find(house.admin)).toBeNull();
  });

  it('many requests at once ask the database once, and a text that is no token never does', async () => {
    let reads = 0;
    const database = gated(async () => void reads++);
    const sessions = createSessions({ database, now: () => house.now, hours: 12, demo: () => false });
    const found = await Promise.all(Array.from({ length: 50 }, () => sessions.find(house.admin)));
    expect(found.every((each) => each?.identity.user === 'admin')).toBe(true);
    expect(reads).toBe(1);
    for (const text of ['', 'x', "' OR 1=1 --", 'x'.repeat(100_000)]) expect(await sessions.find(text)).toBeNull();
    expect(reads).toBe(1);
  });

  it('an account of the demonstration is nobody once the demonstration is over', async () => {
    await house.auth.bootstrap({ adminPassword: ADMIN, demo: true });
    const { token } = await house.auth.login.asDemo({ name: 'demo-leader', address: null, allowed: true });
    let demo = true;
    const sessions = createSessions({ database: house.db.database, now: () => house.now, hours: 12, demo: () => demo });
    expect((await sessions.find(token))?.identity.user).toBe('demo-leader');
    demo = false;
    house.now += 31_000;
    expect(await sessions.find(token)).toBeNull();
  });
});

describe('database away', () => {
  let wire: Server;
  const open = new Set<Socket>();
  /** Where the cluster listens: a socket file, or a port. */
  function postgres(): NetConnectOpts {
    const [, host = '', port = ''] = /@([^@:/]*):(\d+)\//.exec(house.db.url) ?? [];
    const folder = decodeURIComponent(host);
    return folder.startsWith('/') ? { path: `${folder}/.s.PGSQL.${port}` } : { host: folder, port: Number(port) };
  }
  async function plugIn(port = 0): Promise<number> {
    wire = createServer((near) => {
      const far = createConnection(postgres());
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        open.add(one);
        one.on('error', () => other.destroy());
        one.on('close', () => {
          open.delete(one);
          other.destroy();
        });
      }
      near.pipe(far).pipe(near);
    });
    await new Promise<void>((resolve) => wire.listen(port, '127.0.0.1', resolve));
    return (wire.address() as { port: number }).port;
  }
  function pullOut(): Promise<void> {
    for (const socket of open) socket.destroy();
    return new Promise((resolve) => wire.close(() => resolve()));
  }

  it('known sessions go on reading, the rest is 503 with Retry-After, nothing is lost, and all is well again without a restart', async () => {
    const port = await plugIn();
    const database = openDatabase(house.db.url.replace(/@[^@/]*\//, `@127.0.0.1:${port}/`), { max: 4, connectTimeoutMilliseconds: 2000 });
    const own = house.authOn(database);
    const ownApp = house.appOf(own);
    await own.bootstrap({ adminPassword: ADMIN, demo: false });
    const known = (await request(ownApp).post('/api/session').send({ username: 'admin', password: ADMIN }).expect(200)).body.token;
    await request(ownApp).get('/api/session').set(bearer(known)).expect(200);
    await pullOut();
    await database.probe();
    house.now += HOUR;
    // Nobody waits for a database that is known to be away.
    const asked = vi.spyOn(database, 'query');
    await request(ownApp).get('/api/session').set(bearer(known)).expect(200);
    expect(asked).not.toHaveBeenCalled();
    const unknown = await request(ownApp).get('/api/session').set(bearer(house.admin)).expect(503);
    expect(unknown.body.code).toBe('database-unavailable');
    expect(unknown.headers['retry-after']).toBe('5');
    await request(ownApp).get('/api/who').set(bearer(house.admin)).expect(200);
    // Not a failure of the visitor: ten of them do not lock.
    for (let attempt = 0; attempt < 10; attempt++)
      await request(ownApp).post('/api/session').send({ username: 'admin', password: ADMIN }).expect(503);
    own.audit({ identity: null, address: null, act: 'write', target: 'during the outage' });
    await own.log.flush();
    await plugIn(port);
    await database.probe();
    await request(ownApp).post('/api/session').send({ username: 'admin', password: ADMIN }).expect(200);
    await own.close();
    expect(await house.acts("target = 'during the outage'")).toHaveLength(1);
    await database.close();
    await pullOut();
  });
});
