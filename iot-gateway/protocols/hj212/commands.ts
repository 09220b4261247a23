// What a platform asks and orders of an HJ 212 logger: order → frame, and the receipts that come up for it. Pure.
//
//   platform 1062 ──> logger            QN names the command in all of it
//            <── 9011 QnRtn=1           ready to do it; anything else: refused
//            <── … data, with that QN
//            <── 9012 ExeRtn=1          done
//
// Source: HJ 212-2017 table 9, Annex C; HJ 212-2025 keeps them, adds 3022 and 3024, and encrypts only what goes up. 2011, 2012, 2021 and 2022
// switch an upload on or off: the answer is all that comes for them (9011, or 9013 for the ends).
import type { Instant } from '../../../contracts/observation.ts';
import { Problem } from '../../../contracts/problem.ts';
import type { RawFrame } from '../../../contracts/protocol.ts';
import type { CommandPolicy, PreparedCommand, Receipt } from '../../commands.ts';
import { commands, exeRtnTitle, qnRtnTitle } from '../hj212.codes.ts';
import { beijingTime, encodeHj212, parseSegment, qnOf } from './segment.ts';

/** `factor`: PolId, the instrument that is meant; without it, the logger itself. */
export type Hj212Order =
  /** 1000: seconds, and how many times. */
  | { readonly cn: '1000'; readonly overTimeSeconds: number; readonly reCount: number }
  /** Clock 1011, intervals 1061 and 1063; sample kept 3015, sampling period 3017, sampling time 3018, device id 3019. */
  | { readonly cn: '1001' | '1011' | '1061' | '1063' | '3015' | '3017' | '3018' | '3019'; readonly factor?: string }
  /** 1012: the time of sending, unless another is given. */
  | { readonly cn: '1012'; readonly factor?: string; readonly time?: Instant }
  /** 30–3600 s. */
  | { readonly cn: '1062'; readonly seconds: number }
  /** One of minuteIntervals. */
  | { readonly cn: '1064'; readonly minutes: number }
  /** Real-time data on and off, state of equipment on and off. */
  | { readonly cn: '2011' | '2012' | '2021' | '2022' }
  /** History of a span: days, hours of work, minutes, hours. Its data come up with this QN and are placed by their DataTime. */
  | { readonly cn: '2031' | '2041' | '2051' | '2061'; readonly from: Instant; readonly to: Instant }
  /** Calibration, sampling, cleaning, comparison; since 2025 retaining a sample at once and checking with a standard. */
  | { readonly cn: '3011' | '3012' | '3013' | '3014' | '3022' | '3024'; readonly factor: string };

/** RtdInterval in seconds, MinInterval in minutes. */
export const realtimeInterval = { least: 30, most: 3600 } as const;
export const minuteIntervals: readonly number[] = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30];

export interface Hj212Address {
  readonly mn: string;
  /** ST as the device sends it. */
  readonly st: string;
  /** Six characters. */
  readonly pw: string;
  /** Flag's base: 0 for 2005, 4 for 2017, 8 for 2025. */
  readonly base: 0 | 4 | 8;
}

/** OverTime 10 s and ReCount 3 where the platform has set nothing else (CN 1000). */
export const hj212Timing = { overTimeSeconds: 10, reCount: 3 } as const;
/** Ours: how long the instrument may work before its 9012; the standard leaves it to the task. */
const workMilliseconds = 30 * 60_000;
const working: ReadonlySet<string> = new Set(['3011', '3012', '3013', '3014', '3022', '3024']);
const switching: ReadonlySet<string> = new Set(['2011', '2012', '2021', '2022']);

const bad = (name: string, given: string | number, allowed: string): Problem => new Problem('bad-parameter', { name, given, allowed });
function whole(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) throw bad(name, value, `${least}–${most}`);
  return value;
}
function factorOf(factor: string): string {
  if (!/^[A-Za-z0-9]{1,8}$/.test(factor)) throw bad('PolId', factor.slice(0, 32), '污染物编码，1–8 位字母数字');
  return factor;
}
const year = (instant: Instant): number => (Math.abs(instant) < 8.6e15 ? new Date(instant).getUTCFullYear() : 0);
function momentOf(name: string, instant: Instant): string {
  if (!(year(instant) >= 2000 && year(instant) <= 2099)) throw bad(name, String(instant), '2000–2099 年');
  return beijingTime(instant);
}

