// One connection of a byte stream protocol: chunks in, decoded frames out, in order, with the protocol's memory in between. Pure.
import type { Instant } from '../contracts/observation.ts';
import { Problem } from '../contracts/problem.ts';
import type { Decoded, Protocol, RawFrame, Refused } from '../contracts/protocol.ts';

export interface Heard {
  readonly frames: readonly { readonly frame: RawFrame; readonly decoded: Decoded<unknown> }[];
  readonly refused: readonly Refused[];
}
export interface Session {
  /** @param received when the chunk arrived */
  hear(chunk: Uint8Array, received: Instant): Heard;
  /** Bytes of a frame that has begun and is not all there. */
  pending(): number;
}

/** @throws Problem bad-declaration when the protocol has no framing (it is not one of byte streams) */
export function createSession(protocol: Protocol, address: string): Session {
  const { framing } = protocol;
  if (!framing) throw new Problem('bad-declaration', { what: `${protocol.id} has no framing` });
  let cutting: unknown = framing.initial;
  let memory: unknown = protocol.initial;
  return {
    hear(chunk, received) {
      const cut = framing.cut(cutting, chunk);
      cutting = cut.memory;
      const frames = cut.frames.map((bytes) => {
        const frame: RawFrame = { protocol: protocol.id, address, received, bytes };
        const decoded = protocol.decode(memory, frame);
        memory = decoded.memory;
        return { frame, decoded };
      });
      return { frames, refused: cut.refused };
    },
    pending: () => (cutting instanceof Uint8Array ? cutting.length : 0),
  };
}
