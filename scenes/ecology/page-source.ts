// What the page needs of the live kit, and nothing more: the values of its streams at the moment shown, who looks, and how good the line is.
import type { Identity } from '../../contracts/access.ts';
import type { Alarm } from '../../contracts/event.ts';
import type { BBox } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import type { Health, ThingState } from '../../contracts/wire.ts';
import type { ViewId } from './url-state.ts';

export interface LivePart<T> {
  /** loading with data: what is there is of another moment and is drawn faded. */
  readonly state: 'normal' | 'loading' | 'error' | 'forbidden';
  readonly data: T;
  readonly why: string;
}

export interface PageSource {
  /** The server's present, to the second. */
  now(): Instant;
  things(view: ViewId): LivePart<readonly ThingState[]>;
  alarms(): LivePart<readonly Alarm[]>;
  /** Hourly AQI of each city that has one. */
  cityAqi(): ReadonlyMap<string, number>;
  health(): Health | null;
  connection(): 'live' | 'connecting' | 'away';
  /** Server time of the next attempt; null: none planned. */
  retryAt(): Instant | null;
  identity(): Identity | null;
  /** Shows a past moment, or the present again. */
  seek(at: Instant | null): void;
  /** Only what lies in this box is needed; null: everything. */
  look(box: BBox | null): void;
}
