// What could not be taken in: dead letters with their reason, and frames of devices nobody has registered. Written in batches, bounded, never throwing.
import type pg from 'pg';
import type { FrameId, Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { classify } from '../database/failures.ts';
import type { Rejects } from './refusals.ts';

export interface RejectsOptions {
  readonly flushMilliseconds?: number;
  /** Rows per flush; more than this in one interval are counted and left out. A flood must not fill the disk. */
  readonly rowsPerFlush?: number;
  readonly devicesKept?: number;
  readonly framesKeptPerDevice?: number;
  readonly onError?: (error: unknown) => void;
}

type Letter = Parameters<Rejects['deadLetter']>[0];
interface Unknown {
  protocol: string;
  device: string;
  address: string;
  first: Instant;
  last: Instant;
  frames: FrameId[];
}
const keptBytes = 4096;

/** Text as PostgreSQL takes it: no NUL, bounded. */
function clean(text: string, limit = 400): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: NUL is exactly what must go
  return text.replace(/\u0000/g, '�').slice(0, limit);
}

export function openRejects(
  pool: pg.Pool,
  options: RejectsOptions = {},
): Rejects & {
  dropped(): number;
  flushed(): Promise<void>;
  /** Resolves when all that was told so far is in the database. @throws Problem database-unavailable; it is kept for later then */
  written(): Promise<void>;
  close(): Promise<void>;
} {
  const { flushMilliseconds = 1000, rowsPerFlush = 2000, devicesKept = 10_000, framesKeptPerDevice = 10_000 } = options;
  let letters: Letter[] = [];
  let unknown = new Map<string, Unknown>();
  let dropped = 0;
  let running: Promise<void> | null = null;
  let failures = 0;

  async function writeLetters(list: readonly Letter[]): Promise<void> {
    if (list.length === 0) return;
    await pool.query(
      `INSERT INTO dead_letter (received, protocol, address, device, frame, code, reason, bytes)
       SELECT to_timestamp(r / 1000), p, a, d, f, c, x, b
       FROM unnest($1::float8[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::text[], $8::bytea[]) AS t(r, p, a, d, f, c, x, b)`,
      [
        list.map((l) => l.received),
        list.map((l) => l.protocol),
        list.map((l) => clean(l.address)),
        list.map((l) => (l.device === null ? null : clean(l.device, 100))),
        list.map((l) => l.frame),
        list.map((l) => l.problem.code),
        list.map((l) => clean(l.problem.zh)),
        list.map((l) => (l.bytes === null ? null : Buffer.from(l.bytes.subarray(0, keptBytes)))),
      ],
    );
  }
  /** Takes each device out of the list as it is written. */
  async function writeUnknown(written: Map<string, Unknown>): Promise<void> {
    for (const u of written.values()) {
      // One statement: a device is counted exactly when its frames are written down.
      await pool.query(
        `WITH known AS (
           INSERT INTO unclaimed_device (protocol, device, first_seen, last_seen, frames, address)
           SELECT $1, $2, to_timestamp($3::float8 / 1000), to_timestamp($4::float8 / 1000), $5, $6
           WHERE (SELECT count(*) FROM unclaimed_device) < $7 OR EXISTS (SELECT FROM unclaimed_device WHERE protocol = $1 AND device = $2)
           ON CONFLICT (protocol, device) DO UPDATE SET last_seen = excluded.last_seen, address = excluded.address,
             frames = unclaimed_device.frames + excluded.frames
           RETURNING frames)
         INSERT INTO unclaimed_frame (protocol, device, frame) SELECT $1, $2, unnest($8::bigint[]) FROM known WHERE frames <= $9
         ON CONFLICT DO NOTHING`,
        [u.protocol, u.device, u.first, u.last, u.frames.length, clean(u.address), devicesKept, u.frames, framesKeptPerDevice],
      );
      written.delete(`${u.protocol} ${u.device}`);
    }
  }
  /** While the database is away they wait, as many as one flush takes: a device whose frames were lost here could not be claimed with them. */
  function keepForLater(again: readonly Letter[], devices: ReadonlyMap<string, Unknown>): void {
    dropped += Math.max(0, again.length + letters.length - rowsPerFlush);
    letters = [...again, ...letters].slice(0, rowsPerFlush);
    for (const [key, before] of devices) {
      const since = unknown.get(key);
      const frames = [...before.frames, ...(since?.frames ?? [])].slice(0, rowsPerFlush);
      unknown.set(key, { ...before, ...(since ? { last: since.last, address: since.address } : {}), frames });
    }
  }
  async function flush(): Promise<void> {
    let waiting: readonly Letter[] = letters;
    const devices = unknown;
    letters = [];
    unknown = new Map();
    try {
      await writeLetters(waiting);
      waiting = [];
      await writeUnknown(devices);
    } catch (error) {
      // What the database will never take must not be offered for ever.
      if (classify(error) === 'defect') dropped += waiting.length;
      else keepForLater(waiting, devices);
      failures++;
      options.onError?.(error);
    }
  }
  function flushed(): Promise<void> {
    running ??= flush().finally(() => {
      running = null;
    });
    return running;
  }
  const timer = setInterval(() => {
    if (letters.length > 0 || unknown.size > 0) void flushed();
  }, flushMilliseconds);

  return {
    deadLetter(letter) {
      if (letters.length < rowsPerFlush) letters.push(letter);
      else dropped++;
    },
    unclaimed(protocol, device, address, frame, at) {
      const id = clean(device, 100);
      const key = `${protocol} ${id}`;
      const entry = unknown.get(key);
      if (entry) {
        entry.last = at;
        entry.address = address;
        if (entry.frames.length < rowsPerFlush) entry.frames.push(frame);
      } else if (unknown.size < rowsPerFlush) unknown.set(key, { protocol, device: id, address, first: at, last: at, frames: [frame] });
      else dropped++;
    },
    async framesOf(protocol, device) {
      await flushed();
      const { rows } = await pool.query<{ frame: number }>(
        'SELECT frame FROM unclaimed_frame WHERE protocol = $1 AND device = $2 ORDER BY frame',
        [protocol, device],
      );
      return rows.map((row) => Number(row.frame));
    },
    async claimed(protocol, device) {
      await pool.query('DELETE FROM unclaimed_frame WHERE protocol = $1 AND device = $2', [protocol, device]);
      await pool.query('DELETE FROM unclaimed_device WHERE protocol = $1 AND device = $2', [protocol, device]);
    },
    dropped: () => dropped,
    flushed,
    async written() {
      await running;
      const before = failures;
      if (letters.length > 0 || unknown.size > 0) await flushed();
      if (failures > before) throw new Problem('database-unavailable');
    },
    async close() {
      clearInterval(timer);
      await running;
      await flush();
    },
  };
}
