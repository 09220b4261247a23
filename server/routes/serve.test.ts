// The time limits of the HTTP server, with real sockets that write slowly; a second here stands for a minute there.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createHttpServer } from './serve.http.ts';

const limits = { headersMilliseconds: 400, bodyMilliseconds: 600, uploadBytesPerWindow: 1000, checkMilliseconds: 50 };
/** As express does: a body is read to its end, then answered; /refused answers at once. */
const server = createHttpServer((request, response) => {
  if (request.headers['x-refuse']) return void response.writeHead(401).end('no');
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  request.on('end', () => response.end(`read ${bytes}`));
  request.on('error', () => undefined);
}, limits);
let port: number;
beforeAll(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

interface Heard {
  readonly socket: Socket;
  text: string;
  closed: boolean;
}
async function open(first: string): Promise<Heard> {
  const socket = connect(port, '127.0.0.1');
  const heard: Heard = { socket, text: '', closed: false };
  socket.on('data', (chunk) => {
    heard.text += chunk.toString();
  });
  socket.on('error', () => undefined);
  socket.on('close', () => {
    heard.closed = true;
  });
  await once(socket, 'connect');
  socket.write(first);
  return heard;
}
/** A piece every `every` ms, until the other side has enough. */
async function drip(heard: Heard, piece: string, every: number, times: number): Promise<void> {
  for (let n = 0; n < times && !heard.closed && heard.socket.writable; n++) {
    heard.socket.write(piece);
    await pause(every);
  }
}
const head = (path: string, length: number, more = ''): string =>
  `POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: ${length}\r\n${more}\r\n`;

test('a header that comes letter by letter is cut off with 408', async () => {
  const heard = await open('GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ');
  await drip(heard, 'a', 50, 60);
  expect([heard.text.split('\r\n')[0], heard.closed]).toEqual(['HTTP/1.1 408 Request Timeout', true]);
});

test('a body of /api/session that comes byte by byte is cut off, and the client hears why', async () => {
  const heard = await open(head('/api/session', 10_000));
  await drip(heard, 'a', 50, 60);
  expect([heard.text.split('\r\n')[0], heard.closed]).toEqual(['HTTP/1.1 408 Request Timeout', true]);
  expect(heard.text).toContain('Connection: close');
  expect(heard.text).toContain('application/problem+json');
  expect(heard.text).toContain('请求内容');
});

test('a body that is slow and comes in time is read', async () => {
  const heard = await open(head('/api/session', 8));
  await drip(heard, 'a', 40, 8);
  await pause(50);
  expect(heard.text).toContain('read 8');
  heard.socket.destroy();
});

test('an upload that is slow and goes on is read to its end, far beyond the limit of a body', async () => {
  const heard = await open(head('/api/imports?preview=1', 400 * 40));
  await drip(heard, 'a'.repeat(400), 50, 40);
  await pause(100);
  expect(heard.text).toContain(`read ${400 * 40}`);
  heard.socket.destroy();
});

test.each([
  ['stands still', '', 50],
  ['gives a byte now and then', 'a', 50],
])('an upload that %s is cut off with 408', async (_, piece, every) => {
  const heard = await open(`${head('/api/imports', 1_000_000)}${'a'.repeat(5000)}`);
  await drip(heard, piece, every, 60);
  expect([heard.text.split('\r\n')[0], heard.closed]).toEqual(['HTTP/1.1 408 Request Timeout', true]);
});

test.each(['/api/imports', '/api/session'])('%s refused: the rest of the body does not hold the socket', async (path) => {
  const heard = await open(head(path, 1_000_000, 'X-Refuse: 1\r\n'));
  await drip(heard, 'a', 50, 60);
  expect(heard.text.split('\r\n')[0]).toBe('HTTP/1.1 401 Unauthorized');
  expect(heard.closed).toBe(true);
});

test('an answer that takes longer than the limit of a body is not cut off', async () => {
  const slow = createHttpServer((_, response) => void setTimeout(() => response.end('late'), 1000), limits);
  slow.listen(0, '127.0.0.1');
  await once(slow, 'listening');
  const { port: at } = slow.address() as AddressInfo;
  for (const init of [{}, { method: 'POST', body: 'a' }])
    expect(await (await fetch(`http://127.0.0.1:${at}/api/imports`, init)).text()).toBe('late');
  slow.closeAllConnections();
  slow.close();
});
