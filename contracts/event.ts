// What happened and is not a value: alarms with the national four levels, and the states a duty officer moves them through.
//
// Source: levels and colours of 《国家突发公共事件总体应急预案》 (Ⅰ red, Ⅱ orange, Ⅲ yellow, Ⅳ blue); names after CAP 1.2 Alert.
import type { AdCode, LngLat } from './geo.ts';
import type { FrameId, Instant, Provenance, Quality, SeriesKey } from './observation.ts';

export const alertLevels = ['red', 'orange', 'yellow', 'blue'] as const;
export type AlertLevel = (typeof alertLevels)[number];
export const alertLevelTitle: Readonly<Record<AlertLevel, { zh: string; numeral: string }>> = {
  red: { zh: '红', numeral: 'Ⅰ' },
  orange: { zh: '橙', numeral: 'Ⅱ' },
  yellow: { zh: '黄', numeral: 'Ⅲ' },
  blue: { zh: '蓝', numeral: 'Ⅳ' },
};
/** GB/T 33465: for alerts alone. */
export const alertLevelColour: Readonly<Record<AlertLevel, string>> = {
  red: '#E3001B',
  orange: '#F57A00',
  yellow: '#FFD60A',
  blue: '#1F5EFF',
};
/** Smaller is worse. */
export function levelRank(level: AlertLevel): number {
  return alertLevels.indexOf(level);
}

export interface Alarm {
  /** thing:rule-family@since, stable over updates of one episode. */
  readonly id: string;
  readonly thing: number;
  readonly thingName: string;
  readonly stream: string;
  readonly series: SeriesKey;
  readonly level: AlertLevel;
  /** Threshold id that fired. */
  readonly rule: string;
  readonly title: string;
  /** Value, limit and unit at the last update. */
  readonly value: number;
  readonly limit: number;
  readonly unit: string;
  readonly source: string;
  readonly since: Instant;
  readonly updated: Instant;
  readonly cleared: Instant | null;
  readonly adcode: AdCode;
  readonly position: LngLat | null;
  readonly quality: Quality;
  readonly provenance: Provenance;
  readonly frame: FrameId;
  /** Put to rest until then; absent or null: it speaks. It is judged and kept all the same. */
  readonly snoozedUntil?: Instant | null;
}

/** Alarms of one Thing put to rest for a while, by somebody, for a reason. */
export interface Snooze {
  readonly id: number;
  readonly thing: number;
  /** null: all series of the Thing. */
  readonly series: SeriesKey | null;
  /** This level and milder ones rest; a worse one breaks through. */
  readonly level: AlertLevel;
  readonly reason: string;
  readonly by: string;
  readonly created: Instant;
  readonly until: Instant;
  /** Ended before its time. */
  readonly ended: Instant | null;
}
