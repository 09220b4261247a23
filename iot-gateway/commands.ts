// A command to a device as a state machine: sent, answered, executed, or not. Pure: time comes in, bytes to send come out as `send`.
//
//   queued ─sent─> sent ─answer─> accepted ─result─> done
//     │             │ └ no answer: sent again, resends times, then ──> timeout      refused, failed: the device says so
//     └ expired     └ an answer may be all there is (answerOnly) ───> done          accepted without a result in time ──> timeout
//
// The same machine serves every protocol: its file makes the bytes and the policy, and reads receipts off the frames that come up
// (hj212/commands.ts). A result after a timeout still counts: the device has done it, and saying otherwise would have it done twice.
import type { Instant } from '../contracts/observation.ts';

export type CommandState = 'queued' | 'sent' | 'accepted' | 'done' | 'refused' | 'failed' | 'timeout' | 'expired';
export const commandStateTitle: Readonly<Record<CommandState, string>> = {
  queued: '待发送',
  sent: '已发送，等待应答',
  accepted: '设备已接受，执行中',
  done: '执行成功',
  refused: '设备拒绝',
  failed: '执行失败',
  timeout: '超时未应答',
  expired: '过期未发送',
};

export interface CommandPolicy {
  /** How long an answer is waited for before the same bytes are sent again (HJ 212: OverTime). */
  readonly answerMilliseconds: number;
  /** How many times they are sent again (HJ 212: ReCount). */
  readonly resends: number;
  /** How long a result, or the next piece of data, is waited for after the answer. */
  readonly resultMilliseconds: number;
  /** The answer is all that comes: what follows are ordinary uploads. */
  readonly answerOnly: boolean;
}

/** A command made ready by its protocol. */
export interface PreparedCommand {
  readonly protocol: string;
  readonly device: string;
  /** What receipts name it by: HJ 212's QN, JT/T 808's serial number, SL 651's function code. */
  readonly key: string;
  /** For people and the audit: 设置实时数据间隔 30 秒. Never holds a secret. */
  readonly title: string;
  readonly bytes: Uint8Array;
  readonly policy: CommandPolicy;
}

export interface Receipt {
  readonly key: string;
  /** data: a piece of what was asked for. */
  readonly stage: 'accepted' | 'data' | 'done' | 'refused' | 'failed';
  /** As the protocol numbers it; null: it has none. */
  readonly code: number | null;
  /** What the code means, in Chinese. */
  readonly meaning: string;
}

export interface Command {
  readonly id: string;
  readonly prepared: PreparedCommand;
  readonly created: Instant;
  /** Never sent, and never sent again, at or after this. */
  readonly expires: Instant;
  readonly state: CommandState;
  /** How often it went out. */
  readonly attempts: number;
  /** When `due` must be told; null: nothing is waited for. */
  readonly due: Instant | null;
  readonly receipt: Receipt | null;
  /** Since when it is in `state`. */
  readonly since: Instant;
}

export type CommandEvent =
  /** The bytes went out on a connection. */
  | { readonly kind: 'sent' }
  /** There is no connection to the device. */
  | { readonly kind: 'unreachable' }
  /** The device has been heard again. */
  | { readonly kind: 'reachable' }
  | { readonly kind: 'receipt'; readonly receipt: Receipt }
  /** `due` has come. */
  | { readonly kind: 'due' };

export interface CommandStep {
  readonly command: Command;
  /** True: send the bytes now, and tell `sent` or `unreachable`. */
  readonly send: boolean;
}

const ended: ReadonlySet<CommandState> = new Set(['done', 'refused', 'failed', 'timeout', 'expired']);
export const isEnded = (command: Command): boolean => ended.has(command.state);

export function beginCommand(id: string, prepared: PreparedCommand, expires: Instant, now: Instant): Command {
  return { id, prepared, created: now, expires, state: 'queued', attempts: 0, due: expires, receipt: null, since: now };
}

const stay = (command: Command): CommandStep => ({ command, send: false });
const again = (command: Command): CommandStep => ({ command, send: true });
function to(command: Command, state: CommandState, due: Instant | null, now: Instant, receipt = command.receipt): CommandStep {
  return stay({ ...command, state, due, receipt, since: now });
}

function onReceipt(command: Command, receipt: Receipt, now: Instant): CommandStep {
  const { state, prepared } = command;
  // Only what was sent can be answered; what has been answered for good stays so, however often the device repeats itself.
  if (receipt.key !== prepared.key || command.attempts === 0 || (ended.has(state) && state !== 'timeout')) return stay(command);
  const { answerOnly, resultMilliseconds } = prepared.policy;
  switch (receipt.stage) {
    case 'accepted':
    case 'data':
      if (answerOnly) return to(command, 'done', null, now, receipt);
      // After a timeout the next command has its turn: only a result still counts.
      if (state === 'timeout') return stay(command);
      if (receipt.stage === 'data') return to(command, 'accepted', now + resultMilliseconds, now);
      // An answer that comes twice, because the command went out twice, does not prolong the wait for the result.
      return state === 'accepted' ? stay(command) : to(command, 'accepted', now + resultMilliseconds, now, receipt);
    default:
      return to(command, receipt.stage, null, now, receipt);
  }
}

function onDue(command: Command, now: Instant): CommandStep {
  if (command.due === null || now < command.due) return stay(command);
  if (command.state === 'queued') return to(command, 'expired', null, now);
  if (command.state === 'sent' && command.attempts <= command.prepared.policy.resends && now < command.expires) return again(command);
  return to(command, 'timeout', null, now);
}

/** One event. Never throws; an event that does not fit the state changes nothing. */
export function stepCommand(command: Command, event: CommandEvent, now: Instant): CommandStep {
  switch (event.kind) {
    case 'receipt':
      return onReceipt(command, event.receipt, now);
    case 'due':
      return onDue(command, now);
    case 'reachable':
      return command.state === 'queued' && now < command.expires ? again(command) : stay(command);
    case 'sent':
      if (command.state !== 'queued' && command.state !== 'sent') return stay(command);
      return stay({
        ...command,
        state: 'sent',
        attempts: command.attempts + 1,
        due: now + command.prepared.policy.answerMilliseconds,
        since: command.state === 'sent' ? command.since : now,
      });
    case 'unreachable':
      // Between two sendings it is waited for as if the bytes had gone out and been lost.
      if (command.state === 'sent')
        return stay({ ...command, attempts: command.attempts + 1, due: now + command.prepared.policy.answerMilliseconds });
      return stay(command);
  }
}
