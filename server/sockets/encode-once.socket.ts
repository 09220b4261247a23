// Snapshots as text made once: answers are encoded per socket by socket.io, and 1,000 pages that come back at once ask for the same one.
import type { Server } from 'socket.io';
import type { Snapshot } from '../../contracts/wire.ts';

/** Type of an acknowledgement (socket.io protocol 5). */
const ack = 3;

/**
 * Makes `io` write some answers from a text that is kept with them; every other packet goes its usual way.
 * @returns marks a snapshot, which must not change any more
 */
export function encodeSnapshotsOnce(io: Pick<Server, 'encoder'>): (snapshot: Snapshot) => void {
  const texts = new WeakMap<object, string | null>();
  const usual = io.encoder.encode.bind(io.encoder);
  io.encoder.encode = (packet) => {
    const { type, nsp, id, data } = packet as { type: number; nsp: string; id?: number; data?: unknown };
    const answer: unknown = Array.isArray(data) && data.length === 1 ? data[0] : null;
    const known = typeof answer === 'object' && answer !== null ? texts.get(answer) : undefined;
    if (type !== ack || nsp !== '/' || id === undefined || known === undefined) return usual(packet);
    const text = known ?? JSON.stringify(answer);
    texts.set(answer as object, text);
    return [`${ack}${id}[${text}]`];
  };
  return (snapshot) => {
    if (!texts.has(snapshot)) texts.set(snapshot, null);
  };
}
