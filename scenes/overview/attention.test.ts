// How much is unusual, how sure, and in which words. Cases as data.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alarm } from '../../contracts/event.ts';
import { clusterMarks } from '../../screen/map/clusters.ts';
import { attentionOf, byUrgency, surenessOf } from './attention.ts';
import { alarm, H, M, now } from './samples.ts';
import { alarmKind, alarmLine, alarmSubject, alarmValue, alarmWords, textWidth, tickerItems, tickerPages } from './ticker.ts';

describe('attention', () => {
  const never = (): number => Number.POSITIVE_INFINITY;
  it('counts places once, by their worst alarm, without the blue ones', () => {
    const open = [
      alarm({ id: 'a' }),
      alarm({ id: 'b', level: 'orange' }),
      alarm({ id: 'c', thing: 2, level: 'blue' }),
      alarm({ id: 'd', thing: 3, level: 'red', since: now - M }),
    ];
    const seen = attentionOf(open, open, now, never);
    expect([seen.count, seen.levels, seen.change]).toEqual([2, { red: 1, orange: 1, yellow: 0, blue: 1 }, 1]);
    expect(attentionOf(open, null, now, never).change).toBeNull();
  });
  it('counts hotspots of one satellite one by one', () => {
    const fire = { stream: 'forestry/fire-hotspot', series: 'fire-confidence/instant/value' } as const;
    expect(
      attentionOf([alarm({ ...fire, id: 'x', position: [120, 41] }), alarm({ ...fire, id: 'y', position: [121, 41] })], null, now, never)
        .count,
    ).toBe(2);
  });
  it('knows what was cleared since an hour ago', () => {
    const before = alarm({ id: 'old', thing: 8, cleared: now - 10 * M });
    expect(attentionOf([alarm({})], [before, alarm({})], now, never).change).toBe(-1);
  });
  it.each([
    ['all checks passed', {}, 'high'],
    ['simulated and said so', { provenance: 'simulated' }, 'high'],
    ['doubted', { quality: 'suspect' }, 'middle'],
    ['modelled', { provenance: 'modelled' }, 'middle'],
    ['a doubtful hotspot', { series: 'fire-confidence/instant/value', value: 60 }, 'middle'],
    ['a sure hotspot', { series: 'fire-confidence/instant/value', value: 86 }, 'high'],
    ['not to be trusted', { quality: 'bad' }, 'low'],
    ['old', { updated: now - 3 * H }, 'low'],
  ] as const)('%s', (_, more, sureness) => {
    expect(surenessOf(alarm(more as Partial<Alarm>), now, () => 2 * H)).toBe(sureness);
  });
  it('orders by level, then newest', () => {
    expect(byUrgency([alarm({ id: '1' }), alarm({ id: '2', level: 'red' }), alarm({ id: '3', since: now })]).map((one) => one.id)).toEqual([
      '2',
      '3',
      '1',
    ]);
  });
  it('clusters marks that would lie on each other under the worst of them', () => {
    const clusters = clusterMarks(
      [
        { item: { level: 'yellow' as const, id: 1 }, place: [0, 0] },
        { item: { level: 'red' as const, id: 2 }, place: [10, 0] },
        { item: { level: 'blue' as const, id: 3 }, place: [90, 0] },
      ],
      20,
    );
    expect(clusters.map((one) => [one.level, one.members.map((member) => member.id), one.place])).toEqual([
      ['red', [2, 1], [10, 0]],
      ['blue', [3], [90, 0]],
    ]);
  });
});

describe('words', () => {
  it('say an alarm without repeating its Thing or its figure', () => {
    expect([alarmWords(alarm({})), alarmKind(alarm({})), alarmSubject(alarm({})), alarmValue(alarm({}))]).toEqual([
      '超警戒 0.12',
      '超警戒',
      '巨流河',
      '29.32',
    ]);
    expect(alarmKind({ thingName: '厂', title: '厂 二氧化硫 超许可 4.6 mg/m³' })).toBe('二氧化硫 超许可');
    expect(alarmKind({ thingName: '卫星', title: '卫星 林火热点 86 %' })).toBe('林火热点');
    expect(alarmLine({ thingName: '厂', title: '厂 烟尘 超许可 已回落，低于限值 0.1' })).toBe('烟尘 超许可 已回落');
    expect(alarmValue({ series: 'a21026/hour/mean', value: 35.4 })).toBe('35.4');
    expect(alarmValue({ series: 'a34004/hour/mean', value: 151 })).toBe('151');
    expect(alarmSubject(alarm({ stream: 'forestry/fire-hotspot', position: [124.92, 42.1] }))).toBe('抚顺东 83 km');
  });
  it('tell beginning and end of each alarm, newest first', () => {
    const items = tickerItems([alarm({}), alarm({ id: 'b', since: now - 5 * H, cleared: now - 3 * H })], 9);
    expect(items.map((one) => one.text)).toEqual(['巨流河 超警戒 0.12，黄色', '巨流河 告警解除，历时 2 小时', '巨流河 超警戒 0.12，黄色']);
  });
  it('fill pages with every item once, in order', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 60 }), { maxLength: 20 }), fc.integer({ min: 100, max: 3000 }), (texts, width) => {
        const items = texts.map((text, i) => ({ key: String(i), at: i, text }));
        const pages = tickerPages(items, width, 16, 40);
        expect(pages.flat().map(({ left: _, ...item }) => item)).toEqual(items);
        expect(pages.every((page) => page.length > 0)).toBe(true);
      }),
    );
  });
  it('stand apart, and none lies across an edge between displays', () => {
    const edges = [1896, 3816];
    const texts = fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(texts, (list) => {
        const pages = tickerPages(
          list.map((text, i) => ({ key: String(i), at: i, text })),
          5400,
          16,
          36,
          edges,
        );
        for (const page of pages) {
          let end = -36;
          for (const item of page) {
            const width = textWidth(item.text, 16);
            expect(item.left).toBeGreaterThanOrEqual(end + 36);
            expect(edges.some((edge) => item.left < edge && item.left + width > edge)).toBe(false);
            end = item.left + width;
          }
        }
      }),
    );
  });
});
