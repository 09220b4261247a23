// Frames of every field protocol as devices send them, cut, decoded and answered; and the smallest work that could be asked of the same bytes.
// Bundled by decode.ts before it is run: what a loader puts into functions would be measured with them.
import type { Protocol } from '../../contracts/protocol.ts';
import { crcHj212, encodeHj212, hj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import { encodeJt808, jt808 } from '../../iot-gateway/protocols/jt808.ts';
import { beijingDigits, bytesOfHex, crcSl651, encodeSl651 } from '../../iot-gateway/protocols/sl651/frame.ts';
import { sl651 } from '../../iot-gateway/protocols/sl651.ts';

export interface DecodeLoad {
  readonly protocol: Protocol;
  readonly frames: readonly Uint8Array[];
  /** Of each frame. */
  readonly readings: number;
  /** Finds the frames and their check codes, and no more; how many. */
  readonly checksums: (stream: Uint8Array) => number;
}
const start = Date.UTC(2026, 10, 24);
const thousand = <T>(make: (n: number) => T): T[] => Array.from({ length: 1000 }, (_, n) => make(n));
const digits = (value: number, count: number): string => String(value).padStart(count, '0');

/** 28 bytes of a location and the items 01, 30, 31: as frequent as they come. */
function location(n: number): Uint8Array {
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

export const decodeLoads: readonly DecodeLoad[] = [
  {
    protocol: hj212 as Protocol,
    readings: 6,
    frames: thousand((n) =>
      encodeHj212({
        ...{ qn: qnOf(start + n), st: '22', cn: '2061', pw: '123456', mn: `2101DE3022${digits(n, 14)}`, flag: 5 },
        cp: `DataTime=20261124070000;a21026-Avg=12,a21026-Flag=N;a21004-Avg=31,a21004-Flag=N;a21005-Avg=0.7,a21005-Flag=N;a05024-Avg=66,a05024-Flag=N;a34002-Avg=${n},a34002-Flag=N;a34004-Avg=46,a34004-Flag=N`,
      }),
    ),
    checksums(stream) {
      let [from, count] = [0, 0];
      for (let end = stream.indexOf(0x0a); end >= 0; end = stream.indexOf(0x0a, from)) {
        crcHj212(stream, from + 6, end - 5);
        from = end + 1;
        count++;
      }
      return count;
    },
  },
  {
    protocol: sl651 as Protocol,
    readings: 5,
    frames: thousand((n) => {
      const station = `00${digits(n, 8)}`;
      const sent = beijingDigits(start + n * 1000);
      const groups = `F1F1${station}48F0F0${sent.slice(0, 10)}2019${digits(n, 6)}2619${digits(n * 7, 6)}3923${digits(n * 31, 8)}272B${digits(n * 13, 10)}38121265`;
      const body = bytesOfHex(n.toString(16).padStart(4, '0').toUpperCase() + sent + groups);
      return encodeSl651({ down: false, centre: 1, station, password: 0x1234, fn: 0x32, body, end: 0x03 });
    }),
    checksums(stream) {
      let [from, count] = [0, 0];
      while (from < stream.length) {
        const end = from + 15 + (((stream[from + 11]! & 0xf) << 8) | stream[from + 12]!);
        if (crcSl651(stream, from, end) === ((stream[end]! << 8) | stream[end + 1]!)) count++;
        from = end + 2;
      }
      return count;
    },
  },
  {
    protocol: jt808 as Protocol,
    readings: 8,
    frames: thousand((n) =>
      encodeJt808({ id: 0x0200, phone: `1384000${digits(n, 4)}`, serial: n, body: location(n), ...(n % 2 ? { version: 1 } : {}) }),
    ),
    checksums(stream) {
      let count = 0;
      for (let from = 0; from < stream.length; ) {
        const end = stream.indexOf(0x7e, from + 1);
        let check = 0;
        for (let i = from + 1; i < end; i++) check ^= stream[i]!;
        if (check !== 0x7e) count++;
        from = end + 1;
      }
      return count;
    },
  },
];

/** Frames per second of one core: of the processor's time, for the machine is shared. */
function rate(work: () => number, seconds: number): number {
  for (let i = 0; i < 20; i++) work();
  const from = process.cpuUsage();
  let [done, used] = [0, 0];
  while (used < seconds * 1e6) {
    done += work();
    const { user, system } = process.cpuUsage(from);
    used = user + system;
  }
  return (done / used) * 1e6;
}

export interface Decoded {
  readonly id: string;
  readonly readings: number;
  readonly perSecond: number;
  readonly checksumsPerSecond: number;
}
/** @param seconds of each of the two measurements. @throws Error for a frame that is not answered with all of its readings */
export function measure({ protocol, frames, readings, checksums }: DecodeLoad, seconds: number): Decoded {
  const stream = new Uint8Array(frames.reduce((sum, frame) => sum + frame.length, 0));
  let at = 0;
  for (const frame of frames) {
    stream.set(frame, at);
    at += frame.length;
  }
  const framing = protocol.framing!;
  const received = start + 3_600_000;
  const all = (): number => {
    let [cutting, memory, answered] = [framing.initial, protocol.initial, 0];
    for (let from = 0; from < stream.length; from += 16_384) {
      const cut = framing.cut(cutting, stream.subarray(from, from + 16_384));
      cutting = cut.memory;
      for (const bytes of cut.frames) {
        const decoded = protocol.decode(memory, { protocol: protocol.id, address: '', received, bytes });
        memory = decoded.memory;
        if (decoded.answer && decoded.readings.length === readings) answered++;
      }
    }
    if (answered !== frames.length) throw new Error(`${protocol.id}: ${answered} of ${frames.length} frames answered`);
    return answered;
  };
  return { id: protocol.id, readings, perSecond: rate(all, seconds), checksumsPerSecond: rate(() => checksums(stream), seconds) };
}
