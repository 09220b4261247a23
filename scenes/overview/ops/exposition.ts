// Prometheus text 0.0.4 as the operations page reads it: samples by name and labels. Pure; a line that is no sample is passed over.

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
const line = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{(.*)\})?\s+(\S+)(?:\s+-?\d+)?$/;
const label = /([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\]|\\.)*)"/g;
const words: Readonly<Record<string, number>> = { '+Inf': Number.POSITIVE_INFINITY, '-Inf': Number.NEGATIVE_INFINITY, NaN: Number.NaN };

/** Every sample of a scrape, in its order. Any text is taken; nothing is thrown. */
export function readExposition(text: string): readonly Sample[] {
  const samples: Sample[] = [];
  for (const one of text.split('\n')) {
    const [, name, inside, figure] = line.exec(one.trim()) ?? [];
    if (name === undefined || figure === undefined) continue;
    const value = words[figure] ?? Number(figure);
    if (Number.isNaN(value) && figure !== 'NaN') continue;
    const labels: Record<string, string> = {};
    for (const [, key, escaped] of (inside ?? '').matchAll(label)) {
      if (key !== undefined && escaped !== undefined)
        labels[key] = escaped.replace(/\\(.)/g, (_, after: string) => (after === 'n' ? '\n' : after));
    }
    samples.push({ name, labels, value });
  }
  return samples;
}

/** The value of one series; null: the server does not tell it. Labels not named may be anything. */
export function sampleOf(samples: readonly Sample[], name: string, labels: Readonly<Record<string, string>> = {}): number | null {
  const found = samples.find((one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value));
  return found && Number.isFinite(found.value) ? found.value : null;
}
