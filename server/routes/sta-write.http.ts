// POST /sta/v1.1/Things (deep insert of Locations and Datastreams) and POST /sta/v1.1/Datastreams: how devices are registered.
import { randomUUID } from 'node:crypto';
import express, { type Request, Router } from 'express';
import { mayRead } from '../../contracts/access.ts';
import type { AdCode, LngLat } from '../../contracts/geo.ts';
import { readBody } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { streamPath } from '../../contracts/stream.ts';
import { addressOf, requireAct } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { checkPosition } from '../store/registry.pg.ts';
import { areaName } from './areas.ts';
import { type Known, readDatastream, readLocation, readProperties } from './sta-bodies.ts';
import { datastreamEntity, thingEntity } from './sta-entities.ts';

/** Absolute address of the service, as this client reached it. */
export function staRoot(req: Request): string {
  return `${req.protocol}://${req.get('host') ?? 'localhost'}/sta/v1.1`;
}

export function staWriteRoutes(house: House): Router {
  const { registry, database } = house;
  const known: Known = { protocols: house.protocols.map(({ id }) => id), streams: house.streams.map(streamPath) };
  const json = express.json({ limit: '100kb', type: ['application/json', 'application/*+json'] });

  /** The area of a Thing: as given, or where its position lies. @throws Problem bad-body */
  async function areaOf(given: string | undefined, position: LngLat | null): Promise<AdCode> {
    if (given !== undefined) {
      if (areaName(given) === null)
        throw new Problem('bad-body', { reason: `properties.adcode ${given} 不是辽宁的行政区划代码（GB/T 2260）` });
      return given;
    }
    const [row] = position
      ? await database.query<{ adcode: string }>(
          `SELECT adcode::text FROM division WHERE level <> 'province' AND ST_Contains(geom, ST_SetSRID(ST_MakePoint($1, $2), 4490))
           ORDER BY level = 'county' DESC LIMIT 1`,
          [...position],
        )
      : [];
    if (!row) throw new Problem('bad-body', { reason: '要给出 properties.adcode（六位行政区划代码），或一个落在辽宁的位置' });
    return row.adcode;
  }

  const router = Router();
  router.post('/sta/v1.1/Things', json, async (req, res) => {
    const identity = requireAct(req, 'write-thing', '登记对象');
    const body = readBody(routes.staThing.body, req.body);
    const { adcode: givenArea, uid: givenUid, ...properties } = readProperties(body.properties, known);
    const position = body.Locations?.[0] ? readLocation(body.Locations[0]) : null;
    if (position) checkPosition(position);
    const drafts = (body.Datastreams ?? []).map((one) => readDatastream(one));
    const adcode = await areaOf(givenArea, position);
    if (!mayRead(identity.scope, { adcode })) throw new Problem('forbidden', { what: `在${areaName(adcode)}登记对象` });
    const { device } = properties;
    const other = device && registry.byDevice(device.protocol, device.id);
    if (other) throw new Problem('conflict', { what: `${device.protocol} ${device.id} 已登记为 ${other.name}` });
    const uid = givenUid ?? (device ? `${device.protocol}:${device.id}` : `sta:${randomUUID()}`);
    for (const thing of registry.things()) if (thing.uid === uid) throw new Problem('conflict', { what: `uid ${uid}` });
    const stream = house.streams.find((one) => streamPath(one) === properties.stream);
    const thing = await registry.saveThing({
      uid,
      name: body.name,
      description: body.description ?? '',
      adcode,
      position,
      properties: { ...(stream ? { department: stream.provider.department } : {}), ...properties },
    });
    for (const draft of drafts) await registry.ensureDatastream(thing, draft.series, draft.unit);
    const replayed = device ? await house.replayUnclaimed(device.protocol, device.id) : 0;
    house.auth.audit({ identity, address: addressOf(req), act: 'write', target: `thing/${thing.id}`, detail: { created: uid, replayed } });
    res
      .status(201)
      .location(`${staRoot(req)}/Things(${thing.id})`)
      .json(thingEntity(staRoot(req), thing));
  });

  router.post('/sta/v1.1/Datastreams', json, async (req, res) => {
    const identity = requireAct(req, 'write-thing', '登记数据序列');
    const draft = readDatastream(readBody(routes.staDatastream.body, req.body));
    const thing = draft.thing === null ? undefined : registry.thing(draft.thing);
    if (draft.thing === null) throw new Problem('bad-body', { reason: '要给出 Thing.@iot.id' });
    if (!thing) throw new Problem('not-found', { what: `Things(${draft.thing})` });
    if (!mayRead(identity.scope, { adcode: thing.adcode })) throw new Problem('forbidden', { what: `Things(${thing.id})` });
    if (registry.datastreamOf(thing.id, draft.series)) throw new Problem('conflict', { what: `Things(${thing.id}) 已有 ${draft.series}` });
    const datastream = await registry.ensureDatastream(thing, draft.series, draft.unit);
    house.auth.audit({
      identity,
      address: addressOf(req),
      act: 'write',
      target: `datastream/${datastream.id}`,
      detail: { created: draft.series },
    });
    res
      .status(201)
      .location(`${staRoot(req)}/Datastreams(${datastream.id})`)
      .json(datastreamEntity(staRoot(req), datastream, thing));
  });
  return router;
}
