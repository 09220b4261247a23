// The account of an import: exact counts and reasons, the first thousand rows by name, so that a file of broken rows cannot fill the memory.
import type { ImportReport, ReportRow } from '../../contracts/import.ts';

export const mostNamedRows = 1000;
const mostReasons = 200;
const mostNotes = 100;

export interface Report {
  read(rows: number): void;
  imported(rows: number): void;
  /** A reason is a kind of fault, the same text for every row that has it; `detail` is this row's. */
  row(entry: ReportRow, detail?: string): void;
  note(text: string): void;
  now(): ImportReport;
}

export const emptyReport: ImportReport = {
  ...{ read: 0, imported: 0, skipped: 0, repaired: 0, changed: 0 },
  ...{ reasons: {}, rows: [], notes: [] },
};

/** Goes on with a report that was kept. */
export function openReport(before: ImportReport = emptyReport): Report {
  const counts = {
    read: before.read,
    imported: before.imported,
    skipped: before.skipped,
    repaired: before.repaired,
    changed: before.changed,
  };
  const reasons = new Map(Object.entries(before.reasons));
  const rows = [...before.rows];
  const notes = new Set(before.notes);
  return {
    read(n) {
      counts.read += n;
    },
    imported(n) {
      counts.imported += n;
    },
    row(entry, detail) {
      counts[entry.kind]++;
      const reason = reasons.has(entry.reason) || reasons.size < mostReasons ? entry.reason : '其他';
      reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      if (rows.length < mostNamedRows) rows.push(detail ? { ...entry, reason: `${entry.reason}：${detail.slice(0, 200)}` } : entry);
    },
    note: (text) => void (notes.size < mostNotes && notes.add(text)),
    now: () => ({ ...counts, reasons: Object.fromEntries(reasons), rows: [...rows], notes: [...notes] }),
  };
}
