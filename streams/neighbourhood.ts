// Who is compared with whom: the same series at Things nearby, and the other channel of the same Thing. Pure; what it remembers is bounded.
//
// A verdict here depends on the kept readings of one time alone, not on the order in which they came: whoever comes last has the others judged
// again. Things that move are not compared; simulated ones not with measured ones.
import type { LngLat } from '../contracts/geo.ts';
import type { Instant, SeriesKey } from '../contracts/observation.ts';
import type { NeighbourRule, PairRule, QualityRule } from '../contracts/stream.ts';
import type { Datastream, Thing } from '../contracts/thing.ts';
import { contradict, isAlone, neighbourBit, pairBit } from './operators/consensus.ts';
import { type Course, nearestOf } from './operators/course.ts';
import { metresBetween } from './operators/distance.ts';

/** More would not make a better median. */
export const mostNeighbours = 8;

export interface Member {
  readonly datastream: Datastream;
  readonly course: Course;
  readonly rule: QualityRule;
  position: LngLat | null;
  /** Nearest first. */
  near: { readonly member: Member; readonly metres: number }[];
  /** Those who have this one among their neighbours. */
  readonly watchers: Set<Member>;
  /** The other channel, and by whose rule: this one's own, or the other's (then `own` is false). */
  pairs: { readonly member: Member; readonly rule: PairRule; readonly own: boolean }[];
}
/** A kept reading of a member whose bits changed, and how they were. */
export interface Changed {
  readonly member: Member;
  readonly index: number;
  readonly before: number;
}

export interface Neighbourhood {
  /** The member of a Datastream; made when first asked for. `group`: stream and provenance, within which Things are compared. */
  memberOf(group: string, thing: Thing, datastream: Datastream, course: Course, rule: QualityRule): Member;
  /** Judges the reading at `index` against the others, then those that look at it. Returns what changed, the reading itself included. */
  judge(member: Member, index: number): readonly Changed[];
}

const none: readonly Changed[] = [];
const cellOf = (degrees: number, size: number): number => Math.floor(degrees / size);

