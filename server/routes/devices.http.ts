// Devices nobody has registered, the claim that registers one and replays what was kept of it, and what was refused with the reason.
import { randomUUID } from 'node:crypto';
import express, { Router } from 'express';
import { mayDo, type Scope } from '../../contracts/access.ts';
import { adcodePrefix } from '../../contracts/geo.ts';
import { readBody, readParameters, timeText } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { streamPath } from '../../contracts/stream.ts';
import { mayReadStream, mayReadThing, streamsByPath } from '../auth/guard.ts';
import { addressOf, requireAct } from '../auth/identity.http.ts';
import type { Row } from '../database/database.ts';
import type { House } from '../house.ts';
import { hexOf } from './lineage.ts';
import { offsetOf, pageAt, pageOf } from './page.ts';
import { registerThing } from './register.ts';

interface UnclaimedRow extends Row {
  protocol: string;
  device: string;
  first: number;
  last: number;
  frames: number;
  kept: number;
  address: string;
}
interface LetterRow extends Row {
  id: number;
  received: number;
  protocol: string;
  address: string;
  device: string | null;
  frame: number | null;
  code: string;
  reason: string;
  bytes: Buffer | null;
}
const mostUnclaimed = 10_000;

export function deviceRoutes(house: House): Router {
  const { database } = house;
  const streams = streamsByPath(house.streams);
  /** Nobody knows yet where an unknown device stands: only who sees the whole province sees it. */
  const seesAll = (scope: Scope): boolean => adcodePrefix(scope.adcode) === '21';

  const router = Router();
  router.get('/api/devices/unclaimed', async (req, res) => {
    const { scope } = requireAct(req, 'read-raw', '未登记设备');
    const query = readParameters(routes.unclaimed.query, req.query);
    if (!seesAll(scope)) throw new Problem('forbidden', { what: '未登记设备（尚不知位于何处，需全省范围）' });
    const rows = await database.query<UnclaimedRow>(
      `SELECT protocol, device, (extract(epoch FROM first_seen) * 1000)::float8 AS first, (extract(epoch FROM last_seen) * 1000)::float8 AS last,
         frames::float8 AS frames, address,
         (SELECT count(*)::int FROM unclaimed_frame f WHERE f.protocol = d.protocol AND f.device = d.device) AS kept
       FROM unclaimed_device d ORDER BY last_seen DESC, protocol, device LIMIT ${mostUnclaimed}`,
    );
    const list = rows.map(({ first, last, ...row }) => ({ ...row, firstSeen: timeText(first), lastSeen: timeText(last) }));
    res.json(pageAt(list, offsetOf(query.cursor), query.limit ?? 100, req.originalUrl));
  });

  router.post('/api/devices/claim', express.json({ limit: '16kb' }), async (req, res) => {
    const identity = requireAct(req, 'claim-device', '认领设备');
    const body = readBody(routes.claim.body, req.body);
    const stream = streams.get(body.stream);
    if (!stream) throw new Problem('bad-body', { reason: `没有数据流 ${body.stream}，可用：${house.streams.map(streamPath).join('、')}` });
    if (!house.protocols.some((protocol) => protocol.id === body.protocol))
      throw new Problem('bad-body', { reason: `没有协议 ${body.protocol}，可用：${house.protocols.map(({ id }) => id).join('、')}` });
    const [lng, lat] = body.position ?? [];
    const draft = {
      name: body.name,
      description: body.description ?? '',
      adcode: body.adcode,
      position: lng === undefined || lat === undefined ? null : ([lng, lat] as const),
      properties: {
        ...{ device: { protocol: body.protocol, id: body.device }, stream: body.stream },
        ...(body.recorded === undefined ? {} : { recorded: body.recorded }),
      },
    };
    // A recording played once more goes on under the Thing it has; one of a station that sends by itself is a conflict, as for everybody.
    const holder = house.registry.byDevice(body.protocol, body.device);
    if (holder?.properties.recorded !== undefined && body.recorded !== undefined && mayReadThing(identity.scope, holder, streams)) {
      res.json({ thing: holder, replayed: 0 });
      return;
    }
    const asker = { identity, address: addressOf(req) };
    const { thing, replayed } = await registerThing(house, asker, { uid: null, thing: draft, datastreams: [] }, randomUUID);
    res.status(201).location(`/sta/v1.1/Things(${thing.id})`).json({ thing, replayed });
  });

  router.get('/api/dead-letters', async (req, res) => {
    const identity = requireAct(req, 'read-raw', '被拒报文');
    const query = readParameters(routes.deadLetters.query, req.query);
    const limit = query.limit ?? 100;
    const { scope } = identity;
    const prefix = adcodePrefix(scope.adcode);
    const open = house.streams.filter((stream) => mayReadStream(scope, stream)).map(streamPath);
    const rows = await database.query<LetterRow>(
      `SELECT l.id::float8 AS id, (extract(epoch FROM l.received) * 1000)::float8 AS received, l.protocol, l.address, l.device, l.frame::float8 AS frame,
         l.code, l.reason, l.bytes
       FROM dead_letter l LEFT JOIN thing t ON t.protocol = l.protocol AND t.device = l.device
       WHERE ($1::float8 IS NULL OR l.id < $1) AND ($2::text IS NULL OR l.protocol = $2) AND ($3::text IS NULL OR l.code = $3)
         AND CASE WHEN t.id IS NULL THEN $4::boolean ELSE t.adcode BETWEEN $5 AND $6 AND (t.stream IS NULL OR t.stream = ANY($7::text[])) END
       ORDER BY l.id DESC LIMIT $8`,
      [
        ...[query.cursor === undefined ? null : offsetOf(query.cursor), query.protocol ?? null, query.code ?? null, seesAll(scope)],
        ...[prefix.padEnd(6, '0'), prefix.padEnd(6, '9'), open, limit + 1],
      ],
    );
    // Bytes that are no frame cannot be inspected, so nobody knows where a password stands in them.
    const secrets = mayDo(identity, 'read-secret');
    const list = rows.map(({ bytes, received, ...row }) => ({
      ...row,
      received: timeText(received),
      hex: bytes && secrets ? hexOf(bytes) : null,
    }));
    res.json(pageOf(list, limit, req.originalUrl, (last) => last.id));
  });
  return router;
}
