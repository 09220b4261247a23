// HJ 212 content: split packets by their numbers, late data, every CN of the tables, numbers as devices write them.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { Hj212Memory } from './hj212/packets.ts';
import { answerText, decode } from './hj212/test-frames.ts';
import { commands } from './hj212.codes.ts';
import { beijingTime, encodeHj212 } from './hj212.ts';

describe('split packets (§6.3.4), numbers', () => {
  const packet = (qn: number, pno: number, pnum = 3) =>
    encodeHj212({
      ...{ qn: `202611240800000${String(qn).padStart(2, '0')}`, st: '22', cn: '2011', mn: 'A', flag: 7, pnum, pno },
      cp: pno === 1 ? 'DataTime=20261124080000;a34004-Rtd=1' : `a3400${pno}-Rtd=1`,
    });
  it('are joined in any order: every packet gives its readings once', () => {
    const orders = [[1, 2, 3], [1, 3, 2], [2, 3, 1], [3, 1, 2, 3]]; // biome-ignore format: a table
    for (const order of orders) {
      let memory: Hj212Memory = [];
      const properties = order.flatMap((pno) => {
        const decoded = decode(packet(0, pno), memory);
        memory = decoded.memory;
        return decoded.readings.map(({ property }) => property);
      });
      expect([...new Set(properties)].sort()).toEqual(['a34002', 'a34003', 'a34004']);
    }
  });
  it('that never came are named when the message is given up; a whole message is given up in silence', () => {
    let memory: Hj212Memory = [];
    const problems: string[] = [];
    const hear = (frame: Uint8Array): void => {
      const decoded = decode(frame, memory);
      memory = decoded.memory;
      problems.push(...decoded.refused.map(({ property, problem }) => `${property}: ${problem.zh}`));
    };
    for (const pno of [1, 3]) hear(packet(0, pno));
    for (const pno of [1, 2, 3]) hear(packet(1, pno));
    for (let qn = 2; qn < 20; qn++) for (const pno of [1, 2, 3]) hear(packet(qn, pno));
    expect(problems).toEqual(['拆包: 报文不合规：拆包 A 20261124080000000 2011 共 3 包，未收到第 2 包']);
  });
  test.each([0, 4, 9999])('PNO %s of 3 is refused by name, its readings count where they have a time', (pno) => {
    const { refused, answer, memory } = decode(packet(0, pno));
    expect(refused.map(({ problem }) => problem.zh)).toContain(`报文不合规：PNO ${pno} 不在 1–3`);
    expect([answer !== null, memory]).toEqual([true, []]);
  });
});

describe('补传: late data are placed by their DataTime and say so', () => {
  const lateOf = (cn: string, dataTime: string) => {
    const attribute = cn === '2011' ? 'Rtd' : 'Avg';
    const cp = `DataTime=${dataTime};a34004-${attribute}=46,a34004-Flag=N`;
    return decode(encodeHj212({ qn: '20261124080000000', st: '22', cn, mn: 'A', flag: 5, cp })).readings.map((reading) => [
      beijingTime(reading.phenomenonTime),
      reading.late ?? false,
    ])[0];
  };
  // Received 2026-11-24 08:00:10.
  test.each([
    ['2011', '20261124080000', false],
    ['2011', '20261124070100', false],
    ['2011', '20261124070000', true],
    ['2051', '20261124073000', false],
    ['2051', '20261124055900', true],
    ['2061', '20261124070000', false],
    ['2061', '20261124060500', false],
    ['2061', '20261124060000', true],
    ['2031', '20261123000000', false],
    ['2031', '20261121000000', true],
    ['2061', '20250101000000', true],
  ])('CN %s of %s: late %s', (cn, dataTime, late) => expect(lateOf(cn, dataTime)).toEqual([dataTime, late]));
});

