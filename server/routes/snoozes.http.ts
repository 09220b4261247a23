// /api/alarms/snoozes: alarms of one object put to rest for a while, for a reason, on record; and ended before their time.
import express, { type Request, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { Snooze } from '../../contracts/event.ts';
import { instantOf, readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireAct, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { addSnooze, endSnooze, snoozesAt } from '../store/snoozes.pg.ts';
import { offsetOf, pageAt } from './page.ts';

export function snoozeRoutes(house: House): Router {
  const { database } = house;
  const streams = streamsByPath(house.streams);
  const sees = (identity: Identity, thing: number): boolean => {
    const known = house.registry.thing(thing);
    return known !== undefined && mayReadThing(identity.scope, known, streams);
  };
  async function apply(): Promise<void> {
    house.snooze(await snoozesAt(database, house.now()), house.now());
  }
  const audit = (req: Request, op: string, { id, ...detail }: Snooze): void =>
    house.auth.audit({
      identity: requireIdentity(req),
      address: addressOf(req),
      act: 'write',
      target: `snooze/${id}`,
      detail: { op, ...detail },
    });

  return Router()
    .get('/api/alarms/snoozes', async (req, res) => {
      const identity = requireIdentity(req);
      const query = readParameters(routes.snoozes.query, req.query);
      const at = query.at === undefined ? house.now() : instantOf('at', query.at);
      const list = (await snoozesAt(database, at)).filter(({ thing }) => sees(identity, thing));
      res.json(pageAt(list, offsetOf(query.cursor), query.limit ?? 100, req.originalUrl));
    })
    .post('/api/alarms/snoozes', express.json({ limit: '16kb' }), async (req, res) => {
      const identity = requireAct(req, 'handle-event', '静默告警');
      const draft = readBody(routes.snoozeAdd.body, req.body);
      if (!sees(identity, draft.thing)) throw new Problem('not-found', { what: `对象 ${draft.thing}` });
      if (draft.reason.trim() === '') throw new Problem('bad-body', { reason: '静默要写明理由 reason' });
      const snooze = await addSnooze(database, draft, identity.user, house.now());
      audit(req, 'add', snooze);
      await apply();
      res.status(201).json(snooze);
    })
    .delete('/api/alarms/snoozes/:id', async (req, res) => {
      const identity = requireAct(req, 'handle-event', '结束静默');
      const { id } = readParameters(routes.snoozeEnd.params, req.params);
      const known = (await snoozesAt(database, house.now())).find((one) => one.id === id);
      const ended = known && sees(identity, known.thing) ? await endSnooze(database, id, identity.user, house.now()) : null;
      if (!ended) throw new Problem('not-found', { what: `静默 ${id}` });
      audit(req, 'end', ended);
      await apply();
      res.status(204).end();
    });
}
