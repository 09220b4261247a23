// From the pixel back to the wire: the Thing, the rule, the checks and the raw frame behind one Observation; and devices nobody has claimed.
import { json, Router } from 'express';
import { mayDo, mayRead } from '../../contracts/access.ts';
import { type Check, checks, qualities } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { type QualityRule, streamPath } from '../../contracts/stream.ts';
import type { Lineage } from '../../contracts/wire.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import type { Row } from '../database/database.ts';
import type { PgDatabase } from '../database/pool.pg.ts';
import type { House } from '../house.ts';
import { failedOf } from '../store/copy-binary.ts';

const secretByte = 0x2a;

/** What a check is held against, in figures; 未设 where the stream declares none for this series. */
function figureOf(check: Check, rule: QualityRule | undefined, row: Row, phenomenonTime: number): string {
  switch (check) {
    case 'range':
      return rule?.range ? `${rule.range[0]}–${rule.range[1]}` : '未设';
    case 'rate':
      return rule?.ratePerSecond ? `≤${Number((rule.ratePerSecond * 3600).toPrecision(3))}/h` : '未设';
    case 'stuck':
      return rule?.stuckSeconds ? `≤${Number((rule.stuckSeconds / 3600).toPrecision(2))} h 不变` : '未设';
    case 'clock':
      return `晚到 ${Math.round(((row['received'] as number) - phenomenonTime) / 60_000)} min`;
    case 'flag':
      return `标记 ${row['flag'] ?? '—'}`;
  }
}

