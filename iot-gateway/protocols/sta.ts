// SensorThings Observations by HTTP POST: the path is the address, the body is the Observation.
//
//   POST /sta/v1.1/Datastreams(7)/Observations   {"result": 46, "phenomenonTime": "2026-11-24T08:00:00+08:00"}
//   POST /sta/v1.1/Observations                  the same with {"Datastream": {"@iot.id": 7}}
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.2.1 create an entity, §10.2.1.1 link to existing entities.
import { Problem } from '../../contracts/problem.ts';
import { defineProtocol } from '../../contracts/protocol.ts';
import { inspectJson, isObject, notUnderstood, parseObject, readObservation } from '../observation-json.ts';

const datastreamPath = /\/v1\.1\/Datastreams\((\d{1,15})\)\/Observations\/?$/;
const observationsPath = /\/v1\.1\/Observations\/?$/;

export const sta = defineProtocol<never, null>({
  id: 'sta',
  title: { zh: 'SensorThings 观测上报', en: 'SensorThings Observations' },
  standard: 'OGC SensorThings 1.1（OGC 18-088）§10.2.1',
  maxFrameBytes: 65_536,
  initial: null,
  decode(_, frame) {
    const path = frame.address.split('?')[0] ?? '';
    let id = datastreamPath.exec(path)?.[1];
    const body = parseObject(frame.bytes);
    if (body instanceof Problem) return notUnderstood(id === undefined ? null : `datastream:${id}`, body);
    if (id === undefined && observationsPath.test(path)) {
      const link = isObject(body['Datastream']) ? body['Datastream']['@iot.id'] : undefined;
      if ((typeof link === 'number' && Number.isSafeInteger(link) && link >= 0) || (typeof link === 'string' && /^\d{1,15}$/.test(link)))
        id = String(link);
    }
    if (id === undefined) return notUnderstood(null, new Problem('malformed-frame', { reason: '缺 Datastream 的 @iot.id' }));
    return readObservation(body, id, frame.received);
  },
  inspect: (frame) => inspectJson(frame.bytes),
});
