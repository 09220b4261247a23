// JT/T 808 against what others wrote: public frames with their headers and locations, captures with good and bad check codes. Skipped where absent.
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { hex, readMessage } from './jt808/message.ts';
import { bytesOf, cutAll, decode, hexOf, raw } from './jt808/test-frames.ts';
import { assembleMedia, jt808 } from './jt808.ts';

interface Published {
  readonly frame: string;
  readonly decoded: {
    readonly msgId: string;
    readonly encryption: number;
    readonly subpackage: number;
    readonly version2019: boolean;
    readonly phone: string;
    readonly serial: number;
    readonly bodyHex: string;
    readonly bodyLengthOk: boolean;
    readonly location?: {
      readonly alarm: string;
      readonly status: string;
      readonly lat: number;
      readonly lon: number;
      readonly altitude: number;
      readonly speedKmh: number;
      readonly direction: number;
      readonly time: string;
    };
  };
}

const standards = '../shared/standards/jt808.json';
describe.skipIf(!existsSync(standards))('../shared/standards/jt808.json (skipped where absent)', () => {
  const facts = existsSync(standards) ? JSON.parse(readFileSync(standards, 'utf8')) : {};
  const all: readonly Published[] = [...(facts.frames ?? []), ...(facts.built ?? [])];
  it('frames, built: one frame each; id, phone, serial number, edition and body as published (4.4)', () => {
    expect(all.length).toBe(121);
    let short = 0;
    for (const { frame, decoded } of all) {
      expect(cutAll([bytesOf(frame)])).toEqual({ frames: [frame], refused: [], kept: 0 });
      const read = readMessage(bytesOf(frame));
      if (!decoded.bodyLengthOk) {
        expect('problem' in read && read.problem.code).toBe('malformed-frame');
        short++;
        continue;
      }
      if ('problem' in read) throw read.problem;
      expect({
        msgId: hex(read.id, 4),
        version2019: read.version2019,
        subpackage: read.total > 0 ? 1 : 0,
        encryption: read.encrypted ? 1 : 0,
        phone: read.device.padStart(read.version2019 ? 20 : 12, '0'),
        serial: read.serial,
        bodyHex: hexOf(read.bytes.subarray(read.body, read.end)),
      }).toEqual({
        msgId: decoded.msgId,
        version2019: decoded.version2019,
        subpackage: decoded.subpackage,
        encryption: decoded.encryption,
        phone: decoded.phone,
        serial: decoded.serial,
        bodyHex: decoded.bodyHex,
      });
      expect(jt808.inspect(raw(frame)).checksum?.ok).toBe(true);
    }
    expect(short).toBe(1);
  });
  it('locations: speed, bearing, altitude, alarm and status as published; swapped or foreign coordinates are refused by name (8.18)', () => {
    const located = all.filter(({ decoded }) => decoded.location && decoded.bodyLengthOk && decoded.subpackage === 0);
    expect(located.length).toBeGreaterThan(2);
    let placed = 0;
    for (const { frame, decoded } of located) {
      const location = decoded.location!;
      const { readings, refused } = decode(frame);
      if (readings.length === 0) {
        expect(refused[0]?.problem.code).toBe('bad-time');
        continue;
      }
      const of = (property: string): number | null | undefined => readings.find((reading) => reading.property === property)?.result;
      expect(of('speed')! * 3.6).toBeCloseTo(location.speedKmh, 6);
      expect([of('bearing'), of('altitude')]).toEqual([location.direction, location.altitude]);
      expect([hex(of('vehicle-alarm')!, 8), hex(of('vehicle-status')!, 8)]).toEqual([location.alarm, location.status]);
      const place = readings[0]!.position;
      if (place) {
        expect(place).toEqual([location.lon, location.lat]);
        placed++;
      }
    }
    expect(placed).toBeGreaterThanOrEqual(2);
  });
  it('bad: refused, each for its reason, and the next frame is found', () => {
    const next = facts.built[2].frame;
    const verdicts = facts.bad.map(({ reason, frame }: { reason: string; frame: string }) => {
      const { frames } = cutAll([bytesOf(frame), bytesOf(next)]);
      // Without a closing mark the next frame's opening one closes.
      expect([next, next.slice(2)]).toContain(frames.at(-1));
      return [reason, frames.slice(0, -1).map((text) => decode(text).problem?.code ?? 'good')];
    });
    expect(verdicts).toEqual([
      ['checksum changed', ['bad-checksum']],
      ['stray 7D03 escape', ['malformed-frame']],
      // Taken up to the next mark: nothing is wrong with it but that platforms say it.
      ['no closing 7E', ['malformed-frame']],
    ]);
  });
});

const captures = '../shared/data/protocol_captures/jt808_frames.tsv';
describe.skipIf(!existsSync(captures))('../shared/data/protocol_captures/jt808_frames.tsv (skipped where absent)', () => {
  const rows = existsSync(captures)
    ? readFileSync(captures, 'utf8')
        .split('\n')
        .slice(1)
        .filter((line) => line !== '')
        .map((line) => line.split('\t') as [string, string, string, string, string])
    : [];
  it('664 rows: what is said to be right is right, and no wrong check code passes (4.4.4)', () => {
    expect(rows.length).toBe(664);
    const counts: Record<string, number> = {};
    for (const [frame, verdict, , , path] of rows) {
      // Buffers of a writer's own test, not messages: marks inside, rows of several.
      if (path.includes('/MessagePack/')) continue;
      const { frames, refused } = cutAll([bytesOf(frame)]);
      const codes = frames.map((text) => jt808.inspect(raw(text)).checksum?.ok ?? false);
      // A bare 7D that the list's own check let pass: no escape of 4.4.2.
      const stray = (frame.match(/../g) ?? []).some((pair, i, pairs) => pair === '7D' && !['01', '02'].includes(pairs[i + 1] ?? ''));
      if (stray) {
        expect(codes, frame).not.toContain(true);
        counts['stray'] = (counts['stray'] ?? 0) + 1;
        continue;
      }
      if (verdict === 'ok') expect([codes.length > 0, codes.includes(false), refused], frame).toEqual([true, false, []]);
      else expect(codes.includes(false) || refused.length > 0, frame).toBe(true);
      counts[verdict] = (counts[verdict] ?? 0) + 1;
    }
    expect(counts).toEqual({ ok: 621, stray: 2, bad: 23 });
  });
  it('terminals are answered as the table of messages says, and their problems are counted', () => {
    const tally: Record<string, number> = {};
    for (const [frame, verdict] of rows) {
      if (verdict !== 'ok') continue;
      const { problem, answer } = decode(frame, jt808.initial, Date.parse('2026-11-24T08:00:00+08:00'));
      const id = frame.slice(2, 6);
      if (/^[89]/.test(id)) expect(answer).toBeNull();
      const key = problem ? problem.code : 'good';
      tally[key] = (tally[key] ?? 0) + 1;
    }
    expect(tally).toMatchInlineSnapshot(`
      {
        "bad-credentials": 15,
        "good": 252,
        "malformed-frame": 301,
        "unsupported": 62,
      }
    `);
  });
  it('a published photo of which some sub-packages have a wrong check code: those are asked for again, and there is no picture', () => {
    const photo = rows
      .filter(([frame]) => frame.startsWith('7E080123') && frame.slice(10, 22) === '013812345678')
      .map(([frame]) => bytesOf(frame));
    expect(photo.length).toBeGreaterThan(8);
    expect(assembleMedia(photo)).toMatchObject({ code: 'malformed-frame' });
  });
});
