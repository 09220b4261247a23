// How many HJ 212 frames per second one core cuts, decodes and answers. Run: npx tsx iot-gateway/protocols/hj212.bench.ts
//
// The ratio is to the smallest work that could be asked of the same bytes in the same process: finding line ends and the checksum alone.
import { crcHj212, encodeHj212, hj212, qnOf } from './hj212.ts';

export interface Hj212Bench {
  readonly framesPerSecond: number;
  readonly checksumOnlyPerSecond: number;
  readonly ratio: number;
}

/** @param seconds of each of the two measurements */
export function benchHj212(seconds: number): Hj212Bench {
  const start = Date.UTC(2026, 10, 24);
  const frames = Array.from({ length: 1000 }, (_, n) =>
    encodeHj212({
      qn: qnOf(start + n),
      st: '22',
      cn: '2061',
      pw: '123456',
      mn: `2101DE3022${String(n).padStart(14, '0')}`,
      flag: 5,
      cp: `DataTime=20261124070000;a21026-Avg=12,a21026-Flag=N;a21004-Avg=31,a21004-Flag=N;a21005-Avg=0.7,a21005-Flag=N;a05024-Avg=66,a05024-Flag=N;a34002-Avg=${n},a34002-Flag=N;a34004-Avg=46,a34004-Flag=N`,
    }),
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
  const framing = hj212.framing!;
  const received = start + 3_600_000;
  const framesPerSecond = rate(() => {
    let memory = framing.initial;
    let answered = 0;
    for (let from = 0; from < stream.length; from += 16_384) {
      const cut = framing.cut(memory, stream.subarray(from, from + 16_384));
      memory = cut.memory;
      for (const bytes of cut.frames) {
        const decoded = hj212.decode(hj212.initial, { protocol: 'hj212', address: '', received, bytes });
        if (decoded.answer && decoded.readings.length === 6) answered++;
      }
    }
    if (answered !== frames.length) throw new Error(`${answered} of ${frames.length} frames answered`);
    return answered;
  });
  const checksumOnlyPerSecond = rate(() => {
    let from = 0;
    let count = 0;
    for (let end = stream.indexOf(0x0a); end >= 0; end = stream.indexOf(0x0a, from)) {
      crcHj212(stream, from + 6, end - 5);
      from = end + 1;
      count++;
    }
    return count;
  });
  return { framesPerSecond, checksumOnlyPerSecond, ratio: framesPerSecond / checksumOnlyPerSecond };
}

if (process.argv[1]?.endsWith('hj212.bench.ts')) {
  const { framesPerSecond, checksumOnlyPerSecond, ratio } = benchHj212(2);
  process.stdout.write(
    `hj212 decode: ${Math.round(framesPerSecond)} frames/s per core (6 readings each), checksum alone ${Math.round(checksumOnlyPerSecond)}, ratio ${ratio.toFixed(3)}\n`,
  );
}
