// Commands under way: one at a time for each device, sent when it can be reached, sent again when it is silent, matched with its receipts.
//
// Clock, timer and connection are given. Bounded: so many wait for one device and in all; the newest ended ones are kept to be looked up.
import type { Instant } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { RawFrame } from '../contracts/protocol.ts';
import { beginCommand, type Command, type CommandEvent, isEnded, type PreparedCommand, type Receipt, stepCommand } from './commands.ts';
import type { Intake } from './intake.ts';

export interface CommandDeskParts {
  readonly now: () => Instant;
  /** Calls `ring` after so many milliseconds; gives what cancels it. */
  readonly after: (milliseconds: number, ring: () => void) => () => void;
  /** false: no connection speaks for the device. */
  readonly send: (protocol: string, device: string, bytes: Uint8Array) => boolean;
  /** What a frame says of a command, by protocol; a protocol that is not there has no receipts. */
  readonly receipts: Readonly<Record<string, (frame: RawFrame) => Receipt | null>>;
  /** Every change of a command, for the audit. Must not throw. */
  readonly changed?: (command: Command) => void;
  readonly limits?: Partial<CommandDeskLimits>;
}
export interface CommandDeskLimits {
  readonly ofDevice: number;
  readonly inAll: number;
  readonly endedKept: number;
}
export const commandDeskLimits: CommandDeskLimits = { ofDevice: 16, inAll: 10_000, endedKept: 1000 };

/** More would ring at once; it rings too early then, and is set again. */
const timerMost = 2 ** 31 - 1;

export interface CommandDesk {
  /** @throws Problem overloaded when too many wait, conflict when a command of this key is under way */
  order(prepared: PreparedCommand, expires: Instant): Command;
  /** A frame of a device, decoded without a problem. Cheap for devices without commands. */
  heard(device: string, frame: RawFrame): void;
  /** The device has a connection. */
  reachable(protocol: string, device: string): void;
  command(id: string): Command | undefined;
  waiting(): number;
  /** No timer rings any more. */
  close(): void;
}

/** An intake that shows the desk every good frame once it is durable, and is otherwise the one it was given. */
export function overhearing(intake: Intake, desk: Pick<CommandDesk, 'heard'>): Intake {
  return {
    accept(frame, decoded) {
      const appended = intake.accept(frame, decoded);
      const device = decoded?.problem ? null : decoded?.device;
      if (device)
        appended.committed.then(
          () => desk.heard(device, frame),
          // Offered again by the transport, and heard then.
          () => undefined,
        );
      return appended;
    },
    refuse: (protocol, address, refused, received) => intake.refuse(protocol, address, refused, received),
  };
}

export function createCommandDesk(parts: CommandDeskParts): CommandDesk {
  const limits = { ...commandDeskLimits, ...parts.limits };
  /** Ids of a device's commands in their order; the first is the one under way. */
  const lines = new Map<string, string[]>();
  const commands = new Map<string, Command>();
  const bells = new Map<string, () => void>();
  /** Every command of a device that is kept, ended ones too: a receipt may come after the timeout. */
  const known = new Map<string, string[]>();
  const ended: string[] = [];
  let [numbered, waiting, closed] = [0, 0, false];
  const lineKey = (protocol: string, device: string): string => `${protocol} ${device}`;

  function silence(id: string): void {
    bells.get(id)?.();
    bells.delete(id);
  }

  function put(command: Command): void {
    const before = commands.get(command.id);
    commands.set(command.id, command);
    silence(command.id);
    const { due } = command;
    if (due !== null && !closed)
      bells.set(
        command.id,
        parts.after(Math.min(Math.max(0, due - parts.now()), timerMost), () => tell(command.id, { kind: 'due' })),
      );
    if (before !== command) parts.changed?.(command);
    if (isEnded(command) && before && !isEnded(before)) leave(command);
  }

  function leave({ id, prepared }: Command): void {
    waiting--;
    ended.push(id);
    if (ended.length > limits.endedKept) forget(ended.shift()!);
    const key = lineKey(prepared.protocol, prepared.device);
    const line = (lines.get(key) ?? []).filter((other) => other !== id);
    if (line.length === 0) lines.delete(key);
    else {
      lines.set(key, line);
      tell(line[0]!, { kind: 'reachable' });
    }
  }

  function forget(id: string): void {
    const { protocol, device } = commands.get(id)!.prepared;
    const key = lineKey(protocol, device);
    const rest = (known.get(key) ?? []).filter((other) => other !== id);
    if (rest.length === 0) known.delete(key);
    else known.set(key, rest);
    commands.delete(id);
  }

  function tell(id: string, event: CommandEvent): void {
    const before = commands.get(id);
    if (!before) return;
    const { command, send } = stepCommand(before, event, parts.now());
    if (command !== before || event.kind === 'due') put(command);
    if (!send) return;
    const { protocol, device, bytes } = command.prepared;
    tell(id, { kind: parts.send(protocol, device, bytes) ? 'sent' : 'unreachable' });
  }

  return {
    order(prepared, expires) {
      const key = lineKey(prepared.protocol, prepared.device);
      const line = lines.get(key) ?? [];
      if (line.length >= limits.ofDevice || waiting >= limits.inAll) throw new Problem('overloaded', { retryAfterSeconds: 60 });
      if (line.some((id) => commands.get(id)?.prepared.key === prepared.key))
        throw new Problem('conflict', { what: `命令 ${prepared.key} 正在执行` });
      const id = `c${++numbered}`;
      waiting++;
      lines.set(key, [...line, id]);
      known.set(key, [...(known.get(key) ?? []), id]);
      put(beginCommand(id, prepared, expires, parts.now()));
      if (line.length === 0) tell(id, { kind: 'reachable' });
      return commands.get(id)!;
    },
    heard(device, frame) {
      const ids = known.size === 0 ? undefined : known.get(lineKey(frame.protocol, device));
      const receipt = ids && parts.receipts[frame.protocol]?.(frame);
      const id = receipt ? ids.findLast((one) => commands.get(one)?.prepared.key === receipt.key) : undefined;
      if (receipt && id !== undefined) tell(id, { kind: 'receipt', receipt });
    },
    reachable(protocol, device) {
      const first = lines.get(lineKey(protocol, device))?.[0];
      if (first !== undefined) tell(first, { kind: 'reachable' });
    },
    command: (id) => commands.get(id),
    waiting: () => waiting,
    close() {
      closed = true;
      for (const id of [...bells.keys()]) silence(id);
    },
  };
}
