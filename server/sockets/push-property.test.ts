// After any interleaving of changes, subscriptions, viewports and losses, every page's mirror equals what its scope and viewport may see of the store.
//
// Real pages over a line that loses deltas and connections; the losses are healed by the protocol alone. One house for all runs: a run leaves
// its things behind and the next one has others.
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { mayRead, type Scope } from '../../contracts/access.ts';
import { type BBox, insideBBox, type LngLat } from '../../contracts/geo.ts';
import type { StreamPath } from '../../contracts/stream.ts';
import type { Topic } from '../../contracts/wire.ts';
import { streams } from '../../streams/index.ts';
import { type LossyLine, openLossyLine } from '../../tests/lossy-line.tcp.ts';
import { openPage, standInForBrowser, type TestPage } from '../../tests/page.socket.ts';
import { openTestPush, scopeOfToken, type TestPush } from '../../tests/push.socket.ts';
import { guardOf, mayReadStream, streamsByPath } from '../auth/guard.ts';
import { snapViewport } from './viewport.ts';

const paths = ['water/water-level', 'ecology/pollution-source', 'forestry/fire-hotspot'] as const;
const topics: readonly Topic[] = [
  ...(['things:water/water-level', 'things:ecology/pollution-source', 'things:forestry/fire-hotspot'] as const),
  ...(['observations:forestry/fire-hotspot', 'alarms', 'indicators'] as const),
];
const tokens = ['210000:*', '210000:water', '210100:ecology', '210102:', '210200:ecology+water'];
const adcodes = ['210100', '210102', '210200', '210211'] as const;
const positions: readonly LngLat[] = [
  [122.5, 41.5],
  [121.2, 40.3],
  [122.05, 41.05],
  [124.9, 42.9],
];
const boxes: readonly (BBox | undefined)[] = [undefined, [122, 41, 123, 42], [121, 40, 122.2, 41.2]];
const declared = streamsByPath(streams);

const pick = (length: number) => fc.nat({ max: length - 1 });
const step = fc.oneof(
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('thing' as const), thing: pick(6), stream: pick(3), adcode: pick(4), place: pick(4) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('read' as const), thing: pick(6), series: pick(2), place: pick(4), value: fc.nat(99) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('alarm' as const), alarm: pick(4), open: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('indicator' as const), adcode: pick(4), value: fc.nat(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('subscribe' as const), page: pick(3), topic: pick(6), box: pick(3) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('unsubscribe' as const), page: pick(3), topic: pick(6) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('lose' as const), deltas: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('cut' as const) }) },
  { weight: 8, arbitrary: fc.record({ do: fc.constant('wait' as const), milliseconds: fc.nat(25) }) },
);

let house: TestPush;
let line: LossyLine;
let losing = 0;
let first = 0;
let [compared, lost] = [0, 0];
beforeAll(async () => {
  standInForBrowser();
  house = await openTestPush({ tick: 10, callsPerSecond: 1000 });
  line = await openLossyLine(house.port, () => losing > 0 && losing-- > 0);
});
afterAll(async () => {
  await line?.close();
  await house?.close();
});

