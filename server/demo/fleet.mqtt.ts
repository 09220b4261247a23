// The demo's fleet in a process of its own: told over IPC which sites to play and where the ports are; ends with its parent.
import type { Instant } from '../../contracts/observation.ts';
import { type Fleet, startMqttDevices } from './devices.mqtt.ts';
import { startTcpDevices } from './devices.tcp.ts';
import type { Site } from './sites.ts';

export interface FleetOrder {
  readonly kind: 'fleet';
  readonly sites: readonly Site[];
  readonly hj212Port: number;
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
    fleets.push(startTcpDevices(order.hj212Port, order.sites, settings));
    fleets.push(startMqttDevices(order.mqttUrl, order.sites, settings));
  });
  channel.on('disconnect', () => channel.exit(0));
  channel.on('SIGINT', () => undefined);
}
