// Which face a panel shows: cases as data, worst first.
import { describe, expect, it } from 'vitest';
import { type PartState, panelCondition } from './panel-state.ts';
import { leastDirect, truthWords } from './truth.ts';

const now = 100_000;
const part = (state: PartState['state'], more: Partial<PartState> = {}): PartState => ({
  state,
  since: 1000,
  heard: 90_000,
  problem: null,
  ...more,
});
const problem = { code: 'forbidden', title: '无权' };

describe('panel condition', () => {
  it.each([
    ['values that are young', [part('normal')], 3, 200_000, 'normal'],
    ['values that cannot age', [part('normal')], 3, null, 'normal'],
    ['values past their time', [part('normal')], 3, 99_999, 'stale'],
    ['nothing to show', [part('normal')], 0, null, 'empty'],
    ['nothing to show and old', [part('normal')], 0, 5, 'empty'],
    ['one part still loading', [part('normal'), part('loading', { heard: null })], 3, null, 'loading'],
    ['loading for a moment over earlier values', [part('loading', { since: now - 100 })], 3, null, 'normal'],
    ['loading for long over earlier values', [part('loading', { since: now - 301 })], 3, null, 'loading'],
    ['an error beside loading', [part('loading', { heard: null }), part('error', { problem })], 0, null, 'error'],
    ['no right beside an error', [part('error'), part('forbidden', { problem })], 3, 5, 'forbidden'],
  ] as const)('%s', (_, parts, shown, staleFrom, state) => {
    expect(panelCondition(parts, shown, staleFrom, now).state).toBe(state);
  });
  it('says since when and why', () => {
    expect(panelCondition([part('forbidden', { problem, since: 7 })], 0, null, now)).toEqual({
      state: 'forbidden',
      since: 7,
      heard: 90_000,
      problem,
    });
    expect(panelCondition([part('normal')], 1, 50_000, now).since).toBe(50_000);
  });
});

describe('truth strip', () => {
  it('keeps the fixed order and leaves out what is not known', () => {
    const truth = {
      provenance: 'simulated',
      asOf: now - 120_000,
      coverage: [67, 70],
      noun: '站',
      quality: 0.981,
      source: '省生态厅',
    } as const;
    expect(Object.values(truthWords(truth, now))).toEqual(['模拟', '2 分前', '站 67/70', '质量 98%', '省生态厅']);
    expect(Object.values(truthWords({ ...truth, provenance: null, asOf: null, coverage: null, quality: null }, now))).toEqual([
      '',
      '',
      '',
      '',
      '省生态厅',
    ]);
  });
  it('is simulated as soon as one source is', () => {
    expect(leastDirect(['measured', 'simulated', 'reported'])).toBe('simulated');
    expect(leastDirect(['measured', 'reported'])).toBe('reported');
    expect(leastDirect([])).toBeNull();
  });
});