/** CP region and a sentence about it. */
function contentOf(order: Hj212Order, now: Instant): { cp: string; detail: string } {
  switch (order.cn) {
    case '1000': {
      const seconds = whole('OverTime', order.overTimeSeconds, 1, 3600);
      const times = whole('ReCount', order.reCount, 0, 99);
      return { cp: `OverTime=${seconds};ReCount=${times}`, detail: `${seconds} 秒，${times} 次` };
    }
    case '1012': {
      const time = momentOf('SystemTime', order.time ?? now);
      const factor = order.factor === undefined ? '' : `PolId=${factorOf(order.factor)};`;
      return { cp: `${factor}SystemTime=${time}`, detail: time };
    }
    case '1062': {
      const seconds = whole('RtdInterval', order.seconds, realtimeInterval.least, realtimeInterval.most);
      return { cp: `RtdInterval=${seconds}`, detail: `${seconds} 秒` };
    }
    case '1064':
      if (!minuteIntervals.includes(order.minutes)) throw bad('MinInterval', order.minutes, minuteIntervals.join(' | '));
      return { cp: `MinInterval=${order.minutes}`, detail: `${order.minutes} 分钟` };
    case '2011':
    case '2012':
    case '2021':
    case '2022':
      return { cp: '', detail: '' };
    case '2031':
    case '2041':
    case '2051':
    case '2061': {
      if (!(order.from <= order.to)) throw bad('BeginTime', String(order.from), '不晚于 EndTime');
      const [from, to] = [momentOf('BeginTime', order.from), momentOf('EndTime', order.to)];
      return { cp: `BeginTime=${from},EndTime=${to}`, detail: `${from}–${to}` };
    }
    default:
      return order.factor === undefined ? { cp: '', detail: '' } : { cp: `PolId=${factorOf(order.factor)}`, detail: order.factor };
  }
}

/**
 * The command as it goes out at `now`, which is its QN too.
 * @param timing what the logger was told with CN 1000, if it was
 * @throws Problem bad-parameter for values that the standard does not allow
 */
export function prepareHj212(
  order: Hj212Order,
  address: Hj212Address,
  now: Instant,
  timing: { readonly overTimeSeconds: number; readonly reCount: number } = hj212Timing,
): PreparedCommand {
  const { mn, st, pw, base } = address;
  if (!/^[\x21-\x3a\x3c-\x7e]{1,64}$/.test(mn)) throw bad('MN', mn.slice(0, 32), '1–64 个可见字符');
  if (!/^\d{2}$/.test(st)) throw bad('ST', st.slice(0, 8), '两位数字');
  // The password is in no message.
  if (!/^[\x21-\x3a\x3c-\x7e]{1,6}$/.test(pw)) throw bad('PW', '(隐藏)', '1–6 个字符');
  const { cp, detail } = contentOf(order, now);
  const qn = qnOf(now);
  const answerMilliseconds = timing.overTimeSeconds * 1000;
  const policy: CommandPolicy = {
    answerMilliseconds,
    resends: timing.reCount,
    resultMilliseconds: working.has(order.cn) ? workMilliseconds : answerMilliseconds,
    answerOnly: switching.has(order.cn),
  };
  const bytes = encodeHj212({ qn, st, cn: order.cn, pw, mn, flag: base | 1, cp });
  const opening = order.cn === '2011' ? '察看实时数据' : order.cn === '2021' ? '察看设备运行状态' : commands[order.cn]!.zh;
  return { protocol: 'hj212', device: mn, key: qn, title: detail === '' ? opening : `${opening}：${detail}`, bytes, policy };
}

const text = new TextDecoder();
const codeOf = (cp: string | null, name: string): number | null => {
  const value = new RegExp(`(?:^|[;,])${name}=(\\d{1,4})(?=[;,]|$)`).exec(cp ?? '')?.[1];
  return value === undefined ? null : Number(value);
};

/** What a frame from a logger says of the command of its QN; null: nothing. Its checksum is the decoder's affair. Never throws. */
export function receiptOfHj212(frame: RawFrame): Receipt | null {
  const { qn, cn, cp } = parseSegment(text.decode(frame.bytes.subarray(6, Math.max(6, frame.bytes.lastIndexOf(0x26) + 1))));
  if (qn === null || cn === null) return null;
  switch (cn) {
    case '9011': {
      const code = codeOf(cp, 'QnRtn');
      return { key: qn, stage: code === 1 ? 'accepted' : 'refused', code, meaning: qnRtnTitle[String(code)] ?? '未列入标准的应答' };
    }
    case '9012': {
      const code = codeOf(cp, 'ExeRtn');
      return { key: qn, stage: code === 1 ? 'done' : 'failed', code, meaning: exeRtnTitle[String(code)] ?? '未列入标准的结果' };
    }
    case '9013':
      return { key: qn, stage: 'done', code: null, meaning: '通知应答' };
    case '9014':
      return null;
    default:
      return { key: qn, stage: 'data', code: null, meaning: commands[cn]?.zh ?? '' };
  }
}