export function lineageRouter(house: House, database: PgDatabase): Router {
  const router = Router();

  router.get('/lineage/observation/:id', async (request, response) => {
    const identity = requireIdentity(request);
    const [, id, ms] = /^(\d{1,9}):(\d{1,15})$/.exec(request.params.id) ?? [];
    if (id === undefined || ms === undefined)
      throw new Problem('bad-parameter', { name: 'id', given: request.params.id, allowed: '{datastream}:{ms}' });
    const datastream = house.registry.datastream(Number(id));
    const thing = datastream && house.registry.thing(datastream.thing);
    const stream = house.streams.find((candidate) => streamPath(candidate) === thing?.properties.stream);
    const guard = { adcode: thing?.adcode ?? '', department: stream?.provider.department, sharing: stream?.sharing };
    if (!datastream || !thing || !mayRead(identity.scope, guard)) throw new Problem('not-found', { what: request.params.id });
    const [row] = await database.query(
      `SELECT result, quality, failed, flag, frame, extract(epoch FROM received)::float8 * 1000 AS received FROM observation
       WHERE datastream = $1 AND phenomenon_time = to_timestamp($2::float8 / 1000) ORDER BY observation.received DESC LIMIT 1`,
      [datastream.id, Number(ms)],
    );
    if (!row) throw new Problem('not-found', { what: request.params.id });
    const result = row['result'] as number | null;
    const failed = failedOf(row['failed'] as number);
    const rules = (stream?.thresholds ?? [])
      .filter((threshold) => threshold.series === datastream.series)
      .map((threshold) => {
        const [property, name] = typeof threshold.limit === 'number' ? [] : threshold.limit.ofThing.split('.');
        const limit =
          typeof threshold.limit === 'number' ? threshold.limit : (thing.properties.limits?.[property ?? '']?.[name ?? ''] ?? null);
        const beyond = result !== null && limit !== null && (threshold.direction === 'above' ? result >= limit : result <= limit);
        return { id: threshold.id, title: threshold.title.zh, limit, source: threshold.source, firing: beyond };
      });
    const logged = await house.log.get(Number(row['frame']));
    const protocol = house.protocols.find((candidate) => candidate.id === logged?.frame.protocol);
    const raw = mayDo(identity, 'read-raw');
    let frame: Lineage['frame'] = null;
    if (logged && protocol) {
      const { fields, checksum } = protocol.inspect(logged.frame);
      const bytes = Buffer.from(logged.frame.bytes);
      const open = mayDo(identity, 'read-secret');
      if (!open) for (const field of fields) if (field.secret) bytes.fill(secretByte, ...field.range);
      frame = {
        id: logged.id,
        protocol: protocol.title.zh,
        standard: protocol.standard,
        address: logged.frame.address,
        received: logged.frame.received,
        durable: logged.durable,
        hex: raw ? bytes.toString('hex') : null,
        checksum,
        fields: raw ? fields.map((field) => (field.secret && !open ? { ...field, value: '······' } : field)) : [],
      };
    }
    if (stream && stream.sharing !== 'unconditional')
      house.auth.audit({ identity, address: request.ip ?? null, act: 'read-restricted', target: `observation ${request.params.id}` });
    const lineage: Lineage = {
      thing: { id: thing.id, name: thing.name, adcode: thing.adcode, device: thing.properties.device?.id ?? null },
      stream: stream ? { path: streamPath(stream), title: stream.title.zh, provider: stream.provider.zh, sharing: stream.sharing } : null,
      observation: {
        phenomenonTime: Number(ms),
        result,
        quality: qualities[row['quality'] as number] ?? 'suspect',
        failed,
        flag: row['flag'] as string | null,
        frame: Number(row['frame']),
        received: Math.round(row['received'] as number),
        series: datastream.series,
        unit: datastream.unit,
        provenance: thing.properties.provenance ?? 'measured',
      },
      rules,
      checks: checks.map((check) => ({
        check,
        passed: !failed.includes(check),
        figure: figureOf(check, stream?.quality[datastream.series], row, Number(ms)),
      })),
      frame,
      permission: `${identity.displayName}：区域 ${identity.scope.adcode}，${stream?.sharing === 'unconditional' ? '无条件共享' : '有条件共享，已记录本次查看'}`,
    };
    response.json(lineage);
  });

  router.get('/devices/unclaimed', async (request, response) => {
    const identity = requireIdentity(request);
    if (!mayDo(identity, 'claim-device')) throw new Problem('forbidden', { what: '未认领设备' });
    const items = await database.query(
      'SELECT protocol, device, first_seen, last_seen, frames, address FROM unclaimed_device ORDER BY last_seen DESC LIMIT 1000',
    );
    response.json({ items, numberReturned: items.length, next: null });
  });

  router.post('/devices/claim', json({ limit: '16kb' }), async (request, response) => {
    const identity = requireIdentity(request);
    if (!mayDo(identity, 'claim-device')) throw new Problem('forbidden', { what: '认领设备' });
    const body = request.body as Record<string, unknown>;
    for (const name of ['protocol', 'device', 'name', 'adcode', 'stream'])
      if (typeof body[name] !== 'string' || body[name] === '')
        throw new Problem('bad-parameter', { name, given: String(body[name]), allowed: '文字' });
    if (!/^21\d{4}$/.test(String(body['adcode'])))
      throw new Problem('bad-parameter', { name: 'adcode', given: String(body['adcode']), allowed: '21xxxx' });
    const [protocol, device] = [String(body['protocol']), String(body['device'])];
    const recorded = typeof body['recorded'] === 'string' && body['recorded'] !== '' ? body['recorded'].slice(0, 400) : null;
    const known = house.registry.byDevice(protocol, device);
    // A recording must not take over a station that sends of its own.
    if (recorded !== null && known && known.properties.recorded === undefined)
      throw new Problem('conflict', { what: `${protocol} ${device} 已登记为 ${known.name}，不是回放设备` });
    const position = Array.isArray(body['position']) ? ([Number(body['position'][0]), Number(body['position'][1])] as const) : null;
    const thing = await house.registry.saveThing({
      uid: `device:${protocol}:${device}`,
      name: String(body['name']),
      description: '',
      adcode: String(body['adcode']),
      position,
      properties: { device: { protocol, id: device }, stream: String(body['stream']), ...(recorded === null ? {} : { recorded }) },
    });
    house.auth.audit({ identity, address: request.ip ?? null, act: 'write', target: `claim ${protocol} ${device}` });
    response.status(201).json({ thing, replayed: await house.replayUnclaimed(protocol, device) });
  });
  return router;
}
