// Seeded randomness for demo data: the same seed gives the same province, the same weather and the same faults.

/** Mulberry32: 32-bit state, period 2^32; good enough for demo data, small enough to read. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A fixed number in [0, 1) for a name: hashes, never draws, so adding a site moves no other. */
export function hashUnit(seed: number, ...parts: readonly (string | number)[]): number {
  let hash = 0x811c9dc5 ^ seed;
  const text = parts.join('|');
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return seededRandom(hash)();
}

/** Smooth noise in [-1, 1] over t (in units of the wanted wave length), by cosine between hashed knots. */
export function smoothNoise(seed: number, name: string, t: number): number {
  const knot = Math.floor(t);
  const part = (1 - Math.cos((t - knot) * Math.PI)) / 2;
  const a = hashUnit(seed, name, knot);
  const b = hashUnit(seed, name, knot + 1);
  return (a + (b - a) * part) * 2 - 1;
}
