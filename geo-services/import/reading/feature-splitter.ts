// Cuts the bytes of a GeoJSON collection, or of a sequence of features, into one text per feature: bounded memory, and one broken feature
// costs one feature. The features themselves are parsed by JSON.parse. Source: RFC 7946 §3.3, RFC 8142 (sequences; the RS byte is white space).
//
// No kept streaming parser does this: they stop at the first error, and hand out tokens at a tenth of the speed.

export interface Piece {
  readonly text: string | null;
  /** Why there is no text. */
  readonly broken?: string;
}
const [QUOTE, BACKSLASH, OPEN, CLOSE, ARRAY, ARRAY_END] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];
/** Bytes of one feature at most. */
export const mostFeatureBytes = 64 << 20;
const headBytes = 256 * 1024;
const featuresKey = /"features"\s*:\s*\[/;
const featureStart = /\{\s*"type"\s*:\s*"Feature"/g;

export interface FeatureSplitter {
  /** Features that these bytes complete. */
  push(chunk: Uint8Array): Piece[];
  /** What was left at the end of the file. */
  end(): Piece[];
  /** Text before the first feature of a collection: its members, e.g. crs. */
  head(): string;
}

export function createFeatureSplitter(limit = mostFeatureBytes): FeatureSplitter {
  let buffer: Buffer = Buffer.alloc(0);
  let mode: 'unknown' | 'collection' | 'sequence' | 'over' = 'unknown';
  let head = '';
  /** Next byte to look at; start of the feature that is open, or −1. */
  let [at, start, depth, inString] = [0, -1, 0, false];

  function escaped(quote: number): boolean {
    let n = 0;
    while (buffer[quote - 1 - n] === BACKSLASH) n++;
    return n % 2 === 1;
  }

  /** Looks at what is buffered and takes out what is complete. */
  function scan(): Piece[] {
    const pieces: Piece[] = [];
    const { length } = buffer;
    while (at < length && mode !== 'over') {
      if (inString) {
        const quote = buffer.indexOf(QUOTE, at);
        if (quote < 0) {
          at = length;
          break;
        }
        at = quote + 1;
        if (!escaped(quote)) inString = false;
        continue;
      }
      const byte = buffer[at++];
      if (byte === QUOTE) inString = start >= 0;
      else if (byte === OPEN) {
        if (depth++ === 0) start = at - 1;
      } else if (byte === ARRAY && start >= 0) depth++;
      else if (byte === CLOSE || byte === ARRAY_END) {
        if (start < 0) {
          if (mode === 'collection') mode = 'over';
          continue;
        }
        if (--depth > 0) continue;
        pieces.push({ text: buffer.toString('utf8', start, at) });
        start = -1;
        depth = 0;
      }
    }
    return pieces;
  }
  function compact(): void {
    const from = start >= 0 ? start : at;
    buffer = buffer.subarray(from);
    at -= from;
    if (start >= 0) start = 0;
  }
  /** The open feature does not end: gives it up, and goes on where the next one seems to begin. */
  function resync(reason: string): Piece[] {
    const text = buffer.toString('latin1', start);
    featureStart.lastIndex = 1;
    const next = featureStart.exec(text);
    const from = start;
    [depth, inString, start] = [0, false, -1];
    at = next ? from + next.index : buffer.length;
    return [{ text: null, broken: reason }, ...(next ? scan() : [])];
  }
  function choose(final: boolean): void {
    const text = buffer.toString('latin1', 0, Math.min(buffer.length, headBytes));
    const found = featuresKey.exec(text);
    // A key that belongs to a feature's properties stands behind "Feature"; the collection's own stands before any.
    const first = text.search(/"type"\s*:\s*"Feature"/);
    if (found && (first < 0 || found.index < first)) {
      mode = 'collection';
      at = found.index + found[0].length;
      head = buffer.toString('utf8', 0, at);
    } else if (final || buffer.length >= headBytes || first >= 0) mode = 'sequence';
  }

  return {
    push(chunk) {
      if (mode === 'over') return [];
      buffer = buffer.length === 0 ? Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength) : Buffer.concat([buffer, chunk]);
      if (mode === 'unknown') choose(false);
      if (mode === 'unknown') return [];
      const pieces = scan();
      compact();
      if (start >= 0 && buffer.length > limit) pieces.push(...resync(`要素超过 ${limit >> 20} MB，或缺少结尾`));
      return pieces;
    },
    end() {
      if (mode === 'unknown') choose(true);
      const pieces = scan();
      while (start >= 0) pieces.push(...resync('要素不完整：括号或引号没有配对，或文件被截断'));
      return pieces;
    },
    head: () => head,
  };
}
