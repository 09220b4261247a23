// Parameters of routes: schemas of the kinds that recur, and reading what a client gave by them. What does not fit is a Problem that names it.
import { type Static, type TObject, type TSchema, Type } from 'typebox';
import { Value } from 'typebox/value';
import type { BBox } from './geo.ts';
import type { Instant } from './observation.ts';
import { Problem } from './problem.ts';

const rfc3339 = '^\\d{4}-\\d{2}-\\d{2}[Tt]\\d{2}:\\d{2}:\\d{2}(\\.\\d{1,9})?([Zz]|[+-]\\d{2}:\\d{2})$';
/** RFC 3339 with an offset, e.g. 2026-11-24T03:07:42+08:00. In a query the + is written %2B. */
export const TimeParameter = Type.String({
  pattern: rfc3339,
  description: 'RFC 3339 时刻，带时区，如 2026-11-24T03:07:42+08:00（查询串中 + 写作 %2B）',
});
export const BBoxParameter = Type.String({
  pattern: '^-?\\d{1,3}(\\.\\d+)?(,-?\\d{1,3}(\\.\\d+)?){3}$',
  description: '西,南,东,北，度（CGCS2000）',
});
/** A word of ours: no control characters, bounded. */
export const TextParameter = (description: string, maxLength = 100) =>
  Type.String({ minLength: 1, maxLength, pattern: '^[^\\u0000-\\u001f]*$', description });
export const IdParameter = (description: string) => Type.Integer({ minimum: 1, maximum: 2_147_483_647, description });
export const LimitParameter = (most: number, usual: number) =>
  Type.Integer({ minimum: 1, maximum: most, default: usual, description: `每页条数 1–${most}，不给为 ${usual}` });
export const CursorParameter = Type.String({ pattern: '^-?\\d{1,15}$', description: '上一页 next 里的 cursor' });

interface Described {
  readonly type?: string;
  readonly description?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Described[];
}
/** What a schema allows, in words. */
function allowedBy(schema: Described | undefined): string {
  if (!schema) return '—';
  if (schema.description) return schema.description;
  if (schema.const !== undefined) return String(schema.const);
  if (schema.enum) return schema.enum.join('、');
  if (schema.anyOf) return schema.anyOf.map(allowedBy).join('、');
  if (schema.minimum !== undefined || schema.maximum !== undefined) return `${schema.minimum ?? ''}–${schema.maximum ?? ''}`;
  return schema.type === 'boolean' ? 'true、false' : (schema.type ?? '—');
}
function printed(given: unknown): string {
  return (typeof given === 'string' ? given : (JSON.stringify(given) ?? String(given))).slice(0, 80);
}

/**
 * The parameters of a query or path by their schema, with defaults. Texts become numbers and booleans where the schema wants them.
 * @throws Problem bad-parameter {name, given, allowed} also for a name that the route does not know
 */
export function readParameters<S extends TObject>(schema: S, given: Readonly<Record<string, unknown>>): Static<S> {
  const properties = schema.properties as Readonly<Record<string, TSchema & Described>>;
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(properties, name))
      throw new Problem('bad-parameter', {
        name: printed(name),
        given: printed(value),
        allowed: Object.keys(properties).join('、') || '无参数',
      });
    if (value !== undefined) values[name] = value;
  }
  for (const [name, property] of Object.entries(properties)) {
    const written = values[name];
    const numeric = property.type === 'integer' || property.type === 'number';
    // A number is written as one: converting would take true for 1.
    if (numeric && typeof written === 'string' && !/^[+-]?\d+(\.\d+)?$/.test(written))
      throw new Problem('bad-parameter', { name, given: printed(written), allowed: allowedBy(property) });
    // Converting nothing would make the text 'undefined', and converting an empty text the number 0.
    const value = written === undefined ? Value.Default(property, undefined) : written === '' ? written : Value.Convert(property, written);
    if (value === undefined) {
      if ((schema.required ?? []).includes(name))
        throw new Problem('bad-parameter', { name, given: '（没有给）', allowed: allowedBy(property) });
      continue;
    }
    if (!Value.Check(property, value))
      throw new Problem('bad-parameter', { name, given: printed(given[name]), allowed: allowedBy(property) });
    values[name] = value;
  }
  return values as Static<S>;
}

/** A request body by its schema. @throws Problem bad-body */
export function readBody<S extends TSchema>(schema: S, body: unknown): Static<S> {
  if (body === undefined || body === null) throw new Problem('bad-body', { reason: '应为 JSON（Content-Type: application/json）' });
  if (Value.Check(schema, body)) return body as Static<S>;
  const [first] = Value.Errors(schema, body) as readonly { instancePath: string; message: string }[];
  throw new Problem('bad-body', { reason: `${first?.instancePath || '内容'} ${first?.message ?? '不合规'}` });
}

/** A time that passed TimeParameter. @throws Problem bad-parameter for a day that is none */
export function instantOf(name: string, text: string): Instant {
  const instant = Date.parse(text);
  // Date.parse turns 31 February into 3 March: the day must come back as given.
  const day = Number(text.slice(8, 10));
  const daysOfMonth = new Date(Date.UTC(Number(text.slice(0, 4)), Number(text.slice(5, 7)), 0)).getUTCDate();
  if (Number.isNaN(instant) || day > daysOfMonth)
    throw new Problem('bad-parameter', { name, given: text, allowed: allowedBy(TimeParameter) });
  return instant;
}

/** A box that passed BBoxParameter. @throws Problem bad-parameter */
export function bboxOf(name: string, text: string): BBox {
  const box = text.split(',').map(Number) as unknown as BBox;
  if (box[0] >= box[2] || box[1] >= box[3] || box[1] < -90 || box[3] > 90 || box[0] < -180 || box[2] > 180)
    throw new Problem('bad-parameter', { name, given: text, allowed: `${allowedBy(BBoxParameter)}，西 < 东，南 < 北` });
  return box;
}

/** A time as every public answer prints it: RFC 3339 with the offset of Asia/Shanghai, which has had no summer time since 1991. */
export function timeText(instant: Instant): string {
  return `${new Date(instant + 8 * 3_600_000).toISOString().slice(0, -1)}+08:00`;
}
