// Parameters: what fits is typed, what does not fit is named with what is allowed; no input throws anything else.
import fc from 'fast-check';
import { Type } from 'typebox';
import { describe, expect, test } from 'vitest';
import { bboxOf, instantOf, readBody, readParameters, timeText } from './parameters.ts';
import { Problem } from './problem.ts';
import { type Route, routes } from './routes.ts';

const schema = routes.history.query;
function problemOf(work: () => unknown): Problem {
  try {
    work();
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

describe('parameters', () => {
  test('texts become what the schema wants, defaults are filled in', () => {
    expect(readParameters(schema, { datastream: '7', bucket: '900', from: '2026-11-24T00:00:00+08:00' })).toEqual({
      datastream: 7,
      bucket: 900,
      from: '2026-11-24T00:00:00+08:00',
      limit: 2000,
    });
    expect(readParameters(schema, { datastream: '7', bucket: 'auto' })).toMatchObject({ bucket: 'auto' });
    expect(readParameters(routes.alarms.query, { open: 'true' })).toMatchObject({ open: true });
  });
  test.each([
    [{}, 'datastream'],
    [{ datastream: 'x' }, 'datastream'],
    [{ datastream: '0' }, 'datastream'],
    [{ datastream: ['1', '2'] }, 'datastream'],
    [{ datastream: '1', limit: '10001' }, 'limit'],
    [{ datastream: '1', bucket: '3' }, 'bucket'],
    [{ datastream: '1', from: '2026-11-24' }, 'from'],
    [{ datastream: '1', from: '2026-11-24T00:00:00' }, 'from'],
    [{ datastream: '1', colour: 'red' }, 'colour'],
    [{ datastream: '1', cursor: "1'; drop" }, 'cursor'],
  ])('refuses %j by the name of %s', (given, name) => {
    const problem = problemOf(() => readParameters(schema, given));
    expect(problem.code).toBe('bad-parameter');
    expect(problem.details['name']).toBe(name);
    expect(String(problem.details['allowed']).length).toBeGreaterThan(2);
  });
  test('any query of any route gives values or a Problem', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.constant(undefined), fc.array(fc.string()), fc.object());
    for (const route of Object.values(routes) as Route[]) {
      const { query } = route;
      if (!query) continue;
      const name = fc.oneof(fc.constantFrom(...Object.keys(query.properties), '__proto__', 'x'), fc.string());
      fc.assert(
        fc.property(fc.dictionary(name, value), (given) => {
          try {
            readParameters(query, given);
          } catch (error) {
            expect(error).toBeInstanceOf(Problem);
          }
        }),
        { numRuns: 50 },
      );
    }
  });
  test('days that are none, boxes that are none', () => {
    expect(problemOf(() => instantOf('at', '2026-02-30T00:00:00Z')).code).toBe('bad-parameter');
    expect(problemOf(() => instantOf('at', '2026-13-01T00:00:00Z')).code).toBe('bad-parameter');
    expect(instantOf('at', '2024-02-29T08:00:00+08:00')).toBe(Date.UTC(2024, 1, 29));
    expect(bboxOf('bbox', '122,41,123,42')).toEqual([122, 41, 123, 42]);
    for (const text of ['123,41,122,42', '122,43,123,42', '-181,41,122,42'])
      expect(problemOf(() => bboxOf('bbox', text)).code).toBe('bad-parameter');
  });
  test('times go out in RFC 3339 with the offset of Asia/Shanghai and come back the same', () => {
    expect(timeText(Date.UTC(2026, 10, 23, 19, 7, 42))).toBe('2026-11-24T03:07:42.000+08:00');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: Date.UTC(2100, 0) }), (instant) => {
        expect(instantOf('t', timeText(instant))).toBe(instant);
      }),
    );
  });
  test('bodies', () => {
    const body = Type.Object({ name: Type.String() }, { additionalProperties: false });
    expect(readBody(body, { name: 'x' })).toEqual({ name: 'x' });
    for (const given of [undefined, null, {}, { name: 1 }, { name: 'x', y: 1 }, []])
      expect(problemOf(() => readBody(body, given)).code).toBe('bad-body');
  });
});
