// Features per layer of a Mapbox Vector Tile 2.1 (§4.1): read from the protobuf, without its geometries.

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

export function featureCounts(tile: Uint8Array): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const [field, layer] of fields(tile)) {
    if (field !== 3) continue;
    let [name, count] = ['', 0];
    for (const [part, value] of fields(layer)) {
      if (part === 1) name = new TextDecoder().decode(value);
      if (part === 2) count++;
    }
    counts.set(name, (counts.get(name) ?? 0) + count);
  }
  return counts;
}
