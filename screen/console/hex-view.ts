// Hexadecimal view of a raw frame: rows of bytes with marked ranges, folded to what matters, and which fields carry a given number.
import type { Instant, SeriesKey } from '../../contracts/observation.ts';
import type { FrameField } from '../../contracts/protocol.ts';

export interface HexCell {
  /** Two hexadecimal digits. */
  readonly hex: string;
  /** The byte as text, '·' where it is not printable ASCII. */
  readonly text: string;
  readonly marked: boolean;
}
export interface HexRow {
  /** Byte offset of the first cell. */
  readonly offset: number;
  readonly cells: readonly HexCell[];
}
/** A run of rows that is folded away. */
export interface HexFold {
  readonly folded: number;
  readonly offset: number;
}

export type ByteRange = readonly [start: number, end: number];

/** Cuts a hexadecimal string into rows of `width` bytes; `marks` are [start, end) byte ranges. Digits that are not hexadecimal end it. */
export function hexRows(hex: string, width: number, marks: readonly ByteRange[]): HexRow[] {
  const digits = /^[0-9a-f]*/i.exec(hex)?.[0] ?? '';
  const rows: HexRow[] = [];
  const bytes = Math.floor(digits.length / 2);
  for (let offset = 0; offset < bytes; offset += width) {
    const cells: HexCell[] = [];
    for (let at = offset; at < Math.min(bytes, offset + width); at++) {
      const pair = digits.slice(at * 2, at * 2 + 2).toUpperCase();
      const code = Number.parseInt(pair, 16);
      cells.push({
        hex: pair,
        text: code >= 0x20 && code <= 0x7e ? String.fromCharCode(code) : '·',
        marked: marks.some(([start, end]) => at >= start && at < end),
      });
    }
    rows.push({ offset, cells });
  }
  return rows;
}

/**
 * Keeps the first row, every marked row and one row before each; longer runs between are folded. With nothing marked the first `limit` rows
 * stay. A frame of no more than `limit` rows is shown whole.
 */
export function foldRows(rows: readonly HexRow[], limit: number): (HexRow | HexFold)[] {
  if (rows.length <= limit) return [...rows];
  const marked = (index: number): boolean => rows[index]?.cells.some((cell) => cell.marked) ?? false;
  const anyMarked = rows.some((_, index) => marked(index));
  const shown: (HexRow | HexFold)[] = [];
  let hidden: HexRow[] = [];
  const close = (): void => {
    const first = hidden[0];
    // One row costs no more than the line that would stand for it.
    if (first && hidden.length === 1) shown.push(first);
    else if (first) shown.push({ folded: hidden.length, offset: first.offset });
    hidden = [];
  };
  rows.forEach((row, index) => {
    const keep = anyMarked ? index === 0 || marked(index) || marked(index + 1) : index < limit;
    if (keep) {
      close();
      shown.push(row);
    } else hidden.push(row);
  });
  close();
  return shown;
}
export function isFold(row: HexRow | HexFold): row is HexFold {
  return 'folded' in row;
}

/** Suffixes of HJ 212-2017 §6.3.1 by what they speak of. */
const hj212Suffix: Readonly<Record<string, string>> = { value: 'Rtd', mean: 'Avg', min: 'Min', max: 'Max', sum: 'Cou' };

/**
 * The fields of a frame that say the number of this series: HJ 212 `a34004-Avg` with its `a34004-Flag`, MQTT `values.a34004`,
 * SensorThings `result`. Secret fields never; of several values the one that was observed at `time`.
 */
export function fieldsOf(fields: readonly FrameField[], series: SeriesKey, time?: Instant): FrameField[] {
  const [property = '', , statistic = 'value'] = series.split('/');
  const names = new Set([`${property}-${hj212Suffix[statistic] ?? 'Rtd'}`, `${property}-Flag`, property, `values.${property}`]);
  const isOf = (field: FrameField): boolean => field.time === undefined || time === undefined || field.time === time;
  const own = fields.filter((field) => !field.secret && names.has(field.name) && isOf(field));
  return own.length > 0 ? own : fields.filter((field) => !field.secret && (field.name === 'result' || field.name.endsWith('.result')));
}
