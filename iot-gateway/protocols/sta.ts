// SensorThings Observations by HTTP POST: the path is the address, the body is the Observation.
//
//   POST /sta/v1.1/Datastreams(7)/Observations   {"result": 46, "phenomenonTime": "2026-11-24T08:00:00+08:00"}
//   POST /sta/v1.1/Observations                  the same with {"Datastream": {"@iot.id": 7}}
//
// A path to an Observation, Observations('7:1764000000000:-12'), is a correction of it that the house itself sends (server/sta).
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §10.2.1 create an entity, §10.2.1.1 link to existing entities.
import { Problem } from '../../contracts/problem.ts';
import { defineProtocol } from '../../contracts/protocol.ts';
import { inspectJson, linkedDatastream, notUnderstood, parseObject, readObservation } from '../observation-json.ts';

const datastreamPath = /\/v1\.1\/Datastreams\((\d{1,15})\)\/Observations\/?$/;
const observationsPath = /\/v1\.1\/Observations\/?$/;
const observationPath = /\/v1\.1\/Observations\('(\d{1,9}):(-?\d{1,15}):(-?\d{1,10})'\)$/;

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
    const corrected = observationPath.exec(path);
    if (corrected) {
      const [, datastream = '', time, identity] = corrected;
      return readObservation(body, datastream, frame.received, { phenomenonTime: Number(time), identity: Number(identity) });
    }
    if (id === undefined && observationsPath.test(path)) id = linkedDatastream(body);
    if (id === undefined) return notUnderstood(null, new Problem('malformed-frame', { reason: '缺 Datastream 的 @iot.id' }));
    return readObservation(body, id, frame.received);
  },
  inspect: (frame) => inspectJson(frame.bytes),
});
