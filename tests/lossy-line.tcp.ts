// A line between a real client and a real server that loses what it is told to: deltas one by one, or the connection as a whole.
//
// WebSocket frames of the server (RFC 6455 §5.2) are cut apart and passed on whole or not at all; everything else goes through as it is.
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface LossyLine {
  readonly url: string;
  /** Deltas that did not get through so far. */
  lost(): number;
  /** Cuts every connection that is open now. */
  cut(): void;
  close(): Promise<void>;
}

/** @param drop asked for each delta that comes from the server: true loses it */
export async function openLossyLine(port: number, drop: () => boolean): Promise<LossyLine> {
  const open = new Set<Socket>();
  let lost = 0;
  const server = createServer((page) => {
    const house = connect(port, '127.0.0.1');
    let rest = Buffer.alloc(0);
    let upgraded = false;
    for (const socket of [page, house]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        open.delete(socket);
        page.destroy();
        house.destroy();
      });
    }
    page.on('data', (chunk) => house.write(chunk));
    house.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      if (!upgraded) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        upgraded = true;
        page.write(rest.subarray(0, end + 4));
        rest = rest.subarray(end + 4);
      }
      for (let frame = frameLength(rest); frame !== null; frame = frameLength(rest)) {
        const whole = rest.subarray(0, frame.total);
        rest = rest.subarray(frame.total);
        if (whole.subarray(frame.head, frame.head + 10).toString('latin1') === '42["delta"' && drop()) lost++;
        else page.write(whole);
      }
    });
  });
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const cut = (): void => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lost: () => lost,
    cut,
    close() {
      cut();
      return new Promise((closed) => server.close(() => closed()));
    },
  };
}

/** Bytes of the head and of the whole of the frame that a buffer begins with; null: it is not all there. Frames of a server are not masked. */
export function frameLength(buffer: Buffer): { head: number; total: number } | null {
  if (buffer.length < 2) return null;
  const short = (buffer[1] as number) & 0x7f;
  const head = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (buffer.length < head) return null;
  const length = short === 127 ? Number(buffer.readBigUInt64BE(2)) : short === 126 ? buffer.readUInt16BE(2) : short;
  return buffer.length < head + length ? null : { head, total: head + length };
}
