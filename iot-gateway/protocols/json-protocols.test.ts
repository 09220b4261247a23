// The two JSON roads, MQTT topics and SensorThings POSTs: fixtures as data, and bytes nobody meant.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identityOf } from '../../contracts/observation.ts';
import type { Protocol } from '../../contracts/protocol.ts';
import { leaves } from '../json-leaves.ts';
import { checkTime } from '../moment.ts';
import { readFixtures } from './fixtures/fixtures.file.ts';
import { carriesReadings, mqtt } from './mqtt.ts';
import { sta } from './sta.ts';

const received = Date.parse('2026-11-24T08:00:10+08:00');
const bytesOf = (value: unknown): Uint8Array => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

for (const protocol of [mqtt, sta] as unknown as readonly Protocol[]) {
  describe(`fixtures of ${protocol.id}`, () => {
    const fixtures = readFixtures(protocol.id);
    it('reads them all', () => expect(fixtures.length).toBeGreaterThanOrEqual(5));
    for (const { name, what, frames, expected } of fixtures) {
      it(`${name}: ${what}`, () => {
        const results = frames.map((frame) => {
          const decoded = protocol.decode(null, { ...frame, protocol: protocol.id });
          return {
            device: decoded.device,
            problem: decoded.problem && `${decoded.problem.code}: ${decoded.problem.zh}`,
            answer: decoded.answer,
            readings: decoded.readings.map((reading) => ({ ...reading, phenomenonTime: new Date(reading.phenomenonTime).toISOString() })),
            refused: decoded.refused.map(({ property, problem }) => `${property}: ${problem.zh}`),
          };
        });
        expect(results).toEqual(expected);
      });
    }
  });

  describe(`any bytes to ${protocol.id}`, () => {
    const address = fc.constantFrom(
      'devices/a/telemetry',
      'v1.1/Datastreams(1)/Observations',
      '/sta/v1.1/Datastreams(1)/Observations',
      '/sta/v1.1/Observations',
      "/sta/v1.1/Observations('1:1763942400000:-12')",
      'v1.1/Observations',
      'devices//telemetry',
      '',
    );
    const json = fc.oneof(
      fc.json().map(bytesOf),
      fc.uint8Array({ maxLength: 200 }),
      fc
        .record(
          {
            time: fc.anything(),
            values: fc.dictionary(fc.string(), fc.anything()),
            position: fc.anything(),
            flags: fc.anything(),
            sequence: fc.anything(),
            result: fc.anything(),
            phenomenonTime: fc.oneof(fc.anything(), fc.constantFrom('2026-01-01T00:00:00Z/2026-01-02T00:00:00Z', '2026-01-01T00:00:00Z/')),
            resultTime: fc.anything(),
            validTime: fc.anything(),
            parameters: fc.anything(),
            resultQuality: fc.anything(),
            withdrawn: fc.boolean(),
            FeatureOfInterest: fc.anything(),
            Datastream: fc.anything(),
          },
          { requiredKeys: [] },
        )
        .map((value) => bytesOf(JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? Number(part) : part)) ?? '')),
    );
    it('never throws, and what it reads is fit to store', () => {
      fc.assert(
        fc.property(address, json, (where, bytes) => {
          const frame = { protocol: protocol.id, address: where, received, bytes };
          const decoded = protocol.decode(null, frame);
          protocol.inspect(frame);
          for (const reading of decoded.readings) {
            expect(reading.result === null || Number.isFinite(reading.result)).toBe(true);
            expect(reading.property).toMatch(/^[\w.:-]+$/);
            expect(reading.phenomenonTime).toBeLessThanOrEqual(received + 600_000);
            expect(reading.flag ?? '').not.toMatch(/\p{Cc}/u);
            expect(Number.isInteger(identityOf(reading))).toBe(true);
          }
        }),
        { numRuns: 500 },
      );
    });
    it('survives deep nesting', () => {
      const bytes = bytesOf('['.repeat(60_000));
      expect(protocol.decode(null, { protocol: protocol.id, address: 'devices/a/telemetry', received, bytes }).problem?.code).toBe(
        'malformed-frame',
      );
      protocol.inspect({ protocol: protocol.id, address: '', received, bytes });
    });
  });
}

describe('telemetry', () => {
  const decode = (value: unknown, topic = 'devices/v-1/telemetry') =>
    mqtt.decode(null, { protocol: 'mqtt', address: topic, received, bytes: bytesOf(value) });
  it('gives back what was put in', () => {
    const values = fc.dictionary(
      fc.stringMatching(/^[a-z]\d{5}$/),
      fc.oneof(fc.constant(null), fc.double({ noNaN: true, noDefaultInfinity: true })),
      {
        maxKeys: 20,
      },
    );
    fc.assert(
      fc.property(values, fc.integer({ min: 946_684_800_000, max: received }), (given, time) => {
        const decoded = decode({ time, values: given });
        expect(decoded.problem).toBeNull();
        expect(Object.fromEntries(decoded.readings.map(({ property, result }) => [property, result]))).toEqual(
          JSON.parse(JSON.stringify(given)),
        );
        expect(new Set(decoded.readings.map((reading) => reading.phenomenonTime))).toEqual(new Set(decoded.readings.length ? [time] : []));
      }),
    );
  });
  it('takes 256 values at most', () => {
    const many = (n: number) => ({ values: Object.fromEntries(Array.from({ length: n }, (_, i) => [`p${i}`, i])) });
    expect(decode(many(256)).readings).toHaveLength(256);
    expect(decode(many(257)).problem?.code).toBe('malformed-frame');
  });
  it.each([
    ['devices/a/telemetry', true],
    ['v1.1/Datastreams(1)/Observations', true],
    ['devices/a/b/telemetry', false],
    ['devices/a/commands', false],
    ['devices/a\u0000/telemetry', false],
    ['v1.1/Datastreams(x)/Observations', false],
    ['$SYS/devices/a/telemetry', false],
  ])('topic %s carries readings: %s', (topic, carries) => expect(carriesReadings(topic)).toBe(carries));
});

describe('checkTime', () => {
  it('believes up to ten minutes ahead, and nothing before 2000', () => {
    expect(checkTime(received + 600_000, received)).toBe(received + 600_000);
    expect(checkTime(received + 600_001, received)).toMatchObject({ code: 'bad-time' });
    expect(checkTime(946_684_800_000, received)).toBe(946_684_800_000);
    expect(checkTime(946_684_799_999, received)).toMatchObject({ code: 'bad-time' });
    expect(checkTime(Number.NaN, received)).toMatchObject({ code: 'bad-time' });
  });
});

describe('leaves', () => {
  it('stand where they say', () => {
    const bytes = bytesOf('{"values": {"水位": 41.2, "q":null}, "position":[123.4, 41.8], "时":"2026\\u0020x"}');
    expect(leaves(bytes).map(({ path, value, range }) => [path, value, new TextDecoder().decode(bytes.subarray(...range))])).toEqual([
      ['values.水位', '41.2', '41.2'],
      ['values.q', 'null', 'null'],
      ['position[0]', '123.4', '123.4'],
      ['position[1]', '41.8', '41.8'],
      ['时', '2026 x', '"2026\\u0020x"'],
    ]);
  });
  it('are as many as JSON has', () => {
    const count = (value: unknown): number =>
      typeof value === 'object' && value !== null ? Object.values(value).reduce((sum: number, part) => sum + count(part), 0) : 1;
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(leaves(bytesOf(JSON.stringify(value)))).toHaveLength(count(value));
      }),
    );
  });
});