/** What a page must show of a topic, said in the plainest way. */
function expected(topic: Topic, scope: Scope, bbox: BBox | undefined): unknown[] {
  const viewport = bbox && snapViewport(bbox);
  const inside = (position: LngLat | null, absent: boolean) => !viewport || (position ? insideBBox(position, viewport) : absent);
  const guard = (path: string, adcode: string) => mayRead(scope, guardOf(declared.get(path), adcode));
  if (topic === 'alarms') return house.store.alarms().filter((alarm) => guard(alarm.stream, alarm.adcode));
  if (topic === 'indicators') return house.store.indicators().filter(({ adcode }) => mayRead(scope, { adcode }));
  const [kind, path] = topic.split(':') as [string, StreamPath];
  return kind === 'observations'
    ? house.store.observations(path).filter((event) => guard(path, event.adcode) && inside(event.position, true))
    : [...house.store.things(path)].filter((thing) => guard(path, thing.adcode) && inside(thing.position, false));
}
/** Rows as text, whatever order they and their keys came in: a delta and a snapshot have each their own. */
function sorted(list: readonly unknown[] | undefined): string[] | undefined {
  const keysInOrder = (_: string, value: unknown): unknown =>
    value !== null && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value;
  return list?.map((one) => JSON.stringify(one, keysInOrder)).sort();
}

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
interface Viewer {
  readonly page: TestPage;
  readonly scope: Scope;
  readonly boxes: Map<Topic, BBox | undefined>;
}
async function take(s: Step, viewers: readonly Viewer[]): Promise<void> {
  if (s.do === 'thing') house.thing(first + s.thing, paths[s.stream]!, adcodes[s.adcode]!, positions[s.place]!);
  else if (s.do === 'read')
    house.read(first + s.thing, s.value, s.series === 0 ? 'z/instant/value' : 'q/instant/value', s.place === 0 ? null : positions[s.place]);
  else if (s.do === 'alarm') house.alarm(`a${s.alarm}`, paths[s.alarm % 3]!, adcodes[s.alarm]!, s.open);
  else if (s.do === 'indicator') house.indicator('aqi', adcodes[s.adcode]!, s.value);
  else if (s.do === 'lose') losing += s.deltas;
  else if (s.do === 'cut') line.cut();
  else if (s.do === 'wait') await new Promise((wake) => setTimeout(wake, s.milliseconds));
  else {
    const { page, boxes: shown } = viewers[s.page]!;
    const topic = topics[s.topic]!;
    if (s.do === 'unsubscribe') {
      // Each call counted one more user of the topic.
      while (page.connection.mirror(topic)) page.connection.unsubscribe(topic);
      shown.delete(topic);
    } else {
      page.connection.subscribe(topic, boxes[s.box]);
      shown.set(topic, boxes[s.box]);
    }
  }
}
/** One change in every topic: whoever missed the last delta of a topic learns of it by the next one. */
function touchEverything(): void {
  for (const [i, path] of paths.entries())
    for (const [j, adcode] of adcodes.entries()) {
      const id = first + 10 + i * 10 + j;
      for (const [k, position] of positions.entries()) house.thing(id + k * 100, path, adcode, position, `站 ${Math.random()}`);
      for (const [k, position] of positions.entries()) house.read(id + k * 100, Math.random(), 'z/instant/value', position);
      house.alarm(`last ${i} ${j} ${first}`, path, adcode, true);
      house.indicator('last', adcode, Math.random());
    }
}

test('the mirror of every page equals the store within scope and viewport', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(pick(tokens.length), { minLength: 3, maxLength: 3 }),
      fc.array(step, { minLength: 20, maxLength: 60, size: 'max' }),
      async (who, steps) => {
        first += 1000;
        losing = 0;
        const viewers: Viewer[] = who.map((token) => ({
          page: openPage(line.url, tokens[token]!),
          scope: scopeOfToken(tokens[token]!),
          boxes: new Map(),
        }));
        try {
          // Everyone begins with everything: a viewport or an unsubscription is then a change.
          for (const [n] of viewers.entries())
            for (const [topic] of topics.entries()) await take({ do: 'subscribe', page: n, topic, box: (n + topic) % 3 }, viewers);
          for (const s of steps) await take(s, viewers);
          losing = 0;
          await expect.poll(() => viewers.every(({ page }) => page.lines.at(-1) === 'live'), { timeout: 20_000 }).toBe(true);
          touchEverything();
          for (const { page, scope, boxes: shown } of viewers)
            for (const [topic, bbox] of shown) {
              const stream = declared.get(topic.split(':')[1] ?? '');
              if (stream && !mayReadStream(scope, stream)) {
                await expect.poll(() => page.refusals.get(topic)?.code, { timeout: 20_000 }).toBe('forbidden');
                expect(page.values(topic)).toBeUndefined();
              } else
                await expect
                  .poll(() => sorted(page.values(topic)), { timeout: 20_000, interval: 5 })
                  .toEqual(sorted(expected(topic, scope, bbox)));
              compared++;
            }
        } finally {
          for (const { page } of viewers) page.connection.close();
          for (const [i] of paths.entries())
            for (const [j, adcode] of adcodes.entries()) house.alarm(`last ${i} ${j} ${first}`, paths[i]!, adcode, false);
        }
      },
    ),
    { numRuns: 40, endOnFailure: true },
  );
  lost = line.lost();
  // A property that compared nothing, or a line that lost nothing, would prove nothing.
  expect(compared).toBeGreaterThan(150);
  expect(lost).toBeGreaterThan(30);
}, 180_000);
