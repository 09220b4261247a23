// migrate.pg.ts: order, once only, rollback of a failed file, changed and missing files, several servers at once, and our own schema.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { migrate } from './migrate.pg.ts';
import { readMigrations } from './migrations.file.ts';
import { openDatabase } from './pool.pg.ts';

let test: TestDatabase;
let folder: string;
const write = (name: string, sql: string): void => writeFileSync(join(folder, name), sql);

beforeAll(async () => {
  test = await testDatabase({ migrated: false });
});
afterAll(() => test.drop());
beforeEach(async () => {
  await test.database.query('DROP SCHEMA public CASCADE; CREATE SCHEMA public');
  folder = mkdtempSync(join(tmpdir(), 'liaozhi-migrations-'));
  write('001-first.sql', 'CREATE TABLE step (n integer); INSERT INTO step VALUES (1);');
  write('002-second.sql', 'INSERT INTO step SELECT max(n) + 1 FROM step;');
  return () => rmSync(folder, { recursive: true });
});
const steps = async (): Promise<unknown[]> => (await test.database.query('SELECT n FROM step ORDER BY n')).map((row) => row.n);

describe('migrate', () => {
  it('applies each file once, in order, and later files when they come', async () => {
    expect(await migrate(test.database, folder)).toEqual(['001-first.sql', '002-second.sql']);
    expect(await migrate(test.database, folder)).toEqual([]);
    write('003-third.sql', 'INSERT INTO step SELECT max(n) + 1 FROM step;');
    expect(await migrate(test.database, folder)).toEqual(['003-third.sql']);
    expect(await steps()).toEqual([1, 2, 3]);
  });

  it('rolls the failing file back whole, names it, and keeps those before it', async () => {
    write('003-bad.sql', 'INSERT INTO step VALUES (3); SELECT nonsense;');
    await expect(migrate(test.database, folder)).rejects.toThrow('migration 003-bad.sql: column "nonsense" does not exist');
    expect(await steps()).toEqual([1, 2]);
    write('003-bad.sql', 'INSERT INTO step VALUES (33);');
    expect(await migrate(test.database, folder)).toEqual(['003-bad.sql']);
  });

  it('stops at a file that has changed since, but not at other line ends', async () => {
    await migrate(test.database, folder);
    write('002-second.sql', 'INSERT INTO step VALUES (9);');
    await expect(migrate(test.database, folder)).rejects.toMatchObject({
      code: 'bad-declaration',
      message: expect.stringContaining('002-second.sql has changed'),
    });
    write('001-first.sql', 'CREATE TABLE step (n integer); INSERT INTO step VALUES (1);');
    write('002-second.sql', 'INSERT INTO step SELECT max(n) + 1 FROM step;');
    expect(await migrate(test.database, folder)).toEqual([]);
  });

  it('stops at a database that is newer than the program', async () => {
    await migrate(test.database, folder);
    rmSync(join(folder, '002-second.sql'));
    await expect(migrate(test.database, folder)).rejects.toMatchObject({
      code: 'bad-declaration',
      message: expect.stringContaining('newer data'),
    });
  });

  it('several servers at once apply each file once', async () => {
    const others = [1, 2, 3].map(() => openDatabase(test.url, { max: 1 }));
    const done = await Promise.all(others.map((database) => migrate(database, folder)));
    expect(done.flat().sort()).toEqual(['001-first.sql', '002-second.sql']);
    expect(await steps()).toEqual([1, 2]);
    await Promise.all(others.map((database) => database.close()));
  });

  it('our own schema applies to an empty database', async () => {
    const names = await migrate(test.database);
    expect(names.length).toBeGreaterThanOrEqual(4);
    expect(await test.database.query('SELECT id, name FROM migration ORDER BY id')).toEqual(
      names.map((name, index) => ({ id: index + 1, name })),
    );
    expect(await test.database.query('SELECT count(*) AS n FROM thing')).toEqual([{ n: 0 }]);
  });
});

describe('readMigrations', () => {
  it.each([
    ['4-short.sql', 'bad-declaration'],
    ['002-twice.sql', 'duplicate-declaration'],
    ['004-hole.sql', 'bad-declaration'],
    ['003-Upper.sql', 'bad-declaration'],
  ])('%s → %s', (name, code) => {
    write(name, 'SELECT 1;');
    expect(() => readMigrations(folder)).toThrow(expect.objectContaining({ code }));
  });
});
