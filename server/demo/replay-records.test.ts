// Lines of recorded files: what each becomes, and that no line whatever breaks the reading.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hj212, parseBeijingTime } from '../../iot-gateway/protocols/hj212.ts';
import { type Recorded, readerOf, type Skipped } from './replay-records.ts';

const header = 'No,year,month,day,hour,season,PM_US Post,DEWP,HUMI,PRES,TEMP,cbwd,Iws,precipitation,Iprec';
const rowReader = readerOf('t.csv', header, 'MN1').read;
const received = Date.UTC(2026, 10, 24);
/** What the gateway makes of a record's bytes. */
function decoded(record: Recorded | Skipped): ReturnType<typeof hj212.decode> {
  if ('skipped' in record) throw new Error(record.skipped);
  const cut = hj212.framing!.cut(hj212.framing!.initial, record.bytes);
  expect(cut.frames.length).toBe(1);
  return hj212.decode(hj212.initial, { protocol: 'hj212', address: '', received, bytes: cut.frames[0]! });
}

describe('a row of the table', () => {
  it('is an hour frame at its own time, with every digit of its values; hPa become kPa', () => {
    const { readings, problem, answer } = decoded(rowReader('29232,2013,5,3,23,1,57,-2,28.37,1012.3,16.5,SW,8.4,0,0'));
    expect(problem).toBeNull();
    expect(answer).not.toBeNull();
    expect(readings.map(({ property, period, statistic, result, flag }) => [property, period, statistic, result, flag])).toEqual([
      ['a34004', 'hour', 'mean', 57, 'N'],
      ['a01001', 'hour', 'mean', 16.5, 'N'],
      ['a01002', 'hour', 'mean', 28.37, 'N'],
      ['a01006', 'hour', 'mean', 101.23, 'N'],
    ]);
    expect(new Set(readings.map(({ phenomenonTime }) => phenomenonTime))).toEqual(new Set([parseBeijingTime('20130503230000')]));
    expect(readings[0]?.device).toBe('MN1');
  });
  it('leaves NA out: absent, not zero', () => {
    const { readings } = decoded(rowReader('1,2010,1,1,0,4,NA,-26,69.79,1024,-22,NE,1.0289,NA,NA'));
    expect(readings.map(({ property }) => property)).toEqual(['a01001', 'a01002', 'a01006']);
  });
  it.each([
    ['1,2010,1,1,0,4,NA,-26,NA,NA,NA,NE,1.0289,NA,NA', '全部为 NA'],
    ['1,2010,2,30,0,4,5,-26,69.79,1024,-22,NE,1.0289,NA,NA', '没有这个时刻'],
    ['1,2010,1,1,24,4,5,-26,69.79,1024,-22,NE,1.0289,NA,NA', '没有这个时刻'],
    ['1,2010,x,1,0,4,5,-26,69.79,1024,-22,NE,1.0289,NA,NA', '时间不是数字'],
    ['1,2010,1,1,0,4,5;a34002-Avg=9,-26,69.79,1024,-22,NE,1.0289,NA,NA', 'PM_US Post 不是数字'],
    ['1,2010,1,1', '列数不是 15'],
  ])('%s is skipped', (line, reason) => expect(rowReader(line)).toEqual({ skipped: reason }));
  it('gives back time and values whatever they are', () => {
    const cell = fc.option(
      fc.double({ noNaN: true, min: -1e4, max: 1e4 }).map((value) => value + 0),
      { nil: null },
    );
    const hours = Math.floor(Date.UTC(2025, 0, 1) / 3_600_000);
    fc.assert(
      fc.property(fc.integer({ min: Math.floor(Date.UTC(2001, 0, 1) / 3_600_000), max: hours }), cell, cell, (hour, pm, humidity) => {
        const at = new Date(hour * 3_600_000 + 8 * 3_600_000);
        const time = [at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours()];
        const record = rowReader(`1,${time.join(',')},1,${pm ?? 'NA'},0,${humidity ?? ''},NA,NA,SW,1,0,0`);
        if (pm === null && humidity === null) {
          expect(record).toEqual({ skipped: '全部为 NA' });
          return;
        }
        const { readings } = decoded(record);
        expect(readings.map(({ result }) => result)).toEqual([pm, humidity].filter((value) => value !== null));
        for (const { phenomenonTime } of readings) expect(phenomenonTime).toBe(hour * 3_600_000);
      }),
    );
  });
});

describe('readerOf', () => {
  it.each([
    ['', '空文件'],
    ['hello', '首行既不是'],
    ['a,b', '缺列 year、month、day、hour、PM…'],
    ['year,month,day,hour,SO2', '缺列 PM…'],
  ])('%j is no recording', (first, reason) => {
    expect(() => readerOf('f.txt', first, 'MN1')).toThrow(
      expect.objectContaining({ code: 'bad-file', zh: expect.stringContaining(reason) }),
    );
  });
  it('reads any line of any kind without throwing, and what it gives is one whole frame', () => {
    const { read: frames } = readerOf('f.tsv', 'frame\tchecksum', 'MN1');
    const { read: messages } = readerOf('f.jsonl', '{', 'MN1');
    const piece = fc.constantFrom(
      '##',
      '0012',
      'QN=1;ST=22;CN=2011;MN=a;Flag=5;CP=&&DataTime=20200101000000;a34004-Rtd=1&&',
      '{"topic":',
      '"x"',
      '1C80',
      ',',
      '2013',
    );
    const line = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 80 }),
      fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(line, (text) => {
        for (const read of [frames, messages, rowReader]) {
          const record = read(text);
          if ('skipped' in record) continue;
          if (record.road === 'hj212') expect(hj212.framing!.cut(hj212.framing!.initial, record.bytes)).toMatchObject({ refused: [] });
          expect(record.bytes.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 500 },
    );
  });
  it('takes a captured frame as it stands, and knows whether it wants an answer', () => {
    const { read } = readerOf('f.txt', '##', 'MN1');
    const frame = (flag: number): string =>
      new TextDecoder()
        .decode((rowReader('1,2013,5,3,23,1,57,-2,28.37,1012.3,16.5,SW,8.4,0,0') as Recorded).bytes)
        .replace('Flag=9', `Flag=${flag}`)
        .trimEnd();
    const record = read(`${frame(9)}\tok\tsomewhere`);
    expect(record).toMatchObject({ device: 'MN1', answered: true, at: parseBeijingTime('20130503230000'), stream: 'ecology/air-quality' });
    // The checksum is wrong now, and nobody asks for an answer.
    expect(read(frame(8))).toMatchObject({ answered: false });
    expect(read(frame(9).slice(0, -1))).toEqual({ skipped: '长度与内容不符' });
  });
});
