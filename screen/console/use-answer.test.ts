// Tests of answers on their way: what came too late is dropped, an older answer of the same subject stays, refusals keep their reason.
import { describe, expect, it } from 'vitest';
import { effectScope, nextTick, ref } from 'vue';
import { useAnswer } from './use-answer.ts';

interface Pending {
  readonly question: string;
  readonly signal: AbortSignal;
  answer(value: string): void;
  refuse(error: Error): void;
}
function set() {
  const question = ref<string | null>(null);
  const pending: Pending[] = [];
  const scope = effectScope();
  const { reading, again } = scope.run(() =>
    useAnswer<string>(
      () => question.value,
      (asked) => asked.split(':')[0] ?? '',
      (asked, signal) => new Promise((answer, refuse) => pending.push({ question: asked, signal, answer, refuse })),
    ),
  )!;
  const settle = async (): Promise<void> => {
    await nextTick();
    await new Promise((done) => setTimeout(done, 0));
  };
  return { question, pending, reading, again, settle, scope };
}

describe('an answer', () => {
  it('is not asked for while there is no question', () => {
    const { reading, pending } = set();
    expect([reading.value.state, pending.length]).toEqual(['empty', 0]);
  });
  it('that comes after the next question is dropped', async () => {
    const { question, pending, reading, settle } = set();
    question.value = 'a:1';
    await settle();
    question.value = 'b:1';
    await settle();
    pending[1]?.answer('of b');
    pending[0]?.answer('of a');
    await settle();
    expect(reading.value).toMatchObject({ state: 'normal', value: 'of b' });
    expect(pending[0]?.signal.aborted).toBe(true);
  });
  it('stays while the same subject is asked anew, and goes when the subject changes', async () => {
    const { question, pending, reading, settle } = set();
    question.value = 'a:1';
    await settle();
    pending[0]?.answer('old');
    await settle();
    question.value = 'a:2';
    await settle();
    expect(reading.value).toMatchObject({ state: 'normal', value: 'old' });
    question.value = 'b:1';
    await settle();
    expect(reading.value).toMatchObject({ state: 'loading', value: null });
  });
  it.each([
    [Object.assign(new Error('无权'), { code: 'forbidden' }), 'forbidden'],
    [Object.assign(new Error('没有'), { code: 'not-found' }), 'empty'],
    [new Error('服务器没有应答'), 'error'],
  ])('refused with %s is %s, with its words', async (error, state) => {
    const { question, pending, reading, settle } = set();
    question.value = 'a:1';
    await settle();
    pending[0]?.refuse(error);
    await settle();
    expect(reading.value).toEqual({ state, value: null, why: error.message });
  });
  it('is stopped with the page', async () => {
    const { question, pending, scope, settle } = set();
    question.value = 'a:1';
    await settle();
    scope.stop();
    expect(pending[0]?.signal.aborted).toBe(true);
  });
});
