// Simulated water gauges: SL 651 stations that report their level by timed reports (32H), and before that the past by the hour, as even series (31H);
// each report until the centre has confirmed it.
import type { Instant } from '../../contracts/observation.ts';
import { encodeSl651 } from '../../iot-gateway/protocols/sl651.ts';
import type { DeviceSettings, Fleet } from './devices.mqtt.ts';
import { Line } from './line.tcp.ts';
import { hashUnit } from './random.ts';
import { level } from './signals.ts';
import type { Site } from './sites.ts';

const minute = 60_000;
const hour = 60 * minute;
/** Table 3: even series, timed report; class of a river's station; ETX. */
const [evenSeries, timedReport, riverStation, lastPacket] = [0x31, 0x32, '48', 0x03];
/** Between the values of a series; 04H, annex C: a step of days, hours, minutes. */
const [stepMinutes, stepElement] = [5, '0418000005'];

/** Beijing time, YYMMDDhhmmss. */
const digits = (at: Instant): string => new Date(at + 8 * hour).toISOString().replace(/\D/g, '').slice(2, 14);
const bytesOf = (hex: string): Uint8Array => Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

/** Annex C: 39H, level in metres, N(7,3): four bytes with three decimals. */
const levelDigits = (metres: number): string =>
  Math.round(metres * 1000)
    .toString()
    .padStart(8, '0');

/** A report of levels in metres: of the minute `at` alone, or from it on every five minutes. */
export function levelReport(report: {
  readonly station: string;
  readonly serial: number;
  readonly at: Instant;
  readonly sent: Instant;
  readonly metres: readonly number[];
}): Uint8Array {
  const { station, serial, at, sent, metres } = report;
  const series = metres.length > 1;
  const head = serial.toString(16).padStart(4, '0') + digits(sent);
  const place = `F1F1${station}${riverStation}F0F0${digits(at).slice(0, 10)}`;
  const body = `${head}${place}${series ? stepElement : ''}3923${metres.map(levelDigits).join('')}`;
  const fn = series ? evenSeries : timedReport;
  return encodeSl651({ down: false, centre: 1, station, password: 0x1234, fn, body: bytesOf(body), end: lastPacket });
}
function reportOf({ thing, fault }: Site, { seed, now }: DeviceSettings, serial: number, times: readonly Instant[]): Uint8Array {
  const { uid, properties } = thing;
  const usual = Number(properties['usual']);
  const warning = properties.limits?.['z']?.['warning'] ?? 0;
  const metres = times.map((at) => (fault === 'stuck' ? usual : level(seed, uid, usual, warning, at)));
  return levelReport({ station: properties.device?.id ?? '', serial, at: times[0] ?? now(), sent: now(), metres });
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
    const report = (...times: Instant[]): Promise<unknown> => {
      serial = (serial % 0xffff) + 1;
      return line.send(() => reportOf(site, settings, serial, times));
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
      const step = stepMinutes * minute;
      const from = Math.ceil(Math.max(since, now() - 48 * hour) / step) * step;
      for (let at = from; at < now() && !closed; at += hour) {
        const times = Array.from({ length: hour / step }, (_, n) => at + n * step);
        await report(...times.filter((time) => time < now()));
      }
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
