// A socket.io page by hand over TCP, because a client library cannot be made to stop reading. Frames: RFC 6455 §5.2; packets: engine.io 4, socket.io 5.
import { connect } from 'node:net';
import type { Delta, Snapshot, Topic } from '../contracts/wire.ts';
import { frameLength } from './lossy-line.tcp.ts';

export interface RawPage {
  /** Resolves with the snapshot. */
  subscribe(topic: Topic): Promise<Snapshot>;
  /** Asks and does not wait. */
  ask(topic: Topic): void;
  pause(): void;
  resume(): void;
  deltas(): Delta[];
  /** Resolves when the server has closed it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Resolves when the session is accepted. */
export async function openRawPage(port: number, token: string): Promise<RawPage> {
  const tcp = connect(port, '127.0.0.1');
  const messages: string[] = [];
  const waiters: (() => void)[] = [];
  let buffer = Buffer.alloc(0);
  let upgraded = false;
  let call = 0;
  const closed = new Promise<void>((gone) => tcp.once('close', () => gone()));
  tcp.on('error', () => undefined);
  tcp.on('data', (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    if (!upgraded) {
      const end = buffer.indexOf('\r\n\r\n');
      if (end < 0) return;
      upgraded = true;
      buffer = buffer.subarray(end + 4);
    }
    for (let frame = frameLength(buffer); frame !== null; frame = frameLength(buffer)) {
      const text = buffer.subarray(frame.head, frame.total).toString();
      buffer = buffer.subarray(frame.total);
      if (text === '2') send('3');
      else messages.push(text);
    }
    for (const wake of waiters.splice(0)) wake();
  });
  function send(text: string): void {
    const body = Buffer.from(text);
    const head =
      body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255]);
    tcp.write(Buffer.concat([head, Buffer.alloc(4), body]));
  }
  async function until(start: string): Promise<string> {
    for (;;) {
      const found = messages.find((text) => text.startsWith(start));
      if (found !== undefined) return found;
      await new Promise<void>((wake) => waiters.push(wake));
    }
  }
  const ask = (topic: Topic): number => {
    call++;
    send(`42${call}${JSON.stringify(['subscribe', { topic }])}`);
    return call;
  };
  tcp.write(
    `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  await until('0{');
  send(`40${JSON.stringify({ token })}`);
  await until('40{');
  return {
    async subscribe(topic) {
      const answer = `43${ask(topic)}`;
      return (JSON.parse((await until(`${answer}[`)).slice(answer.length)) as [Snapshot])[0];
    },
    ask: (topic) => void ask(topic),
    pause: () => void tcp.pause(),
    resume: () => void tcp.resume(),
    deltas: () => messages.filter((text) => text.startsWith('42["delta"')).map((text) => (JSON.parse(text.slice(2)) as [string, Delta])[1]),
    closed,
    close: () => tcp.destroy(),
  };
}
