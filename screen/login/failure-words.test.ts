// Tests of the words for a failed login.
import { describe, expect, it } from 'vitest';
import { problems } from '../../contracts/problem.ts';
import { failureWords, secondsLeft } from './failure-words.ts';

const failure = (code: string, details: Record<string, unknown> = {}, retryAfterSeconds = 0) => ({
  code,
  title: '标题',
  details,
  retryAfterSeconds,
});

describe('failureWords', () => {
  it.each([
    [failure('bad-credentials', { attemptsLeft: 4 }), 0, '用户名或口令不对', '核对大小写后再试'],
    [failure('bad-credentials', { attemptsLeft: 2 }), 0, '用户名或口令不对', '再错 2 次将暂锁'],
    [failure('bad-credentials', { attemptsLeft: 0 }, 10), 7, '用户名或口令不对，此处已暂锁', '7 秒后可再试'],
    [failure('too-many-attempts', {}, 20), 20, '连续登录失败，此处已暂锁', '20 秒后可再试'],
    [failure('too-many-attempts', {}, 20), 0, '连续登录失败，此处已暂锁', '现在可以再试'],
    [failure('database-unavailable', {}, 5), 3, '数据库暂不可用，无法核对账号', '3 秒后可再试'],
    [failure('internal', { incident: 'ab12' }), 0, '服务器内部错误，编号 ab12', '请把编号告诉系统管理'],
  ])('%j with %i s left', (given, left, what, advice) => expect(failureWords(given, left)).toEqual({ what, advice }));

  it('every problem has words and something to do', () => {
    for (const code of [...Object.keys(problems), 'unreachable']) {
      const words = failureWords(failure(code), 0);
      expect(words.what.length * words.advice.length).toBeGreaterThan(0);
    }
  });

  it.each([
    [10_000, 0, 10],
    [10_000, 9_001, 1],
    [10_000, 10_000, 0],
    [10_000, 99_000, 0],
  ])('until %i at %i: %i s', (until, now, left) => expect(secondsLeft(until, now)).toBe(left));
});
