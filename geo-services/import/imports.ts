// What the doors (routes, command line, pages) may ask of the import jobs.
import type { Department } from '../../contracts/access.ts';
import type { ImportJob, ImportPlan } from '../../contracts/import.ts';

export interface Asker {
  readonly user: string;
  readonly department: Department;
}
export interface Imports {
  /** A job that waits for its files. */
  create(asker: Asker, options: { readonly previewed: boolean; readonly plan: ImportPlan }): Promise<number>;
  /** @throws Problem no-space when so many bytes more would leave the disk too little */
  room(bytes: number): Promise<void>;
  save(id: number, name: string, stream: NodeJS.ReadableStream): Promise<{ name: string; bytes: number }>;
  /** All files are here: it may begin. */
  uploaded(id: number, files: ImportJob['files'], late?: { readonly plan: ImportPlan; readonly department: Department }): Promise<void>;
  /** @throws Problem not-found */
  job(id: number): Promise<ImportJob>;
  /** Newest first; of one user, or of all. */
  list(user: string | null, limit: number): Promise<ImportJob[]>;
  /** Goes on from `ready`. @throws Problem not-found | conflict | bad-body for a plan that does not fit the preview */
  start(id: number, plan: ImportPlan): Promise<void>;
  /** Ends it and takes away what it made. @throws Problem not-found, conflict when it is over */
  cancel(id: number): Promise<void>;
  /** Takes up what a former server left. Call once. */
  resume(): Promise<void>;
  /** Leaves what runs where it is. */
  stop(): Promise<void>;
  /** Resolves when nothing is queued. */
  idle(): Promise<void>;
}
