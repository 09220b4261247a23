// POST /sta/v1.1/Things (deep insert of Locations and Datastreams) and POST /sta/v1.1/Datastreams: how devices are registered.
import { randomUUID } from 'node:crypto';
import express, { type Request, Router } from 'express';
import type { AdCode, LngLat } from '../../contracts/geo.ts';
import { readBody } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { streamPath } from '../../contracts/stream.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireAct } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { checkPosition } from '../store/registry.pg.ts';
import { registerThing } from './register.ts';
import { type Known, readDatastream, readLocation, readProperties } from './sta-bodies.ts';
import { entityOf } from './sta-entities.ts';

/** Absolute address of the service, as this client reached it. */
export function staRoot(req: Request): string {
  return `${req.protocol}://${req.get('host') ?? 'localhost'}/sta/v1.1`;
}

export function staWriteRoutes(house: House): Router {
  const { registry, database } = house;
  const known: Known = { protocols: house.protocols.map(({ id }) => id), streams: house.streams.map(streamPath) };
  const streams = streamsByPath(house.streams);
  const json = express.json({ limit: '100kb', type: ['application/json', 'application/*+json'] });

  /** The area of a Thing: as given, or where its position lies. @throws Problem bad-body */
  async function areaOf(given: string | undefined, position: LngLat | null): Promise<AdCode> {
    if (given !== undefined) return given;
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
    const { adcode: givenArea, uid, ...properties } = readProperties(body.properties, known);
    const position = body.Locations?.[0] ? readLocation(body.Locations[0]) : null;
    if (position) checkPosition(position);
    const datastreams = (body.Datastreams ?? []).map((one) => readDatastream(one));
    const adcode = await areaOf(givenArea, position);
    const draft = {
      uid: uid ?? null,
      thing: { name: body.name, description: body.description ?? '', adcode, position, properties },
      datastreams,
    };
    const { thing } = await registerThing(house, { identity, address: addressOf(req) }, draft, randomUUID);
    res
      .status(201)
      .location(`${staRoot(req)}/Things(${thing.id})`)
      .json(entityOf(staRoot(req), { set: 'Things', thing }, null));
  });

  router.post('/sta/v1.1/Datastreams', json, async (req, res) => {
    const identity = requireAct(req, 'write-thing', '登记数据序列');
    const draft = readDatastream(readBody(routes.staDatastream.body, req.body));
    const thing = draft.thing === null ? undefined : registry.thing(draft.thing);
    if (draft.thing === null) throw new Problem('bad-body', { reason: '要给出 Thing.@iot.id' });
    if (!thing || !mayReadThing(identity.scope, thing, streams)) throw new Problem('not-found', { what: `Things(${draft.thing})` });
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
      .json(entityOf(staRoot(req), { set: 'Datastreams', datastream, thing }, null));
  });
  return router;
}
