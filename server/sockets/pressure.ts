// How much waits to be read by one socket: bytes that engine.io has not handed on, and bytes that the WebSocket has not got rid of; and its end.

/** The part of engine.io's Socket that tells it; there is no public word for it (engine.io 6, lib/socket.ts and lib/transports/websocket.ts). */
export interface EngineLine {
  readonly writeBuffer?: readonly { readonly data?: unknown }[];
  readonly transport?: { readonly socket?: { readonly bufferedAmount?: number; terminate?(): void } };
  close(discard: boolean): void;
}

/** Bytes, to within what framing and characters beyond ASCII add. */
export function waitingBytes({ writeBuffer, transport }: EngineLine): number {
  let bytes = transport?.socket?.bufferedAmount ?? 0;
  for (const { data } of writeBuffer ?? []) bytes += typeof data === 'string' ? data.length : data instanceof Uint8Array ? data.length : 16;
  return bytes;
}

/** Ends it now: an orderly close would wait for the reader who does not read. */
export function cutOff(line: EngineLine): void {
  if (line.transport?.socket?.terminate) line.transport.socket.terminate();
  else line.close(true);
}
