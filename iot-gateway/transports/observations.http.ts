// SensorThings Observations by POST: 201 with their address once they are durable, problem+json otherwise.
//
// Mount at /sta/v1.1. Source: OGC 18-088 §10.2.1 (201 Created, Location); RFC 9457.
import { type NextFunction, type Request, type Response, Router, raw } from 'express';
import { logged } from '../../contracts/log.ts';
import { Problem } from '../../contracts/problem.ts';
import type { TransportSettings, TransportStats } from '../gateway.ts';
import { sta } from '../protocols/sta.ts';

export interface ObservationsSettings extends TransportSettings {
  /** Whether the Datastream is there. One that is not answers 404 and its frame is kept. Absent: taken as there. */
  readonly knows?: (datastream: number) => boolean;
  /** Whether this request may write to the Datastream; one that may not gets 404 and nothing is kept. Absent: every one may. */
  readonly admits?: (request: Request, datastream: number) => boolean;
  /** What has to be made before this Observation can be (an inline FeatureOfInterest): gives its bytes as they are then. Absent: as they came. */
  readonly prepare?: (request: Request, bytes: Buffer) => Promise<Uint8Array>;
}
/** A durable Observation, and what of it was refused. */
export interface Posted {
  readonly location: string;
  readonly refused: readonly { readonly property: string; readonly problem: Problem }[];
}
export interface ObservationsDoor {
  readonly router: Router;
  /**
   * One Observation that came in another way (batch, data array, deep insert, correction).
   * @param address path of its Datastream's Observations, or of the Observation it corrects
   * @param admits as in the settings
   * @throws Problem
   */
  post(address: string, bytes: Uint8Array, admits: (datastream: number) => boolean): Promise<Posted>;
  stats(): TransportStats;
}

const waitingMost = 2000;

function answerProblem(response: Response, problem: Problem): void {
  if (problem.status === 503) response.set('Retry-After', '2');
  response.status(problem.status).type('application/problem+json').send(JSON.stringify(problem));
}

/** The door for POST /Datastreams({id})/Observations and POST /Observations. */
export function observationsDoor(settings: ObservationsSettings): ObservationsDoor {
  const { intake, now } = settings;
  let [frames, inFlight, refused, unacknowledged] = [0, 0, 0, 0];

  async function post(address: string, bytes: Uint8Array, admits: (datastream: number) => boolean): Promise<Posted> {
    if (bytes.length > sta.maxFrameBytes) throw new Problem('too-large', { bytes: bytes.length, limit: sta.maxFrameBytes });
    const frame = { protocol: sta.id, address, received: now(), bytes };
    const decoded = sta.decode(null, frame);
    const datastream = Number(decoded.device?.split(':')[1]);
    if (!admits(datastream)) throw new Problem('not-found', { what: `Datastreams(${datastream})` });
    frames++;
    inFlight++;
    const { id } = await logged(frame, intake.accept(frame, decoded))
      .catch((error: unknown) => {
        unacknowledged++;
        throw error;
      })
      .finally(() => {
        inFlight--;
      });
    // From here the frame is kept, whatever is wrong with it.
    if (decoded.problem) throw decoded.problem;
    if (settings.knows && !settings.knows(datastream)) throw new Problem('not-found', { what: `Datastreams(${datastream})` });
    if (decoded.readings.length === 0 && decoded.refused[0]) throw decoded.refused[0].problem;
    const root = address.split('?')[0]!.replace(/\/(Datastreams\(\d+\)\/)?Observations(\('[^']*'\))?\/?$/, '');
    return { location: `${root}/Observations(${id})`, refused: decoded.refused };
  }

  async function take(request: Request, response: Response): Promise<void> {
    if (!Buffer.isBuffer(request.body))
      throw new Problem('unsupported-media-type', {
        given: String(request.headers['content-type'] ?? '（未给）').slice(0, 80),
        allowed: 'application/json',
      });
    if (inFlight >= waitingMost) throw new Problem('overloaded', { retryAfterSeconds: 2 });
    const bytes = settings.prepare ? await settings.prepare(request, request.body) : request.body;
    const { location, refused: parts } = await post(decodePath(request.originalUrl), bytes, (id) => settings.admits?.(request, id) ?? true);
    response.status(201).location(location);
    if (parts.length === 0) response.end();
    else response.json({ refused: parts.map(({ property, problem }) => ({ property, ...problem.toJSON() })) });
  }

  const router = Router();
  router.post(
    /^\/(Datastreams(\(|%28)\d{1,15}(\)|%29)\/)?Observations\/?$/i,
    raw({ type: ['application/json', 'application/*+json'], limit: sta.maxFrameBytes, inflate: false }),
    (request: Request, response: Response, next: NextFunction) => {
      take(request, response).catch(next);
    },
    (error: unknown, _: Request, response: Response, next: NextFunction) => {
      if (response.headersSent) return next(error);
      const problem = problemOf(error);
      if (!problem) return next(error);
      refused++;
      answerProblem(response, problem);
    },
  );
  return { router, post, stats: () => ({ connections: 0, frames, inFlight, refused, unacknowledged, dropped: {} }) };
}

function decodePath(url: string): string {
  try {
    return decodeURIComponent(url).slice(0, 1024);
  } catch {
    return url.slice(0, 1024);
  }
}

/** Our own failures, and those of the body reader (http-errors: 413 too large, 400 aborted, 415 encoding); null for a defect. */
function problemOf(error: unknown): Problem | null {
  if (error instanceof Problem) return error;
  if (typeof error !== 'object' || error === null || !('status' in error) || !('type' in error)) return null;
  if (error.status === 413) {
    const bytes = 'length' in error && typeof error.length === 'number' ? error.length : sta.maxFrameBytes + 1;
    return new Problem('too-large', { bytes, limit: sta.maxFrameBytes });
  }
  return new Problem('bad-body', { reason: `请求内容读不出：${String(error.type)}` });
}
