// Files that are made to harm: names, archives and a full disk. Each is refused in words, and nothing stays.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openFolders, safeName } from './folders.file.ts';
import { outputOf, textOf } from './reading/programs.file.ts';
import { unzip } from './reading/unzip.file.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hostile-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
/** A zip of these names (each holds its own name), written by Python, which checks none of them. */
function zipOf(names: readonly string[], spoil: (bytes: Buffer) => Buffer = (bytes) => bytes): string {
  const path = join(folder, `${++count}.zip`);
  const script = 'import sys,json,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w")\nfor n in json.loads(sys.argv[2]): z.writestr(n, n)';
  execFileSync('python3', ['-W', 'ignore', '-c', script, path, JSON.stringify(names)]);
  writeFileSync(path, spoil(readFileSync(path)));
  return path;
}
const filesIn = (path: string): string[] =>
  readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();

describe('names of uploads', () => {
  test.each([
    [`${'沈阳市生态环境局重点排污单位自动监控站点'.repeat(8)}.geojson`, '.geojson'],
    [`${'a'.repeat(400)}.csv`, '.csv'],
    [`${'🏔'.repeat(100)}.shp`, '.shp'],
    ['../../etc/passwd', 'passwd'],
    ['..\\..\\boot.ini', 'boot.ini'],
    ['...', 'file'],
    ['', 'file'],
    ['a\u0000b.csv', '.csv'],
  ])('%s is written, within its folder', async (given, ending) => {
    const name = safeName(given);
    expect(name.endsWith(ending)).toBe(true);
    expect(Buffer.byteLength(name)).toBeLessThanOrEqual(255);
    expect([...name].some((char) => '/\\\u0000\ufffd'.includes(char)) || name.startsWith('.')).toBe(false);
    const saved = await openFolders(join(folder, 'names')).save(++count, given, Readable.from([Buffer.from('x')]));
    expect(readFileSync(join(folder, 'names', String(count), 'given', saved.name), 'utf8')).toBe('x');
  });
});

describe('archives', () => {
  test.each([
    ['a name that leads out', ['../out.csv', '/abs.csv', 'C:\\x.csv', 'good.csv'], ['good.csv'], '未解出'],
    ['a file where another needs a folder', ['a', 'a/b.csv', 'good.csv'], ['a', 'good.csv'], '解不出'],
    ['a folder where another needs a file', ['a/b.csv', 'a', 'good.csv'], ['b.csv', 'good.csv'], '解不出'],
    ['the same name twice', ['a.csv', 'a.csv'], ['a.csv'], '解不出'],
    ['a folder name too long for the disk', [`${'沈'.repeat(119)}/a.csv`, 'good.csv'], ['a.csv', 'good.csv'], ''],
    ['a path too deep for the disk', [`${'d/'.repeat(3000)}a.csv`, 'good.csv'], ['good.csv'], '解不出'],
  ])('%s: the rest comes out', async (_, names, files, note) => {
    const target = join(folder, `out-${++count}`);
    const notes = await unzip(zipOf(names), target, 'x.zip');
    expect(filesIn(target)).toEqual([...files].sort());
    expect(notes.join()).toContain(note);
    // No word of ours shows where on the server.
    expect(notes.join()).not.toContain(folder);
    expect(existsSync(join(folder, 'out.csv'))).toBe(false);
  });

  test.each([
    ['a directory that is torn', (bytes: Buffer) => spoiled(bytes, Buffer.from('PK\u0001\u0002'), 3, 0xff), /压缩包/],
    ['a method that nobody knows', (bytes: Buffer) => spoiled(bytes, Buffer.from('PK\u0001\u0002'), 10, 99), /压缩|解不出/],
  ])('%s is a bad file, not a defect', async (_, spoil, words) => {
    const answer = await unzip(zipOf(['a.csv'], spoil), join(folder, `out-${++count}`), 'x.zip').catch((error: unknown) => error);
    if (Array.isArray(answer)) expect(answer.join()).toMatch(words);
    else expect(answer).toMatchObject({ code: 'bad-file', zh: expect.stringMatching(words) });
  });

  test('a bomb, and one that would leave too little disk', async () => {
    const bomb = join(folder, 'bomb.zip');
    execFileSync('python3', [
      '-c',
      'import sys,zipfile\nz=zipfile.ZipFile(sys.argv[1],"w",zipfile.ZIP_DEFLATED)\nz.writestr("a.csv", b"0"*(100<<20))',
      bomb,
    ]);
    await expect(unzip(bomb, join(folder, 'bomb-1'), 'x.zip')).rejects.toMatchObject({ code: 'bad-file' });
    const free = async () => 1e9;
    await expect(unzip(zipOf(['a.csv']), join(folder, 'bomb-2'), 'x.zip', undefined, undefined, free)).rejects.toMatchObject({
      code: 'no-space',
    });
  });
});
function spoiled(bytes: Buffer, mark: Buffer, offset: number, value: number): Buffer {
  bytes[bytes.indexOf(mark) + offset] = value;
  return bytes;
}

