// A light load generator for GET: keep-alive connections, one request at a time on each, times and bodies kept by the caller.
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';

export interface Answer {
  readonly status: number;
  readonly milliseconds: number;
  /** As it came, without chunk frames. */
  readonly body: Buffer;
  readonly gzip: boolean;
}
export interface Load {
  readonly answers: readonly Answer[];
  readonly perSecond: number;
  /** Milliseconds below which 95 of 100 answers came. */
  readonly p50: number;
  readonly p95: number;
}
export const textOf = ({ body, gzip }: Answer): Buffer => (gzip ? gunzipSync(body) : body);

export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** End of the chunked body that begins at `from`, and its text; null: not all is there. */
function unchunk(data: Buffer, from: number): { body: Buffer; end: number } | null {
  const parts: Buffer[] = [];
  for (let at = from; ; ) {
    const line = data.indexOf('\r\n', at);
    if (line < 0) return null;
    const size = Number.parseInt(data.toString('latin1', at, line), 16);
    const next = line + 2 + size + 2;
    if (data.length < next) return null;
    if (size === 0) return { body: Buffer.concat(parts), end: next };
    parts.push(data.subarray(line + 2, line + 2 + size));
    at = next;
  }
}
/** Bytes of the answer that begins with this, as its head tells; null: the head is not all there, or does not tell. */
function lengthOf(first: Buffer): number | null {
  const head = first.indexOf('\r\n\r\n');
  const told = head < 0 ? null : /\r\ncontent-length: (\d+)/i.exec(first.toString('latin1', 0, head))?.[1];
  return told ? head + 4 + Number(told) : null;
}
/** A chunked answer ends so; what ends otherwise need not be looked at. */
const lastChunk = Buffer.from('0\r\n\r\n');

/** The first whole answer in what came. */
function firstAnswer(data: Buffer): { status: number; gzip: boolean; body: Buffer; end: number } | null {
  const head = data.indexOf('\r\n\r\n');
  if (head < 0) return null;
  const text = data.toString('latin1', 0, head).toLowerCase();
  const status = Number(text.slice(9, 12));
  const gzip = text.includes('\r\ncontent-encoding: gzip');
  if (text.includes('\r\ntransfer-encoding: chunked')) {
    const whole = unchunk(data, head + 4);
    return whole && { status, gzip, ...whole };
  }
  const length = Number(/\r\ncontent-length: (\d+)/.exec(text)?.[1] ?? 0);
  const end = head + 4 + length;
  return data.length < end ? null : { status, gzip, body: data.subarray(head + 4, end), end };
}

/** GETs every path once, in order, over so many connections. @throws Error for a status that is neither 200 nor 304 */
export async function load(
  origin: string,
  paths: readonly string[],
  headers: Readonly<Record<string, string>> = {},
  connections = 8,
): Promise<Load> {
  const { hostname, port } = new URL(origin);
  const answers = new Array<Answer>(paths.length);
  const lines = Object.entries({ Host: `${hostname}:${port}`, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
  let next = 0;
  const worker = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname).setNoDelay(true);
      let [index, from] = [-1, 0];
      let chunks: Buffer[] = [];
      let [length, expected]: [number, number | null] = [0, null];
      const ask = (): void => {
        index = next++;
        if (index >= paths.length) return void socket.end(resolve);
        from = performance.now();
        socket.write(`GET ${paths[index]} HTTP/1.1\r\n${lines.join('')}\r\n`);
      };
      socket.once('connect', ask).once('error', reject);
      socket.once('close', () => (index < paths.length ? reject(new Error(`closed at ${paths[index]}`)) : resolve()));
      socket.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        length += chunk.length;
        if (chunks.length === 1) expected = lengthOf(chunk);
        // Put together once, at its end: the machine is the server's as well.
        if (expected !== null ? length < expected : chunks.length > 1 && !chunk.subarray(-5).equals(lastChunk)) return;
        const data = chunks.length === 1 ? chunk : Buffer.concat(chunks);
        const found = firstAnswer(data);
        chunks = found ? [] : [data];
        if (!found) return;
        length = 0;
        const { status, gzip, body } = found;
        if (status !== 200 && status !== 304) return reject(new Error(`${status} at ${paths[index]}: ${body.toString('utf8', 0, 300)}`));
        answers[index] = { status, milliseconds: performance.now() - from, body, gzip };
        ask();
      });
    });
  const from = performance.now();
  await Promise.all(Array.from({ length: connections }, worker));
  const seconds = (performance.now() - from) / 1000;
  const times = answers.map(({ milliseconds }) => milliseconds);
  return { answers, perSecond: paths.length / seconds, p50: quantile(times, 0.5), p95: quantile(times, 0.95) };
}