export function createNeighbourhood(): Neighbourhood {
  const members = new Map<number, Member>();
  /** By Thing, for the other channel. */
  const ofThing = new Map<number, Map<SeriesKey, Member>>();
  /** By group and series, then by cell of one search radius. */
  const grids = new Map<string, Map<string, Set<Member>>>();
  const keyOf = new Map<Member, { readonly grid: string; cell: string }>();
  const values = new Float64Array(mostNeighbours);

  function cellKey([lng, lat]: LngLat, { withinMetres }: NeighbourRule, [x, y]: readonly [number, number] = [0, 0]): string {
    // At 44° N, the north of what is watched, a degree of longitude has 80 km.
    return `${cellOf(lng, withinMetres / 80_000) + x},${cellOf(lat, withinMetres / 111_195) + y}`;
  }
  function look(member: Member, other: Member, metres: number): void {
    const { near } = member;
    const at = near.findIndex(
      (entry) => entry.metres > metres || (entry.metres === metres && entry.member.datastream.id > other.datastream.id),
    );
    if (at < 0 && near.length >= mostNeighbours) return;
    near.splice(at < 0 ? near.length : at, 0, { member: other, metres });
    other.watchers.add(member);
    if (near.length > mostNeighbours) near.pop()?.member.watchers.delete(member);
  }
  function settle(member: Member, rule: NeighbourRule, gridKey: string, position: LngLat): void {
    const grid = grids.get(gridKey) ?? new Map<string, Set<Member>>();
    grids.set(gridKey, grid);
    for (const x of [-1, 0, 1])
      for (const y of [-1, 0, 1])
        for (const other of grid.get(cellKey(position, rule, [x, y])) ?? []) {
          const metres = metresBetween(position, other.position as LngLat);
          if (metres > rule.withinMetres || other.datastream.thing === member.datastream.thing) continue;
          look(member, other, metres);
          look(other, member, metres);
        }
    const cell = cellKey(position, rule);
    grid.set(cell, (grid.get(cell) ?? new Set()).add(member));
    keyOf.set(member, { grid: gridKey, cell });
  }
  /** Its Thing was given another place. */
  function leave(member: Member): void {
    const key = keyOf.get(member);
    if (key) grids.get(key.grid)?.get(key.cell)?.delete(member);
    for (const { member: other } of member.near) other.watchers.delete(member);
    for (const watcher of member.watchers) watcher.near = watcher.near.filter((entry) => entry.member !== member);
    member.near = [];
    member.watchers.clear();
    keyOf.delete(member);
  }
  function join(group: string, member: Member): void {
    const { datastream, rule, position } = member;
    if (rule.neighbours && position) settle(member, rule.neighbours, `${group} ${datastream.series}`, position);
  }
  function connect(member: Member): void {
    const { datastream, rule } = member;
    const own = ofThing.get(datastream.thing) ?? new Map<SeriesKey, Member>();
    ofThing.set(datastream.thing, own.set(datastream.series, member));
    for (const other of own.values()) {
      if (rule.pair?.with === other.datastream.series) link(member, other, rule.pair);
      if (other.rule.pair?.with === datastream.series) link(other, member, other.rule.pair);
    }
  }
  function link(owner: Member, other: Member, rule: PairRule): void {
    owner.pairs.push({ member: other, rule, own: true });
    other.pairs.push({ member: owner, rule, own: false });
  }

  function stands(member: Member, index: number): number {
    const { course, rule } = member;
    const time = course.time[index] as Instant;
    const value = course.value[index] as number;
    let bits = 0;
    if (rule.neighbours && member.near.length >= rule.neighbours.least) {
      let count = 0;
      for (const { member: other } of member.near) {
        const at = nearestOf(other.course, time, rule.neighbours.withinSeconds * 1000);
        if (at >= 0) values[count++] = other.course.value[at] as number;
      }
      if (isAlone(value, values, count, rule.neighbours)) bits |= neighbourBit;
    }
    for (const pair of member.pairs) {
      const at = nearestOf(pair.member.course, time, pair.rule.withinSeconds * 1000);
      if (at < 0) continue;
      const other = pair.member.course.value[at] as number;
      if (pair.own ? contradict(value, other, pair.rule) : contradict(other, value, pair.rule)) bits |= pairBit;
    }
    return bits;
  }
  function judgeOne(member: Member, index: number, changed: Changed[]): Changed[] {
    const before = member.course.bits[index] as number;
    const bits = (before & ~(neighbourBit | pairBit)) | stands(member, index);
    if (bits === before) return changed;
    member.course.bits[index] = bits;
    changed.push({ member, index, before });
    return changed;
  }

  return {
    memberOf(group, thing, datastream, course, rule) {
      let member = members.get(datastream.id);
      if (!member) {
        member = { datastream, course, rule, position: thing.position, near: [], watchers: new Set(), pairs: [] };
        members.set(datastream.id, member);
        join(group, member);
        connect(member);
      } else if (thing.position !== member.position && String(thing.position) !== String(member.position)) {
        leave(member);
        member.position = thing.position;
        join(group, member);
      }
      return member;
    },
    judge(member, index) {
      if (member.near.length === 0 && member.pairs.length === 0 && member.watchers.size === 0) return none;
      const changed = judgeOne(member, index, []);
      const time = member.course.time[index] as Instant;
      for (const watcher of member.watchers) {
        const within = (watcher.rule.neighbours?.withinSeconds ?? 0) * 1000;
        const at = nearestOf(watcher.course, time, within);
        if (at >= 0) judgeOne(watcher, at, changed);
      }
      for (const { member: other, rule } of member.pairs) {
        const at = nearestOf(other.course, time, rule.withinSeconds * 1000);
        if (at >= 0) judgeOne(other, at, changed);
      }
      return changed;
    },
  };
}
