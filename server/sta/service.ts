// SensorThings without HTTP around it: one request in, one answer out. The routes, a batch and its members all come this way.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9 (reading), §10 (create, update, delete), §13.2 (CreateObservations).
import { type Identity, mayDo } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import { streamPath } from '../../contracts/stream.ts';
import type { House } from '../house.ts';
import { bad, type Json, type Known, record } from './bodies.ts';
import { change, patchable } from './changes.ts';
import { type Around, Creation, type Made } from './creation.ts';
import { readDataArray } from './data-array.ts';
import { DraftReader } from './drafts.ts';
import { applyJsonPatch } from './json-patch.ts';
import { isEntitySet, navigation } from './model.ts';
import { correct } from './observation-changes.ts';
import { address, readPath, type Step } from './path.ts';
import { idOf, selfLink } from './print.ts';
import { type Found, missing, type Reader, staReader } from './reader.ts';
import { remove } from './removal.ts';
import type { ObservationDoor, Writing } from './writing.ts';

export interface Asker {
  readonly identity: Identity;
  /** For the audit. */
  readonly address: string | null;
  /** Absolute address of /sta/v1.1, as this asker reached it. */
  readonly root: string;
}
export interface StaRequest {
  readonly method: string;
  /** Below /sta/v1.1, decoded. */
  readonly path: string;
  readonly query: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
  readonly contentType?: string;
}
export interface StaAnswer {
  readonly status: number;
  readonly location?: string;
  /** JSON; absent: nothing. */
  readonly body?: unknown;
  /** Instead of JSON (§9.2.7, $value). */
  readonly text?: string;
  /** What was made, for a group of a batch that has to be taken back. */
  readonly made?: readonly Made[];
}
/** The gateway's door for one asker: which Datastreams he sees is his. */
export type DoorOf = (asker: Asker) => ObservationDoor;

export interface Service {
  /** @throws Problem */
  handle(asker: Asker, request: StaRequest): Promise<StaAnswer>;
  /** An Observation before it goes to the door: what it links to is there and seen, what stands in it is made. @throws Problem */
  prepare(asker: Asker, body: Json): Promise<Json>;
  /** Removes what was made, newest first; what cannot be removed stays. */
  takeBack(asker: Asker, made: readonly Made[]): Promise<void>;
}

const atOnce = 500;
const mostNested = 40;

/** A body nested deeper than anything means: who walks it would run out of stack. @throws Problem bad-body */
export function checkNesting(body: unknown): void {
  let level: unknown[] = [body];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > mostNested) throw bad(`内嵌超过 ${mostNested} 层`);
    level = level.flatMap((one) => (typeof one === 'object' && one !== null ? Object.values(one) : []));
  }
}

/**
 * @param random a name that no other has
 * @param tell hears which entities came to be or changed
 */
