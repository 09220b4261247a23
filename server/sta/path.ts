// Resource paths of SensorThings: Things(7)/Datastreams(2)/Observations/$ref cut into steps.
//
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.2 (resource paths, usages 1–8).
import { Problem } from '../../contracts/problem.ts';

/** Of the standard's other parts, and not kept here. */
const unkept = /^(MultiDatastreams?|Tasks?|TaskingCapabilit(y|ies)|Actuators?)$/;
const mostSteps = 8;

export interface Step {
  readonly name: string;
  /** As in Things(7) or ObservedProperties('a34004'); null: none. */
  readonly key: string | number | null;
}

/** Steps of a path below /sta/v1.1, decoded. @throws Problem not-found | unsupported */
export function readPath(path: string): readonly Step[] {
  const parts = cutSteps(path).filter((part) => part !== '');
  if (parts.length > mostSteps) throw new Problem('unsupported', { what: `${parts.length} 级路径，至多 ${mostSteps} 级` });
  return parts.map((part) => {
    if (unkept.test(part.split('(')[0] as string)) throw new Problem('unsupported', { what: part.slice(0, 60) });
    const match = /^([$@]?[\p{L}_][\p{L}\p{N}_.-]{0,60})(?:\((?:(\d{1,15})|'((?:[^']|''){1,100})')\))?$/u.exec(part);
    if (!match) throw new Problem('not-found', { what: `/sta/v1.1/${path.slice(0, 100)}` });
    const key = match[2] !== undefined ? Number(match[2]) : match[3] !== undefined ? match[3].replaceAll("''", "'") : null;
    return { name: match[1] as string, key };
  });
}
/** At slashes outside quotes: the key of an entity is a word that may have one. */
function cutSteps(path: string): string[] {
  const parts: string[] = [];
  let [quoted, start] = [false, 0];
  for (let i = 0; i < path.length; i++) {
    if (path[i] === "'") quoted = !quoted;
    else if (path[i] === '/' && !quoted) {
      parts.push(path.slice(start, i));
      start = i + 1;
    }
  }
  return [...parts, path.slice(start)];
}

/** ObservedProperties('a34004'), Things(7). */
export function address(set: string, key: string | number): string {
  return `${set}(${typeof key === 'number' ? key : `'${key.replaceAll("'", "''")}'`})`;
}

/** The entity that an address names: .../Things(7) or Things(7). null: it names none. */
export function readAddress(text: string): { readonly set: string; readonly key: string | number } | null {
  const match = /(?:^|\/)([A-Za-z]{1,30})\((?:(\d{1,15})|'((?:[^']|''){1,100})')\)\/?$/.exec(text);
  if (!match) return null;
  return { set: match[1] as string, key: match[2] !== undefined ? Number(match[2]) : (match[3] as string).replaceAll("''", "'") };
}
