// The declared shape of a device protocol: bytes in, readings and answers out. One protocol = one file = one constant.
//
// Everything here is pure: framing and decoding keep their memory in a value that they are given and give back, and time comes in as
// an argument. So the log can be replayed through today's decoder, and a page can decode a recorded hour.
import type { Instant, Reading } from './observation.ts';
import { Problem } from './problem.ts';

/** One frame as it came off the wire: what the log keeps, for ever reproducible. */
export interface RawFrame {
  /** Protocol id. */
  readonly protocol: string;
  /** Where it came in: peer address and connection for TCP, topic for MQTT, path for HTTP. */
  readonly address: string;
  readonly received: Instant;
  readonly bytes: Uint8Array;
}

/** A piece of the byte stream that is no frame, with the reason; counted and kept raw. */
export interface Refused {
  readonly bytes: Uint8Array;
  readonly problem: Problem;
}

export interface Decoded<Memory> {
  readonly memory: Memory;
  /** The device that speaks, once known; null when the frame does not say. */
  readonly device: string | null;
  readonly readings: readonly Reading[];
  /** Readings that were understood and refused (bad position, bad time): counted and shown, with the reason. */
  readonly refused: readonly { readonly property: string; readonly problem: Problem }[];
  /** What `device` says of itself that is no observation: plate, ship's name, maker. Shown with the raw frame; the registry's to keep. */
  readonly reported?: Readonly<Record<string, string | number>>;
  /** What to send back once the frame is durable; null: the standard says nothing. */
  readonly answer: Uint8Array | null;
  /** Set when the frame as a whole could not be understood. `answer` then says so, as the standard has it. */
  readonly problem: Problem | null;
}

export interface Inspection {
  /** Fields in order of appearance, with the byte range they stand in. */
  readonly fields: readonly FrameField[];
  /** As sent, and whether it is right; null where the protocol has none. */
  readonly checksum: { readonly given: string; readonly expected: string; readonly ok: boolean } | null;
}

export interface FrameField {
  readonly name: string;
  readonly value: string;
  /** [start, end) in the frame's bytes. */
  readonly range: readonly [number, number];
  /** What it means, in Chinese; null for unknown fields. */
  readonly meaning: string | null;
  /** Of one of several values of the same name: when it was observed. */
  readonly time?: Instant;
  /** True for passwords and keys: shown to nobody without the 'read-secret' act. */
  readonly secret?: boolean;
}

export interface Protocol<Framing = unknown, Memory = unknown> {
  readonly id: string;
  readonly title: { readonly zh: string; readonly en: string };
  /** Standard and clause, shown with the raw frame. */
  readonly standard: string;
  /** Largest frame that is accepted, in bytes. */
  readonly maxFrameBytes: number;
  /** Byte stream protocols only: cut a chunk into frames. Must bound what it keeps. */
  readonly framing?: {
    readonly initial: Framing;
    cut(memory: Framing, chunk: Uint8Array): { memory: Framing; frames: readonly Uint8Array[]; refused: readonly Refused[] };
  };
  /** What a session starts with. */
  readonly initial: Memory;
  /** Hot path. Never throws: a frame that cannot be understood comes back with `problem`. */
  decode(memory: Memory, frame: RawFrame): Decoded<Memory>;
  /** For the raw frame inspector, on demand. Never throws. */
  inspect(frame: RawFrame): Inspection;
}

/** Checks a protocol's declaration. @throws Problem bad-declaration */
export function defineProtocol<Framing, Memory>(protocol: Protocol<Framing, Memory>): Protocol<Framing, Memory> {
  if (!/^[a-z][a-z0-9-]*$/.test(protocol.id)) throw new Problem('bad-declaration', { what: `protocol id ${protocol.id}` });
  if (!(protocol.maxFrameBytes > 0)) throw new Problem('bad-declaration', { what: `${protocol.id}.maxFrameBytes` });
  return Object.freeze(protocol);
}
