// JT/T 808: satellite positioning terminals of road vehicles over TCP, editions 2013 and 2019, as one protocol.
//
//   7E 0200 0028 013840000001 0001 00000000 00000003 027DE784 075B6A4C 0034 025D 010E 261124080000 01 04 000003E8 … AD 7E
//      │    │    phone, BCD    │    alarm    │        41.8057° 123.4315° 52 m 60.5  270° Beijing    └ item 01: mileage 100.0 km
//      │    length of the body serial        ACC on, positioned                km/h      time
//      location report                                     (before 7D and 7E inside were escaped)
//
// Source: JT/T 808-2013 §4.4, §7.12, §8; JT/T 808-2019 for the version bit, the phone number of ten bytes, 0x0004, 0x0005. The device is the phone
// number without leading zeros.

import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { type Decoded, defineProtocol, type RawFrame } from '../../contracts/protocol.ts';
import { cutJt808 } from './jt808/framing.ts';
import { inspectJt808 } from './jt808/inspection.ts';
import { bcdTime, type Found, locationBytes, readBatch, readLocation } from './jt808/location.ts';
import { headBytes, readMediaHead } from './jt808/media.ts';
import { answerTo, hex, type Message, maxFrameBytes, readMessage } from './jt808/message.ts';
import { authenticationCode, type Facts, readAuthentication, readRegistration, registrationAnswer } from './jt808/registration.ts';
import { dueGatherings, type Gathering, incomplete, mediaIdBytes, requestFor, takePackage } from './jt808/sub-packages.ts';
import { messages, Result } from './jt808.codes.ts';

export { assembleMedia } from './jt808/media.ts';
export { encodeJt808, type Jt808Message } from './jt808/message.ts';
export { authenticationCode } from './jt808/registration.ts';

export interface Jt808Memory {
  /** Whom `standing` is about; one connection may carry several terminals. */
  readonly device: string | null;
  /** unknown: nothing was heard of it here, and a log that is read from its middle does not know better. */
  readonly standing: 'unknown' | 'registered' | 'authenticated' | 'refused';
  /** Our own serial number (§4.4.3), 0–65535 and round again. */
  readonly sent: number;
  readonly gatherings: readonly Gathering[];
}
const initial: Jt808Memory = { device: null, standing: 'unknown', sent: 0, gatherings: [] };

/** What became of one message, before it is written as Decoded. */
interface Outcome {
  readonly found: Found;
  problem: Problem | null;
  standing: Jt808Memory['standing'];
  gatherings: readonly Gathering[];
  facts: Facts | null;
  /** id and body of what goes back, in this order. */
  readonly answers: { id: number; body: readonly number[] }[];
}

/** §8.2. What a platform says (bit 15) is never answered: two platforms wired together would talk for ever. */
function general(outcome: Outcome, message: Message, result: number): void {
  const { serial, id } = message;
  if (id & 0x8000) return;
  outcome.answers.push({ id: 0x8001, body: [serial >> 8, serial & 0xff, id >> 8, id & 0xff, result] });
}
function fault(outcome: Outcome, message: Message, result: number, problem: Problem): void {
  outcome.problem = problem;
  general(outcome, message, result);
}

/** §8.52: head, location of the moment it was taken, data. Only the first sub-package has the first two. */
function readMediaStart(outcome: Outcome, message: Message, received: Instant): number | null {
  const { bytes, body, end } = message;
  const head = readMediaHead(bytes, body, end);
  if (head instanceof Problem) {
    outcome.problem = head;
    return null;
  }
  readLocation(outcome.found, message.device, bytes, body + headBytes, Math.min(end, body + headBytes + locationBytes), received);
  return head.id;
}

/** What stands in a whole message: `bytes` are its own, or those of its sub-packages put together. */
function readBody(outcome: Outcome, message: Message, received: Instant): void {
  const { bytes, body, end, device, id } = message;
  const kind = messages.get(id)?.kind;
  const { found } = outcome;
  switch (kind) {
    case 'location':
      readLocation(found, device, bytes, body, end, received);
      break;
    case 'batch':
      readBatch(found, device, bytes, body, end, received);
      break;
    case 'location-answer':
      // §8.20, §8.34: the serial number of our question, then a report. An answer is not answered.
      readLocation(found, device, bytes, body + 2, end, received);
      return;
    case 'answer':
      return;
    case 'register': {
      const facts = readRegistration(message);
      if (facts instanceof Problem) {
        fault(outcome, message, Result.malformed, facts);
        return;
      }
      outcome.facts = facts;
      outcome.standing = 'registered';
      outcome.answers.push({ id: 0x8100, body: registrationAnswer(message, 0) });
      return;
    }
    case 'authenticate': {
      const given = readAuthentication(message);
      if (given instanceof Problem) {
        fault(outcome, message, Result.malformed, given);
        return;
      }
      if (given.code !== authenticationCode(device)) {
        outcome.standing = 'refused';
        fault(outcome, message, Result.failed, new Problem('bad-credentials'));
        return;
      }
      if (Object.keys(given.facts).length > 0) outcome.facts = given.facts;
      outcome.standing = 'authenticated';
      break;
    }
    case 'time':
      // 0x8004 of 2019: UTC, unlike every other time of the standard.
      outcome.answers.push({ id: 0x8004, body: bcdTime(received, 0) });
      return;
    case 'repeat':
      // We send nothing in sub-packages.
      fault(outcome, message, Result.unsupported, new Problem('unsupported', { what: '终端补传分包请求：平台没有分包下发' }));
      return;
    case 'media-event': {
      const head = readMediaHead(bytes, body, end);
      if (head instanceof Problem) {
        fault(outcome, message, Result.malformed, head);
        return;
      }
      break;
    }
    case 'media': {
      const mediaId = readMediaStart(outcome, message, received);
      if (mediaId === null) general(outcome, message, Result.malformed);
      // §8.53: without a list everything is there.
      else outcome.answers.push({ id: 0x8800, body: mediaIdBytes(mediaId) });
      return;
    }
    case 'report':
      break;
    default: {
      const what = `消息 ${hex(id, 4)}${messages.get(id)?.zh ?? ''}`;
      if (id & 0x8000) outcome.problem = new Problem('malformed-frame', { reason: `${what} 是平台发给终端的` });
      else fault(outcome, message, Result.unsupported, new Problem('unsupported', { what }));
      return;
    }
  }
  // Nothing of it could be understood: then it is the message that is wrong (§8.2 result 2).
  const broken = found.readings.length === 0 && found.refused.find(({ problem }) => problem.code === 'malformed-frame');
  if (broken) {
    found.refused.splice(found.refused.indexOf(broken), 1);
    fault(outcome, message, Result.malformed, broken.problem);
  } else general(outcome, message, Result.done);
}

