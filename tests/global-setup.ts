// Vitest's global set-up: one database cluster with a migrated template for the run, when a file of the run asks for a database.
import type { TestProject } from 'vitest/node';
import { anyMentions, startTestCluster } from './cluster.file.ts';
import { makeTemplate } from './template.pg.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** URL of the cluster's own database, from which others are made; or why there is none. */
    testCluster: { url: string } | { reason: string };
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // The filters of `vitest run PATH`; internal to Vitest 4 and undefined at worst, which means all files.
  const { filenamePattern } = project.vitest as unknown as { filenamePattern?: string[] };
  const { testFiles } = await project.globTestFiles(filenamePattern);
  if (!anyMentions(testFiles, 'testDatabase')) {
    project.provide('testCluster', { reason: 'no test file of this run mentions testDatabase' });
    return async () => {};
  }
  try {
    const cluster = await startTestCluster();
    try {
      await makeTemplate(cluster.url);
    } catch (error) {
      await cluster.stop();
      throw error;
    }
    project.provide('testCluster', { url: cluster.url });
    return () => cluster.stop();
  } catch (error) {
    // Tests without a database still run; those with one fail with this reason, they do not skip.
    project.provide('testCluster', { reason: (error as Error).message });
    return async () => {};
  }
}
