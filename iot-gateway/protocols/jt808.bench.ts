// How many JT/T 808 location reports per second one core cuts, decodes and answers. Run: npx tsx iot-gateway/protocols/jt808.bench.ts
//
// The ratio is to the smallest work that could be asked of the same bytes in the same process: finding the marks and the check code alone.
import { encodeJt808, jt808 } from './jt808.ts';

export interface Jt808Bench {
  readonly framesPerSecond: number;
  readonly checksumOnlyPerSecond: number;
  readonly ratio: number;
}

/** 28 bytes and the items 01, 30, 31: as frequent as they come. */
function body(n: number): Uint8Array {
  const bytes = new Uint8Array(40);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 3);
  view.setUint32(8, 41_805_700 + n);
  view.setUint32(12, 123_431_500 - n);
  view.setUint16(16, 52);
  view.setUint16(18, 600 + (n % 100));
  view.setUint16(20, n % 360);
  bytes.set([0x26, 0x11, 0x24, 0x08, Math.floor(n / 100) % 10, ((Math.floor(n / 10) % 6) << 4) | (n % 10)], 22);
  bytes.set([0x01, 4, 0, 0, 3, n & 0xff, 0x30, 1, 25, 0x31, 1, 18], 28);
  return bytes;
}

/** @param seconds of each of the two measurements */
export function benchJt808(seconds: number): Jt808Bench {
  const frames = Array.from({ length: 1000 }, (_, n) =>
    encodeJt808({ id: 0x0200, phone: `1384000${String(n).padStart(4, '0')}`, serial: n, body: body(n), ...(n % 2 ? { version: 1 } : {}) }),
  );
  const stream = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    stream.set(frame, at);
    at += frame.length;
  }
  const rate = (work: () => number): number => {
    for (let i = 0; i < 20; i++) work();
    const from = performance.now();
    let done = 0;
    while (performance.now() - from < seconds * 1000) done += work();
    return (done / (performance.now() - from)) * 1000;
  };
  const framing = jt808.framing!;
  const received = Date.UTC(2026, 10, 24, 1);
  const framesPerSecond = rate(() => {
    let cutting = framing.initial;
    let memory = jt808.initial;
    let answered = 0;
    for (let from = 0; from < stream.length; from += 16_384) {
      const cut = framing.cut(cutting, stream.subarray(from, from + 16_384));
      cutting = cut.memory;
      for (const bytes of cut.frames) {
        const decoded = jt808.decode(memory, { protocol: 'jt808', address: '', received, bytes });
        memory = decoded.memory;
        if (decoded.answer && decoded.readings.length === 8) answered++;
      }
    }
    if (answered !== frames.length) throw new Error(`${answered} of ${frames.length} frames answered`);
    return answered;
  });
  const checksumOnlyPerSecond = rate(() => {
    let count = 0;
    for (let start = 0; start < stream.length; ) {
      const end = stream.indexOf(0x7e, start + 1);
      let check = 0;
      for (let i = start + 1; i < end; i++) check ^= stream[i]!;
      if (check !== 0x7e) count++;
      start = end + 1;
    }
    return count;
  });
  return { framesPerSecond, checksumOnlyPerSecond, ratio: framesPerSecond / checksumOnlyPerSecond };
}

if (process.argv[1]?.endsWith('jt808.bench.ts')) {
  const { framesPerSecond, checksumOnlyPerSecond, ratio } = benchJt808(2);
  process.stdout.write(
    `jt808 decode: ${Math.round(framesPerSecond)} frames/s per core (8 readings each), checksum alone ${Math.round(checksumOnlyPerSecond)}, ratio ${ratio.toFixed(3)}\n`,
  );
}
