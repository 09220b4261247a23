// GDAL's programs as children: found once, kept from network and foreign drivers, their output read as it is asked for.
import { spawn } from 'node:child_process';
import { access } from 'node:fs/promises';
import { Problem } from '../../../contracts/problem.ts';

/** A file may name another that GDAL would fetch: drivers that follow such names are off, and so is every connection. */
const environment = {
  ...{
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
    OGR_SKIP: 'OGR_VRT,HTTP,WFS,CSW,OAPIF,CARTO,GeoRSS,GMLAS,NAS',
  },
  ...{ GDAL_SKIP: 'VRT,HTTP,WMS,WCS,WMTS', GDAL_DISABLE_READDIR_ON_OPEN: 'FALSE', GDAL_HTTP_MAX_RETRY: '0', GDAL_HTTP_TIMEOUT: '1' },
  ...{ GDAL_CACHEMAX: '64', CPL_TMPDIR: '/tmp', OGR_GEOJSON_MAX_OBJ_SIZE: '64', TZ: 'UTC' },
};

/** Address space of a child; GDAL with all its drivers takes half a gigabyte of it before it reads anything. */
const mostMemoryKilobytes = 4 * 1024 * 1024;

const known = new Map<string, boolean>();
/** Whether a program of GDAL is on this machine. */
export async function hasProgram(name: string): Promise<boolean> {
  let found = known.get(name);
  if (found === undefined) {
    found = await access(`/usr/bin/${name}`).then(
      () => true,
      () =>
        access(`/usr/local/bin/${name}`).then(
          () => true,
          () => false,
        ),
    );
    known.set(name, found);
  }
  return found;
}

/**
 * Standard output, chunk by chunk; the child waits when nobody reads. It ends with the reader, however that ends.
 * @throws Problem bad-file with what the program said, unsupported when it is not here
 */
export async function* outputOf(
  program: string,
  args: readonly string[],
  told: { readonly name: string; readonly signal?: AbortSignal; readonly onWarning?: (line: string) => void },
  memoryKilobytes = mostMemoryKilobytes,
): AsyncGenerator<Buffer> {
  if (!(await hasProgram(program))) throw new Problem('unsupported', { what: `${told.name}：需要 GDAL（apt-get install gdal-bin）` });
  // A workbook of a few megabytes can unfold to gigabytes: the child dies of it, not the house.
  const child = spawn('/bin/sh', ['-c', `ulimit -v ${memoryKilobytes}; exec "$0" "$@"`, program, ...args], {
    ...{ env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-4000);
    for (const line of text.split('\n')) if (/^(Warning|ERROR)/.test(line)) told.onWarning?.(line.slice(0, 300));
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once('error', () => resolve(null));
    child.once('close', (code) => resolve(code));
  });
  const stop = (): void => void child.kill('SIGKILL');
  told.signal?.addEventListener('abort', stop, { once: true });
  try {
    for await (const chunk of child.stdout) yield chunk as Buffer;
    const code = await ended;
    told.signal?.throwIfAborted();
    if (code !== 0)
      throw new Problem('bad-file', {
        name: told.name,
        reason:
          reasonOf(said) || (code === null || code > 128 ? '读它要的内存超过上限，或读取程序崩溃' : `${program} 以 ${String(code)} 结束`),
      });
  } finally {
    told.signal?.removeEventListener('abort', stop);
    if (child.exitCode === null) stop();
    await ended;
  }
}
const reasonOf = (said: string): string =>
  said
    .split('\n')
    .filter((line) => /^ERROR|^FAILURE/.test(line))
    .slice(0, 3)
    .join(' ')
    .replace(/\/[^\s']*\//g, '')
    .slice(0, 300);

/** All of a short output. */
export async function textOf(
  program: string,
  args: readonly string[],
  told: { readonly name: string; readonly signal?: AbortSignal },
  memoryKilobytes = mostMemoryKilobytes,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of outputOf(program, args, told, memoryKilobytes)) {
    bytes += chunk.length;
    if (bytes > 16 << 20) throw new Problem('bad-file', { name: told.name, reason: '说明过长' });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
