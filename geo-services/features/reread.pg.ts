// What is kept in memory of a table and read again when the log of changes says so: the list of layers, the grants.
import type { Changes } from './changes.pg.ts';

/**
 * Answers a function that resolves when everything is known that was committed before it was called (features/changes.pg.ts): `read` runs once
 * however many ask, and once more when the table changed while it ran. @throws whatever `read` does; the next call tries again
 */
export function rereadWhen(changes: Changes, tables: readonly string[], read: () => Promise<void>): () => Promise<void> {
  let reading: Promise<void> | null = null;
  let fresh = false;
  changes.onChange((heard) => {
    if (heard.some(({ source }) => tables.includes(source))) fresh = false;
  });
  async function once(): Promise<void> {
    // Said when the reading begins: a change that comes meanwhile may not be in it.
    fresh = true;
    try {
      await read();
    } catch (error) {
      fresh = false;
      throw error;
    }
  }
  return async () => {
    await changes.caughtUp();
    while (reading || !fresh) {
      reading ??= once().finally(() => {
        reading = null;
      });
      await reading;
    }
  };
}
