// AIS and NMEA 0183 as ships and shore stations recorded them: every sentence taken, counted by kind. Skipped where the recordings are absent.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cutLines } from './ais/sentence.ts';
import { ais } from './ais.ts';

const folder = '../shared/data/ais/';
const received = Date.parse('2026-11-24T08:00:00+08:00');

interface Counts {
  readonly sentences: number;
  readonly refusedLines: number;
  readonly readings: number;
  readonly devices: number;
  /** Ships that have told their name. */
  readonly named: number;
  readonly problems: Readonly<Record<string, number>>;
  /** Refused readings: positions outside the province, above all. */
  readonly refused: Readonly<Record<string, number>>;
  readonly waiting: number;
  /** Ships with a place in the waters of Liaoning: these were recorded in Massachusetts and Amsterdam, but for one off Qinhuangdao. */
  readonly placed: readonly string[];
}
function play(file: string): Counts {
  const { frames, refused: lines } = cutLines(new Uint8Array(0), new Uint8Array(readFileSync(folder + file)));
  let memory = ais.initial;
  const problems: Record<string, number> = {};
  const refused: Record<string, number> = {};
  const devices = new Set<string>();
  const named = new Set<string>();
  const placed: string[] = [];
  let readings = 0;
  for (const bytes of frames) {
    const decoded = ais.decode(memory, { protocol: 'ais', address: '192.0.2.7:5034#1', received, bytes });
    memory = decoded.memory;
    if (decoded.problem) problems[decoded.problem.code] = (problems[decoded.problem.code] ?? 0) + 1;
    for (const { property, problem } of decoded.refused)
      refused[`${property} ${problem.code}`] = (refused[`${property} ${problem.code}`] ?? 0) + 1;
    readings += decoded.readings.length;
    if (decoded.device) devices.add(decoded.device);
    if (decoded.device && decoded.reported?.['name']) named.add(decoded.device);
    for (const { property, position } of decoded.readings) if (position && property === 'sog') placed.push(`${decoded.device} ${position}`);
  }
  return {
    sentences: frames.length,
    refusedLines: lines.length,
    readings,
    devices: devices.size,
    named: named.size,
    problems,
    refused,
    waiting: memory.fragments.length,
    placed,
  };
}

describe.skipIf(!existsSync(folder))('../shared/data/ais (skipped where absent)', () => {
  it.each<[string, Counts]>([
    [
      'gofree-merrimac.log',
      {
        sentences: 6323,
        refusedLines: 0,
        readings: 7567,
        devices: 172,
        named: 45,
        problems: {},
        refused: { 'position bad-position': 1683 },
        waiting: 0,
        placed: [],
      },
    ],
    [
      'gps.log',
      {
        sentences: 5747,
        refusedLines: 0,
        readings: 7206,
        devices: 1,
        named: 0,
        problems: {},
        refused: { 'position bad-position': 2402 },
        waiting: 0,
        placed: [],
      },
    ],
    [
      'mixed.txt',
      {
        sentences: 21,
        refusedLines: 7,
        readings: 54,
        devices: 11,
        named: 2,
        problems: { unsupported: 1, 'bad-checksum': 2 },
        refused: { 'position bad-position': 10, 'TAG bad-checksum': 2 },
        waiting: 0,
        placed: ['413355820 119.698612,39.932017'],
      },
    ],
    [
      'nais300-merrimac.log',
      {
        sentences: 579,
        refusedLines: 0,
        readings: 2312,
        devices: 52,
        named: 13,
        problems: {},
        refused: { 'position bad-position': 389 },
        waiting: 0,
        placed: [],
      },
    ],
    [
      'nais400-merrimac.log',
      {
        sentences: 765,
        refusedLines: 0,
        readings: 2882,
        devices: 156,
        named: 36,
        problems: {},
        refused: { 'position bad-position': 606 },
        waiting: 0,
        placed: [],
      },
    ],
    [
      'nmea_data_sample.txt',
      {
        sentences: 897,
        refusedLines: 0,
        readings: 3773,
        devices: 166,
        named: 1,
        problems: {},
        refused: { 'position bad-position': 763, '分句 malformed-frame': 8 },
        waiting: 12,
        placed: [],
      },
    ],
    [
      'sample.ais',
      {
        sentences: 15,
        refusedLines: 6,
        readings: 51,
        devices: 9,
        named: 1,
        problems: { 'bad-checksum': 2, 'malformed-frame': 1 },
        refused: { 'position bad-position': 9, 'TAG bad-checksum': 3 },
        waiting: 0,
        placed: ['413355820 119.698612,39.932017'],
      },
    ],
  ])('%s', (file, counts) => expect(play(file)).toEqual(counts));
});
