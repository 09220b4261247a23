// Registering a device or another Thing, by claim or by SensorThings: checked as a whole, saved, and what was kept of the device replayed.
import { type Identity, mayRead } from '../../contracts/access.ts';
import type { SeriesKey } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';
import { streamBySeries } from '../../streams/by-series.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import type { House } from '../house.ts';
import { areaName } from './areas.ts';

export interface Draft {
  /** Absent: made of the device's address. */
  readonly uid: string | null;
  readonly thing: Omit<Thing, 'id' | 'uid'>;
  readonly datastreams: readonly { readonly series: SeriesKey; readonly unit: string | undefined }[];
}
export interface Registered {
  readonly thing: Thing;
  /** Frames that had been kept of the device. */
  readonly replayed: number;
}

/**
 * @param random a name for a Thing without uid and device
 * @throws Problem bad-body | forbidden | conflict | bad-position | database-unavailable; nothing is written then
 */
export async function registerThing(
  house: House,
  asker: { readonly identity: Identity; readonly address: string | null },
  draft: Draft,
  random: () => string,
): Promise<Registered> {
  const { registry } = house;
  const { scope } = asker.identity;
  const { adcode, properties } = draft.thing;
  const { device } = properties;
  const area = areaName(adcode);
  if (area === null) throw new Problem('bad-body', { reason: `${adcode} 不是辽宁的行政区划代码（GB/T 2260）` });
  if (!mayRead(scope, { adcode })) throw new Problem('forbidden', { what: `在${area}登记` });
  const taken = (what: string, other: Thing): Problem => {
    // Whose it is, is told to those who may see it.
    const seen = mayReadThing(scope, other, streamsByPath(house.streams));
    return new Problem('conflict', { what: `${what} 已登记${seen ? `为 ${other.name}` : ''}` });
  };
  const holder = device && registry.byDevice(device.protocol, device.id);
  if (holder) throw taken(`${device.protocol} ${device.id}`, holder);
  const uid = draft.uid ?? (device ? `${device.protocol}:${device.id}` : `sta:${random()}`);
  for (const other of registry.things()) if (other.uid === uid) throw taken(`uid ${uid}`, other);

  const path =
    properties.stream ??
    streamBySeries(
      house.streams,
      draft.datastreams.map(({ series }) => series),
    );
  const stream = house.streams.find((one) => streamPath(one) === path);
  const filed = path === null || path === undefined ? {} : { stream: path };
  const department = stream ? { department: stream.provider.department } : {};
  const thing = await registry.saveThing({ ...draft.thing, uid, properties: { ...department, ...filed, ...properties } });
  for (const { series, unit } of draft.datastreams) await registry.ensureDatastream(thing, series, unit);
  const replayed = device ? await house.replayUnclaimed(device.protocol, device.id) : 0;
  house.auth.audit({ ...asker, act: 'write', target: `thing/${thing.id}`, detail: { created: uid, replayed } });
  return { thing, replayed };
}
