// OGC SensorThings 1.1 at /sta/v1.1: entities by id and navigation with paging; Things and Datastreams by POST, which registers devices.
//
// Observations are posted at the gateway's own door (iot-gateway/transports/observations.http.ts), because those are device bytes.
import { Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { readPath } from '../sta/path.ts';
import { serviceRoot } from '../sta/print.ts';
import { staReader } from '../sta/reader.ts';
import { staRoot, staWriteRoutes } from './sta-write.http.ts';

export function staRoutes(house: House): Router {
  return Router()
    .get('/sta/v1.1', (req, res) => {
      res.json(serviceRoot(staRoot(req), []));
    })
    .get('/sta/v1.1/{*path}', async (req, res) => {
      const identity = requireIdentity(req);
      const path = (req.params as unknown as { path: string[] }).path.join('/');
      const root = staRoot(req);
      const reader = staReader(house, identity.scope, root);
      const answer = await reader.answer(readPath(path), req.query, `${root}/${path}`);
      for (const stream of reader.restricted)
        house.auth.audit({ identity, address: addressOf(req), act: 'read-restricted', target: `sta/${stream}` });
      if (typeof answer === 'string') res.type('text/plain').send(answer);
      else res.json(answer);
    })
    .use(staWriteRoutes(house))
    .all('/sta/v1.1/{*path}', (req, _res, next) => {
      requireIdentity(req);
      if (!['PATCH', 'PUT', 'DELETE'].includes(req.method)) return next();
      throw new Problem('unsupported', { what: `${req.method} ${req.path.slice(0, 80)}` });
    });
}
