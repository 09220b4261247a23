// What clients write, read by fuzz: good bodies with something changed in them, and noise. A draft or a Problem, and nothing else.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { readBatch, splitUrl, withReferences } from './batch.ts';
import { checkNames } from './changes.ts';
import { readDataArray } from './data-array.ts';
import { DraftReader } from './drafts.ts';
import { entitySets } from './model.ts';
import { readAddress, readPath } from './path.ts';
import { checkNesting } from './service.ts';
import { readTopic } from './updates.ts';

const known = { protocols: ['mqtt'], streams: ['a/b'] };
const geojson = 'application/geo+json';
const point = { type: 'Point', coordinates: [123.4, 41.8] };
const words = { name: 'x', description: 'y' };
const series = {
  ...words,
  unitOfMeasurement: { name: 'm', symbol: 'm', definition: 'ucum:m' },
  ObservedProperty: { '@iot.id': 'z' },
  Thing: { '@iot.id': 1 },
  Observations: [{ result: 1 }],
};
const place = { ...words, encodingType: geojson, location: point, Things: [{ '@iot.id': 1 }] };
const good = {
  Things: {
    ...words,
    properties: { adcode: '210102', device: { protocol: 'mqtt', id: 'a' }, limits: { z: { warning: 1 } } },
    Locations: [place],
    Datastreams: [series],
  },
  Locations: place,
  HistoricalLocations: { time: '2026-01-01T00:00:00Z', Thing: { '@iot.id': 1 }, Locations: [place] },
  Datastreams: {
    ...series,
    Sensor: { ...words, encodingType: 'text/plain', metadata: 'm' },
    properties: { period: 'hour', statistic: 'mean', a: 1 },
  },
  Sensors: { ...words, encodingType: 'text/plain', metadata: { a: [1] }, Datastreams: [series] },
  ObservedProperties: { ...words, definition: 'urn:x:z', properties: { a: 1 }, Datastreams: [] },
  FeaturesOfInterest: {
    ...words,
    encodingType: geojson,
    feature: {
      type: 'Polygon',
      coordinates: [
        [
          [123, 41],
          [124, 41],
          [124, 42],
          [123, 41],
        ],
      ],
    },
    Observations: [],
  },
} as const;
type Set = keyof typeof good;
const sets = entitySets.filter((set) => set !== 'Observations') as Set[];

/** Somewhere in it a value is another, or a name is gone. */
function changed(value: unknown, path: readonly number[], other: unknown): unknown {
  const [turn, ...rest] = path;
  if (turn === undefined || typeof value !== 'object' || value === null) return other;
  if (Array.isArray(value))
    return value.map((one, index) => (index === turn % Math.max(value.length, 1) ? changed(one, rest, other) : one));
  const names = Object.keys(value);
  const name = names[turn % Math.max(names.length, 1)];
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) =>
      key !== name ? [[key, one]] : other === undefined && rest.length === 0 ? [] : [[key, changed(one, rest, other)]],
    ),
  );
}
const other = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom<unknown>(undefined, '\u0000', '\ud800', Number.POSITIVE_INFINITY, -1, { '@iot.id': {} }, { toString: 1 }, [[]], {
    type: 'Feature',
    geometry: null,
  }),
);
const wild = <T>(value: T) =>
  fc.tuple(fc.array(fc.nat(9), { minLength: 1, maxLength: 4 }), other).map(([path, what]) => changed(value, path, what));
const problemOnly = (work: () => unknown): boolean => {
  try {
    work();
    return true;
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return false;
  }
};

