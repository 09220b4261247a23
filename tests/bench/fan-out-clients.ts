// Many socket.io clients in one process, by hand over TCP, so that receiving costs next to nothing. Started by fan-out.ts.
//
// Arguments: port, sockets, scopes, topic ('' subscribes to nothing). Prints `joined`; for each line on stdin prints the messages received so far.
// WebSocket frames: RFC 6455 §5.2. Packets: engine.io 4 (0 open, 2 ping, 3 pong, 4 message), socket.io 5 (40 connect, 42 event, 43 ack).
import { connect, type Socket } from 'node:net';

const [port, sockets, scopes, topic] = [Number(process.argv[2]), Number(process.argv[3]), Number(process.argv[4]), process.argv[5] ?? ''];
/** Sockets that shake hands at once. */
const atOnce = 50;
let received = 0;

function send(socket: Socket, text: string): void {
  const body = Buffer.from(text);
  const head =
    body.length < 126 ? Buffer.from([0x81, 0x80 | body.length]) : Buffer.from([0x81, 0x80 | 126, body.length >> 8, body.length & 255]);
  socket.write(Buffer.concat([head, Buffer.alloc(4), body]));
}

/** Resolves when it has joined its room. */
function open(scope: number): Promise<void> {
  return new Promise((joined, failed) => {
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    let rest: Buffer = Buffer.alloc(0);
    let upgraded = false;
    socket.write(
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
    );
    function take(at: number, length: number): void {
      const kind = rest.toString('latin1', at, at + Math.min(length, 3));
      if (kind.startsWith('42')) received++;
      else if (kind === '2') send(socket, '3');
      else if (kind.startsWith('0')) send(socket, `40{"token":"${scope}"}`);
      else if (kind.startsWith('40')) {
        if (topic === '') joined();
        else send(socket, `421["subscribe",{"topic":"${topic}"}]`);
      } else if (kind.startsWith('43')) joined();
    }
    socket.on('data', (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      if (!upgraded) {
        const end = rest.indexOf('\r\n\r\n');
        if (end < 0) return;
        upgraded = true;
        rest = rest.subarray(end + 4);
      }
      let at = 0;
      while (rest.length >= at + 2) {
        const short = (rest[at + 1] as number) & 0x7f;
        const head = short === 127 ? 10 : short === 126 ? 4 : 2;
        if (rest.length < at + head) break;
        const length = short === 127 ? Number(rest.readBigUInt64BE(at + 2)) : short === 126 ? rest.readUInt16BE(at + 2) : short;
        if (rest.length < at + head + length) break;
        take(at + head, length);
        at += head + length;
      }
      rest = rest.subarray(at);
    });
    socket.on('error', failed);
    socket.on('close', () => failed(new Error('closed by the server')));
  });
}

for (let first = 0; first < sockets; first += atOnce)
  await Promise.all(Array.from({ length: Math.min(atOnce, sockets - first) }, (_, n) => open((first + n) % scopes)));
console.log('joined');
process.stdin.on('data', () => console.log(received));
