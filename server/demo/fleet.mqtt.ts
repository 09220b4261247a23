// The demo's fleet in a process of its own: told over IPC which sites to play and where the ports are; ends with its parent.
import type { Instant } from '../../contracts/observation.ts';
import { type Fleet, startMqttDevices } from './devices.mqtt.ts';
import { startTcpDevices } from './devices.tcp.ts';
import { startGauges } from './gauges.tcp.ts';
import type { Site } from './sites.ts';
import { startVehicles } from './vehicles.tcp.ts';

export interface FleetOrder {
  readonly kind: 'fleet';
  readonly sites: readonly Site[];
  readonly ports: { readonly hj212: number; readonly sl651: number; readonly jt808: number };
  readonly mqttUrl: string;
  readonly seed: number;
  readonly since: Instant;
  readonly pace: number;
}

/** Waits for the order and plays it until the parent is gone. */
export function playFleet(channel: NodeJS.Process): void {
  const fleets: Fleet[] = [];
  channel.on('message', (order: FleetOrder) => {
    if (order.kind !== 'fleet') return;
    const settings = { seed: order.seed, since: order.since, pace: order.pace, now: () => Date.now() };
    fleets.push(startTcpDevices(order.ports.hj212, order.sites, settings));
    fleets.push(startGauges(order.ports.sl651, order.sites, settings));
    fleets.push(startVehicles(order.ports.jt808, order.sites, settings));
    fleets.push(startMqttDevices(order.mqttUrl, order.sites, settings));
  });
  channel.on('disconnect', () => channel.exit(0));
  channel.on('SIGINT', () => undefined);
}
