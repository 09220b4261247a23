// Features per layer of a Mapbox Vector Tile 2.1 (§4.1, §4.3), read from the protobuf: all, or those whose box reaches into the tile proper.

/** Fields of a message whose values have a length. */
function* fields(bytes: Uint8Array): Generator<readonly [field: number, value: Uint8Array]> {
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the tile ends within a number');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const [field, kind] = [Math.floor(tag / 8), tag % 8];
    if (kind === 0) varint();
    else if (kind === 2) {
      const length = varint();
      yield [field, bytes.subarray(at, at + length)];
      at += length;
    } else if (kind === 1 || kind === 5) at += kind === 1 ? 8 : 4;
    else throw new Error(`wire type ${kind}`);
  }
}

/** Whether the box of a geometry (§4.3: commands and zigzag deltas) reaches inside of 0–extent: what lies in the buffer alone does not. */
function reachesInside(geometry: Uint8Array, extent: number): boolean {
  let at = 0;
  const varint = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = geometry[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  const delta = (): number => {
    const value = varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  };
  let [x, y] = [0, 0];
  const box = [Infinity, Infinity, -Infinity, -Infinity] as [number, number, number, number];
  while (at < geometry.length) {
    const command = varint();
    if (command % 8 === 7) continue;
    for (let n = Math.floor(command / 8); n > 0; n--) {
      x += delta();
      y += delta();
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
  }
  return box[2] > 0 && box[0] < extent && box[3] > 0 && box[1] < extent;
}

/** `extent`: only features that reach into the tile proper; absent: all. */
export function featureCounts(tile: Uint8Array, extent?: number): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [field, layer] of fields(tile)) {
    if (field !== 3) continue;
    let [name, count] = ['', 0];
    for (const [part, value] of fields(layer)) {
      if (part === 1) name = new TextDecoder().decode(value);
      if (part !== 2) continue;
      if (extent === undefined) count++;
      else for (const [piece, geometry] of fields(value)) if (piece === 4 && reachesInside(geometry, extent)) count++;
    }
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
