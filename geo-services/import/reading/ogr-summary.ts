// The text that ogrinfo -so prints, as layers. Its shape is the same since GDAL 2 (the JSON form came with 3.7 only).

export interface OgrLayer {
  readonly name: string;
  readonly geometry: string;
  readonly count: number | null;
  readonly wkt: string | null;
  readonly fields: readonly { readonly name: string; readonly type: string }[];
}

const fieldLine =
  /^(.*): ((?:Integer64|Integer|String|Real|Date|DateTime|Time|Binary)(?:List)?(?:\([A-Za-z0-9]+\))?) \(\d+\.\d+\)(?: (?:NOT NULL|UNIQUE|DEFAULT).*)?$/;

export function readSummary(text: string): OgrLayer[] {
  const blocks = text.split(/^Layer name: /m).slice(1);
  return blocks.map((block) => {
    const [name = '', ...lines] = block.split('\n');
    const value = (label: string): string | null => lines.find((line) => line.startsWith(`${label}: `))?.slice(label.length + 2) ?? null;
    const from = lines.indexOf('Layer SRS WKT:');
    let wkt: string | null = null;
    if (from >= 0) {
      let to = from + 1;
      let depth = 0;
      do {
        depth += (lines[to]?.match(/\[/g)?.length ?? 0) - (lines[to]?.match(/\]/g)?.length ?? 0);
        to++;
      } while (depth > 0 && to < lines.length);
      wkt = lines
        .slice(from + 1, to)
        .map((line) => line.trim())
        .join('');
    }
    const count = Number(value('Feature Count') ?? Number.NaN);
    return {
      name: name.trim(),
      geometry: value('Geometry') ?? 'Unknown',
      count: Number.isInteger(count) && count >= 0 ? count : null,
      wkt: wkt === null || wkt.startsWith('(unknown)') ? null : wkt,
      fields: lines.flatMap((line) => {
        const found = fieldLine.exec(line);
        return found ? [{ name: String(found[1]), type: String(found[2]) }] : [];
      }),
    };
  });
}
