// From the tree of a $filter or $orderby to SQL: every word of the client is a parameter, every name one of ours.
//
// Null is what OData 4.0 §5.1.1.1 has it: `x eq null` asks for it, any other comparison with it is false, and `ne` holds against it. A path
// through to-many navigations holds when one of what it leads to fits (as FROST-Server joins): all paths of one filter share these joins.
// Source: OGC SensorThings API 1.1 (OGC 18-088) §9.3.3.5.
import { Problem } from '../../contracts/problem.ts';
import type { Comparison, Expression, Path } from './filter.ts';
import { type Form, functionNamed } from './functions.ts';
import { attributeKind, type EntitySet, type Kind, model, navigation } from './model.ts';
import { readObservationId } from './observation-id.ts';
import type { Parameters } from './parameters.ts';
import { follow, selectOf } from './sources.ts';
import { checkWkt } from './wkt.ts';

interface Value {
  readonly kind: Kind;
  readonly sql: string;
  /** End of a period; the same as sql where it is an instant. */
  readonly to?: string;
  /** What it was written as. */
  readonly literal?: Expression;
}
const titles: Readonly<Record<Kind, string>> = {
  number: '数',
  text: '带引号的文字',
  bool: '真假',
  time: 'RFC 3339 时刻，带时区（+ 写作 %2B）',
  period: '时刻或时段',
  geo: "位置，如 geography'POINT (123.4 41.8)'",
  json: '任意',
  date: '日期',
  clock: '时刻 HH:MM:SS',
  duration: "时长，如 duration'PT1H'",
  null: 'null',
};
const signs: Readonly<Record<Comparison, string>> = { eq: '=', ne: '<>', gt: '>', ge: '>=', lt: '<', le: '<=' };
const isComparison = (op: string): op is Comparison => Object.hasOwn(signs, op);

/** One expression over rows of `alias`. */
export class Compiler {
  readonly #q: Parameters;
  readonly #set: EntitySet;
  readonly #alias: string;
  readonly #name: string;
  readonly #joins = new Map<string, { alias: string; sql: string }>();

  constructor(q: Parameters, set: EntitySet, alias: string, name: '$filter' | '$orderby') {
    this.#q = q;
    this.#set = set;
    this.#alias = alias;
    this.#name = name;
  }

