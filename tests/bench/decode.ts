// How many frames per second one core cuts, decodes and answers, for each field protocol; beside it, finding frames and check codes alone.
import { pathToFileURL } from 'node:url';
import { rolldown } from 'rolldown';
import { projectRoot } from '../../server/project-root.file.ts';
import type { Decoded, DecodeLoad } from './decode-load.ts';
import type { Result } from './result.ts';

export async function bench(seconds = 2): Promise<Result[]> {
  const [from, to] = ['tests/bench/decode-load.ts', 'dist/bench/decode-load.js'].map((path) => `${projectRoot()}/${path}`) as [
    string,
    string,
  ];
  const bundle = await rolldown({ input: from, platform: 'node', external: (id) => !/^[./]/.test(id), logLevel: 'warn' });
  await bundle.write({ file: to, format: 'esm' });
  await bundle.close();
  const { decodeLoads, measure } = (await import(pathToFileURL(to).href)) as {
    decodeLoads: readonly DecodeLoad[];
    measure: (load: DecodeLoad, seconds: number) => Decoded;
  };
  return decodeLoads.map((load) => {
    const { id, readings, perSecond, checksumsPerSecond } = measure(load, seconds);
    return {
      ...{ name: `decode-${id}`, value: perSecond, unit: 'frames/s per core' },
      against: `${readings} readings each; checksum alone ${Math.round(checksumsPerSecond)}/s, ratio ${(perSecond / checksumsPerSecond).toFixed(3)}`,
    };
  });
}