describe('table 9: every CN that carries something up', () => {
  const up = (cn: string, cp: string) => {
    const decoded = decode(encodeHj212({ qn: '20261124080000000', st: '31', cn, pw: '123456', mn: 'A', flag: 9, cp }));
    const readings = decoded.readings.map(({ property, period, statistic, result, unit }) => [property, period, statistic, result, unit]);
    return { readings, reported: decoded.reported, answer: /CN=(\d+)/.exec(answerText(decoded) ?? '')?.[1], problem: decoded.problem };
  };
  const nothing = { readings: [], reported: undefined, problem: null };
  test.each([
    ['2021', 'DataTime=20261124080000;SB1-RS=1;SB2-RS=0', { ...nothing, readings: [['SB1', 'instant', 'value', 1, undefined], ['SB2', 'instant', 'value', 0, undefined]], answer: '9014' }],
    ['2041', 'DataTime=20261123000000;SB1-RT=12.5', { ...nothing, readings: [['SB1', 'day', 'sum', 12.5, 'h']], answer: '9014' }],
    ['2111', 'DataTime=20261124075500;a01012-Avg=912', { ...nothing, readings: [['a01012', 'minute', 'mean', 912, undefined]], answer: '9014' }],
    ['2013', 'DataTime=20261124080000;a21026-Rtd=9', { ...nothing, reported: { DataTime: '20261124080000', 'a21026-Rtd': '9' }, answer: '9014' }],
    ['2062', 'DataTime=20261124080000;a21026-Rtd=9', { ...nothing, reported: { DataTime: '20261124080000', 'a21026-Rtd': '9' }, answer: '9014' }],
    ['2081', 'DataTime=20261124080000;RestartTime=20261124075900', { ...nothing, reported: { DataTime: '20261124080000', RestartTime: '20261124075900' }, answer: '9014' }],
    ['1011', 'PolId=a21026;SystemTime=20261124080000', { ...nothing, reported: { PolId: 'a21026', SystemTime: '20261124080000' }, answer: '9014' }],
    ['1063', 'MinInterval=10', { ...nothing, reported: { MinInterval: '10' }, answer: '9014' }],
    ['3019', 'PolId=a21026;a21026-SN=__proto__', { ...nothing, reported: { PolId: 'a21026', 'a21026-SN': '__proto__' }, answer: '9014' }],
    ['1013', 'PolId=a21026', { ...nothing, answer: '9013' }],
    ['9015', '', { ...nothing, answer: '9013' }],
    ['3015', 'PolId=w01018', { ...nothing, answer: '9011' }],
  ])('%s %s', (cn, cp, expected) => expect(up(cn, cp)).toEqual(expected)); // biome-ignore format: a table
  it('knows each, and refuses only the key exchange, whose content was not read', () => {
    expect(Object.keys(commands).length).toBe(43);
    for (const cn of Object.keys(commands))
      expect([cn, up(cn, 'PolId=w01018').problem?.code ?? null]).toEqual([cn, cn === '1014' ? 'unsupported' : null]);
  });
  it('bounds what is reported', () => {
    const { reported } = up('3020', Array.from({ length: 100 }, (_, n) => `i${n}-Info=${'x'.repeat(n === 0 ? 300 : 3)}`).join(';'));
    expect(Object.keys(reported ?? {}).length).toBe(64);
    expect(String(reported?.['i0-Info']).length).toBe(256);
  });
});

describe('numbers are read as Number reads them', () => {
  it('whatever decimals they have', () => {
    const text = fc.oneof(
      fc.tuple(fc.constantFrom('', '-', '+'), fc.stringMatching(/^\d{1,17}(\.\d{0,12})?$/)).map((parts) => parts.join('')),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map(String),
      fc.stringMatching(/^[-.0-9eE+ ]{0,8}$/),
    );
    fc.assert(
      fc.property(text, (given) => {
        const { readings, refused } = valuedAs(given);
        const allowed = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(given) && Number.isFinite(Number(given));
        if (allowed) expect(readings[0]?.result).toBe(Number(given));
        else expect(readings.length === 0 ? refused.length : readings[0]?.result).toBe(readings.length === 0 ? 1 : null);
      }),
      { numRuns: 2000 },
    );
  });
  const valuedAs = (text: string) =>
    decode(encodeHj212({ st: '22', cn: '2011', mn: 'A', flag: 4, cp: `DataTime=20261124080000;a34004-Rtd=${text}` }));
});
