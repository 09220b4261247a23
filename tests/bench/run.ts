// npm run bench: every bench of this folder, or those named, against budget.json. Exit code 1 when one is over its budget or fails.
//
// A bench is a file here with `export async function bench(): Promise<Result[]>`; being here is all the registration there is.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { printable } from '../../iot-gateway/printable.ts';
import type { Result } from './result.ts';

interface Budget {
  readonly atLeast?: number;
  readonly atMost?: number;
  readonly why: string;
}

const folder = new URL('./', import.meta.url);
const budgets = JSON.parse(readFileSync(new URL('budget.json', folder), 'utf8')) as Readonly<Record<string, Budget>>;
const benches = readdirSync(folder)
  .filter((file) => file.endsWith('.ts') && /^export async function bench\(/m.test(readFileSync(new URL(file, folder), 'utf8')))
  .map((file) => file.slice(0, -3));

/** Cells wide enough for Chinese: a wide character takes two columns. */
function pad(text: string, width: number): string {
  const wide = [...text].filter((char) => char > '\u2e7f').length;
  return text + ' '.repeat(Math.max(0, width - [...text].length - wide));
}
const figure = (value: number): string => (Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3));

/** The line of one result, and whether it is within its budget; one without a budget always is. */
function judge(result: Result): { cells: string[]; ok: boolean } {
  const { atLeast, atMost = atLeast === undefined ? result.budget : undefined } = budgets[result.name] ?? ({} as Partial<Budget>);
  const ok = (atLeast === undefined || result.value >= atLeast) && (atMost === undefined || result.value <= atMost);
  const allowed = [atLeast === undefined ? '' : `≥ ${atLeast}`, atMost === undefined ? '' : `≤ ${atMost}`].filter(Boolean).join(', ');
  const verdict = allowed === '' ? '–' : ok && Number.isFinite(result.value) ? 'ok' : 'over';
  return { cells: [result.name, `${figure(result.value)} ${result.unit}`, allowed, verdict, result.against ?? ''], ok: verdict !== 'over' };
}

const named = process.argv.slice(2);
const unknown = named.filter((name) => !benches.includes(name));
if (named.includes('--help') || unknown.length > 0) {
  process.stdout.write(`npm run bench [-- NAME…]\nbenches: ${benches.join(', ')}\n`);
  if (!named.includes('--help')) process.stderr.write(`no such bench: ${unknown.map((name) => printable(name)).join(', ')}\n`);
  process.exit(named.includes('--help') ? 0 : 2);
}
const rows: string[][] = [['name', 'value', 'allowed', '', 'against']];
let failed = false;
for (const name of named.length > 0 ? named : benches) {
  process.stderr.write(`· ${name}\n`);
  try {
    const { bench } = (await import(fileURLToPath(new URL(`${name}.ts`, folder)))) as { bench(): Promise<Result[]> };
    for (const result of await bench()) {
      const { cells, ok } = judge(result);
      rows.push(cells);
      failed ||= !ok;
    }
  } catch (error) {
    failed = true;
    rows.push([name, 'failed', '', 'over', (error as Error).message.split('\n')[0] ?? '']);
    process.stderr.write(`${(error as Error).stack}\n`);
  }
}
const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
for (const row of rows)
  process.stdout.write(
    `${row
      .map((cell, column) => pad(cell, widths[column]!))
      .join('  ')
      .trimEnd()}\n`,
  );
// Clients of a bench that went wrong may still hold sockets.
process.exit(failed ? 1 : 0);
