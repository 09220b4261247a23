// GET /api/lineage/observation/{datastream}:{time}, /api/lineage/frame/{id} and /api/frames/{id}: from the pixel back to the wire.
import { Router } from 'express';
import { type Identity, mayDo } from '../../contracts/access.ts';
import type { Logged } from '../../contracts/log.ts';
import { type Reading, seriesKey } from '../../contracts/observation.ts';
import { instantOf, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import type { Datastream, Thing } from '../../contracts/thing.ts';
import type { HistoryPoint, Lineage } from '../../contracts/wire.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireAct, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { assembleLineage, shownFrame } from './lineage.ts';
import { pointAt, pointBefore, sameSince } from './points.ts';

/** Told alike of a frame that is not there and of one that is not for the asker. */
const missingFrame = (id: number): Problem => new Problem('not-found', { what: `报文 ${id}（不存在、已过留存期或不在权限内）` });

interface Spoken {
  readonly reading: Reading;
  readonly thing: Thing | undefined;
  readonly datastream: Datastream | undefined;
}

export function lineageRoutes(house: House): Router {
  const { registry, database } = house;
  const streams = streamsByPath(house.streams);

  /** The readings of a frame with the Things they belong to; decoded from the frame alone, without the memory of its session. */
  function spoken(logged: Logged): { readings: Spoken[]; device: string | null; thing: Thing | undefined } {
    const protocol = house.protocols.find((candidate) => candidate.id === logged.frame.protocol);
    const decoded = protocol?.decode(protocol.initial, logged.frame);
    const readings = (decoded?.readings ?? []).map((reading): Spoken => {
      const direct = /^datastream:(\d+)$/.exec(reading.device)?.[1];
      if (direct !== undefined) {
        const datastream = registry.datastream(Number(direct));
        return { reading, datastream, thing: datastream && registry.thing(datastream.thing) };
      }
      const thing = registry.byDevice(logged.frame.protocol, reading.device);
      return {
        reading,
        thing,
        datastream: thing && registry.datastreamOf(thing.id, seriesKey(reading.property, reading.period, reading.statistic)),
      };
    });
    const device = decoded?.device ?? null;
    return { readings, device, thing: device === null ? undefined : registry.byDevice(logged.frame.protocol, device) };
  }
  /** Every Thing that a frame speaks of must be open to the viewer; a frame of nobody's is for those who claim devices. @throws Problem not-found */
  function checkFrame(identity: Identity, logged: Logged): Spoken[] {
    const { readings, thing } = spoken(logged);
    const things = [...readings.map((one) => one.thing), thing].filter((one) => one !== undefined);
    const allowed = things.length > 0 ? things.every((one) => mayReadThing(identity.scope, one, streams)) : mayDo(identity, 'claim-device');
    if (!allowed) throw missingFrame(logged.id);
    return readings;
  }
  async function frameFor(id: number): Promise<Logged> {
    const logged = await house.log.get(id);
    if (!logged) throw missingFrame(id);
    return logged;
  }

  async function lineageOf(identity: Identity, address: string | null, datastream: Datastream, point: HistoryPoint): Promise<Lineage> {
    const thing = registry.thing(datastream.thing);
    if (!thing || !mayReadThing(identity.scope, thing, streams)) throw new Problem('not-found', { what: `序列 ${datastream.id}` });
    const stream = streams.get(thing.properties.stream ?? '');
    const [previous, since, logged] = await Promise.all([
      pointBefore(database, datastream.id, point.phenomenonTime),
      sameSince(database, datastream.id, point),
      house.log.get(point.frame),
    ]);
    const target = `lineage/${datastream.id}:${point.phenomenonTime}`;
    if (stream && stream.sharing !== 'unconditional') house.auth.audit({ identity, address, act: 'read-restricted', target });
    if (logged && mayDo(identity, 'read-raw'))
      house.auth.audit({
        identity,
        address,
        act: mayDo(identity, 'read-secret') ? 'read-secret' : 'read-raw',
        target: `frame/${logged.id}`,
      });
    return assembleLineage({ identity, thing, datastream, stream, point, previous, sameSince: since, logged, protocols: house.protocols });
  }

  return Router()
    .get('/api/lineage/:kind/:id', async (req, res) => {
      const identity = requireIdentity(req);
      const { kind, id } = readParameters(routes.lineage.params, req.params);
      const query = readParameters(routes.lineage.query, req.query);
      const known = query.at === undefined ? house.now() : instantOf('at', query.at);
      if (kind === 'observation') {
        const [number, time] = id.split(':').map(Number);
        const datastream = registry.datastream(number as number);
        if (!datastream || time === undefined || Math.abs(time) > 8.64e15) throw new Problem('not-found', { what: `观测 ${id}` });
        const thing = registry.thing(datastream.thing);
        const point =
          thing && mayReadThing(identity.scope, thing, streams) && (await pointAt(database, datastream.id, time, known, query.frame));
        if (!point) throw new Problem('not-found', { what: `观测 ${id}` });
        res.json(await lineageOf(identity, addressOf(req), datastream, point));
        return;
      }
      if (!/^\d{1,15}$/.test(id)) throw new Problem('not-found', { what: `报文 ${id}` });
      const logged = await frameFor(Number(id));
      for (const { datastream, reading } of checkFrame(identity, logged)) {
        const point = datastream && (await pointAt(database, datastream.id, reading.phenomenonTime, known, logged.id));
        if (!datastream || !point) continue;
        res.json(await lineageOf(identity, addressOf(req), datastream, point));
        return;
      }
      throw new Problem('not-found', { what: `报文 ${id} 的读数（没有形成读数；报文本身见 /api/frames/${id}）` });
    })
    .get('/api/frames/:id', async (req, res) => {
      const identity = requireAct(req, 'read-raw', '原始报文');
      readParameters(routes.frame.query, req.query);
      const { id } = readParameters(routes.frame.params, req.params);
      const logged = await frameFor(id);
      checkFrame(identity, logged);
      house.auth.audit({
        identity,
        address: addressOf(req),
        act: mayDo(identity, 'read-secret') ? 'read-secret' : 'read-raw',
        target: `frame/${id}`,
      });
      res.json(shownFrame(logged, house.protocols, identity));
    });
}
