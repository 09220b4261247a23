// What Observations say beside their results, in a real database: once, whatever happens on the way.
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Observation, Reading, ReadingDetails } from '../../contracts/observation.ts';
import { type TestDatabase, testDatabase } from '../../tests/database.pg.ts';
import { openObservationDetails } from './observation-details.pg.ts';

let db: TestDatabase;
beforeAll(async () => {
  db = await testDatabase();
});
afterAll(() => db?.drop());

const time = Date.parse('2026-11-24T08:00:00+08:00');
const plain: ReadingDetails = {
  ...{ until: null, resultTime: null, validTime: null, parameters: null, quality: null, feature: null, corrects: null, withdrawn: false },
};
const observation = (datastream: number, identity: number, frame = 1): Observation => ({
  ...{ datastream, identity, frame, thing: 1, series: 'z/instant/value', phenomenonTime: time, result: 1, position: null, quality: 'good' },
  ...{ failed: [], flag: null, provenance: 'measured', hops: { received: time, durable: time, processed: time } },
});
const reading = (details?: ReadingDetails): Reading => ({
  ...{ device: 'd', property: 'z', period: 'instant', statistic: 'value', phenomenonTime: time, result: 1, flag: null },
  ...(details ? { details } : {}),
});
const rows = (datastream: number) =>
  db.database.query('SELECT * FROM observation_detail WHERE datastream = $1 ORDER BY identity', [datastream]);

test('every part of it, its own identity as root; a reading without any leaves none', async () => {
  const details = openObservationDetails(db.database.pool, () => undefined);
  details.hear(
    observation(1, 5),
    reading({
      ...plain,
      until: time + 1,
      resultTime: time,
      validTime: [time, time + 2],
      parameters: { a: [1] },
      quality: 'N',
      feature: 1_000_000_001,
    }),
  );
  details.hear(observation(1, 6), reading({ ...plain, corrects: 5, withdrawn: true }));
  details.hear(observation(1, 7), reading());
  await details.written();
  expect(await rows(1)).toMatchObject([
    {
      identity: 5,
      root: 5,
      withdrawn: false,
      until: new Date(time + 1),
      result_time: new Date(time),
      valid_to: new Date(time + 2),
      parameters: { a: [1] },
      quality: 'N',
      feature: 1_000_000_001,
    },
    { identity: 6, root: 5, withdrawn: true, until: null, parameters: null, quality: null, feature: null },
  ]);
});
test('a second time (QoS 1, replay after a crash) changes nothing', async () => {
  const details = openObservationDetails(db.database.pool, () => undefined);
  for (const frame of [1, 2]) details.hear(observation(2, 5, frame), reading({ ...plain, parameters: { frame } }));
  await details.written();
  details.hear(observation(2, 5, 3), reading(plain));
  await details.written();
  expect(await rows(2)).toMatchObject([{ frame: 1, parameters: { frame: 1 } }]);
  expect(details.refused()).toBe(0);
});
test('what the database will not take is left out, told and counted; the others are kept', async () => {
  const errors: unknown[] = [];
  const details = openObservationDetails(db.database.pool, (error) => errors.push(error));
  for (let identity = 0; identity < 20; identity++)
    details.hear(observation(3, identity), reading({ ...plain, parameters: { word: identity === 7 ? 'a\u0000' : 'a' } }));
  await details.written();
  expect([(await rows(3)).length, errors.length, details.refused()]).toEqual([19, 1, 1]);
});
test('while the database is away nothing is lost, and whoever waits is told', async () => {
  let away = true;
  const pool = new Proxy(db.database.pool, {
    get: (target, name) =>
      name === 'query' && away ? () => Promise.reject(Object.assign(new Error('away'), { code: '57P01' })) : Reflect.get(target, name),
  });
  const details = openObservationDetails(pool, () => undefined);
  details.hear(observation(4, 1), reading(plain));
  await expect(details.written()).rejects.toThrow('away');
  details.hear(observation(4, 2), reading(plain));
  away = false;
  await details.written(() => Promise.resolve());
  expect((await rows(4)).length).toBe(2);
  await expect(details.written(() => Promise.reject(new Error('other')))).rejects.toThrow('other');
});
