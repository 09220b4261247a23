// The state machine of a command: every road through it as a row, and what holds whatever happens.
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import {
  beginCommand,
  type Command,
  type CommandEvent,
  type CommandPolicy,
  isEnded,
  type PreparedCommand,
  type Receipt,
  stepCommand,
} from './commands.ts';

const policy: CommandPolicy = { answerMilliseconds: 10, resends: 3, resultMilliseconds: 100, answerOnly: false };
const prepared = (over: Partial<CommandPolicy> = {}): PreparedCommand => ({
  ...{ protocol: 'hj212', device: 'A', key: 'k', title: '', bytes: Uint8Array.of(1) },
  policy: { ...policy, ...over },
});
const receipt = (stage: Receipt['stage'], key = 'k'): CommandEvent => ({ kind: 'receipt', receipt: { key, stage, code: 1, meaning: '' } });
const sent: CommandEvent = { kind: 'sent' };
const due: CommandEvent = { kind: 'due' };
const reachable: CommandEvent = { kind: 'reachable' };
const unreachable: CommandEvent = { kind: 'unreachable' };

/** Events at their times; `+` in the result marks that bytes are to be sent. */
function run(events: readonly (readonly [CommandEvent, number])[], over: Partial<CommandPolicy> = {}, expires = 1000): string {
  let command = beginCommand('c', prepared(over), expires, 0);
  const states = events.map(([event, now]) => {
    const step = stepCommand(command, event, now);
    command = step.command;
    return `${command.state}${step.send ? '+' : ''}`;
  });
  return states.join(' ');
}

describe('HJ 212 request flow, OverTime 10, ReCount 3', () => {
  test.each([
    ['answered and done', [[reachable, 0], [sent, 0], [receipt('accepted'), 5], [receipt('done'), 50]], {}, 'queued+ sent accepted done'],
    ['done without a word before', [[sent, 0], [receipt('done'), 5]], {}, 'sent done'],
    ['refused', [[sent, 0], [receipt('refused'), 5], [receipt('done'), 6]], {}, 'sent refused refused'],
    ['accepted and failed', [[sent, 0], [receipt('accepted'), 5], [receipt('failed'), 6]], {}, 'sent accepted failed'],
    ['sent four times in all, then timeout', [[sent, 0], [due, 10], [sent, 10], [due, 20], [sent, 20], [due, 30], [sent, 30], [due, 40]], {}, 'sent sent+ sent sent+ sent sent+ sent timeout'],
    ['an alarm that rings too early changes nothing', [[sent, 0], [due, 9]], {}, 'sent sent'],
    ['no resends', [[sent, 0], [due, 10]], { resends: 0 }, 'sent timeout'],
    ['accepted, then silence: not sent again', [[sent, 0], [receipt('accepted'), 5], [due, 15], [due, 105]], {}, 'sent accepted accepted timeout'],
    ['data prolong the wait, a second answer does not', [[sent, 0], [receipt('accepted'), 5], [receipt('data'), 100], [due, 105], [receipt('accepted'), 190], [due, 200]], {}, 'sent accepted accepted accepted accepted timeout'],
    ['the answer is all', [[sent, 0], [receipt('accepted'), 5]], { answerOnly: true }, 'sent done'],
    ['executed after all', [[sent, 0], [due, 10], [receipt('done'), 11]], { resends: 0 }, 'sent timeout done'],
    ['accepted after the timeout', [[sent, 0], [due, 10], [receipt('accepted'), 11], [receipt('failed'), 12]], { resends: 0 }, 'sent timeout timeout failed'],
    ['another command of the device', [[sent, 0], [receipt('done', 'other'), 5]], {}, 'sent sent'],
    ['an answer to what was never sent', [[receipt('done'), 5]], {}, 'queued'],
    ['nobody there until it expires', [[reachable, 0], [unreachable, 0], [due, 999], [due, 1000], [reachable, 1001]], {}, 'queued+ queued queued expired expired'],
    ['the line breaks between two sendings', [[sent, 0], [due, 10], [unreachable, 10], [due, 20], [sent, 20], [receipt('done'), 21]], {}, 'sent sent+ sent sent+ sent done'],
    ['never sent again once expired', [[sent, 995], [due, 1005]], {}, 'sent timeout'],
  ] as const)('%s', (_, events, over, states) => expect(run(events as never, over)).toBe(states)); // biome-ignore format: a table
});

describe('whatever happens', () => {
  const event = fc.oneof(
    fc.constantFrom(sent, due, reachable, unreachable),
    fc
      .tuple(fc.constantFrom('accepted', 'data', 'done', 'refused', 'failed'), fc.constantFrom('k', 'other'))
      .map(([stage, key]) => receipt(stage as Receipt['stage'], key)),
  );
  const world = fc.record({
    events: fc.array(fc.tuple(event, fc.nat(60)), { maxLength: 60 }),
    resends: fc.nat(3),
    answerOnly: fc.boolean(),
  });
  it('it goes out ReCount + 1 times at most, never after its expiry, and what is ended stays so but for a receipt after a timeout', () => {
    fc.assert(
      fc.property(world, ({ events, resends, answerOnly }) => {
        let command = beginCommand('c', prepared({ resends, answerOnly }), 500, 0);
        let [now, sends] = [0, 0];
        const walk = (given: CommandEvent): void => {
          const before: Command = command;
          const step = stepCommand(command, given, now);
          command = step.command;
          if (isEnded(before) && before.state !== 'timeout') expect(command).toBe(before);
          if (before.state === 'timeout' && command !== before) expect([given.kind, isEnded(command)]).toEqual(['receipt', true]);
          expect(command.due === null).toBe(isEnded(command));
          if (step.send) {
            sends++;
            expect(now).toBeLessThan(500);
            walk(sent);
          }
        };
        for (const [given, wait] of events) {
          now += wait;
          if (given.kind !== 'sent' && given.kind !== 'unreachable') walk(given);
        }
        expect(sends).toBeLessThanOrEqual(resends + 1);
      }),
    );
  });
  it('it ends: told of every due time, within a bounded number of steps', () => {
    fc.assert(
      fc.property(world, ({ events, resends, answerOnly }) => {
        let command = beginCommand('c', prepared({ resends, answerOnly }), 500, 0);
        let now = 0;
        for (const [given, wait] of events) {
          now += wait;
          command = stepCommand(command, given, now).command;
        }
        for (let steps = 0; command.due !== null && steps < 12; steps++) {
          now = Math.max(now, command.due);
          const step = stepCommand(command, due, now);
          command = step.send ? stepCommand(step.command, sent, now).command : step.command;
        }
        expect(isEnded(command)).toBe(true);
      }),
    );
  });
});