/** §7.12: each sub-package is answered, and the last one asks for those that are missing. */
function readPackage(outcome: Outcome, message: Message, received: Instant): void {
  const media = messages.get(message.id)?.kind === 'media';
  const taken = takePackage(outcome.gatherings, message, media, received);
  outcome.gatherings = taken.gatherings;
  for (const gathering of taken.dropped) outcome.found.refused.push(incomplete(gathering));
  const { outcome: result } = taken;
  if (result instanceof Problem) {
    fault(outcome, message, Result.malformed, result);
    return;
  }
  if (media && message.sequence === 1) readMediaStart(outcome, message, received);
  const { gathering } = result;
  const finished = result.state === 'complete' || result.state === 'again';
  if (media && finished && gathering.mediaId !== null) outcome.answers.push({ id: 0x8800, body: mediaIdBytes(gathering.mediaId) });
  else if (result.state === 'complete' && result.body)
    readBody(outcome, { ...message, bytes: result.body, body: 0, end: result.body.length, total: 0, sequence: 0 }, received);
  else if (messages.get(message.id)?.kind !== 'answer') general(outcome, message, Result.done);
  if (result.state === 'gap') outcome.answers.push(requestFor(gathering, message.version2019));
}

/** Heartbeat, logout, registration, authentication. */
const beforeAuthentication: ReadonlySet<number> = new Set([0x0002, 0x0003, 0x0100, 0x0102]);

function readWhole(outcome: Outcome, memory: Jt808Memory, message: Message, received: Instant): void {
  const kind = messages.get(message.id)?.kind;
  // §8.8: after a failed authentication nothing else is taken until it registers or authenticates again.
  const shut = memory.standing === 'refused' && memory.device === message.device && !beforeAuthentication.has(message.id);
  if (message.encrypted) {
    const what = 'JT/T 808 消息体加密（属性位 10–12，未配置密钥），原始报文已留存';
    fault(outcome, message, Result.unsupported, new Problem('unsupported', { what }));
  } else if (shut) fault(outcome, message, Result.failed, new Problem('forbidden', { what: `鉴权失败之后的消息 ${hex(message.id, 4)}` }));
  else if (message.total > 0 && kind !== undefined && kind !== 'unsupported') readPackage(outcome, message, received);
  else readBody(outcome, message, received);
}

function joined(parts: readonly Uint8Array[]): Uint8Array | null {
  if (parts.length < 2) return parts[0] ?? null;
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function decode(memory: Jt808Memory, frame: RawFrame): Decoded<Jt808Memory> {
  const { received } = frame;
  const read = readMessage(frame.bytes);
  const message = 'problem' in read ? read.message : read;
  if (message === null)
    return { memory, device: null, readings: [], refused: [], answer: null, problem: 'problem' in read ? read.problem : null };
  const same = memory.device === message.device;
  const outcome: Outcome = {
    found: { readings: [], refused: [] },
    problem: null,
    standing: same ? memory.standing : 'unknown',
    gatherings: memory.gatherings,
    facts: null,
    answers: [],
  };
  if ('problem' in read) fault(outcome, message, Result.malformed, read.problem);
  else readWhole(outcome, memory, message, received);
  if (outcome.gatherings.length > 0) {
    const due = dueGatherings(outcome.gatherings, message.device, received);
    outcome.gatherings = due.gatherings;
    for (const gathering of due.lost) outcome.found.refused.push(incomplete(gathering));
    for (const gathering of due.ask) outcome.answers.push(requestFor(gathering, message.version2019));
  }
  let { sent } = memory;
  const parts: Uint8Array[] = [];
  for (const { id, body } of outcome.answers) {
    parts.push(answerTo(message, id, sent, body));
    sent = (sent + 1) & 0xffff;
  }
  return {
    memory: { device: message.device, standing: outcome.standing, sent, gatherings: outcome.gatherings },
    device: message.device,
    readings: outcome.found.readings,
    refused: outcome.found.refused,
    ...(outcome.facts ? { reported: outcome.facts } : {}),
    answer: joined(parts),
    problem: outcome.problem,
  };
}

export const jt808 = defineProtocol<Uint8Array, Jt808Memory>({
  id: 'jt808',
  title: { zh: '道路运输车辆卫星定位系统终端通信', en: 'Road vehicle positioning terminals' },
  standard: 'JT/T 808-2019，兼收 JT/T 808-2013 §8',
  maxFrameBytes,
  framing: { initial: new Uint8Array(0), cut: cutJt808 },
  initial,
  decode,
  inspect: inspectJt808,
});
