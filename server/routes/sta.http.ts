// OGC SensorThings 1.1 at /sta/v1.1: every entity set by id and navigation, create, update, delete, batch and data arrays.
//
// Observations alone are posted at the gateway's own door (iot-gateway/transports/observations.http.ts), because those are device bytes.
import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import { parseObject } from '../../iot-gateway/observation-json.ts';
import { sta } from '../../iot-gateway/protocols/sta.ts';
import type { ObservationsDoor } from '../../iot-gateway/transports/observations.http.ts';
import { mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireAct, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';
import { runBatch } from '../sta/batch.ts';
import { isInline, type Made } from '../sta/creation.ts';
import { serviceRoot } from '../sta/print.ts';
import { type Asker, type Service, type StaAnswer, staService } from '../sta/service.ts';

/** Absolute address of the service, as this client reached it. */
function staRoot(req: Request): string {
  return `${req.protocol}://${req.get('host') ?? 'localhost'}/sta/v1.1`;
}
function askerOf(req: Request): Asker {
  return { identity: requireIdentity(req), address: addressOf(req), root: staRoot(req) };
}
function send(res: Response, { status, location, body, text }: StaAnswer): void {
  res.status(status);
  if (location !== undefined) res.location(location);
  if (text !== undefined) res.type('text/plain').send(text);
  else if (body === undefined) res.end();
  else res.json(body);
}

/** The service over a house and the gateway's door; a Datastream that its asker does not see is not there. */
export function serviceOf(house: House, door: Pick<ObservationsDoor, 'post'>, tell: (changed: readonly Made[]) => void): Service {
  const streams = streamsByPath(house.streams);
  return staService(
    house,
    ({ identity }) => ({
      async post(address, bytes) {
        const posted = await door.post(address, bytes, (id) => {
          const thing = house.registry.thing(house.registry.datastream(id)?.thing ?? -1);
          return !!thing && mayReadThing(identity.scope, thing, streams);
        });
        return { location: posted.location, refused: posted.refused.map(({ property, problem }) => ({ property, ...problem.toJSON() })) };
      },
    }),
    randomUUID,
    tell,
  );
}
/** For the gateway's door: an Observation is looked at only where it links to a feature or brings something along. */
export function prepareObservation(service: Service, now: () => number) {
  return async (req: Request, bytes: Buffer): Promise<Uint8Array> => {
    if (!bytes.includes('FeatureOfInterest') && !bytes.includes('Datastream')) return bytes;
    // What cannot be read is kept and answered as what it is, by the door; nothing is made for it.
    const body = parseObject(bytes);
    if (body instanceof Problem || (!('FeatureOfInterest' in body) && !isInline(body['Datastream']))) return bytes;
    const address = '/sta/v1.1/Observations';
    const probe = new TextEncoder().encode(JSON.stringify({ ...body, Datastream: { '@iot.id': 0 } }));
    const decoded = sta.decode(null, { protocol: sta.id, address, received: now(), bytes: probe });
    if (decoded.problem || decoded.readings.length === 0) return bytes;
    return new TextEncoder().encode(JSON.stringify(await service.prepare(askerOf(req), body)));
  };
}

/** @param mqtt addresses of our own broker, for the service root */
export function staRoutes(service: Service, mqtt: () => readonly string[], onDefect: (message: string, error: unknown) => void): Router {
  const jsons = ['application/json', 'application/*+json'];
  const large = express.json({ limit: '4mb', type: jsons });
  const json = express.json({ limit: '100kb', type: jsons, strict: false });
  const answer = async (req: Request, res: Response): Promise<void> => {
    const path = decodeURIComponent(req.path).slice('/sta/v1.1/'.length).replace(/\/$/, '');
    const contentType = req.get('content-type') ?? '';
    send(
      res,
      await service.handle(askerOf(req), {
        method: req.method === 'HEAD' ? 'GET' : req.method,
        path,
        query: req.query,
        body: req.body,
        contentType,
      }),
    );
  };
  const signedIn = (req: Request, _res: Response, next: () => void): void => {
    requireIdentity(req);
    next();
  };
  /** A body that is no JSON is not looked into (RFC 9110 §15.5.16). */
  const jsonOnly = (req: Request, _res: Response, next: () => void): void => {
    if (req.is(jsons) === false)
      throw new Problem('unsupported-media-type', {
        given: String(req.headers['content-type'] ?? '（未给）').slice(0, 80),
        allowed: 'application/json、application/json-patch+json',
      });
    next();
  };
  return Router()
    .get('/sta/v1.1', (req, res) => {
      res.json(serviceRoot(staRoot(req), mqtt()));
    })
    .get('/sta/v1.1/{*path}', answer)
    .post('/sta/v1.1/$batch', signedIn, large, async (req, res) => {
      const defect = (error: unknown): Problem => {
        const incident = randomUUID().slice(0, 8);
        onDefect(`incident ${incident}`, error);
        return new Problem('internal', { incident });
      };
      res.json(await runBatch(service, askerOf(req), req.body, defect));
    })
    .post('/sta/v1.1/CreateObservations', signedIn, large, async (req, res) => {
      requireAct(req, 'write-thing', '写入观测');
      send(res, await service.handle(askerOf(req), { method: 'POST', path: 'CreateObservations', query: {}, body: req.body }));
    })
    .post(['/sta/v1.1/Things', '/sta/v1.1/Datastreams', '/sta/v1.1/{*path}'], signedIn, jsonOnly, json, answer)
    .patch('/sta/v1.1/{*path}', signedIn, jsonOnly, json, answer)
    .put('/sta/v1.1/{*path}', signedIn, jsonOnly, json, answer)
    .delete('/sta/v1.1/{*path}', answer);
}
