// Emergency vehicles by kind and by what they do now. Pure.
import type { Instant, Provenance } from '../../contracts/observation.ts';
import type { ThingState } from '../../contracts/wire.ts';
import { latest } from '../../screen/live/mirror.ts';
import { vehiclePosition } from '../../streams/emergency/vehicle-position.ts';
import { isThingLive } from '../../streams/staleness.ts';

export interface FleetRow {
  readonly kind: string;
  readonly mark: string;
  readonly moving: number;
  readonly standing: number;
  /** No position within the stream's staleAfter. */
  readonly lost: number;
}
/** m/s; slower is a parked vehicle's GPS noise. */
const rolling = 0.8;

export function fleetRows(things: Iterable<ThingState>, now: Instant): FleetRow[] {
  const rows = new Map<string, { kind: string; mark: string; moving: number; standing: number; lost: number }>();
  for (const thing of things) {
    const kind = String(thing.properties['kind'] ?? '其他');
    const row = rows.get(kind) ?? { kind, mark: String(thing.properties['mark'] ?? kind.slice(0, 1)), moving: 0, standing: 0, lost: 0 };
    if (!isThingLive(vehiclePosition, thing, now)) row.lost++;
    else if ((latest(thing, 'speed/instant/value')?.result ?? 0) > rolling) row.moving++;
    else row.standing++;
    rows.set(kind, row);
  }
  return [...rows.values()].sort(
    (a, b) => b.moving + b.standing + b.lost - (a.moving + a.standing + a.lost) || a.kind.localeCompare(b.kind),
  );
}
/** Newest word of a set of Things, end of its road in the store. */
export function newestOf(things: Iterable<ThingState>): { asOf: Instant | null; kinds: Provenance[]; good: number; counted: number } {
  let asOf: Instant | null = null;
  let [good, counted] = [0, 0];
  const kinds: Provenance[] = [];
  for (const thing of things) {
    kinds.push(thing.provenance);
    for (const tuple of Object.values(thing.series)) {
      asOf = Math.max(asOf ?? 0, tuple[1]);
      counted++;
      if (tuple[2] === 'good') good++;
    }
  }
  return { asOf, kinds, good, counted };
}
