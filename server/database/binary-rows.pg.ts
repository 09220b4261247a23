// Rows in binary form, taken off a connection before the client library makes strings of them.
//
// pg asks for binary values when told to, and then decodes each one as UTF-8, which destroys them (pg-protocol 1.x). So while one question is
// open, a filter stands before its parser: DataRow messages are put aside as they are, everything else (errors, notices, what ends a question)
// goes to the parser as before. Source: PostgreSQL 15, chapter "Frontend/Backend Protocol", "Message Formats".
import type { Duplex } from 'node:stream';
import type pg from 'pg';
import type { BinaryRows, RowSpace } from './database.ts';

type Hear = (chunk: Buffer) => void;
const DATA_ROW = 0x44;
const HEAD = 5;

/** Splits what comes into rows and the rest, wherever the chunks are cut. */
export function rowFilter(
  rest: Hear,
  space: RowSpace = { bytes: Buffer.allocUnsafe(0) },
): { take: Hear; rows(): { bytes: Uint8Array; count: number } } {
  let length = 0;
  let count = 0;
  /** Of the message under way: bytes that are still to come, and whether it is a row. */
  let open = 0;
  let isRow = false;
  /** A head that was cut in two. */
  const head = Buffer.alloc(HEAD);
  let headLength = 0;

  function keep(chunk: Buffer, from: number, to: number): void {
    const needed = length + to - from;
    if (needed > space.bytes.length) {
      const wider = Buffer.allocUnsafe(Math.max(space.bytes.length * 2, needed, 16_384));
      space.bytes.copy(wider, 0, 0, length);
      space.bytes = wider;
    }
    length += chunk.copy(space.bytes, length, from, to);
  }
  const give = (chunk: Buffer, from: number, to: number): void => {
    if (to <= from) return;
    if (isRow) keep(chunk, from, to);
    else rest(chunk.subarray(from, to));
  };
  function begin(type: number, size: number): void {
    isRow = type === DATA_ROW;
    if (isRow) count++;
    open = size - 4;
  }
  return {
    take(chunk) {
      let at = 0;
      if (headLength > 0) {
        const more = Math.min(HEAD - headLength, chunk.length);
        chunk.copy(head, headLength, 0, more);
        headLength += more;
        at = more;
        if (headLength < HEAD) return;
        headLength = 0;
        begin(head[0] as number, head.readUInt32BE(1));
        give(Buffer.from(head), 0, HEAD);
      }
      // Messages of one kind that follow each other go on together.
      let from = at;
      while (at < chunk.length) {
        if (open > 0) {
          const part = Math.min(open, chunk.length - at);
          at += part;
          open -= part;
          continue;
        }
        const row = chunk[at] === DATA_ROW;
        if (row !== isRow || chunk.length - at < HEAD) {
          give(chunk, from, at);
          from = at;
          if (chunk.length - at < HEAD) {
            headLength = chunk.copy(head, 0, at);
            return;
          }
        }
        begin(chunk[at] as number, chunk.readUInt32BE(at + 1));
        at += HEAD;
      }
      give(chunk, from, at);
    },
    rows: () => ({ bytes: space.bytes.subarray(0, length), count }),
  };
}

/** The rows of one prepared statement on a connection that nobody else uses meanwhile. @throws what pg throws */
export async function binaryRowsOn(
  client: pg.PoolClient,
  sql: string,
  values: readonly unknown[],
  name: string,
  space?: RowSpace,
): Promise<BinaryRows> {
  // As pg-cursor and pg-copy-streams take it.
  const { stream } = (client as unknown as { readonly connection: { readonly stream: Duplex } }).connection;
  const parsers = stream.listeners('data') as Hear[];
  const filter = rowFilter((chunk) => {
    for (const parse of parsers) parse.call(stream, chunk);
  }, space);
  for (const parse of parsers) stream.off('data', parse);
  stream.on('data', filter.take);
  try {
    const question: pg.QueryConfig & { binary: boolean } = { text: sql, values: values as unknown[], name, binary: true };
    const { fields } = await client.query(question);
    return { ...filter.rows(), types: fields.map(({ dataTypeID }) => dataTypeID) };
  } finally {
    stream.off('data', filter.take);
    for (const parse of parsers) stream.on('data', parse);
  }
}
