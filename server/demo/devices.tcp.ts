// Simulated HJ 212 devices: each a TCP connection of its own that sends a frame, waits for the 9014 and sends again when none comes.
import { connect, type Socket } from 'node:net';
import type { Instant } from '../../contracts/observation.ts';
import { beijingTime, encodeHj212, qnOf } from '../../iot-gateway/protocols/hj212.ts';
import type { DeviceSettings, Fleet } from './devices.mqtt.ts';
import { hashUnit } from './random.ts';
import { air, source } from './signals.ts';
import type { Site } from './sites.ts';

const minute = 60_000;
const hour = 60 * minute;
const answerMilliseconds = 10_000;

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
  private readonly port: number;
  private readonly settings: DeviceSettings;
  private socket: Socket | null = null;
  private waiting: (() => void) | null = null;
  private timers: NodeJS.Timeout[] = [];
  private closed = false;

  constructor(site: Site, port: number, settings: DeviceSettings) {
    this.site = site;
    this.port = port;
    this.settings = settings;
  }
  private open(): Promise<Socket> {
    const socket = connect(this.port, '127.0.0.1');
    socket.on('data', () => this.waiting?.());
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.socket = null;
    });
    return new Promise((resolve, reject) => {
      socket.once('connect', () => resolve(socket)).once('error', reject);
    });
  }
  /** Sends until it is answered, three tries as the standard's default is. false: kept for nobody, the next back-fill brings it. */
  private async send(at: Instant, hourly: boolean): Promise<boolean> {
    for (let attempt = 0; attempt < 3 && !this.closed; attempt++) {
      try {
        this.socket ??= await this.open();
        const answered = new Promise<boolean>((resolve) => {
          const timer = setTimeout(() => resolve(false), answerMilliseconds);
          this.waiting = () => {
            clearTimeout(timer);
            resolve(true);
          };
        });
        this.socket.write(frameOf(this.site, this.settings, at, hourly, this.settings.now()));
        if (await answered) return true;
      } catch {
        await new Promise((wake) => setTimeout(wake, 1000 * 2 ** attempt));
      }
    }
    return false;
  }
  async run(): Promise<void> {
    const { now, since, pace, seed } = this.settings;
    const device = this.site.thing.uid;
    const until = now() - (this.site.fault === 'late' ? 5 * hour : this.site.fault === 'silent' ? 9 * hour : 0);
    let next = Math.max(Math.ceil(since / hour) * hour, Math.floor(now() / hour) * hour - 48 * hour);
    for (; next + hour <= until && !this.closed; next += hour) await this.send(next, true);
    if (this.site.fault === 'silent') return this.socket?.destroy() as undefined;
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
    this.waiting?.();
    this.socket?.destroy();
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
