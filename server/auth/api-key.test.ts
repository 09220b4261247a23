// Keys are no session tokens; quotas hold to the request, begin anew at midnight of Shanghai and with each minute.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { apiKeyHash, apiKeyOf, dayOf, isApiKey, secondsToMidnight, spend, type Tally } from './api-key.ts';
import { isToken } from './token.ts';

test('a key is no session token, and no session token is a key', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (bytes) => {
      const key = apiKeyOf(bytes);
      const token = Buffer.from(bytes).toString('base64url');
      expect([isApiKey(key), isToken(key), isApiKey(token), isToken(token)]).toEqual([true, false, false, true]);
      expect(apiKeyHash(key).length).toBe(32);
    }),
  );
  fc.assert(fc.property(fc.string(), (text) => void isApiKey(text)));
});

const fresh = (): Tally => ({ day: '', usedToday: 0, minute: 0, usedThisMinute: 0 });
const refusal = (run: () => void): unknown => {
  try {
    run();
    return null;
  } catch (error) {
    return error instanceof Problem ? error.details : error;
  }
};
const evening = Date.parse('2026-11-24T23:59:30+08:00');

test('the day of Shanghai ends at its midnight', () => {
  expect([dayOf(evening), dayOf(evening + 30_000), secondsToMidnight(evening)]).toEqual(['2026-11-24', '2026-11-25', 30]);
});
test('so many a minute, then the rest of the minute is waited for', () => {
  const tally = fresh();
  for (let i = 0; i < 3; i++) spend(tally, { perDay: 100, perMinute: 3 }, evening + i);
  expect(refusal(() => spend(tally, { perDay: 100, perMinute: 3 }, evening + 10_000))).toMatchObject({ limit: 3, retryAfterSeconds: 20 });
  expect(refusal(() => spend(tally, { perDay: 100, perMinute: 3 }, evening + 30_000))).toBeNull();
});
test('so many a day, then midnight is waited for; what is refused costs nothing', () => {
  const tally = fresh();
  spend(tally, { perDay: 1, perMinute: 9 }, evening);
  for (let i = 0; i < 5; i++)
    expect(refusal(() => spend(tally, { perDay: 1, perMinute: 9 }, evening + i))).toMatchObject({ limit: 1, retryAfterSeconds: 30 });
  expect(tally.usedToday).toBe(1);
  expect(refusal(() => spend(tally, { perDay: 1, perMinute: 9 }, evening + 30_000))).toBeNull();
});
test('never more than the quota, whatever comes when', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(5_000), { maxLength: 200 }), fc.integer({ min: 1, max: 20 }), (steps, perMinute) => {
      const tally = fresh();
      const perMinuteCount = new Map<number, number>();
      let now = evening;
      for (const step of steps) {
        now += step;
        if (refusal(() => spend(tally, { perDay: 50, perMinute }, now)) !== null) continue;
        const minute = Math.floor(now / 60_000);
        perMinuteCount.set(minute, (perMinuteCount.get(minute) ?? 0) + 1);
      }
      for (const count of perMinuteCount.values()) expect(count).toBeLessThanOrEqual(perMinute);
    }),
  );
});
