// What guards a row of a stream: the area of its Thing, the department and the sharing attribute of the stream. Sockets and routes ask here.
import { type Guard, mayRead, type Scope } from '../../contracts/access.ts';
import type { AdCode } from '../../contracts/geo.ts';
import { type Stream, streamPath } from '../../contracts/stream.ts';
import type { Thing } from '../../contracts/thing.ts';

/** The guard of everything that a Thing of this stream sends; without a stream only the area counts. */
export function guardOf(stream: Stream | undefined, adcode: AdCode): Guard {
  return stream ? { adcode, department: stream.provider.department, sharing: stream.sharing } : { adcode };
}

/** Whether a scope opens anything of a stream at all, wherever it stands. */
export function mayReadStream(scope: Scope, stream: Stream): boolean {
  return mayRead(scope, guardOf(stream, scope.adcode));
}

/** Streams by path. */
export function streamsByPath(streams: readonly Stream[]): ReadonlyMap<string, Stream> {
  return new Map(streams.map((stream) => [streamPath(stream) as string, stream]));
}

/** Whether a Thing and what it sends may be seen. A Thing that names a stream nobody declares is seen by its area alone. */
export function mayReadThing(scope: Scope, thing: Pick<Thing, 'adcode' | 'properties'>, streams: ReadonlyMap<string, Stream>): boolean {
  return mayRead(scope, guardOf(streams.get(thing.properties.stream ?? ''), thing.adcode));
}
