// The line to the server: one socket for the page, topics with a reference count, resync on a gap, back-off with jitter, clock offset, paint samples.
//
// Holds no values and knows no framework: it keeps the mirrors right and tells its listener which one moved.
import { io } from 'socket.io-client';
import type { BBox } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import type { Delta, Snapshot, Topic } from '../../contracts/wire.ts';
import { applyDelta, applySnapshot, createMirror, type Mirror } from './mirror.ts';

export interface Refusal {
  readonly code: string;
  readonly title: string;
}
export interface ConnectionOptions {
  /** Where the server is; absent: where the page came from. */
  readonly url?: string;
  /** Session token, where no cookie carries it. */
  readonly token?: string;
}
/** connecting: never yet up · live · away: was up or failed, tries again by itself */
export type Line = 'connecting' | 'live' | 'away';

export interface LineListener {
  /** Snapshots or deltas were applied. Told once per frame of the page, however many came: a page that is slow to draw does not fall behind. */
  moved(topic: Topic): void;
  /** The server will not give this topic; it is asked again when the line comes back or rights change, or soon if it was only overloaded. */
  refused(topic: Topic, refusal: Refusal): void;
  /** @param retryAt server time of the next attempt; null: none planned */
  line(state: Line, retryAt: Instant | null, attempt: number): void;
  session(change: 'ended' | 'changed'): void;
}
export interface Connection {
  /** Server time. Before the first answer: the page's own clock. */
  now(): Instant;
  mirror(topic: Topic): Mirror | undefined;
  /** Counts up; the first one subscribes. A new box replaces the old one. */
  subscribe(topic: Topic, bbox?: BBox): void;
  /** Another box for a topic that is subscribed; undefined: no box. What is there stays until the new snapshot replaces it. */
  look(topic: Topic, bbox: BBox | undefined): void;
  /** Counts down; the last one unsubscribes and forgets the values. */
  unsubscribe(topic: Topic): void;
  close(): void;
}

interface Wanted {
  count: number;
  bbox: BBox | undefined;
  readonly mirror: Mirror;
  /** Grows with each request, so that the answer to an older one is dropped. */
  request: number;
}
/** Seconds between looks at the server's clock: while the best answer so far was slow, and afterwards. */
const clockSeconds = { searching: 5, following: 60 };
/** ms there and back from which an answer says enough; a page that is busy starting answers itself late. */
const goodRoundTrip = 40;
/** Per report; the rest of a burst says nothing new. */
const samplesKept = 500;
const firstDelay = 500;
const longestDelay = 15_000;
const snapshotTimeout = 30_000;

