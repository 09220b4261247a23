// Lines of the ticker: what began and what ended in the last day, newest first, in pages that fit the width. Pure.
import { type Alarm, alertLevelTitle } from '../../contracts/event.ts';
import type { Instant } from '../../contracts/observation.ts';
import { observedPropertyTable } from '../../contracts/observed-properties.data.ts';
import { number, span } from '../../screen/theme/format.ts';
import { placeWords } from './fires.ts';

export interface TickerItem {
  readonly key: string;
  readonly at: Instant;
  readonly text: string;
}
const decimals = new Map(observedPropertyTable.map((property) => [property.code, property.decimals]));
/** An alarm's value in the decimals of its property; small stack values keep one more, or a limit of 35 mg/m³ and a value of 35.4 read the same. */
export function alarmValue(alarm: Pick<Alarm, 'series' | 'value'>): string {
  const own = decimals.get((alarm.series.split('/')[0] ?? '').replace(/-Zs$/, '')) ?? 1;
  return number(alarm.value, own === 0 && !Number.isInteger(alarm.value) && Math.abs(alarm.value) < 100 ? 1 : own);
}

/** What is wrong, without the Thing's name that the title begins with. */
export function alarmWords(alarm: Pick<Alarm, 'title' | 'thingName'>): string {
  return alarm.title.startsWith(alarm.thingName) ? alarm.title.slice(alarm.thingName.length).trim() : alarm.title;
}
/** For one line of a narrow list: what comes after a comma explains, and the list has no room to explain. */
export function alarmLine(alarm: Pick<Alarm, 'title' | 'thingName'>): string {
  const words = alarmWords(alarm);
  return words.length > 14 ? (words.split('，')[0] as string) : words;
}
/** The same without the figure at its end, for places that print the figure themselves. */
export function alarmKind(alarm: Pick<Alarm, 'title' | 'thingName'>): string {
  return alarmWords(alarm).replace(/\s[−+-]?[\d.]+(\s[^\s\d]+)?$/, '');
}
/** Who or where: a hotspot by its place, because its Thing is the satellite. */
export function alarmSubject(alarm: Pick<Alarm, 'stream' | 'position' | 'thingName'>): string {
  return alarm.stream === 'forestry/fire-hotspot' && alarm.position ? placeWords(alarm.position) : alarm.thingName;
}

export function tickerItems(alarms: Iterable<Alarm>, most: number): TickerItem[] {
  const items: TickerItem[] = [];
  for (const alarm of alarms) {
    const what = `${alarmSubject(alarm)} ${alarmWords(alarm)}`;
    items.push({ key: alarm.id, at: alarm.since, text: `${what}，${alertLevelTitle[alarm.level].zh}色` });
    if (alarm.cleared !== null)
      items.push({
        key: `${alarm.id} cleared`,
        at: alarm.cleared,
        text: `${alarmSubject(alarm)} 告警解除，历时 ${span(alarm.cleared - alarm.since)}`,
      });
  }
  return items.sort((a, b) => b.at - a.at).slice(0, most);
}

/** Width of a text in u at a size in u: Chinese is a square, the rest a little over half of one. */
export function textWidth(text: string, size: number): number {
  let width = 0;
  for (const letter of text) width += /[⺀-鿿、-〟＀-￯]/.test(letter) ? size : size * 0.6;
  return width;
}
export interface PlacedItem extends TickerItem {
  /** Of its beginning in the line, u. */
  readonly left: number;
}
/**
 * Items that stand side by side in one line; each page begins where the last ended. An item too wide for any line stands alone.
 * @param edges between displays, u of the line: no item lies across one
 */
export function tickerPages(
  items: readonly TickerItem[],
  width: number,
  size: number,
  gap: number,
  edges: readonly number[] = [],
): PlacedItem[][] {
  const pages: PlacedItem[][] = [];
  let page: PlacedItem[] = [];
  let used = 0;
  for (const item of items) {
    const needed = textWidth(item.text, size) + textWidth('昨 00:00 ', size);
    const clear = (left: number): number => {
      const edge = edges.find((at) => left < at + gap / 2 && left + needed > at - gap / 2);
      return edge === undefined ? left : edge + gap / 2;
    };
    if (page.length > 0 && clear(used) + needed > width) {
      pages.push(page);
      page = [];
      used = 0;
    }
    const left = clear(used);
    page.push({ ...item, left });
    used = left + needed + gap;
  }
  if (page.length > 0) pages.push(page);
  return pages;
}
