// The desk with a clock of its own: lines, timers, receipts that come late or for others, and bounds whatever happens.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RawFrame } from '../contracts/protocol.ts';
import { type CommandDeskLimits, createCommandDesk } from './command-desk.ts';
import { isEnded, type PreparedCommand, type Receipt } from './commands.ts';

/** Bells ring in the order of their time; a frame's bytes are `key stage`. */
function world(limits: Partial<CommandDeskLimits> = {}) {
  let now = 0;
  let bells: { readonly at: number; readonly ring: () => void }[] = [];
  const out: string[] = [];
  const there = new Set<string>();
  const desk = createCommandDesk({
    now: () => now,
    after: (milliseconds, ring) => {
      const bell = { at: now + milliseconds, ring };
      bells.push(bell);
      return () => {
        bells = bells.filter((other) => other !== bell);
      };
    },
    send: (_, device, bytes) => {
      if (!there.has(device)) return false;
      out.push(`${now} ${device} ${bytes[0]}`);
      return true;
    },
    receipts: {
      p: (frame) => {
        const [key, stage] = new TextDecoder().decode(frame.bytes).split(' ');
        return stage === undefined ? null : { key: key!, stage: stage as Receipt['stage'], code: null, meaning: '' };
      },
    },
    limits,
  });
  const prepared = (device: string, key: string, n = 0): PreparedCommand => ({
    ...{ protocol: 'p', device, key, title: '', bytes: Uint8Array.of(n) },
    policy: { answerMilliseconds: 10, resends: 1, resultMilliseconds: 50, answerOnly: false },
  });
  const frame = (text: string): RawFrame => ({ protocol: 'p', address: '', received: now, bytes: new TextEncoder().encode(text) });
  return {
    ...{ desk, out, there, prepared },
    bells: () => bells.length,
    say: (device: string, text: string) => desk.heard(device, frame(text)),
    go(until: number) {
      for (;;) {
        const next = bells.reduce<(typeof bells)[number] | null>((first, bell) => (first && first.at <= bell.at ? first : bell), null);
        if (!next || next.at > until) break;
        bells = bells.filter((other) => other !== next);
        now = Math.max(now, next.at);
        next.ring();
      }
      now = until;
    },
  };
}

describe('one device', () => {
  it('has one command under way, the next goes out when it has ended', () => {
    const { desk, out, there, prepared, say, go } = world();
    there.add('A');
    const [first, second] = [desk.order(prepared('A', 'k1', 1), 1000), desk.order(prepared('A', 'k2', 2), 1000)];
    go(5);
    say('A', 'k1 accepted');
    go(30);
    say('A', 'k1 done');
    expect(out).toEqual(['0 A 1', '30 A 2']);
    expect([desk.command(first.id)?.state, desk.command(second.id)?.state]).toEqual(['done', 'sent']);
  });
  it('a receipt after the timeout, for another device, of another key', () => {
    const { desk, there, prepared, say, go } = world();
    there.add('A');
    const { id } = desk.order(prepared('A', 'k1'), 1000);
    go(100);
    expect(desk.command(id)?.state).toBe('timeout');
    for (const [device, text] of [['B', 'k1 done'], ['A', 'k2 done'], ['A', 'no receipt'], ['A', '']] as const) say(device, text); // biome-ignore format: a table
    expect(desk.command(id)?.state).toBe('timeout');
    say('A', 'k1 done');
    expect([desk.command(id)?.state, desk.waiting()]).toEqual(['done', 0]);
  });
  it('the same key twice under way is a conflict', () => {
    const { desk, prepared } = world();
    desk.order(prepared('A', 'k1'), 1000);
    expect(() => desk.order(prepared('A', 'k1'), 1000)).toThrow(expect.objectContaining({ code: 'conflict' }));
  });
  it('an expiry in a year is waited for without ringing at once', () => {
    const { desk, prepared, go, bells } = world();
    const { id } = desk.order(prepared('A', 'k1'), 4e10);
    go(3e10);
    expect([desk.command(id)?.state, bells()]).toEqual(['queued', 1]);
    go(5e10);
    expect([desk.command(id)?.state, bells()]).toEqual(['expired', 0]);
  });
});

it('whatever happens: every command ends, sent twice at most, in the order of its device, and nothing is left behind', () => {
  const act = fc.oneof(
    fc.tuple(fc.constant('order' as const), fc.constantFrom('A', 'B'), fc.integer({ min: 1, max: 300 })),
    fc.tuple(fc.constant('say' as const), fc.constantFrom('A', 'B'), fc.nat(400)),
    fc.tuple(fc.constant('come' as const), fc.constantFrom('A', 'B'), fc.nat(1)),
    fc.tuple(fc.constant('go' as const), fc.constant('A'), fc.integer({ min: 1, max: 40 })),
  );
  fc.assert(
    fc.property(fc.array(act, { maxLength: 60 }), (acts) => {
      const { desk, out, there, prepared, say, go, bells } = world({ ofDevice: 4, inAll: 6, endedKept: 1000 });
      const ids: string[] = [];
      let time = 0;
      for (const [what, device, n] of acts) {
        if (what === 'order') {
          try {
            ids.push(desk.order(prepared(device, `k${ids.length}`, ids.length), time + n).id);
          } catch (error) {
            expect(error).toMatchObject({ code: 'overloaded' });
          }
        } else if (what === 'say') say(device, `k${n % (ids.length + 1)} ${['accepted', 'data', 'done', 'refused', 'failed'][n % 5]}`);
        else if (what === 'go') {
          time += n;
          go(time);
        } else if (n === 0) there.delete(device);
        else {
          there.add(device);
          desk.reachable('p', device);
        }
        expect(desk.waiting()).toBeLessThanOrEqual(6);
      }
      go(time + 10_000);
      expect(ids.filter((id) => !isEnded(desk.command(id)!))).toEqual([]);
      expect([desk.waiting(), bells()]).toEqual([0, 0]);
      for (const device of ['A', 'B']) {
        const sent = out.filter((line) => line.includes(device)).map((line) => Number(line.split(' ')[2]));
        expect(sent).toEqual([...sent].sort((a, b) => a - b));
        for (const n of sent) expect(sent.filter((other) => other === n).length).toBeLessThanOrEqual(2);
      }
    }),
    { numRuns: 300 },
  );
});
