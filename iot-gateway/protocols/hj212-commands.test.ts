// HJ 212 downlink: every order as the bytes that go out, values the standard does not allow, receipts of what comes up.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { Problem } from '../../contracts/problem.ts';
import { type Hj212Address, type Hj212Order, prepareHj212, receiptOfHj212 } from './hj212/commands.ts';
import { parseSegment } from './hj212/segment.ts';
import { bytesOf, decode, decoder, raw } from './hj212/test-frames.ts';
import { encodeHj212, hj212, parseBeijingTime } from './hj212.ts';

const address: Hj212Address = { mn: '010000A8900016F000169DC0', st: '32', pw: '123456', base: 4 };
const now = Date.parse('2026-11-24T08:00:00.123+08:00');
const at = (text: string): number => parseBeijingTime(text)!;

describe('table 9, Annex C: orders', () => {
  it('1062 is what the standard prints, but for the password there', () => {
    const order = { cn: '1062', seconds: 30 } as const;
    const { bytes, key } = prepareHj212(order, { ...address, pw: '100000' }, at('20160801085857223'));
    expect(decoder.decode(bytes)).toBe(
      '##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n',
    );
    expect(key).toBe('20160801085857223');
  });
  it('1011 of 2025 is what Annex A.1 prints', () =>
    expect(decoder.decode(prepareHj212({ cn: '1011' }, { ...address, base: 8 }, at('20240601085857223')).bytes)).toBe(
      '##0087QN=20240601085857223;ST=32;CN=1011;PW=123456;MN=010000A8900016F000169DC0;Flag=9;CP=&&&&2200\r\n',
    ));
  const orders: readonly (readonly [Hj212Order, string, string])[] = [
    [{ cn: '1000', overTimeSeconds: 5, reCount: 3 }, 'OverTime=5;ReCount=3', '设置超时时间及重发次数：5 秒，3 次'],
    [{ cn: '1011', factor: 'w01018' }, 'PolId=w01018', '提取现场机时间：w01018'],
    [{ cn: '1012' }, 'SystemTime=20261124080000', '设置现场机时间：20261124080000'],
    [{ cn: '1012', factor: 'w01018', time: at('20261124090000') }, 'PolId=w01018;SystemTime=20261124090000', '设置现场机时间：20261124090000'],
    [{ cn: '1061' }, '', '提取实时数据间隔'],
    [{ cn: '1063' }, '', '提取分钟数据间隔'],
    [{ cn: '1064', minutes: 10 }, 'MinInterval=10', '设置分钟数据间隔：10 分钟'],
    [{ cn: '2011' }, '', '察看实时数据'],
    [{ cn: '2012' }, '', '停止察看实时数据'],
    [{ cn: '2051', from: at('20261124000000'), to: at('20261124010000') }, 'BeginTime=20261124000000,EndTime=20261124010000', '分钟数据：20261124000000–20261124010000'],
    [{ cn: '3011', factor: 'w01018' }, 'PolId=w01018', '零点校准量程校准：w01018'],
    [{ cn: '3012', factor: 'w01018' }, 'PolId=w01018', '即时采样：w01018'],
    [{ cn: '3013', factor: 'w01018' }, 'PolId=w01018', '启动清洗反吹：w01018'],
    [{ cn: '3014', factor: 'w01018' }, 'PolId=w01018', '比对采样：w01018'],
    [{ cn: '3024', factor: 'a21026' }, 'PolId=a21026', '启动标样核查：a21026'],
  ]; // biome-ignore format: a table
  test.each(orders)('%j → %s', (order, cp, title) => {
    const prepared = prepareHj212(order, address, now);
    expect(prepared).toMatchObject({ protocol: 'hj212', device: address.mn, key: '20261124080000123', title });
    const { frames } = hj212.framing!.cut(new Uint8Array(0), prepared.bytes);
    expect([frames.length, hj212.inspect(raw(frames[0]!)).checksum?.ok]).toEqual([1, true]);
    const segment = parseSegment(decoder.decode(prepared.bytes.subarray(6, -6)));
    expect(segment).toMatchObject({ qn: '20261124080000123', cn: order.cn, st: '32', pw: '123456', flag: '5', cp });
    expect(decode(frames[0]!).problem).toBeNull();
    expect(JSON.stringify({ ...prepared, bytes: null })).not.toContain('123456');
  });
  const wrong: readonly (readonly [string, Hj212Order, Partial<Hj212Address>])[] = [
    ['29 s', { cn: '1062', seconds: 29 }, {}],
    ['an hour and a second', { cn: '1062', seconds: 3601 }, {}],
    ['half a second more', { cn: '1062', seconds: 30.5 }, {}],
    ['seven minutes', { cn: '1064', minutes: 7 }, {}],
    ['no time', { cn: '1012', time: Number.NaN }, {}],
    ['a time that Date has not', { cn: '1012', time: 9e15 }, {}],
    ['an end before the beginning', { cn: '2061', from: 2e12, to: 1e12 }, {}],
    ['a factor with a semicolon', { cn: '3011', factor: 'a;CN=1' }, {}],
    ['a device with a semicolon', { cn: '1011' }, { mn: 'A;CN=1' }],
    ['a password of seven', { cn: '1011' }, { pw: '1234567' }],
    ['a system of letters', { cn: '1011' }, { st: 'xx' }],
  ];
  test.each(wrong)('%s is refused as bad-parameter', (_, order, over) => {
    let thrown: unknown;
    try {
      prepareHj212(order, { ...address, ...over }, now);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toBeInstanceOf(Problem);
    expect((thrown as Problem).code).toBe('bad-parameter');
    expect(JSON.stringify(thrown)).not.toContain('1234567');
  });
  it('waits as OverTime and ReCount say, and longer for what an instrument does', () => {
    expect(prepareHj212({ cn: '1062', seconds: 30 }, address, now).policy).toEqual({
      answerMilliseconds: 10_000,
      resends: 3,
      resultMilliseconds: 10_000,
      answerOnly: false,
    });
    expect(prepareHj212({ cn: '3011', factor: 'w01018' }, address, now, { overTimeSeconds: 5, reCount: 1 }).policy).toEqual({
      answerMilliseconds: 5000,
      resends: 1,
      resultMilliseconds: 1_800_000,
      answerOnly: false,
    });
    expect(prepareHj212({ cn: '2011' }, address, now).policy.answerOnly).toBe(true);
  });
});

describe('receipts (tables 6, 7)', () => {
  const up = (cn: string, cp: string) =>
    receiptOfHj212(raw(encodeHj212({ qn: '20261124080000123', st: '91', cn, pw: '123456', mn: 'A', flag: 4, cp })));
  test.each([
    ['9011', 'QnRtn=1', 'accepted', 1, '准备执行请求'],
    ['9011', 'QnRtn=3', 'refused', 3, 'PW 错误'],
    ['9011', 'QnRtn=77', 'refused', 77, '未列入标准的应答'],
    ['9011', '', 'refused', null, '未列入标准的应答'],
    ['9012', 'ExeRtn=1', 'done', 1, '执行成功'],
    ['9012', 'ExeRtn=100', 'failed', 100, '没有数据'],
    ['9013', '', 'done', null, '通知应答'],
    ['2051', 'DataTime=20261124080000;w01018-Avg=1', 'data', null, '分钟数据'],
    ['1011', 'SystemTime=20261124080000', 'data', null, '提取现场机时间'],
  ])('%s %s is %s', (cn, cp, stage, code, meaning) => expect(up(cn, cp)).toEqual({ key: '20261124080000123', stage, code, meaning }));
  it('no QN, no receipt; 9014 is ours to send', () => {
    expect(up('9014', '')).toBeNull();
    expect(receiptOfHj212(raw(encodeHj212({ cn: '2011', mn: 'A', cp: '' })))).toBeNull();
  });
  it('any bytes give a receipt or none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.string({ maxLength: 60 }), (bytes, words) => {
        receiptOfHj212(raw(bytes));
        receiptOfHj212(raw(bytesOf(`##0000QN=1;CN=9011;CP=&&${words}&&0000`)));
      }),
    );
  });
});
