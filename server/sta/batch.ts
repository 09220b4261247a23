// $batch: several requests in one, in their order; a group of creations succeeds as a whole or not at all.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §11; OData JSON Format 4.01 §19 (requests, responses, atomicityGroup, dependsOn, `$id` for what an
// earlier request made). A group with anything but creations of entities is refused: what was changed or observed cannot be taken back unseen.
import { Problem } from '../../contracts/problem.ts';
import { bad, type Json, record } from './bodies.ts';
import type { Made } from './creation.ts';
import { readAddress } from './path.ts';
import { type Asker, checkNesting, type Service, type StaAnswer } from './service.ts';

const mostRequests = 500;

interface Member {
  readonly id: string;
  readonly method: string;
  readonly url: string;
  readonly body: unknown;
  readonly contentType: string;
  readonly group: string | null;
  readonly dependsOn: readonly string[];
}
function readMember(value: unknown): Member {
  const given = record(value, 'requests');
  const text = (name: string, most: number): string => {
    const word = typeof given[name] === 'number' ? String(given[name]) : given[name];
    if (typeof word !== 'string' || word === '' || word.length > most) throw bad(`requests 的 ${name} 应为文字`);
    return word;
  };
  const group = given['atomicityGroup'];
  if (group !== undefined && group !== null && (typeof group !== 'string' || group.length > 100)) throw bad('atomicityGroup 应为文字');
  const dependsOn = given['dependsOn'] ?? [];
  if (!Array.isArray(dependsOn) || dependsOn.length > mostRequests || dependsOn.some((one) => typeof one !== 'string'))
    throw bad('dependsOn 应为 id 的数组');
  const headers = record(given['headers'] ?? {}, 'headers');
  const type = Object.entries(headers).find(([name]) => name.toLowerCase() === 'content-type')?.[1];
  return {
    ...{ id: text('id', 100), method: text('method', 10).toUpperCase(), url: text('url', 8000), body: given['body'] },
    ...{ group: group ?? null, dependsOn: dependsOn as string[], contentType: typeof type === 'string' ? type : 'application/json' },
  };
}
/** @throws Problem bad-body */
export function readBatch(value: unknown): readonly Member[] {
  checkNesting(value);
  const requests = record(value, '$batch')['requests'];
  if (!Array.isArray(requests) || requests.length > mostRequests) throw bad(`requests 应为数组，至多 ${mostRequests} 项`);
  const members = requests.map(readMember);
  if (new Set(members.map(({ id }) => id)).size < members.length) throw bad('requests 的 id 各不相同');
  members.forEach(({ group }, index) => {
    // OData JSON 4.01 §19.1: the members of a group stand together.
    if (
      group !== null &&
      members.findLastIndex((one) => one.group === group) - members.findIndex((one) => one.group === group) >=
        members.filter((one) => one.group === group).length
    )
      throw bad(`atomicityGroup ${group.slice(0, 40)} 的请求应相邻（第 ${index + 1} 项）`);
  });
  return members;
}

/** What an earlier request made, by its `id`: the address below the root, and the id. */
type References = ReadonlyMap<string, { readonly path: string; readonly id: number | string }>;

