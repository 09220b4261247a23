// A page's topics: subscribed while live, not while it shows a past moment, and again when it comes back; health always.

import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import type { BBox } from '../../contracts/geo.ts';
import type { Topic } from '../../contracts/wire.ts';
import type { Connection } from './connect.socket.ts';
import { createMirror, type Mirror } from './mirror.ts';
import { closeLive, useLive } from './use-live.socket.ts';

const subscribed = new Map<Topic, Mirror>();
const boxes = new Map<Topic, BBox | undefined>();
const past: (BBox | undefined)[] = [];
/** With what the next questions about the past are refused. */
const refusals: { status: number; code: string }[] = [];
vi.mock('./connect.socket.ts', () => ({
  openConnection: (): Connection => ({
    now: () => 1_000_000,
    mirror: (topic: Topic) => subscribed.get(topic),
    subscribe(topic: Topic, bbox?: BBox) {
      subscribed.set(topic, createMirror(topic));
      boxes.set(topic, bbox);
    },
    look: (topic: Topic, bbox: BBox | undefined) => void boxes.set(topic, bbox),
    unsubscribe: (topic: Topic) => void subscribed.delete(topic),
    close: () => undefined,
  }),
}));
const { Refused } = vi.hoisted(() => ({ Refused: class extends Error {} }));
vi.mock('./past.http.ts', () => ({
  Refused,
  session: async () => ({ identity: { scope: { adcode: '210000' } } }),
  async pastThings(_stream: string, _at: number, box?: BBox) {
    past.push(box);
    const refusal = refusals.shift();
    if (refusal) throw Object.assign(new Refused(), refusal);
    return [];
  },
  pastAlarms: async () => [],
  pastIndicators: async () => [],
  pastObservations: async () => [],
}));
beforeEach(() => {
  vi.useFakeTimers();
  past.length = 0;
  refusals.length = 0;
});
afterEach(() => {
  closeLive();
  vi.useRealTimers();
});
const topics = (): string[] => [...subscribed.keys()].sort();

test('the past is not subscribed', async () => {
  const scope = effectScope();
  const [live, alarms] = scope.run(() => {
    const own = useLive();
    own.health();
    own.things('water/water-level');
    return [own, own.alarms()] as const;
  })!;
  expect(topics()).toEqual(['alarms', 'health', 'things:water/water-level']);
  live.seek(500_000);
  expect(topics()).toEqual(['health']);
  expect(alarms.value.state).toBe('loading');
  // A panel that opens meanwhile is read of the past too; dragging on does not count anything twice.
  const panel = effectScope();
  panel.run(() => useLive().indicators());
  live.seek(400_000);
  await vi.advanceTimersByTimeAsync(500);
  expect(topics()).toEqual(['health']);
  expect(alarms.value).toMatchObject({ state: 'normal', heard: 400_000 });
  live.seek(null);
  expect(topics()).toEqual(['alarms', 'health', 'indicators', 'things:water/water-level']);
  // What was read of the past is not shown as live.
  expect(alarms.value.state).toBe('loading');
  live.seek(300_000);
  panel.stop();
  scope.stop();
  expect(topics()).toEqual([]);
});

test('a viewport narrows what has places, live and past, now and later; null takes it away', async () => {
  const scope = effectScope();
  const live = scope.run(() => {
    const own = useLive();
    own.things('water/water-level');
    own.alarms();
    return own;
  })!;
  const box: BBox = [122, 41, 123, 42];
  live.look(box);
  expect([boxes.get('things:water/water-level'), boxes.get('alarms')]).toEqual([box, undefined]);
  scope.run(() => useLive().observations('forestry/fire-hotspot'));
  expect(boxes.get('observations:forestry/fire-hotspot')).toEqual(box);
  live.seek(500_000);
  await vi.advanceTimersByTimeAsync(500);
  expect(past).toEqual([box]);
  live.look(null);
  await vi.advanceTimersByTimeAsync(500);
  expect(past).toEqual([box, undefined]);
  live.seek(null);
  expect(boxes.get('things:water/water-level')).toBeUndefined();
  scope.stop();
});

test.each([
  ['a house without a database', { status: 503, code: 'database-unavailable' }, 3],
  ['no answer', { status: 0, code: 'unreachable' }, 3],
  ['a refusal for good', { status: 403, code: 'forbidden' }, 1],
])(
  'the past that could not be read for %s is asked for again until it comes, or until another moment is wanted',
  async (_case, refusal, asked) => {
    const scope = effectScope();
    const [live, things] = scope.run(() => {
      const own = useLive();
      return [own, own.things('water/water-level')] as const;
    })!;
    refusals.push(refusal, refusal);
    live.seek(500_000);
    await vi.advanceTimersByTimeAsync(500);
    expect(things.value.problem?.code).toBe(refusal.code);
    await vi.advanceTimersByTimeAsync(1000);
    // While it is asked again the page says what is wrong, and does not blink.
    expect(things.value.problem?.code).toBe(refusal.code);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(past).toHaveLength(asked);
    expect(things.value.state).toBe(asked === 1 ? 'forbidden' : 'normal');
    refusals.push(refusal);
    live.seek(400_000);
    await vi.advanceTimersByTimeAsync(500);
    live.seek(null);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(past).toHaveLength(asked + 1);
    scope.stop();
  },
);