export function openConnection(listener: LineListener, { url, token }: ConnectionOptions = {}): Connection {
  const how = { transports: ['websocket'], reconnection: false, autoConnect: false, ...(token ? { auth: { token }, forceNew: true } : {}) };
  const socket = url === undefined ? io(how) : io(url, how);
  const wanted = new Map<Topic, Wanted>();
  let offset = 0;
  let bestRoundTrip = Number.POSITIVE_INFINITY;
  let samples: [Instant, Instant][] = [];
  /** Topics that moved since the last frame, and when what moved them was received. */
  const dirty = new Set<Topic>();
  let applied: Instant[] = [];
  let framed = false;
  let attempt = 0;
  let retry: ReturnType<typeof setTimeout> | null = null;
  let closed = false;
  const now = (): Instant => Date.now() + offset;

  function ask(topic: Topic): void {
    const want = wanted.get(topic);
    if (!want || !socket.connected) return;
    want.mirror.seq = null;
    want.request++;
    const request = want.request;
    socket
      .timeout(snapshotTimeout)
      .emit(
        'subscribe',
        want.bbox ? { topic, bbox: want.bbox } : { topic },
        (late: Error | null, answer: Snapshot | { problem: Refusal }) => {
          if (wanted.get(topic) !== want || want.request !== request) return;
          if (late) ask(topic);
          else if ('problem' in answer) {
            // What moved before is not news any more, and must not look like an answer that came after the refusal.
            dirty.delete(topic);
            listener.refused(topic, answer.problem);
            if (answer.problem.code === 'overloaded') setTimeout(() => wanted.get(topic) === want && ask(topic), jittered(2000));
          } else {
            notBefore(answer.sent);
            applySnapshot(want.mirror, answer);
            moved(topic);
          }
        },
      );
  }
  function look(topic: Topic, bbox: BBox | undefined): void {
    const known = wanted.get(topic);
    if (!known || String(bbox) === String(known.bbox)) return;
    known.bbox = bbox;
    ask(topic);
  }
  function tryLater(): void {
    if (closed || retry) return;
    const ceiling = Math.min(longestDelay, firstDelay * 2 ** attempt);
    const delay = jittered(ceiling);
    attempt++;
    listener.line('away', now() + delay, attempt);
    retry = setTimeout(() => {
      retry = null;
      socket.connect();
    }, delay);
  }
  /** What was sent cannot lie ahead: a bound that each message brings, tighter than half a round trip of a busy page. */
  function notBefore(sent: Instant): void {
    if (now() < sent) offset = sent - Date.now();
  }
  function lookAtClock(): void {
    const asked = performance.now();
    socket.timeout(5000).emit('time', (late: Error | null, server: Instant) => {
      if (late) return;
      const roundTrip = performance.now() - asked;
      // The shortest way there and back bounds the error; an old best fades so that a drifting clock is followed.
      if (roundTrip <= bestRoundTrip) {
        bestRoundTrip = roundTrip;
        offset = server + roundTrip / 2 - Date.now();
      } else bestRoundTrip *= 1.5;
    });
  }

  socket.on('connect', () => {
    attempt = 0;
    bestRoundTrip = Number.POSITIVE_INFINITY;
    listener.line('live', null, 0);
    for (let i = 0; i < 4; i++) setTimeout(lookAtClock, i * 250);
    for (const topic of wanted.keys()) ask(topic);
  });
  socket.on('connect_error', (error: Error & { data?: { code?: string } }) => {
    if (error.message === 'unauthenticated' || error.data?.code === 'unauthenticated') {
      listener.session('ended');
      return;
    }
    tryLater();
  });
  socket.on('disconnect', () => tryLater());
  socket.on('session', (change: 'ended' | 'changed') => {
    if (change === 'changed') for (const topic of wanted.keys()) ask(topic);
    listener.session(change);
  });
  socket.on('delta', (delta: Delta) => {
    const want = wanted.get(delta.topic);
    if (!want) return;
    notBefore(delta.sent);
    const outcome = applyDelta(want.mirror, delta);
    if (outcome === 'resync') ask(delta.topic);
    if (outcome !== 'applied') return;
    if (delta.hops) applied.push(delta.hops.received);
    moved(delta.topic);
  });
  function moved(topic: Topic): void {
    dirty.add(topic);
    if (framed) return;
    framed = true;
    atNextFrame(() => {
      framed = false;
      const topics = [...dirty];
      dirty.clear();
      for (const one of topics) if (wanted.has(one)) listener.moved(one);
      const received = applied;
      applied = [];
      // What is drawn in this frame is on the glass when the first task after it runs.
      if (received.length > 0) afterFrame(() => notePainted(received));
    });
  }
  function notePainted(received: readonly Instant[]): void {
    // Nobody sees a hidden page: it has no paint to tell of.
    if (document.hidden) return;
    const painted = now();
    for (const one of received) if (samples.length < samplesKept) samples.push([one, painted]);
  }

  const reports = setInterval(() => {
    if (samples.length === 0 || !socket.connected) return;
    socket.emit('painted', samples);
    samples = [];
  }, 1000);
  let looks = 0;
  const clock = setInterval(() => {
    const due = ++looks % (clockSeconds.following / clockSeconds.searching) === 0;
    if (socket.connected && (due || bestRoundTrip > goodRoundTrip)) lookAtClock();
  }, clockSeconds.searching * 1000);
  // A laptop that wakes, a cable that is back: at once, not after the back-off.
  const soon = (): void => {
    if (socket.connected || closed || !retry) return;
    clearTimeout(retry);
    retry = null;
    socket.connect();
  };
  window.addEventListener('online', soon);
  socket.connect();

  return {
    now,
    mirror: (topic) => wanted.get(topic)?.mirror,
    subscribe(topic, bbox) {
      const known = wanted.get(topic);
      if (known) {
        known.count++;
        look(topic, bbox);
        return;
      }
      wanted.set(topic, { count: 1, bbox, mirror: createMirror(topic), request: 0 });
      ask(topic);
    },
    look,
    unsubscribe(topic) {
      const known = wanted.get(topic);
      if (!known || --known.count > 0) return;
      wanted.delete(topic);
      if (socket.connected) socket.emit('unsubscribe', { topic });
    },
    close() {
      closed = true;
      clearInterval(reports);
      clearInterval(clock);
      if (retry) clearTimeout(retry);
      window.removeEventListener('online', soon);
      socket.close();
    },
  };
}

/** Half to all of it: everyone who lost the same server comes back spread out. */
function jittered(milliseconds: number): number {
  return milliseconds * (0.5 + Math.random() * 0.5);
}
/** In the next frame's own callback; a hidden page has no frames, and is told once a second. */
function atNextFrame(task: () => void): void {
  let done = false;
  const once = (): void => {
    if (done) return;
    done = true;
    clearTimeout(timer);
    task();
  };
  const timer = setTimeout(once, 1000);
  requestAnimationFrame(once);
}
/** The first task after the frame being prepared. */
function afterFrame(task: () => void): void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    channel.port1.close();
    task();
  };
  channel.port2.postMessage(null);
}
