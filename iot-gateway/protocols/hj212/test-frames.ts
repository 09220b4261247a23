// What the tests of HJ 212 share: bytes and text, one frame decoded, a stream cut into frames.
import type { Decoded, RawFrame } from '../../../contracts/protocol.ts';
import { hj212 } from '../hj212.ts';
import { cutHj212 } from './framing.ts';
import type { Hj212Memory } from './packets.ts';

const encoder = new TextEncoder();
export const decoder = new TextDecoder();
export const bytesOf = (text: string): Uint8Array => encoder.encode(text);
const received = Date.parse('2026-11-24T08:00:10+08:00');
export const raw = (bytes: Uint8Array | string): RawFrame => ({
  protocol: 'hj212',
  address: 'test:1',
  received,
  bytes: typeof bytes === 'string' ? bytesOf(bytes) : bytes,
});
export const decode = (frame: Uint8Array | string, memory: Hj212Memory = []): Decoded<Hj212Memory> => hj212.decode(memory, raw(frame));
export const answerText = (decoded: Decoded<unknown>): string | null => decoded.answer && decoder.decode(decoded.answer);
export function cutAll(chunks: readonly Uint8Array[]): { frames: string[]; refused: number; kept: number } {
  let memory: Uint8Array = new Uint8Array(0);
  const frames: string[] = [];
  let refused = 0;
  for (const chunk of chunks) {
    const cut = cutHj212(memory, chunk);
    memory = cut.memory;
    frames.push(...cut.frames.map((frame) => decoder.decode(frame)));
    refused += cut.refused.length;
  }
  return { frames, refused, kept: memory.length };
}
