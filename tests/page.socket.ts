// The page's own line to the server (screen/live/connect.socket.ts) run in Node: what a browser gives it is stood in for, the rest is real.
import { vi } from 'vitest';
import type { BBox } from '../contracts/geo.ts';
import type { Topic } from '../contracts/wire.ts';
import { type Connection, openConnection, type Refusal } from '../screen/live/connect.socket.ts';

export interface TestPage {
  readonly connection: Connection;
  readonly refusals: Map<Topic, Refusal>;
  readonly sessions: ('ended' | 'changed')[];
  readonly lines: string[];
  /** What the mirror of a topic holds, as an array; undefined: not subscribed or no snapshot yet. */
  values(topic: Topic): unknown[] | undefined;
  /** Resolves when the topic has its snapshot. */
  show(topic: Topic, bbox?: BBox): Promise<void>;
}

/** Call once per test file before the first page. */
export function standInForBrowser(): void {
  const nothing = (): void => undefined;
  vi.stubGlobal('window', { addEventListener: nothing, removeEventListener: nothing });
  vi.stubGlobal('document', { hidden: false });
  vi.stubGlobal('requestAnimationFrame', (task: () => void) => setTimeout(task, 8));
}
/** Close it with `connection.close()`. */
export function openPage(url: string, token: string): TestPage {
  const refusals = new Map<Topic, Refusal>();
  const [sessions, lines]: [('ended' | 'changed')[], string[]] = [[], []];
  const connection = openConnection(
    {
      moved: (topic) => void refusals.delete(topic),
      refused: (topic, refusal) => void refusals.set(topic, refusal),
      line: (state) => void lines.push(state),
      session: (change) => void sessions.push(change),
    },
    { url, token },
  );
  const ready = (topic: Topic): boolean => connection.mirror(topic)?.seq !== null && connection.mirror(topic) !== undefined;
  return {
    ...{ connection, refusals, sessions, lines },
    values(topic) {
      const data = connection.mirror(topic)?.data;
      return ready(topic) && data ? (data instanceof Map ? [...data.values()] : Array.isArray(data) ? data : [data]) : undefined;
    },
    async show(topic, bbox) {
      connection.subscribe(topic, bbox);
      await vi.waitUntil(() => ready(topic), { timeout: 20_000, interval: 5 });
    },
  };
}
