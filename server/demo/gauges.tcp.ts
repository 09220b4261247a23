// Simulated water gauges: SL 651 stations that report their level by timed reports (32H), the past first, each until the centre has confirmed it.
import type { Instant } from '../../contracts/observation.ts';
import { encodeSl651 } from '../../iot-gateway/protocols/sl651.ts';
import type { DeviceSettings, Fleet } from './devices.mqtt.ts';
import { Line } from './line.tcp.ts';
import { hashUnit } from './random.ts';
import { level } from './signals.ts';
import type { Site } from './sites.ts';

const minute = 60_000;
const past = 30 * minute;
const hour = 60 * minute;
/** Tables 3 and 4: timed report; class of a river's station; ETX. */
const [timedReport, riverStation, lastPacket] = [0x32, '48', 0x03];

/** Beijing time, YYMMDDhhmmss. */
const digits = (at: Instant): string => new Date(at + 8 * hour).toISOString().replace(/\D/g, '').slice(2, 14);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Annex C: 39H, level in metres, N(7,3): four bytes with three decimals. */
const levelElement = (metres: number): string =>
  `3923${Math.round(metres * 1000)
    .toString()
    .padStart(8, '0')}`;

function reportOf({ thing, fault }: Site, { seed, now }: DeviceSettings, serial: number, at: Instant): Uint8Array {
  const { uid, properties } = thing;
  const station = properties.device?.id ?? '';
  const usual = Number(properties['usual']);
  const metres = fault === 'stuck' ? usual : level(seed, uid, usual, properties.limits?.['z']?.['warning'] ?? 0, at);
  const head = serial.toString(16).padStart(4, '0') + digits(now());
  const body = `${head}F1F1${station}${riverStation}F0F0${digits(at).slice(0, 10)}${levelElement(metres)}`;
  return encodeSl651({ down: false, centre: 1, station, password: 0x1234, fn: timedReport, body: bytesOf(body), end: lastPacket });
}

/** Starts one connection per gauge. A report is of a whole minute: the protocol says no seconds. */
export function startGauges(port: number, sites: readonly Site[], settings: DeviceSettings): Fleet {
  let closed = false;
  const timers = new Set<NodeJS.Timeout>();
  const lines: Line[] = [];
  for (const site of sites) {
    const device = site.thing.properties.device?.id;
    if (site.road !== 'sl651' || !device || site.fault === 'silent') continue;
    const line = new Line(port);
    lines.push(line);
    let serial = 0;
    const report = (at: Instant): Promise<unknown> => {
      serial = (serial % 0xffff) + 1;
      return line.send(() => reportOf(site, settings, serial, at));
    };
    const { since, now, pace, seed } = settings;
    const later = (milliseconds: number): void => {
      const timer = setTimeout(async () => {
        timers.delete(timer);
        await report(Math.floor(now() / minute) * minute);
        if (!closed) later(minute * pace);
      }, milliseconds);
      timers.add(timer);
    };
    void (async () => {
      const from = Math.ceil(Math.max(since, now() - 48 * hour) / past) * past;
      for (let at = from; at < now() && !closed; at += past) await report(at);
      // Spread over the minute, as real stations are.
      if (!closed) later(minute * pace * hashUnit(seed, device, 'phase'));
    })();
  }
  return {
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const line of lines) line.close();
    },
  };
}
