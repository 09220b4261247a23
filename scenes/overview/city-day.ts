// A city's last day from its stations: per hour the mean of those that have one. And the change of a series over its last hour. Pure.

export type Line = readonly (readonly [at: number, value: number | null])[];

/** Hours start on the clock's hours; an hour without any station is null. */
export function cityLine(stations: readonly Line[], hour = 3_600_000): Line {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const line of stations)
    for (const [at, value] of line) {
      if (value === null) continue;
      const start = Math.floor(at / hour) * hour;
      const known = sums.get(start) ?? { sum: 0, count: 0 };
      sums.set(start, { sum: known.sum + value, count: known.count + 1 });
    }
  return [...sums].sort(([a], [b]) => a - b).map(([at, { sum, count }]) => [at, sum / count] as const);
}

/** Change per hour over the last hour of a line; null: fewer than two points within it. */
export function changePerHour(line: Line, hour = 3_600_000): number | null {
  const values = line.filter((point): point is readonly [number, number] => point[1] !== null);
  const newest = values.at(-1);
  if (!newest) return null;
  const before = values.find(([at]) => at >= newest[0] - hour * 1.1);
  if (!before || before === newest || newest[0] === before[0]) return null;
  return ((newest[1] - before[1]) / (newest[0] - before[0])) * hour;
}
