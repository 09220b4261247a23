// The id of an Observation: {datastream}:{milliseconds}:{identity}, stable as long as the history has the row. Its first version gives it.

export interface ObservationKey {
  readonly datastream: number;
  readonly phenomenonTime: number;
  readonly identity: number;
}
/** null: no id of an Observation. */
export function readObservationId(id: string): ObservationKey | null {
  const match = /^(\d{1,9}):(-?\d{1,15}):(-?\d{1,10})$/.exec(id);
  if (!match || Math.abs(Number(match[2])) > 8e14 || Math.abs(Number(match[3])) > 2 ** 31 - 1) return null;
  return { datastream: Number(match[1]), phenomenonTime: Number(match[2]), identity: Number(match[3]) };
}
export function observationId({ datastream, phenomenonTime, identity }: ObservationKey): string {
  return `${datastream}:${phenomenonTime}:${identity}`;
}
