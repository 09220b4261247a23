// Simulated HJ 212 devices: each a TCP connection of its own that sends a frame, waits for the 9014 and sends again when none comes.
import type { Instant } from '../../contracts/observation.ts';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import type { DeviceSettings, Fleet } from './devices.mqtt.ts';
import { Line } from './line.tcp.ts';
import { hashUnit } from './random.ts';
import { air, source } from './signals.ts';
import type { Site } from './sites.ts';

const minute = 60_000;
const hour = 60 * minute;

/** CN 2061 carries hour means, CN 2011 instants. */
function frameOf(site: Site, settings: DeviceSettings, at: Instant, hourly: boolean, sent: Instant): Uint8Array {
  const { uid, adcode } = site.thing;
  const city = `${adcode.slice(0, 4)}00`;
  const t = site.fault === 'stuck' ? settings.since : at;
  const values = site.kind === '22' ? air(settings.seed, uid, city, t) : source(settings.seed, uid, site.kind === '31' ? '31' : '32', t);
  const flag = site.fault === 'maintenance' ? 'M' : 'N';
  const suffix = hourly ? 'Avg' : 'Rtd';
  return encodeHj212({
    qn: qnOf(sent),
    st: site.kind,
    cn: hourly ? '2061' : '2011',
    pw: '123456',
    mn: site.thing.properties.device?.id ?? '',
    flag: 9,
    cp: [
      [['DataTime', beijingTime(at)]],
      ...Object.entries(values).map(([code, value]) => [[`${code}-${suffix}`, String(value)] as const, [`${code}-Flag`, flag] as const]),
    ],
  });
}

class Device {
  private readonly site: Site;
  private readonly line: Line;
  private readonly settings: DeviceSettings;
  private timers: NodeJS.Timeout[] = [];
  private closed = false;

  constructor(site: Site, port: number, settings: DeviceSettings) {
    this.site = site;
    this.line = new Line(port);
    this.settings = settings;
  }
  /** false: not answered, the next back-fill brings it. */
  private async send(at: Instant, hourly: boolean): Promise<boolean> {
    const { site, settings } = this;
    return (await this.line.send(() => frameOf(site, settings, at, hourly, settings.now()))) !== null;
  }
  async run(): Promise<void> {
    const { now, since, pace, seed } = this.settings;
    const device = this.site.thing.uid;
    const until = now() - (this.site.fault === 'late' ? 5 * hour : this.site.fault === 'silent' ? 9 * hour : 0);
    let next = Math.max(Math.ceil(since / hour) * hour, Math.floor(now() / hour) * hour - 48 * hour);
    for (; next + hour <= until && !this.closed; next += hour) await this.send(next, true);
    if (this.site.fault === 'silent') return this.line.close();
    const every = minute * pace;
    const beat = async (): Promise<void> => {
      if (this.closed) return;
      const lag = this.site.fault === 'late' ? 5 * hour : 2 * minute;
      if (next + hour + lag <= now() && (await this.send(next, true))) next += hour;
      await this.send(Math.floor(now() / 1000) * 1000, false);
      if (!this.closed) this.timers = [setTimeout(() => void beat(), every)];
    };
    this.timers.push(setTimeout(() => void beat(), every * hashUnit(seed, device, 'phase')));
  }
  close(): void {
    this.closed = true;
    for (const timer of this.timers) clearTimeout(timer);
    this.line.close();
  }
}

/** Starts one connection per HJ 212 site. */
export function startTcpDevices(port: number, sites: readonly Site[], settings: DeviceSettings): Fleet {
  const devices = sites.filter((site) => site.road === 'hj212').map((site) => new Device(site, port, settings));
  for (const device of devices) void device.run();
  return {
    async close() {
      for (const device of devices) device.close();
    },
  };
}