  /** A boolean for WHERE. @throws Problem bad-parameter */
  condition(expression: Expression): string {
    const value = this.#compile(expression);
    const sql = this.#boolean(value, expression);
    if (this.#joins.size === 0) return `(${sql})`;
    return `EXISTS (SELECT 1 FROM (SELECT 1) one ${this.#joined()} WHERE ${sql})`;
  }
  /** A value to sort by; over navigations to one. @throws Problem bad-parameter */
  sortKey(expression: Expression): string {
    const value = this.#compile(expression);
    if (value.kind === 'geo' || value.kind === 'null') throw this.#wrong(textOf(expression), '可排序的值');
    const sql = value.kind === 'json' ? `(${value.sql})` : value.kind === 'text' ? `(${value.sql}) COLLATE "C"` : value.sql;
    return this.#joins.size === 0 ? sql : `(SELECT ${sql} FROM (SELECT 1) one ${this.#joined()} LIMIT 1)`;
  }

  #joined(): string {
    return [...this.#joins.values()].map(({ alias, sql }) => `LEFT JOIN LATERAL (${sql}) ${alias} ON true`).join(' ');
  }
  #wrong(given: string, allowed: string): Problem {
    return new Problem('bad-parameter', { name: this.#name, given: given.slice(0, 60), allowed });
  }
  #boolean(value: Value, expression: Expression): string {
    if (value.kind === 'json') return `coalesce(${asKind(value, 'bool')}, false)`;
    if (value.kind !== 'bool') throw this.#wrong(textOf(expression), '真假，如一个比较');
    return value.sql;
  }

  #compile(e: Expression): Value {
    switch (e.op) {
      case 'literal':
        return this.#literal(e);
      case 'path':
        return this.#path(e);
      case 'call':
        return this.#call(e);
      case 'not':
        return { kind: 'bool', sql: `NOT coalesce(${this.#boolean(this.#compile(e.of), e.of)}, false)` };
      case 'minus': {
        const value = this.#compile(e.of);
        if (value.kind === 'duration') return { kind: 'duration', sql: `(- ${value.sql})` };
        return { kind: 'number', sql: `(- ${this.#cast(value, 'number', e.of)})` };
      }
      case 'and':
      case 'or': {
        const [left, right] = [this.#boolean(this.#compile(e.left), e.left), this.#boolean(this.#compile(e.right), e.right)];
        return { kind: 'bool', sql: `(${left} ${e.op === 'and' ? 'AND' : 'OR'} ${right})` };
      }
      default:
        return isComparison(e.op) ? this.#compare(e.op, e.left, e.right) : this.#arithmetic(e.op, e.left, e.right);
    }
  }

  #literal(e: Extract<Expression, { op: 'literal' }>): Value {
    const { kind, value } = e;
    const iso = (instant: unknown): string => new Date(instant as number).toISOString();
    switch (kind) {
      case 'number':
        return { kind, sql: this.#q.add(value, 'float8'), literal: e };
      case 'bool':
        return { kind, sql: value ? 'true' : 'false', literal: e };
      case 'time':
        return { kind, sql: this.#q.add(iso(value), 'timestamptz'), literal: e };
      case 'period':
        return { kind, sql: this.#q.add(iso(value), 'timestamptz'), to: this.#q.add(iso(e.to), 'timestamptz'), literal: e };
      case 'geo':
        return { kind, sql: `ST_GeomFromText(${this.#q.add(checkWkt(String(value)), 'text')}, 4490)`, literal: e };
      case 'date':
        return { kind, sql: this.#q.add(value, 'date'), literal: e };
      case 'clock':
        return { kind, sql: this.#q.add(value, 'time'), literal: e };
      case 'duration':
        return { kind, sql: this.#q.add(value, 'interval'), literal: e };
      case 'null':
        return { kind, sql: 'NULL', literal: e };
      default:
        return { kind: 'text', sql: this.#q.add(value, 'text'), literal: e };
    }
  }

  /** The alias that a chain of navigations ends at. */
  #through(steps: readonly string[]): string {
    let alias = this.#alias;
    let set = this.#set;
    steps.forEach((step, index) => {
      const key = steps.slice(0, index + 1).join('/');
      const to = navigation(set, step)?.to as EntitySet;
      let join = this.#joins.get(key);
      if (!join) {
        if (this.#name === '$orderby' && navigation(set, step)?.many) throw this.#wrong(key, '只经过单个对象的导航');
        join = { alias: this.#q.alias(), sql: selectOf(follow(this.#q, set, step, alias)) };
        this.#joins.set(key, join);
      }
      alias = join.alias;
      set = to;
    });
    return alias;
  }
  #path(path: Path): Value {
    const alias = this.#through(path.through);
    const { set, attribute } = path;
    if (attribute === 'id') return { kind: model[set].id, sql: model[set].id === 'number' ? `${alias}.id::float8` : `${alias}.id` };
    const kind = attributeKind(set, attribute) as Kind;
    const column = `${alias}."${attribute}"`;
    if (kind === 'geo') return { kind, sql: `${alias}.geom` };
    if (kind === 'period') return { kind, sql: column, to: `coalesce(${alias}."${attribute}_to", ${column})` };
    if (kind !== 'json') return { kind, sql: column };
    return { kind, sql: path.inner.length === 0 ? column : `(${column} #> ${this.#q.add([...path.inner], 'text[]')})` };
  }

  /** A value as a kind. @throws Problem when it is of another */
  #cast(value: Value, kind: Kind, e: Expression): string {
    if (value.kind === kind) return value.sql;
    if (value.kind === 'json') return asKind(value, kind);
    if (value.kind === 'null') return 'NULL';
    if (kind === 'time' && value.kind === 'period') return value.sql;
    // A day stands for its beginning, in UTC as every part of a moment.
    if (kind === 'time' && value.kind === 'date') return `(${value.sql}::timestamp AT TIME ZONE 'UTC')`;
    if (kind === 'time' && isTimeText(value)) return `(${value.sql})::timestamptz`;
    throw this.#wrong(textOf(e), titles[kind]);
  }
  #period(value: Value, e: Expression): { from: string; to: string } {
    if (value.kind === 'period') return { from: value.sql, to: value.to as string };
    const from = this.#cast(value, 'time', e);
    return { from, to: from };
  }

  /** Parameters are written `$7::type`, so the `$1` of a form cannot be taken for one. */
  #call(e: Extract<Expression, { op: 'call' }>): Value {
    const form = functionNamed(e.name)?.forms.find(({ takes }) => takes.length === e.args.length) as Form;
    const values = e.args.map((arg) => this.#compile(arg));
    if (e.name === 'st_relate') {
      const pattern = values[2]?.literal;
      if (pattern?.op !== 'literal' || !/^[012TF*]{9}$/i.test(String(pattern.value)))
        throw this.#wrong(textOf(e.args[2] as Expression), "DE-9IM 矩阵，如 'T*F**F***'");
    }
    let sql = form.sql;
    form.takes.forEach((kind, index) => {
      const [value, arg] = [values[index] as Value, e.args[index] as Expression];
      if (kind === 'period') {
        const { from, to } = this.#period(value, arg);
        sql = sql.replaceAll(`$${index + 1}f`, () => from).replaceAll(`$${index + 1}t`, () => to);
      } else sql = sql.replaceAll(new RegExp(`\\$${index + 1}(?!\\d|::)`, 'g'), () => this.#cast(value, kind, arg));
    });
    return { kind: form.gives, sql: `(${sql})` };
  }

  #arithmetic(op: 'add' | 'sub' | 'mul' | 'div' | 'mod', leftOf: Expression, rightOf: Expression): Value {
    const [left, right] = [this.#compile(leftOf), this.#compile(rightOf)];
    const sign = op === 'add' ? '+' : '-';
    if (op === 'add' || op === 'sub') {
      // OData 4.0 §5.1.1.2: moments and durations add up, the difference of two moments is a duration.
      const isTime = (value: Value): boolean => value.kind === 'time' || value.kind === 'period';
      if (isTime(left) && right.kind === 'duration') return { kind: 'time', sql: `(${left.sql} ${sign} ${right.sql})` };
      if (left.kind === 'duration' && right.kind === 'duration') return { kind: 'duration', sql: `(${left.sql} ${sign} ${right.sql})` };
      if (op === 'sub' && isTime(left) && isTime(right)) return { kind: 'duration', sql: `(${left.sql} - ${right.sql})` };
    }
    const [a, b] = [this.#cast(left, 'number', leftOf), this.#cast(right, 'number', rightOf)];
    // Divided by nothing is nothing: false in a comparison, not an error in the middle of a page.
    if (op === 'div') return { kind: 'number', sql: `(${a} / nullif(${b}, 0))` };
    if (op === 'mod') return { kind: 'number', sql: `mod(${a}::numeric, nullif(${b}, 0)::numeric)::float8` };
    return { kind: 'number', sql: `(${a} ${op === 'mul' ? '*' : sign} ${b})` };
  }

  #compare(op: Comparison, leftOf: Expression, rightOf: Expression): Value {
    const bool = (sql: string): Value => ({ kind: 'bool', sql });
    const byId = this.#byId(op, leftOf, rightOf) ?? this.#byId(op, rightOf, leftOf);
    if (byId !== null) return bool(byId);
    const [left, right] = [this.#compile(leftOf), this.#compile(rightOf)];
    if (left.kind === 'null' || right.kind === 'null') {
      if (op !== 'eq' && op !== 'ne') return bool('false');
      if (left.kind === right.kind) return bool(op === 'eq' ? 'true' : 'false');
      const value = left.kind === 'null' ? right : left;
      const sql = value.kind === 'json' ? `nullif(${value.sql}, 'null')` : value.sql;
      return bool(`${sql} IS ${op === 'eq' ? '' : 'NOT '}NULL`);
    }
    if (left.kind === 'geo' || right.kind === 'geo') throw this.#wrong(textOf(leftOf), 'st_equals、st_within 等函数');
    const kind = commonKind(left, right);
    const [a, b] = [this.#cast(left, kind, leftOf), this.#cast(right, kind, rightOf)];
    if (kind === 'text' && op !== 'eq' && op !== 'ne') return bool(`${a} COLLATE "C" ${signs[op]} ${b} COLLATE "C"`);
    if (kind === 'period' && (op === 'eq' || op === 'ne')) {
      const [one, two] = [this.#period(left, leftOf), this.#period(right, rightOf)];
      const same = `(${one.from} = ${two.from} AND ${one.to} = ${two.to})`;
      return bool(op === 'eq' ? same : `NOT coalesce(${same}, false)`);
    }
    // Two nulls are equal; beside a literal a plain `=` says the same and uses an index.
    if (op === 'eq' && !left.literal && !right.literal) return bool(`${a} IS NOT DISTINCT FROM ${b}`);
    return bool(distinct(op, a, b));
  }
  /** Ids that are words: an Observation's by the columns of its key, and so by its index; a number as an address writes it, Sensors(5). */
  #byId(op: Comparison, idOf: Expression, given: Expression): string | null {
    if (idOf.op !== 'path' || idOf.attribute !== 'id' || given.op !== 'literal' || model[idOf.set].id !== 'text') return null;
    if (given.kind !== 'text' && given.kind !== 'number') return null;
    const value = String(given.value);
    if (op !== 'eq' && op !== 'ne') return given.kind === 'text' ? null : distinct(op, this.#path(idOf).sql, this.#q.add(value, 'text'));
    if (idOf.set !== 'Observations') return distinct(op, this.#path(idOf).sql, this.#q.add(value, 'text'));
    const key = readObservationId(value);
    if (!key) return op === 'eq' ? 'false' : 'true';
    const alias = this.#through(idOf.through);
    const time = this.#q.add(new Date(key.phenomenonTime).toISOString(), 'timestamptz');
    const same = `(${alias}.datastream = ${this.#q.add(key.datastream, 'int')} AND ${alias}.phenomenon_time = ${time} AND ${alias}.identity = ${this.#q.add(key.identity, 'int')})`;
    return op === 'eq' ? same : `NOT coalesce(${same}, false)`;
  }
}

const distinct = (op: Comparison, a: string, b: string): string => (op === 'ne' ? `${a} IS DISTINCT FROM ${b}` : `${a} ${signs[op]} ${b}`);

/** What two values are compared as; the kind of the other where one is JSON. The start of a period stands for it in gt, ge, lt, le. */
function commonKind(left: Value, right: Value): Kind {
  if (left.kind === 'json' && right.kind === 'json') return 'json';
  if (left.kind === 'json') return right.kind === 'period' ? 'time' : right.kind;
  if (right.kind === 'json') return left.kind === 'period' ? 'time' : left.kind;
  if (left.kind === 'period' || right.kind === 'period') {
    const other = left.kind === 'period' ? right : left;
    return other.kind === 'period' ? 'period' : 'time';
  }
  if (left.kind === 'time' || right.kind === 'time') return 'time';
  if (left.kind === 'date' || right.kind === 'date') return 'date';
  return left.kind;
}
/** A moment written in quotes is taken for one where one is asked for. */
function isTimeText({ literal }: Value): boolean {
  if (literal?.op !== 'literal' || typeof literal.value !== 'string') return false;
  const { value } = literal;
  return (
    /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(:\d\d(\.\d{1,9})?)?([Zz]|[+-]\d\d:\d\d)$/.test(value) && Number.isFinite(Date.parse(value.toUpperCase()))
  );
}
/** What JSON holds, if it is of a kind; null otherwise. */
function asKind(value: Value, kind: Kind): string {
  const text = `(${value.sql} #>> '{}')`;
  switch (kind) {
    case 'number':
      return `CASE jsonb_typeof(${value.sql}) WHEN 'number' THEN ${text}::float8 END`;
    case 'bool':
      return `CASE jsonb_typeof(${value.sql}) WHEN 'boolean' THEN ${text}::boolean END`;
    case 'text':
      return `CASE jsonb_typeof(${value.sql}) WHEN 'string' THEN ${text} END`;
    case 'time':
    case 'period':
      return `sta_time(${text})`;
    case 'date':
      return `(sta_time(${text}) AT TIME ZONE 'UTC')::date`;
    default:
      return 'NULL';
  }
}
/** For messages. */
function textOf(e: Expression): string {
  if (e.op === 'path') return [...e.through, e.attribute, ...e.inner].join('/');
  if (e.op === 'literal') return String(e.value);
  if (e.op === 'call') return `${e.name}(…)`;
  return e.op;
}

/** The parts of a filter that all have to hold. */
export function conjuncts(e: Expression): Expression[] {
  return e.op === 'and' ? [...conjuncts(e.left), ...conjuncts(e.right)] : [e];
}
/** Every path in it. */
export function pathsOf(e: Expression): Path[] {
  if (e.op === 'path') return [e];
  if (e.op === 'literal') return [];
  if (e.op === 'call') return e.args.flatMap(pathsOf);
  if ('of' in e) return pathsOf(e.of);
  return [...pathsOf(e.left), ...pathsOf(e.right)];
}
