// Alarm marks that would lie on each other become one: count, and the worst level inside on top. Pure.
import { type AlertLevel, levelRank } from '../../contracts/event.ts';

export interface Cluster<T> {
  readonly place: readonly [number, number];
  readonly level: AlertLevel;
  /** Worst first. */
  readonly members: readonly T[];
}
/** @param items worst first, so that a cluster stands where its worst member does · @param reach distance below which two marks are one */
export function clusterMarks<T extends { readonly level: AlertLevel }>(
  items: readonly { readonly item: T; readonly place: readonly [number, number] }[],
  reach: number,
): Cluster<T>[] {
  const ordered = [...items].sort((a, b) => levelRank(a.item.level) - levelRank(b.item.level));
  const clusters: { place: readonly [number, number]; level: AlertLevel; members: T[] }[] = [];
  for (const { item, place } of ordered) {
    const home = clusters.find((cluster) => Math.hypot(cluster.place[0] - place[0], cluster.place[1] - place[1]) < reach);
    if (home) home.members.push(item);
    else clusters.push({ place, level: item.level, members: [item] });
  }
  return clusters;
}
