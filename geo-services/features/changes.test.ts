// What is committed is heard once, whoever commits first; former versions are kept and found again.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../server/database/pool.pg.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { type Changes, type LayerChange, openChanges, touches } from './changes.pg.ts';

let test: TestDatabase;
beforeAll(async () => {
  test = await testDatabase();
});
afterAll(() => test?.drop());

const pause = (milliseconds: number): Promise<void> => new Promise((wake) => setTimeout(wake, milliseconds));
const addLake = (name: string, lng: number, lat: number, count = 1): Promise<unknown> =>
  test.database.query(
    `INSERT INTO lake (name, geom, geom_3857) SELECT $1, g, ST_Transform(g, 3857) FROM (
       SELECT ST_Multi(ST_MakeEnvelope($2::float8 + n * 0.01, $3::float8, $2::float8 + n * 0.01 + 0.005, $3::float8 + 0.005, 4490)) AS g FROM generate_series(0, $4::int - 1) AS n) AS made`,
    [name, lng, lat, count],
  );

describe('changes', () => {
  let changes: Changes;
  let heard: LayerChange[];
  beforeEach(async () => {
    await test.database.query('DELETE FROM lake');
    changes = openChanges(test.database);
    heard = [];
    await changes.caughtUp();
    await pause(150);
    // The first reading knows what was open then; what was committed meanwhile is heard with the second.
    await changes.caughtUp();
    changes.onChange((list) => void heard.push(...list));
  });
  const listen = async (): Promise<readonly LayerChange[]> => {
    await pause(150);
    await changes.caughtUp();
    return heard;
  };

  it('tells the box of each row, where it was and where it is', async () => {
    await addLake('a', 122, 41);
    await test.database.query(
      "UPDATE lake SET geom = ST_Translate(geom, 1, 0), geom_3857 = ST_Transform(ST_Translate(geom, 1, 0), 3857) WHERE name = 'a'",
    );
    const boxes = (await listen()).map(({ source, box }) => [source, box?.map((side) => Math.round(side * 1000) / 1000)]);
    expect(boxes.sort()).toEqual(
      [
        ['lake', [122, 41, 122.005, 41.005]],
        ['lake', [122, 41, 122.005, 41.005]],
        ['lake', [123, 41, 123.005, 41.005]],
      ].sort(),
    );
  });
  it('gathers many rows of one statement by cells', async () => {
    await addLake('many', 120, 41, 300);
    const list = await listen();
    // Three degrees of longitude in quarters.
    expect(list.length).toBe(12);
    expect(Math.min(...list.map(({ box }) => box?.[0] ?? 999))).toBeCloseTo(120, 3);
    expect(Math.max(...list.map(({ box }) => box?.[2] ?? 0))).toBeCloseTo(122.995, 3);
  });
  it('a row written as it was is no change', async () => {
    await addLake('a', 122, 41);
    await listen();
    heard.length = 0;
    await test.database.query('UPDATE lake SET name = name');
    expect(await listen()).toEqual([]);
  });
  it('hears a transaction that began early and committed late, once', async () => {
    const other = openDatabase(test.url, { max: 1 });
    let commit: () => void = () => undefined;
    const gate = new Promise<void>((open) => (commit = open));
    const early = other.transaction(async (tx) => {
      await tx.query("INSERT INTO layer_change (source, rows) VALUES ('early', 0)");
      await gate;
    });
    await pause(50);
    await addLake('late', 122, 41);
    expect((await listen()).map(({ source }) => source)).toEqual(['lake']);
    commit();
    await early;
    expect((await listen()).map(({ source }) => source)).toEqual(['lake', 'early']);
    expect((await listen()).length).toBe(2);
    await other.close();
  });
  it('a table shared by layers tells of which', async () => {
    const air = { table: 'thing', only: { column: 'stream', equals: 'ecology/air-quality' } } as const;
    const before = changes.version(air);
    await test.database.query(
      `INSERT INTO thing (uid, name, adcode, stream, geom, geom_3857) SELECT 'w', 'w', '210100', 'water/water-level', g, ST_Transform(g, 3857)
       FROM (SELECT ST_SetSRID(ST_MakePoint(123, 41), 4490) AS g) AS made`,
    );
    const [change] = await listen();
    expect(change && [touches(change, air), touches(change, { table: 'thing' })]).toEqual([false, true]);
    expect(changes.version(air)).toBe(before);
    expect(changes.version({ table: 'thing', only: { column: 'stream', equals: 'water/water-level' } })).not.toBe(before);
  });
});
