// How many SL 651 frames per second one core cuts, decodes and answers. Run: npx tsx iot-gateway/protocols/sl651.bench.ts
//
// The ratio is to the smallest work that could be asked of the same bytes in the same process: stepping from length to length and the checksum.
import { beijingDigits, bytesOfHex, crcSl651, encodeSl651 } from './sl651/frame.ts';
import { sl651 } from './sl651.ts';

export interface Sl651Bench {
  readonly framesPerSecond: number;
  readonly checksumOnlyPerSecond: number;
  readonly ratio: number;
}

/** @param seconds of each of the two measurements */
export function benchSl651(seconds: number): Sl651Bench {
  const start = Date.UTC(2026, 10, 24);
  const digits = (value: number, count: number): string => String(value).padStart(count, '0');
  const frames = Array.from({ length: 1000 }, (_, n) => {
    const station = `00${digits(n, 8)}`;
    const sent = beijingDigits(start + n * 1000);
    const groups = `F1F1${station}48F0F0${sent.slice(0, 10)}2019${digits(n, 6)}2619${digits(n * 7, 6)}3923${digits(n * 31, 8)}272B${digits(n * 13, 10)}38121265`;
    const body = bytesOfHex(n.toString(16).padStart(4, '0').toUpperCase() + sent + groups);
    return encodeSl651({ down: false, centre: 1, station, password: 0x1234, fn: 0x32, body, end: 0x03 });
  });
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
  const framing = sl651.framing!;
  const received = start + 3_600_000;
  const framesPerSecond = rate(() => {
    let memory = framing.initial;
    let answered = 0;
    for (let from = 0; from < stream.length; from += 16_384) {
      const cut = framing.cut(memory, stream.subarray(from, from + 16_384));
      memory = cut.memory;
      for (const bytes of cut.frames) {
        const decoded = sl651.decode(sl651.initial, { protocol: 'sl651', address: '', received, bytes });
        if (decoded.answer && decoded.readings.length === 5) answered++;
      }
    }
    if (answered !== frames.length) throw new Error(`${answered} of ${frames.length} frames answered`);
    return answered;
  });
  const checksumOnlyPerSecond = rate(() => {
    let from = 0;
    let count = 0;
    while (from < stream.length) {
      const length = ((stream[from + 11]! & 0xf) << 8) | stream[from + 12]!;
      if (crcSl651(stream, from, from + 15 + length) === ((stream[from + 15 + length]! << 8) | stream[from + 16 + length]!)) count++;
      from += 17 + length;
    }
    return count;
  });
  return { framesPerSecond, checksumOnlyPerSecond, ratio: framesPerSecond / checksumOnlyPerSecond };
}

if (process.argv[1]?.endsWith('sl651.bench.ts')) {
  const { framesPerSecond, checksumOnlyPerSecond, ratio } = benchSl651(2);
  process.stdout.write(
    `sl651 decode: ${Math.round(framesPerSecond)} frames/s per core (5 readings each), checksum alone ${Math.round(checksumOnlyPerSecond)}, ratio ${ratio.toFixed(3)}\n`,
  );
}
