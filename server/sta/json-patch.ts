// JSON Patch on one JSON object: add, remove, replace, move, copy, test.
//
// Source: RFC 6902 §4 (operations), RFC 6901 (pointers); 18-088 §10.3.2 (PATCH with application/json-patch+json).
import { Problem } from '../../contracts/problem.ts';

type Json = Record<string, unknown>;
const bad = (reason: string): Problem => new Problem('bad-body', { reason: `JSON Patch：${reason}` });
const mostOperations = 100;

function pointer(value: unknown): string[] {
  if (typeof value !== 'string' || value.length > 500 || (value !== '' && !value.startsWith('/'))) throw bad('路径应为 /a/b');
  return value
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
}
/** RFC 6901 §4: digits without a leading zero; '-' is behind the last. */
function indexOf(step: string, list: readonly unknown[], most: number): number {
  const index = step === '-' ? list.length : /^(0|[1-9]\d{0,6})$/.test(step) ? Number(step) : Number.NaN;
  if (!(index <= most)) throw bad(`没有 ${step}`);
  return index;
}
function get(root: unknown, path: readonly string[]): unknown {
  let at = root;
  for (const step of path) {
    if (Array.isArray(at)) at = at[indexOf(step, at, at.length - 1)];
    else if (typeof at === 'object' && at !== null && Object.hasOwn(at, step)) at = (at as Json)[step];
    else throw bad(`没有 /${path.join('/')}`);
  }
  return at;
}
function put(root: Json, path: readonly string[], value: unknown, replace: boolean): void {
  const last = path.at(-1);
  if (last === undefined) throw bad('整个实体用 PUT');
  const parent = get(root, path.slice(0, -1));
  if (Array.isArray(parent)) {
    if (replace) parent[indexOf(last, parent, parent.length - 1)] = value;
    else parent.splice(indexOf(last, parent, parent.length), 0, value);
  } else if (typeof parent === 'object' && parent !== null) {
    if (replace && !Object.hasOwn(parent, last)) throw bad(`没有 /${path.join('/')}`);
    // An own property, whatever its name: __proto__ is data like any other.
    Object.defineProperty(parent, last, { value, writable: true, enumerable: true, configurable: true });
  } else throw bad(`/${path.join('/')} 不在对象或数组里`);
}
function take(root: Json, path: readonly string[]): unknown {
  const last = path.at(-1);
  if (last === undefined) throw bad('整个实体用 DELETE');
  const parent = get(root, path.slice(0, -1));
  const value = get(root, path);
  if (Array.isArray(parent)) parent.splice(indexOf(last, parent, parent.length - 1), 1);
  else delete (parent as Json)[last];
  return value;
}
function equal(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [one, two] = [Object.keys(a), Object.keys(b)];
  return one.length === two.length && one.every((key) => Object.hasOwn(b, key) && equal((a as Json)[key], (b as Json)[key]));
}

/** A changed copy; all of it or none. @throws Problem bad-body | conflict (a test that fails) */
export function applyJsonPatch(before: Readonly<Json>, patch: unknown): Json {
  if (!Array.isArray(patch) || patch.length > mostOperations) throw bad(`应为至多 ${mostOperations} 项操作的数组`);
  const root = structuredClone(before) as Json;
  for (const each of patch as unknown[]) {
    if (typeof each !== 'object' || each === null) throw bad('操作应为对象');
    const { op, path, from, value } = each as Json;
    const to = pointer(path);
    if ((op === 'add' || op === 'replace' || op === 'test') && value === undefined) throw bad(`${op} 缺 value`);
    if (op === 'add') put(root, to, structuredClone(value), false);
    else if (op === 'replace') put(root, to, structuredClone(value), true);
    else if (op === 'remove') take(root, to);
    else if (op === 'copy') put(root, to, structuredClone(get(root, pointer(from))), false);
    else if (op === 'move') {
      const source = pointer(from);
      if (to.length > source.length && source.every((step, index) => step === to[index])) throw bad('不能移入自身');
      put(root, to, take(root, source), false);
    } else if (op === 'test') {
      if (!equal(get(root, to), value)) throw new Problem('conflict', { what: `JSON Patch test /${to.join('/')}` });
    } else throw bad(`没有操作 ${(JSON.stringify(op) ?? '').slice(0, 20)}`);
    // copy can double it with every step.
    if (JSON.stringify(root).length > 200_000) throw bad('结果过大');
  }
  return root;
}
