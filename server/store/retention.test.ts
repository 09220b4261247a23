// Retention against a real PostGIS: what is old goes, what was received lately stays however old it is, and the writer goes on.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { logged } from '../../contracts/log.ts';
import type { Observation } from '../../contracts/observation.ts';
import { openTableLog } from '../../streams/log/table.pg.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openHistory } from './history.pg.ts';
import { applyRetention } from './retention.pg.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 24, 3);
let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db.drop());

const row = (phenomenonTime: number, received: number): Observation => ({
  ...{ datastream: 1, thing: 1, series: 'z/instant/value', phenomenonTime, result: 1.5, position: null, quality: 'good', failed: [] },
  ...{ flag: null, provenance: 'measured', frame: 65536, identity: 0, hops: { received, durable: received, processed: received } },
});
const times = async (): Promise<string[]> =>
  (await db.database.query<{ t: Date }>('SELECT phenomenon_time AS t FROM observation ORDER BY 1')).map(({ t }) =>
    t.toISOString().slice(0, 10),
  );
const round = (dropFrames: (before: number) => Promise<number> = async () => 0) =>
  applyRetention({ pool: db.database.pool, dropFrames, logRetentionDays: 90, historyRetentionDays: 365, now: () => now });

test('partitions go when their time and their rows are old; the writer makes a dropped one again and loses nothing', async () => {
  const history = openHistory(db.database.pool, { now: () => now, flushMilliseconds: 5 });
  const old = Date.UTC(2024, 4, 5);
  const replayed = Date.UTC(2010, 0, 2);
  history.add([row(old, old + 1000), row(replayed, now - day), row(now - day, now - day)], [], 1);
  await history.flushed();
  expect(await times()).toEqual(['2010-01-02', '2024-05-05', '2026-11-23']);
  expect((await round()).partitions).toEqual(['observation_202405']);
  expect(await times()).toEqual(['2010-01-02', '2026-11-23']);
  // The writer believes that the partition is there.
  history.add([row(old + day, now), row(old + 2 * day, now)], [], 2);
  await history.flushed();
  expect(await times()).toEqual(['2010-01-02', '2024-05-06', '2024-05-07', '2026-11-23']);
  await history.close();
});

test('raw frames, dead letters and frames kept of unknown devices go with the log', async () => {
  let at = now - 100 * day;
  const log = openTableLog(db.database.pool, { now: () => at });
  const frame = { protocol: 'mqtt', address: 'a', received: at, bytes: new Uint8Array([1]) };
  const first = await logged(frame, log.append(frame));
  at = now;
  const second = await logged(frame, log.append(frame));
  await db.database.query(`INSERT INTO log_cursor (consumer, frame) VALUES ('history', ${second.id + 65_536})
    ON CONFLICT (consumer) DO UPDATE SET frame = excluded.frame`);
  for (const [device, id] of [
    ['gone', first.id],
    ['here', second.id],
  ] as const) {
    const seen = device === 'gone' ? now - 100 * day : now;
    const instant = `to_timestamp(${seen}::float8 / 1000)`;
    await db.database.query(`INSERT INTO unclaimed_device VALUES ('mqtt', '${device}', ${instant}, ${instant}, 1, 'a');
      INSERT INTO unclaimed_frame VALUES ('mqtt', '${device}', ${id});
      INSERT INTO dead_letter (received, protocol, address, code, reason) VALUES (${instant}, 'mqtt', 'a', 'malformed-frame', '${device}')`);
  }
  expect(await round((before) => log.dropBefore(before))).toEqual({ frames: 1, partitions: [], letters: 1 });
  expect(await log.get(first.id)).toBeNull();
  expect(await log.get(second.id)).not.toBeNull();
  for (const [table, column] of [
    ['unclaimed_device', 'device'],
    ['unclaimed_frame', 'device'],
    ['dead_letter', 'reason'],
  ])
    expect(await db.database.query(`SELECT ${column} AS device FROM ${table}`), table).toEqual([{ device: 'here' }]);
  await log.close();
});

test('changes of layers go after a day, former versions of features after the years of the history', async () => {
  const ago = (days: number): string => `to_timestamp(${now - days * day}::float8 / 1000)`;
  await db.database.query(`DELETE FROM layer_change; INSERT INTO layer_change (source, rows, at) VALUES ('old', 0, ${ago(2)}), ('new', 0, ${ago(0.5)});
    INSERT INTO feature_past VALUES ('t', 1, 1, ${ago(900)}, ${ago(400)}, '{}'), ('t', 2, 2, ${ago(900)}, ${ago(300)}, '{}')`);
  await round();
  expect(await db.database.query('SELECT source FROM layer_change')).toEqual([{ source: 'new' }]);
  expect(await db.database.query('SELECT id FROM feature_past')).toEqual([{ id: 2 }]);
});

test('of trust, the last word before the years of the history stays: it holds until the next one', async () => {
  const ago = (days: number): string => `to_timestamp(${now - days * day}::float8 / 1000)`;
  // The tables of Things are other tests' business.
  await db.database.query(`ALTER TABLE datastream_trust DROP CONSTRAINT datastream_trust_datastream_fkey;
    INSERT INTO datastream_trust VALUES (1, ${ago(900)}, 90, '[]'), (1, ${ago(400)}, 80, '[]'), (1, ${ago(300)}, 70, '[]'), (2, ${ago(900)}, 60, '[]')`);
  await round();
  expect(await db.database.query('SELECT datastream, score FROM datastream_trust ORDER BY datastream, at')).toEqual([
    { datastream: 1, score: 80 },
    { datastream: 1, score: 70 },
    { datastream: 2, score: 60 },
  ]);
});