describe('§10.2 drafts', () => {
  test.each(sets)('%s: the good one is read', (set) => {
    expect(new DraftReader(known).read(set, good[set]).set).toBe(set);
  });
  test.each(sets)('%s: changed anywhere, a draft or a Problem', (set) => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(wild(good[set]), (body) => {
        const asBody = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
        if (problemOnly(() => new DraftReader(known).read(set, asBody))) taken++;
        else refused++;
        problemOnly(() => checkNames(set, asBody));
      }),
      { numRuns: 400 },
    );
    expect([taken > 0, refused > 0]).toEqual([true, true]);
  });
  test('an entity in an entity in an entity …: refused, not followed for ever', () => {
    let body: Record<string, unknown> = { ...words };
    for (let depth = 0; depth < 30; depth++) body = depth % 2 === 0 ? { ...place, Things: [body] } : { ...words, Locations: [body] };
    expect(() => new DraftReader(known).read('Locations', body)).toThrow(Problem);
    let deep: unknown = 1;
    for (let depth = 0; depth < 100_000; depth++) deep = [deep];
    expect(() => checkNesting(deep)).toThrow(Problem);
  });
});

describe('§11 and §13 batches and data arrays', () => {
  const requests = {
    requests: [
      {
        id: 'a',
        method: 'post',
        url: 'Things',
        body: { x: { '@iot.id': '$b' } },
        atomicityGroup: 'g',
        dependsOn: [],
        headers: { 'Content-Type': 'x' },
      },
      { id: 'b', method: 'get', url: '$a/Datastreams?$top=1' },
    ],
  };
  const arrays = [
    {
      Datastream: { '@iot.id': 1 },
      components: ['result', 'phenomenonTime', 'FeatureOfInterest/id'],
      'dataArray@iot.count': 1,
      dataArray: [[1, '2026-01-01T00:00:00Z', 5]],
    },
  ];
  test('changed anywhere: read, or a Problem', () => {
    expect(readBatch(requests)).toHaveLength(2);
    expect(readDataArray(arrays)).toEqual([
      { datastream: 1, body: { result: 1, phenomenonTime: '2026-01-01T00:00:00Z', FeatureOfInterest: { '@iot.id': 5 } } },
    ]);
    fc.assert(
      fc.property(wild(requests), wild(arrays), (batch, array) => {
        problemOnly(() => readBatch(batch));
        problemOnly(() => readDataArray(array));
      }),
      { numRuns: 1000 },
    );
  });
  const root = 'http://h:1/sta/v1.1';
  const references = new Map([['thing1', { path: 'Things(7)', id: 7 }]]);
  test.each([
    ['$thing1/Datastreams?$top=1&$filter=name%20eq%20%27x%27', 'Things(7)/Datastreams', { $top: '1', $filter: "name eq 'x'" }],
    [`${root}/Things(1)`, 'Things(1)', {}],
    ['/sta/v1.1/Things', 'Things', {}],
    ['$other/Datastreams', '$other/Datastreams', {}],
    ["ObservedProperties('a%27%27b')", "ObservedProperties('a''b')", {}],
  ])('%s', (url, path, query) => {
    expect(splitUrl(url, root, references)).toEqual({ path, query });
  });
  test('references stand for ids, wherever they are, and nothing else does', () => {
    expect(withReferences({ Thing: { '@iot.id': '$thing1' }, list: [{ '@iot.id': '$x' }], name: '$thing1' }, references)).toEqual({
      Thing: { '@iot.id': 7 },
      list: [{ '@iot.id': '$x' }],
      name: '$thing1',
    });
  });
});

test('paths, addresses and topics: read, or a Problem', () => {
  const piece = fc.constantFrom(
    'Things',
    '(1)',
    "('a''b/c')",
    '/',
    '$ref',
    '$value',
    'Datastreams',
    'properties',
    '?$select=',
    'name',
    '?',
    '&',
    '__proto__',
    'constructor',
    "'",
    '(',
    ')',
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map((parts) => parts.join('')),
      ),
      (text) => {
        problemOnly(() => readPath(text));
        problemOnly(() => readTopic(`v1.1/${text}`));
        readAddress(text);
        problemOnly(() => splitUrl(text, 'http://h/sta/v1.1', new Map()));
      },
    ),
    { numRuns: 2000 },
  );
});
