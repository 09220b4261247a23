// CSV, TSV and other delimited text as rows, whatever its characters: bad records are told and passed over.
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { parse } from 'csv-parse';
import { encodingOfText } from './encoding.ts';
import type { SourceLayer, SourceRow } from './row.ts';

const sampleBytes = 1 << 20;

/** The separator that the first line has most of. */
export function delimiterOf(line: string): string {
  const bare = line.replace(/"[^"]*"/g, '');
  return [',', '\t', ';', '|'].map((mark) => [mark, bare.split(mark).length] as const).reduce((a, b) => (b[1] > a[1] ? b : a))[0];
}

export async function openTable(path: string, name: string, told: { readonly encoding: string | null }): Promise<SourceLayer[]> {
  const { size } = await stat(path);
  const file = await open(path);
  const buffer = Buffer.alloc(sampleBytes);
  const { bytesRead } = await file.read(buffer, 0, sampleBytes, 0).finally(() => file.close());
  const found = encodingOfText(buffer.subarray(0, bytesRead));
  const encoding = told.encoding ?? found.encoding;
  const sample = new TextDecoder(encoding).decode(buffer.subarray(0, bytesRead));
  const delimiter = delimiterOf(sample.slice(0, sample.search(/[\r\n]|$/)));
  return [
    {
      ...{ name, format: 'CSV', encoding, count: null, declared: null, crs: null, tabular: true },
      notes: told.encoding === null && found.note ? [found.note] : [],
      async *read({ skip, limit, signal, onProgress }) {
        const bytes = createReadStream(path, { highWaterMark: 1 << 18, ...(signal ? { signal } : {}) });
        const bad: { line: number; reason: string }[] = [];
        const parser = parse({
          ...{ delimiter, bom: true, relax_column_count: true, skip_empty_lines: true, trim: true, max_record_size: 4 << 20 },
          ...{ relax_quotes: true, skip_records_with_error: true, info: true },
          columns: (header: string[]) => {
            const seen = new Map<string, number>();
            return header.map((title, n) => {
              const plain = title.trim() || `列${n + 1}`;
              const times = (seen.get(plain) ?? 0) + 1;
              seen.set(plain, times);
              return times === 1 ? plain : `${plain}_${times}`;
            });
          },
        });
        parser.on(
          'skip',
          (error) => void (bad.length < 10_000 && bad.push({ line: error?.lines ?? 0, reason: error?.message ?? '记录不合规' })),
        );
        const decoder = new TextDecoder(encoding);
        // Its failure ends the parser, and with it the loop below.
        const fed = (async () => {
          for await (const chunk of bytes) {
            onProgress?.(size === 0 ? 1 : bytes.bytesRead / size);
            if (!parser.write(decoder.decode(chunk as Buffer, { stream: true })))
              await new Promise((drained) => parser.once('drain', drained));
            if (parser.destroyed) return;
          }
          parser.end(decoder.decode());
        })().catch((error: Error) => void parser.destroy(error));
        let [number, given] = [0, 0];
        try {
          for await (const { record } of parser as AsyncIterable<{ record: Record<string, unknown> }>) {
            number++;
            if (number <= skip) continue;
            yield { number, attributes: record, geometry: null } satisfies SourceRow;
            if (limit !== undefined && ++given >= limit) return;
          }
          await fed;
          for (const { line, reason } of bad) {
            number++;
            if (number > skip) yield { number, attributes: {}, geometry: null, broken: `第 ${line} 行：${reason.slice(0, 150)}` };
          }
        } finally {
          bytes.destroy();
          parser.destroy();
        }
      },
    },
  ];
}
