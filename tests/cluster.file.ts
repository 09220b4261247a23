// One throw-away database cluster for a whole test run: under the system's temporary folder, fsync off, gone at the end.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startCluster } from '../server/database/cluster.file.ts';
import { clearTheWay, livingOwner } from '../server/database/postmaster.file.ts';

const prefix = 'liaozhi-test-';
/** A folder younger than this may belong to a run that is just starting beside us. */
const sweepAfterMilliseconds = 120_000;

/** Clusters of runs that were killed: their postmaster is stopped and the folder removed. */
async function sweep(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue;
    const folder = join(tmpdir(), name);
    try {
      if (Date.now() - statSync(folder).mtimeMs < sweepAfterMilliseconds) continue;
      if (livingOwner(join(folder, 'postgres-owner.pid')) !== null) continue;
      await clearTheWay(join(folder, 'postgres'));
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another run sweeps the same folder, or it is not ours to remove.
    }
  }
}

/** @throws Problem bad-configuration where PostGIS is not installed */
export async function startTestCluster(): Promise<{ url: string; stop(): Promise<void> }> {
  await sweep();
  const dataDir = mkdtempSync(join(tmpdir(), prefix));
  const cluster = await startCluster({
    dataDir,
    settings: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      autovacuum: 'off',
      max_connections: '200',
      shared_buffers: '64MB',
    },
  });
  return {
    url: cluster.url,
    async stop() {
      await cluster.stop();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
}

/** True when one of the files asks for a database: a run without one does not wait for a cluster. */
export function anyMentions(files: readonly string[], word: string): boolean {
  return files.some((file) => readFileSync(file, 'utf8').includes(word));
}
