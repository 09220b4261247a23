// Starts the demo fleet as a child: the same program with the word `simulate`, so that bundle and source tree need no second entry.
import { fork } from 'node:child_process';
import type { FleetOrder } from './fleet.mqtt.ts';

export interface DemoFleet {
  close(): void;
}
export function forkFleet(program: string, order: FleetOrder): DemoFleet {
  const child = fork(program, ['simulate'], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: ['--max-old-space-size=160'] });
  child.on('error', () => undefined);
  child.send(order);
  return {
    close() {
      if (child.connected) child.disconnect();
      child.kill('SIGTERM');
    },
  };
}