/** {"@iot.id": "$thing1"} → {"@iot.id": 7}. */
export function withReferences(value: unknown, references: References): unknown {
  if (Array.isArray(value)) return value.map((one) => withReferences(one, references));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const reference =
        name === '@iot.id' && typeof inner === 'string' && inner.startsWith('$') ? references.get(inner.slice(1)) : undefined;
      return [name, reference ? reference.id : withReferences(inner, references)];
    }),
  );
}
/** Path and query of a member's address: Things(1)/Datastreams?$top=1, $thing1/Datastreams, or an address that begins with the root. */
export function splitUrl(
  url: string,
  root: string,
  references: References,
): { readonly path: string; readonly query: Record<string, unknown> } {
  let rest = url;
  for (const prefix of [`${root}/`, '/sta/v1.1/', '/']) {
    if (!rest.startsWith(prefix)) continue;
    rest = rest.slice(prefix.length);
    break;
  }
  const cut = rest.indexOf('?');
  const [before, after] = cut < 0 ? [rest, ''] : [rest.slice(0, cut), rest.slice(cut + 1)];
  const first = /^\$([^/]+)/.exec(before)?.[1];
  const reference = first === undefined ? undefined : references.get(first);
  const query: Record<string, unknown> = {};
  for (const [name, value] of new URLSearchParams(after)) query[name] = Object.hasOwn(query, name) ? [query[name], value] : value;
  try {
    return { path: decodeURIComponent(reference ? before.replace(`$${first}`, () => reference.path) : before), query };
  } catch {
    throw new Problem('bad-parameter', { name: 'url', given: url.slice(0, 60), allowed: '合规的百分号编码' });
  }
}

/** One answer for each request, in their order. @param onDefect what is no Problem: gives the incident that is told */
export async function runBatch(service: Service, asker: Asker, value: unknown, onDefect: (error: unknown) => Problem): Promise<Json> {
  const members = readBatch(value);
  const references = new Map<string, { path: string; id: number | string }>();
  const failed = new Set<string>();
  const responses: Json[] = [];

  const problemOf = (error: unknown): Problem => (error instanceof Problem ? error : onDefect(error));
  const failure = (id: string, problem: Problem): Json => {
    failed.add(id);
    return { id, status: problem.status, body: problem.toJSON() };
  };
  async function run(member: Member): Promise<StaAnswer> {
    const missing = member.dependsOn.find((one) => failed.has(one));
    if (missing !== undefined) throw new Problem('conflict', { what: `所依赖的请求 ${missing.slice(0, 40)} 没有成功` });
    const { path, query } = splitUrl(member.url, asker.root, references);
    if (path === '$batch') throw new Problem('unsupported', { what: '$batch 内的 $batch' });
    return service.handle(asker, { ...member, path, query, body: withReferences(member.body, references) });
  }
  function answered(id: string, answer: StaAnswer): Json {
    const made = answer.location === undefined ? null : readAddress(answer.location);
    if (made) references.set(id, { path: answer.location!.slice(answer.location!.lastIndexOf('/') + 1), id: made.key });
    return {
      ...{ id, status: answer.status },
      ...(answer.location === undefined ? {} : { location: answer.location }),
      ...(answer.text === undefined ? (answer.body === undefined ? {} : { body: answer.body }) : { body: answer.text }),
    };
  }

  async function runGroup(group: readonly Member[]): Promise<void> {
    const answers: Json[] = [];
    const made: Made[] = [];
    for (const member of group) {
      try {
        if (member.method !== 'POST' || /(^|\/)(Observations|CreateObservations)$/.test(splitUrl(member.url, asker.root, references).path))
          throw new Problem('unsupported', { what: `atomicityGroup 中的 ${member.method} ${member.url.slice(0, 40)}：组内只能新建实体` });
        const answer = await run(member);
        made.push(...(answer.made ?? []));
        answers.push(answered(member.id, answer));
      } catch (error) {
        await service.takeBack(asker, made);
        const own = failure(member.id, problemOf(error));
        const others = new Problem('conflict', { what: `同组的请求 ${member.id.slice(0, 40)} 没有成功，全组未生效` });
        responses.push(...group.map((one) => (one === member ? own : failure(one.id, others))));
        for (const { id } of group) references.delete(id);
        return;
      }
    }
    responses.push(...answers);
  }

  for (let at = 0; at < members.length; ) {
    const member = members[at]!;
    if (member.group !== null) {
      const group = members.filter((one) => one.group === member.group);
      await runGroup(group);
      at += group.length;
      continue;
    }
    try {
      responses.push(answered(member.id, await run(member)));
    } catch (error) {
      responses.push(failure(member.id, problemOf(error)));
    }
    at++;
  }
  return { responses };
}
