// Keeps the values used last within a budget of bytes.

export interface ByteCache<V> {
  get(key: string): V | undefined;
  /** A value larger than a quarter of the budget is not kept. */
  set(key: string, value: V, bytes: number): void;
  /** Whether it was there. */
  delete(key: string): boolean;
  readonly bytes: number;
  readonly size: number;
}

/** An LRU by bytes; `overhead` counts per entry for key and bookkeeping; `onGone` is told each key that is not kept any more. */
export function byteCache<V>(budgetBytes: number, overhead = 200, onGone: (key: string) => void = () => undefined): ByteCache<V> {
  // A Map iterates in order of insertion: the first entry is the one unused longest.
  const entries = new Map<string, { readonly value: V; readonly bytes: number }>();
  let total = 0;
  const remove = (key: string): boolean => {
    total -= entries.get(key)?.bytes ?? 0;
    return entries.delete(key);
  };
  const lose = (key: string): boolean => {
    const there = remove(key);
    if (there) onGone(key);
    return there;
  };
  return {
    get(key) {
      const entry = entries.get(key);
      if (!entry) return undefined;
      entries.delete(key);
      entries.set(key, entry);
      return entry.value;
    },
    set(key, value, bytes) {
      remove(key);
      const cost = bytes + overhead;
      if (cost > budgetBytes / 4) return;
      entries.set(key, { value, bytes: cost });
      total += cost;
      for (const oldest of entries.keys()) {
        if (total <= budgetBytes) break;
        lose(oldest);
      }
    },
    delete: lose,
    get bytes() {
      return total;
    },
    get size() {
      return entries.size;
    },
  };
}