export function staService(house: House, doorOf: DoorOf, random: () => string, tell: (changed: readonly Made[]) => void): Service {
  const known: Known = { protocols: house.protocols.map(({ id }) => id), streams: house.streams.map(streamPath) };

  function readerOf(asker: Asker): Reader {
    return staReader(house, asker.identity.scope, asker.root);
  }
  function writingOf(asker: Asker): Writing {
    if (!mayDo(asker.identity, 'write-thing')) throw new Problem('forbidden', { what: '写入 SensorThings 实体' });
    return { house, ...asker, reader: readerOf(asker), door: doorOf(asker), random };
  }
  function auditReading({ identity, address: from }: Asker, reader: Reader): void {
    for (const stream of reader.restricted) house.auth.audit({ identity, address: from, act: 'read-restricted', target: `sta/${stream}` });
  }

  async function get(asker: Asker, { path, query }: StaRequest): Promise<StaAnswer> {
    const reader = readerOf(asker);
    const answer = await reader.answer(readPath(path), query, `${asker.root}/${path}`);
    auditReading(asker, reader);
    return typeof answer === 'string' ? { status: 200, text: answer } : { status: 200, body: answer };
  }

  /** The link that an Observation has to a feature, if it is one that its writer sees and may name. */
  async function checkFeature(reader: Reader, body: Json): Promise<Json> {
    const feature = body['FeatureOfInterest'];
    const id = typeof feature === 'object' && feature !== null ? (feature as Json)['@iot.id'] : undefined;
    if (id === undefined) return body;
    if (typeof id !== 'number' && typeof id !== 'string') throw bad('FeatureOfInterest.@iot.id 应为整数');
    const { row } = await reader.find([{ name: 'FeaturesOfInterest', key: id }]);
    if (row['kind'] === 'own') return { ...body, FeatureOfInterest: { ...(feature as Json), '@iot.id': row['num'] } };
    const { FeatureOfInterest: _, ...rest } = body;
    // The place of a Thing is what an Observation without one has; the place of another Observation is given by its coordinates.
    return row['kind'] === 'thing' ? rest : { ...rest, FeatureOfInterest: { feature: row['feature'] } };
  }
  async function prepareWith(writing: Writing, creation: Creation, body: Json): Promise<Json> {
    return creation.prepare(await checkFeature(writing.reader, body));
  }

  /** Entities of the path that something is posted under: they are linked to it. */
  async function aroundOf(reader: Reader, parent: readonly Step[], name: string): Promise<Around> {
    if (parent.length === 0) return {};
    const { set, row } = await reader.find(parent);
    if (!navigation(set, name)?.many) throw missing();
    return { [set]: idOf(set, row) };
  }
  async function post(asker: Asker, request: StaRequest): Promise<StaAnswer> {
    const writing = writingOf(asker);
    const { reader } = writing;
    if (request.path === 'CreateObservations') return createObservations(writing, request.body);
    const steps = readPath(request.path);
    const last = steps.at(-1);
    if (!last || last.key !== null || !isEntitySet(last.name)) throw missing();
    const set = last.name;
    const around = await aroundOf(reader, steps.slice(0, -1), set);
    const body = record(request.body, '请求');
    const creation = new Creation(writing, known);
    try {
      if (set === 'Observations') return await postObservation(writing, creation, around, body);
      const draft = new DraftReader(known).read(set, body);
      const made = await creation.create(draft, around);
      const found = await reader.find([{ name: set, key: made.id }]);
      tell(creation.made);
      return { status: 201, location: selfLink(asker.root, set, found.row), body: reader.print(found), made: creation.made };
    } catch (error) {
      // All of it or nothing: what the failure came too late for is taken back.
      await takeBack(asker, creation.made);
      throw error;
    }
  }
  async function postObservation(writing: Writing, creation: Creation, around: Around, body: Json): Promise<StaAnswer> {
    const linked =
      around.FeaturesOfInterest === undefined ? body : { ...body, FeatureOfInterest: { '@iot.id': around.FeaturesOfInterest } };
    const prepared = await prepareWith(writing, creation, linked);
    const datastream =
      around.Datastreams ?? (typeof body['Datastream'] === 'object' ? (body['Datastream'] as Json | null)?.['@iot.id'] : undefined);
    if (typeof datastream !== 'number' && !(typeof datastream === 'string' && /^\d{1,15}$/.test(datastream)))
      throw bad('要给出 Datastream.@iot.id');
    tell(creation.made);
    const { Datastream: _, ...rest } = prepared;
    const posted = await writing.door.post(
      `/sta/v1.1/Datastreams(${datastream})/Observations`,
      new TextEncoder().encode(JSON.stringify(rest)),
    );
    house.auth.audit({ identity: writing.identity, address: writing.address, act: 'write', target: posted.location });
    return {
      status: 201,
      location: posted.location,
      ...(posted.refused.length > 0 ? { body: { refused: posted.refused } } : {}),
      made: creation.made,
    };
  }

  /** §13.2: in the order of the rows, the address of each, or "error". All that are under way at once share their commits. */
  async function createObservations(writing: Writing, body: unknown): Promise<StaAnswer> {
    const entries = readDataArray(body);
    const answers: string[] = [];
    const creation = new Creation(writing, known);
    let made = 0;
    for (let from = 0; from < entries.length; from += atOnce) {
      const part = entries.slice(from, from + atOnce).map(async (entry) => {
        if (!entry) return 'error';
        try {
          const prepared = await prepareWith(writing, creation, entry.body);
          const posted = await writing.door.post(
            `/sta/v1.1/Datastreams(${entry.datastream})/Observations`,
            new TextEncoder().encode(JSON.stringify(prepared)),
          );
          made++;
          return posted.location;
        } catch (error) {
          // Refused for what it is: its row says so. Away or too busy: the whole request fails, and its sender comes again.
          if (error instanceof Problem && error.status < 500) return 'error';
          throw error;
        }
      });
      const settled = await Promise.allSettled(part);
      for (const one of settled) {
        if (one.status === 'rejected') throw one.reason;
        answers.push(one.value);
      }
    }
    house.auth.audit({
      identity: writing.identity,
      address: writing.address,
      act: 'write',
      target: '/sta/v1.1/CreateObservations',
      detail: { made, of: entries.length },
    });
    return { status: 201, body: answers };
  }

  /** The entity at the end of a path; Observations(1)/Datastream is one too. */
  async function target(reader: Reader, path: string): Promise<Found> {
    return reader.find(readPath(path));
  }
  async function update(asker: Asker, request: StaRequest): Promise<StaAnswer> {
    const writing = writingOf(asker);
    const { reader } = writing;
    const found = await target(reader, request.path);
    const { set } = found;
    let whole = request.method === 'PUT';
    let body: Json;
    if (!whole && /^application\/json-patch\+json\b/i.test(request.contentType ?? '')) {
      // §10.3.2: what remains after the patch is the whole entity.
      const before = patchable(found);
      body = applyJsonPatch(
        set === 'Observations' ? { ...before, resultQuality: (before['resultQuality'] as Json)['given'] } : before,
        request.body,
      );
      whole = true;
    } else body = record(request.body, '请求');
    if (set === 'Observations') {
      await correct(writing, found, body, whole);
      // It counts once it has gone its road; until then the former one is read.
      return {
        status: 200,
        body: { ...reader.print(found), ...pick(body, Object.keys(reader.print(found))), '@iot.id': idOf(set, found.row) },
      };
    }
    await change(writing, found, body, whole, known);
    tell([{ set, id: idOf(set, found.row) }]);
    return { status: 200, body: reader.print(await reader.find([{ name: set, key: idOf(set, found.row) }])) };
  }
  const pick = (body: Json, names: readonly string[]): Json =>
    Object.fromEntries(Object.entries(body).filter(([name]) => names.includes(name)));

  async function takeBack(asker: Asker, made: readonly Made[]): Promise<void> {
    for (const { set, id } of [...made].reverse()) {
      try {
        const writing = writingOf(asker);
        await remove(writing, await writing.reader.find([{ name: set, key: id }]));
      } catch (error) {
        if (!(error instanceof Problem)) throw error;
        house.auth.audit({
          identity: asker.identity,
          address: asker.address,
          act: 'write',
          target: address(set, id),
          detail: { left: error.code },
        });
      }
    }
  }

  return {
    takeBack,
    async prepare(asker, body) {
      const writing = writingOf(asker);
      const creation = new Creation(writing, known);
      try {
        const prepared = await prepareWith(writing, creation, body);
        tell(creation.made);
        return prepared;
      } catch (error) {
        await takeBack(asker, creation.made);
        throw error;
      }
    },
    async handle(asker, request) {
      checkNesting(request.body);
      switch (request.method) {
        case 'GET':
          return get(asker, request);
        case 'POST':
          return post(asker, request);
        case 'PATCH':
        case 'PUT':
          return update(asker, request);
        case 'DELETE': {
          const writing = writingOf(asker);
          await remove(writing, await target(writing.reader, request.path));
          return { status: 200 };
        }
        default:
          throw new Problem('method-not-allowed', { method: request.method.slice(0, 20), allow: 'GET, POST, PATCH, PUT, DELETE' });
      }
    },
  };
}
