// Simulated emergency vehicles: JT/T 808 terminals that register, authenticate with the code that they are given, and report where they are.
import { cities } from '../../contracts/adcodes.data.ts';
import type { Instant } from '../../contracts/observation.ts';
import { readMessage } from '../../iot-gateway/protocols/jt808/message.ts';
import { encodeJt808 } from '../../iot-gateway/protocols/jt808.ts';
import { type DeviceSettings, type Fleet, vehicleAt } from './devices.mqtt.ts';
import { Line } from './line.tcp.ts';
import { hashUnit } from './random.ts';
import type { Site } from './sites.ts';

const everyMilliseconds = 2000;
const hour = 3_600_000;
const [registration, authentication, location] = [0x0100, 0x0102, 0x0200];
const text = new TextEncoder();

/** §8.5 (2013): Liaoning, city, maker, model, terminal id, blue plate. */
function registrationBody(adcode: string, phone: string): Uint8Array {
  const body = new Uint8Array(37 + 6);
  const view = new DataView(body.buffer);
  view.setUint16(0, 21);
  view.setUint16(2, Number(adcode.slice(2, 6)));
  body.set(text.encode('LZSIM'), 4);
  body.set(text.encode('simulated'), 9);
  body.set(text.encode(phone.slice(-7)), 29);
  body[36] = 1;
  body.set(text.encode(`S${phone.slice(-5)}`), 37);
  return body;
}
/** §8.12, table 23: no alarm, positioned and engine on, no additional items. */
function locationBody({ thing }: Site, { seed }: DeviceSettings, t: Instant): Uint8Array {
  const centre = cities.find((city) => city.adcode === thing.adcode)?.centre ?? thing.position ?? [123.43, 41.8];
  const { position, speed, bearing } = vehicleAt(seed, thing.uid, centre, t);
  const body = new Uint8Array(28);
  const view = new DataView(body.buffer);
  view.setUint32(4, 3);
  view.setUint32(8, Math.round(position[1] * 1e6));
  view.setUint32(12, Math.round(position[0] * 1e6));
  view.setUint16(16, 50);
  view.setUint16(18, Math.round(speed * 36));
  view.setUint16(20, bearing % 360);
  const digits = new Date(t + 8 * hour).toISOString().replace(/\D/g, '').slice(2, 14);
  body.set(
    Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16)),
    22,
  );
  return body;
}
/** The code of 0x8100, §8.6; null: refused. */
function codeIn(answer: Uint8Array | null): Uint8Array | null {
  const message = answer && readMessage(answer);
  if (!message || 'problem' in message || message.id !== 0x8100 || message.bytes[message.body + 2] !== 0) return null;
  return message.bytes.slice(message.body + 3, message.end);
}

/** Starts one connection per vehicle. */
export function startVehicles(port: number, sites: readonly Site[], settings: DeviceSettings): Fleet {
  let closed = false;
  const timers = new Set<NodeJS.Timeout>();
  const lines: Line[] = [];
  for (const site of sites) {
    const phone = site.thing.properties.device?.id;
    if (site.road !== 'jt808' || !phone) continue;
    let serial = 0;
    const frame = (id: number, body: Uint8Array): Uint8Array => {
      serial = (serial + 1) & 0xffff;
      return encodeJt808({ id, phone, serial, body });
    };
    const line = new Line(port, async (say) => {
      const code = codeIn(await say(frame(registration, registrationBody(site.thing.adcode, phone))));
      return code !== null && (await say(frame(authentication, code))) !== null;
    });
    lines.push(line);
    const { now, pace, seed } = settings;
    const later = (milliseconds: number): void => {
      const timer = setTimeout(async () => {
        timers.delete(timer);
        const at = Math.floor(now() / 1000) * 1000;
        await line.send(() => frame(location, locationBody(site, settings, at)));
        if (!closed) later(everyMilliseconds * pace);
      }, milliseconds);
      timers.add(timer);
    };
    later(everyMilliseconds * pace * hashUnit(seed, phone, 'phase'));
  }
  return {
    async close() {
      closed = true;
      for (const timer of timers) clearTimeout(timer);
      for (const line of lines) line.close();
    },
  };
}
