// Sends records in their order with a bounded window, at the pace they were recorded in or as fast as they are acknowledged; over broken
// connections whatever was not acknowledged goes again, in the same order. Pure: the connection, the clock and the claims come in.
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import type { Recorded, Skipped } from './replay-records.ts';

/** What the receiver said to one record: null: taken; otherwise its refusal, as the protocol has it (9011 QnRtn=4 …). */
export type Outcome = string | null;
export interface Link {
  send(record: Recorded): void;
  /** Says that nothing more comes and waits for the receiver to have done with everything. false: it ended otherwise. */
  finish(): Promise<boolean>;
  /** Ends it at once. */
  abandon(): void;
}
export interface LinkEvents {
  /** The answer to a record; those before it that want none are done with as well. */
  answered(record: Recorded, outcome: Outcome): void;
  /** The connection is gone. At most once, and not after finish(). */
  lost(): void;
}

export interface ReplaySettings {
  /** Recorded seconds in one second; Infinity: as fast as it goes. */
  readonly speed: number;
  /** Records sent and not answered, at most. */
  readonly window: number;
  /** How long it goes on trying without a single answer. */
  readonly patienceMilliseconds: number;
  /** @throws Problem unreachable */
  open(events: LinkEvents): Promise<Link>;
  /** Registers the device of a record, before its first is sent. @throws Problem */
  claim(record: Recorded): Promise<void>;
  readonly now: () => Instant;
  readonly pause: (milliseconds: number) => Promise<void>;
}

export interface Account {
  /** Records given to the connection, each counted once. */
  sent: number;
  acknowledged: number;
  /** Sent, and by their own Flag without an answer. */
  unanswerable: number;
  /** Sent, an answer wanted, and none came. */
  unacknowledged: number;
  /** Sent again after a lost connection. */
  again: number;
  readonly refused: Record<string, number>;
  readonly skipped: Record<string, number>;
  /** Why it ended before the file did. */
  failure: Problem | null;
}
export function emptyAccount(): Account {
  return { sent: 0, acknowledged: 0, unanswerable: 0, unacknowledged: 0, again: 0, refused: {}, skipped: {}, failure: null };
}
/** Everything that could be sent was taken, and there was something to send. */
export function complete(account: Account): boolean {
  return account.failure === null && account.unacknowledged === 0 && Object.keys(account.refused).length === 0 && account.sent > 0;
}

/** A gap in the recording longer than this passes as if it were no longer. */
const longestGap = 86_400_000;
const firstPause = 200;
const longestPause = 5000;

/** Changes `account` in place as it goes, so that it can be shown meanwhile; resolves when everything is answered or patience is at an end. */
export async function replay(records: AsyncIterable<Recorded | Skipped>, settings: ReplaySettings, account: Account): Promise<void> {
  const { now, pause } = settings;
  const waiting = new Set<Recorded>();
  const claimed = new Set<string>();
  /** Of those that wait, how many are to be answered. */
  let owed = 0;
  let link: Link | null = null;
  let lastAnswer: Instant | null = null;
  let wake = (): void => undefined;
  let begun = now();
  let recorded = 0;
  let before: Instant | null = null;

  const count = (counts: Record<string, number>, reason: string): void => {
    counts[reason] = (counts[reason] ?? 0) + 1;
  };
  function answered(record: Recorded, outcome: Outcome): void {
    if (!waiting.has(record)) return;
    lastAnswer = now();
    for (const earlier of waiting) {
      if (earlier === record) break;
      if (!earlier.answered) unanswerable(earlier);
    }
    waiting.delete(record);
    owed--;
    if (outcome === null) account.acknowledged++;
    else count(account.refused, outcome);
    wake();
  }
  function unanswerable(record: Recorded): void {
    waiting.delete(record);
    account.unanswerable++;
  }

  /** A live connection, on which everything that waits has been sent. @throws Problem unreachable when patience is at an end */
  async function connected(): Promise<Link> {
    const since = now();
    for (let wait = firstPause; ; wait = Math.min(wait * 2, longestPause)) {
      if (link) return link;
      try {
        let fresh: Link | null = null;
        fresh = await settings.open({
          answered,
          lost() {
            if (link === fresh) link = null;
            wake();
          },
        });
        link = fresh;
        account.again += waiting.size;
        for (const record of waiting) fresh.send(record);
      } catch (error) {
        // Whoever never answered is not there; one that did may be starting again.
        if (lastAnswer === null || now() - since + wait > settings.patienceMilliseconds) throw error;
        await pause(wait);
      }
    }
  }

  /** Until that is so, over as many connections as it takes. @throws Problem unreachable */
  async function until(met: () => boolean): Promise<void> {
    const since = now();
    while (!met()) {
      const [oldest] = waiting;
      if (oldest && owed === 0) {
        unanswerable(oldest);
        continue;
      }
      await connected();
      if (now() - Math.max(lastAnswer ?? 0, since) > settings.patienceMilliseconds)
        throw new Problem('unreachable', { what: '接收端', reason: `${settings.patienceMilliseconds / 1000} 秒没有应答` });
      const woken = new Promise<void>((resolve) => {
        wake = resolve;
      });
      if (!met()) await Promise.race([woken, pause(1000)]);
    }
  }

  async function pace(at: Instant | null): Promise<void> {
    if (at === null || settings.speed === Number.POSITIVE_INFINITY) return;
    if (before !== null) recorded += Math.min(Math.max(at - before, 0), longestGap);
    before = at;
    const due = begun + recorded / settings.speed;
    // A setTimeout of more than 24.8 days would not wait at all.
    for (let left = due - now(); left > 0; left = due - now()) await pause(Math.min(left, longestGap));
  }

  try {
    await connected();
    begun = now();
    for await (const record of records) {
      if ('skipped' in record) {
        count(account.skipped, record.skipped);
        continue;
      }
      if (record.device !== null && !claimed.has(record.device)) {
        await settings.claim(record);
        claimed.add(record.device);
      }
      await pace(record.at);
      await until(() => waiting.size < settings.window);
      const live = await connected();
      waiting.add(record);
      if (record.answered) owed++;
      account.sent++;
      live.send(record);
    }
    await until(() => owed === 0);
    // What wants no answer is known to be taken when the receiver, told that this is all, ends in good order.
    for (let attempt = 0; attempt < 3; attempt++) {
      const last = await connected();
      link = null;
      if (!(await last.finish())) continue;
      for (const record of [...waiting]) unanswerable(record);
      break;
    }
  } catch (error) {
    const left = link as Link | null;
    link = null;
    left?.abandon();
    if (!(error instanceof Problem)) throw error;
    account.failure = error;
  }
  account.unacknowledged = waiting.size;
}
