// The parameters of one SQL statement as it is put together, with what every SensorThings statement needs to know of the asker.
import type { Scope } from '../../contracts/access.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import { observedPropertyTable } from '../../contracts/observed-property.ts';
import type { Protocol } from '../../contracts/protocol.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import { mayReadStream } from '../auth/guard.ts';

/** Who asks, as the statements see him; made once for a request. */
export interface Sight {
  /** AdCodes between these two are his. */
  readonly low: string;
  readonly high: string;
  /** Streams that he may not read at all. */
  readonly hidden: readonly string[];
  /** JSON: Sensors that are roads of the house (one per protocol). */
  readonly roads: string;
}

/** Code → its unit, in UCUM and as printed. */
const units = JSON.stringify(Object.fromEntries(observedPropertyTable.map(({ code, unit, unitText }) => [code, { unit, text: unitText }])));

export function sightOf(scope: Scope, streams: readonly Stream[], protocols: readonly Protocol[]): Sight {
  const prefix = adcodePrefix(scope.adcode);
  return {
    low: prefix.padEnd(6, '0'),
    high: prefix.padEnd(6, '9'),
    hidden: streams.filter((stream) => !mayReadStream(scope, stream)).map(streamPath),
    roads: JSON.stringify(protocols.map(({ id, title, standard }) => ({ id, name: title.zh, description: title.en, metadata: standard }))),
  };
}

/** Values of $1, $2, …; a constant of the request is bound once, however often it is named. */
export class Parameters {
  readonly values: unknown[] = [];
  readonly #types: string[] = [];
  readonly sight: Sight;
  readonly #constants = new Map<string, string>();
  #aliases = 0;

  constructor(sight: Sight) {
    this.sight = sight;
  }
  /** @param type of PostgreSQL; a number without one would be taken for text */
  add(value: unknown, type: string): string {
    this.values.push(value);
    this.#types.push(type);
    return `$${this.values.length}::${type}`;
  }
  #constant(name: string, value: unknown, type: string): string {
    let written = this.#constants.get(name);
    if (written === undefined) {
      written = this.add(value, type);
      this.#constants.set(name, written);
    }
    return written;
  }
  /** The whole statement. A parameter that was bound and not used has no type for the database: it is named once. */
  finish(sql: string): string {
    const used = new Set([...sql.matchAll(/\$(\d+)::/g)].map((match) => Number(match[1])));
    const unused = this.#types.flatMap((type, index) => (used.has(index + 1) ? [] : [`$${index + 1}::${type}`]));
    return unused.length === 0 ? sql : `WITH unused AS (SELECT ${unused.join(', ')}) ${sql}`;
  }
  /** A name for a FROM item that no other of this statement has. */
  alias(): string {
    return `j${++this.#aliases}`;
  }
  /** Whether an area lies in his. */
  inside(column: string): string {
    return `${column} BETWEEN ${this.#constant('low', this.sight.low, 'bpchar')} AND ${this.#constant('high', this.sight.high, 'bpchar')}`;
  }
  /** mayReadThing (server/auth/guard.ts) on a row of `thing`. */
  sees(thing: string): string {
    const area = this.inside(`${thing}.adcode`);
    if (this.sight.hidden.length === 0) return `(${area})`;
    const hidden = this.#constant('hidden', [...this.sight.hidden], 'text[]');
    return `(${area} AND (${thing}.stream IS NULL OR ${thing}.stream <> ALL(${hidden})))`;
  }
  roads(): string {
    return `jsonb_to_recordset(${this.#constant('roads', this.sight.roads, 'jsonb')}) AS r(id text, name text, description text, metadata text)`;
  }
  units(): string {
    return this.#constant('units', units, 'jsonb');
  }
}
