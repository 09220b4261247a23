// Where each value of a JSON text stands: path, text and byte range of every leaf, for showing raw frames.

export interface Leaf {
  /** values.a34004, position[0] */
  readonly path: string;
  /** As written; strings without their quotes. */
  readonly value: string;
  /** [start, end) in bytes. */
  readonly range: readonly [number, number];
}

const most = 1000;
const decoder = new TextDecoder();

/** Leaves in order, at most 1000 and 32 levels deep. What is no JSON gives the leaves up to the fault. Never throws. */
export function leaves(bytes: Uint8Array): Leaf[] {
  const found: Leaf[] = [];
  let at = 0;
  const space = (): void => {
    while (at < bytes.length && (bytes[at] === 0x20 || bytes[at] === 0x09 || bytes[at] === 0x0a || bytes[at] === 0x0d)) at++;
  };
  /** The string at `at`, quotes included; false when it does not end. */
  const string = (): boolean => {
    for (at++; at < bytes.length; at++) {
      if (bytes[at] === 0x5c) at++;
      else if (bytes[at] === 0x22) {
        at++;
        return true;
      }
    }
    return false;
  };
  const text = (start: number, end: number): string => {
    const raw = decoder.decode(bytes.subarray(start, end));
    if (bytes[start] !== 0x22) return raw;
    try {
      return String(JSON.parse(raw));
    } catch {
      return raw.slice(1, -1);
    }
  };
  /** One value; false stops everything. */
  const value = (path: string, depth: number): boolean => {
    space();
    const start = at;
    const first = bytes[at];
    if (first === undefined || depth > 32 || found.length >= most) return false;
    if (first === 0x7b || first === 0x5b) {
      const closing = first + 2;
      at++;
      for (let index = 0; ; index++) {
        space();
        if (bytes[at] === closing) {
          at++;
          return true;
        }
        if (index > 0) {
          if (bytes[at] !== 0x2c) return false;
          at++;
          space();
        }
        let child = `${path}[${index}]`;
        if (first === 0x7b) {
          const keyStart = at;
          if (bytes[at] !== 0x22 || !string()) return false;
          child = path === '' ? text(keyStart, at) : `${path}.${text(keyStart, at)}`;
          space();
          if (bytes[at] !== 0x3a) return false;
          at++;
        }
        if (!value(child, depth + 1)) return false;
      }
    }
    if (first === 0x22) {
      if (!string()) return false;
    } else {
      while (at < bytes.length && !/[\s,\]}:]/.test(String.fromCharCode(bytes[at]!))) at++;
      if (at === start) return false;
    }
    found.push({ path, value: text(start, at), range: [start, at] });
    return true;
  };
  value('', 0);
  return found;
}
