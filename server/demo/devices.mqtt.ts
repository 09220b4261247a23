// Simulated MQTT devices: a fire satellite, a client of its own that publishes with QoS 1 and waits for the PUBACK; and where vehicles are.
import mqtt from 'mqtt';
import type { LngLat } from '../../contracts/geo.ts';
import type { Instant } from '../../contracts/observation.ts';
import { hashUnit } from './random.ts';
import type { Site } from './sites.ts';

export interface Fleet {
  close(): Promise<void>;
}
export interface DeviceSettings {
  readonly seed: number;
  readonly now: () => Instant;
  /** Back-fill from here; the past is sent first, as a logger does after an outage. */
  readonly since: Instant;
  /** Multiplies every interval; tests use less than 1. */
  readonly pace: number;
}

interface Telemetry {
  readonly time: Instant;
  readonly values: Readonly<Record<string, number | null>>;
  readonly position?: LngLat;
}

const minute = 60_000;
const places: Readonly<Record<string, readonly [LngLat, string]>> = {
  清原: [[125.0, 42.15], '210423'],
  新宾: [[125.05, 41.72], '210422'],
  桓仁: [[125.2, 41.32], '210522'],
  宽甸: [[124.85, 40.78], '210624'],
  岫岩: [[123.3, 40.35], '210323'],
  建昌: [[119.75, 40.8], '211422'],
  凌源: [[119.35, 41.2], '211382'],
  北镇: [[121.7, 41.65], '210782'],
};

/** A vehicle goes round its city on a wobbling circle: always on the move, never far. Position, speed in m/s and bearing in degrees. */
export function vehicleAt(seed: number, uid: string, centre: LngLat, t: Instant): { position: LngLat; speed: number; bearing: number } {
  const radius = 0.02 + 0.05 * hashUnit(seed, uid, 'radius');
  const speed = 8 + 9 * hashUnit(seed, uid, 'speed');
  const perSecond = speed / (radius * 111_320);
  const angle = (t / 1000) * perSecond * (hashUnit(seed, uid, 'turn') > 0.5 ? 1 : -1) + hashUnit(seed, uid, 'phase') * 6.283;
  const r = radius * (1 + 0.25 * Math.sin(angle * 3));
  const round = (x: number): number => Math.round(x * 1e6) / 1e6;
  const position: LngLat = [
    round(centre[0] + (r * Math.cos(angle)) / Math.cos((centre[1] * Math.PI) / 180)),
    round(centre[1] + r * Math.sin(angle)),
  ];
  const bearing = ((perSecond > 0 ? 360 : 180) - (angle * 180) / Math.PI) % 360;
  return { position, speed: Math.round(speed * 10) / 10, bearing: Math.round((bearing + 360) % 360) };
}

/** A hotspot every few minutes: where and how sure, drawn from the minute it happens in. */
export function hotspotAt(seed: number, t: Instant): Telemetry {
  const slot = Math.floor(t / minute);
  const names = Object.keys(places);
  const name = names[Math.floor(hashUnit(seed, 'hotspot', slot, 'place') * names.length)] ?? '清原';
  const [centre] = places[name] ?? [[125, 42.1] as LngLat];
  const spread = (what: string): number => (hashUnit(seed, 'hotspot', slot, what) - 0.5) * 0.3;
  const round = (x: number): number => Math.round(x * 1e4) / 1e4;
  return {
    time: slot * minute,
    position: [round(centre[0] + spread('x')), round(centre[1] + spread('y'))],
    values: {
      'fire-confidence': Math.round(35 + 60 * hashUnit(seed, 'hotspot', slot, 'confidence')),
      frp: Math.round((6 + 50 * hashUnit(seed, 'hotspot', slot, 'frp')) * 10) / 10,
    },
  };
}

const intervals: Readonly<Record<string, { live: number; past: number }>> = {
  satellite: { live: 4 * minute, past: 40 * minute },
};

/** Starts one client per site against the broker at `url`. */
export function startMqttDevices(url: string, sites: readonly Site[], settings: DeviceSettings): Fleet {
  const timers: NodeJS.Timeout[] = [];
  const clients: mqtt.MqttClient[] = [];
  for (const site of sites) {
    const device = site.thing.properties.device?.id;
    const interval = intervals[site.kind];
    if (site.road !== 'mqtt' || !device || !interval) continue;
    const client = mqtt.connect(url, {
      clientId: device,
      clean: true,
      reconnectPeriod: 2000 + Math.floor(3000 * hashUnit(settings.seed, device)),
    });
    client.on('error', () => undefined);
    clients.push(client);
    const topic = `devices/${device}/telemetry`;
    const send = (t: Instant): Promise<unknown> => client.publishAsync(topic, JSON.stringify(hotspotAt(settings.seed, t)), { qos: 1 });
    client.once('connect', async () => {
      const now = settings.now();
      if (interval.past > 0) {
        for (
          let t = Math.ceil(Math.max(settings.since, now - 48 * 60 * minute) / interval.past) * interval.past;
          t < now;
          t += interval.past
        )
          await send(t).catch(() => undefined);
      }
      const every = interval.live * settings.pace;
      const live = (): void => {
        if (client.connected) void send(settings.now()).catch(() => undefined);
      };
      // Spread over the interval, as real devices are: nobody's clock ticks with another's.
      timers.push(
        setTimeout(
          () => {
            live();
            timers.push(setInterval(live, every));
          },
          every * hashUnit(settings.seed, device, 'phase'),
        ),
      );
    });
  }
  return {
    async close() {
      for (const timer of timers) clearTimeout(timer);
      await Promise.all(clients.map((client) => client.endAsync(true)));
    },
  };
}
