// Passwords: scrypt hashes as text, compared in constant time, computed in the thread pool with a bound on how many at once.
//
// Format: scrypt$N$r$p$salt$hash, salt and hash base64url. Source: RFC 7914 (scrypt); RFC 8265 §4 (OpaqueString: NFC).
// One hash costs 128·N·r bytes (32 MiB) and some 0.1 s of one core. Two at a time leave the thread pool to the files, and a flood of logins
// is refused instead of queued without end.
import { scrypt, timingSafeEqual } from 'node:crypto';
import { Problem } from '../../contracts/problem.ts';

export interface ScryptCost {
  readonly N: number;
  readonly r: number;
  readonly p: number;
}
export const currentCost: ScryptCost = { N: 2 ** 15, r: 8, p: 1 };

const HASH_BYTES = 32;
const SALT_BYTES = 16;

/** What a stored row may ask of us: a damaged or hostile row must not take the machine's memory. */
const MOST_MEMORY = 256 * 1024 * 1024;

/** Stored for an account that no password opens (shadow(5) writes the same). */
export const NO_PASSWORD = '!';

export interface StoredHash {
  readonly cost: ScryptCost;
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Reads scrypt$N$r$p$salt$hash; null when the text is anything else or asks for more than 256 MiB. */
export function readHash(stored: string): StoredHash | null {
  const match = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,2})\$([A-Za-z0-9_-]{11,88})\$([A-Za-z0-9_-]{22,88})$/.exec(stored);
  if (!match) return null;
  const [N, r, p] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const powerOfTwo = N > 1 && Number.isInteger(Math.log2(N));
  if (!powerOfTwo || r < 1 || p < 1 || 128 * N * r * p > MOST_MEMORY) return null;
  return { cost: { N, r, p }, salt: Buffer.from(match[4] ?? '', 'base64url'), hash: Buffer.from(match[5] ?? '', 'base64url') };
}

function derive(password: string, salt: Uint8Array, cost: ScryptCost, bytes: number): Promise<Buffer> {
  // Node refuses with its default bound of 32 MiB exactly what N=2^15, r=8 needs.
  const maxmem = 128 * cost.N * cost.r * cost.p + 4 * 1024 * 1024;
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, bytes, { ...cost, maxmem }, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

export interface Passwords {
  /** A new hash with today's cost. @throws Problem overloaded */
  hash(password: string): Promise<string>;
  /**
   * Whether the password opens the stored hash, and whether the hash should be made anew with today's cost.
   * Does the same work when `stored` is no hash at all, so that the time does not tell whether an account exists.
   * @throws Problem overloaded
   */
  verify(password: string, stored: string): Promise<{ readonly matches: boolean; readonly outdated: boolean }>;
}

export interface PasswordOptions {
  /** That many random bytes. */
  readonly random: (bytes: number) => Uint8Array;
  readonly cost?: ScryptCost;
  /** Hashes computed at once. */
  readonly parallel?: number;
  /** Hashes waiting for their turn; beyond it: overloaded. */
  readonly waiting?: number;
}

/** Makes the one hasher of the house. */
export function createPasswords(options: PasswordOptions): Passwords {
  const { random, cost = currentCost, parallel = 2, waiting = 64 } = options;
  const decoySalt = random(SALT_BYTES);
  const queue: (() => void)[] = [];
  let running = 0;

  async function inTurn<T>(work: () => Promise<T>): Promise<T> {
    if (running >= parallel) {
      if (queue.length >= waiting) throw new Problem('overloaded', { retryAfterSeconds: 5 });
      await new Promise<void>((resolve) => queue.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      const next = queue.shift();
      // The turn is handed over, so `running` stays: nobody slips in between.
      if (next) next();
      else running -= 1;
    }
  }

  return {
    async hash(password) {
      const salt = random(SALT_BYTES);
      const hash = await inTurn(() => derive(password, salt, cost, HASH_BYTES));
      return `scrypt$${cost.N}$${cost.r}$${cost.p}$${Buffer.from(salt).toString('base64url')}$${hash.toString('base64url')}`;
    },
    async verify(password, stored) {
      const known = readHash(stored);
      const actual = await inTurn(() => derive(password, known?.salt ?? decoySalt, known?.cost ?? cost, known?.hash.length ?? HASH_BYTES));
      if (!known) return { matches: false, outdated: false };
      const same = known.cost.N === cost.N && known.cost.r === cost.r && known.cost.p === cost.p && known.hash.length === HASH_BYTES;
      return { matches: timingSafeEqual(actual, known.hash), outdated: !same };
    },
  };
}