describe('a disk that fills', () => {
  test('an upload is refused before it begins, and broken off in the middle; nothing stays', async () => {
    let free = 1e9;
    const folders = openFolders(join(folder, 'full'), async () => free);
    await expect(folders.save(1, 'a.csv', Readable.from([Buffer.from('x')]))).rejects.toMatchObject({ code: 'no-space' });
    free = 1e12;
    let pieces = 0;
    const endless = Readable.from(
      (function* () {
        for (;;) {
          if (++pieces === 100) free = 1e9;
          yield Buffer.alloc(1 << 20);
        }
      })(),
    );
    await expect(folders.save(2, 'a.csv', endless)).rejects.toMatchObject({ code: 'no-space' });
    expect(pieces).toBeLessThan(400);
    await expect(folders.room(1e12)).rejects.toMatchObject({ code: 'no-space' });
  });
});

describe('programs', () => {
  const processesOf = (word: string): string[] =>
    readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(word);
        } catch {
          return false;
        }
      });

  test('none is left when the reader goes or the job is cancelled', async () => {
    const path = join(folder, 'many-rows.csv');
    writeFileSync(path, `n,WKT\n${Array.from({ length: 200_000 }, (_, n) => `${n},POINT (123 41)`).join('\n')}\n`);
    const args = ['-f', 'GeoJSONSeq', '/vsistdout/', path];
    for await (const _ of outputOf('ogr2ogr', args, { name: 'a' })) {
      expect(processesOf(path)).toHaveLength(1);
      break;
    }
    expect(processesOf(path)).toEqual([]);
    const abort = new AbortController();
    const reading = (async () => {
      for await (const _ of outputOf('ogr2ogr', args, { name: 'a', signal: abort.signal })) abort.abort();
    })();
    await expect(reading).rejects.toThrow();
    expect(processesOf(path)).toEqual([]);
  });

  test('a workbook that unfolds beyond its memory ends the program, in words', { timeout: 120_000 }, async () => {
    const [csv, plain] = [join(folder, 's.csv'), join(folder, 's.xlsx')];
    writeFileSync(csv, 'a,b\nx,y\n');
    execFileSync('ogr2ogr', ['-f', 'XLSX', plain, csv]);
    const script = `import sys,zipfile
src=zipfile.ZipFile(sys.argv[1]); z=zipfile.ZipFile(sys.argv[2],"w",zipfile.ZIP_DEFLATED)
for i in src.namelist():
  if i!="xl/sharedStrings.xml": z.writestr(i,src.read(i))
with z.open("xl/sharedStrings.xml","w",force_zip64=True) as f:
  f.write(b"<sst>")
  for _ in range(int(sys.argv[3])): f.write((b"<si><t>"+b"a"*1000+b"</t></si>")*1000)
  f.write(b"</sst>")`;
    // The same workbook with a megabyte of strings, and with 800: 2 MB on the disk.
    const read = (megabytes: number): Promise<unknown> => {
      const path = join(folder, `strings-${megabytes}.xlsx`);
      execFileSync('python3', ['-c', script, plain, path, String(megabytes)]);
      return textOf('ogrinfo', ['-ro', '-so', '-al', path], { name: 'x.xlsx' }, 400_000);
    };
    expect(await read(1)).toContain('Field1');
    await expect(read(800)).rejects.toMatchObject({ code: 'bad-file', zh: expect.stringContaining('内存') });
  });
});
