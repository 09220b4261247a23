// Tests of the scrypt hashes: format, comparison, upgrade, and that no stored text and no flood does harm.
import { randomBytes, scryptSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPasswords, currentCost, NO_PASSWORD, readHash } from './password.ts';

const cheap = { N: 16, r: 1, p: 1 };
const passwords = createPasswords({ random: randomBytes, cost: cheap });

describe('scrypt hashes', () => {
  it('cost N=2^15, r=8, p=1 in the format scrypt$N$r$p$salt$hash', async () => {
    const real = createPasswords({ random: randomBytes });
    const stored = await real.hash('大连湾 2026 correct');
    expect(stored).toMatch(/^scrypt\$32768\$8\$1\$[\w-]{22}\$[\w-]{43}$/);
    expect(await real.verify('大连湾 2026 correct', stored)).toEqual({ matches: true, outdated: false });
    expect(await real.verify('大连湾 2026 Correct', stored)).toEqual({ matches: false, outdated: false });
  });

  it('agrees with RFC 7914 §12, third vector (pleaseletmein)', async () => {
    const hash = scryptSync('pleaseletmein', 'SodiumChloride', 64, { N: 16384, r: 8, p: 1 });
    expect(hash.toString('hex').slice(0, 16)).toBe('7023bdcb3afd7348');
    const stored = `scrypt$16384$8$1$${Buffer.from('SodiumChloride').toString('base64url')}$${hash.toString('base64url')}`;
    expect(await passwords.verify('pleaseletmein', stored)).toEqual({ matches: true, outdated: true });
  });

  it('the same password twice gives two hashes', async () => {
    expect(await passwords.hash('same')).not.toBe(await passwords.hash('same'));
  });

  it('RFC 8265 §4.2.2: composed and decomposed letters are one password', async () => {
    expect((await passwords.verify('e\u0301cole', await passwords.hash('\u00e9cole'))).matches).toBe(true);
  });

  it('any password opens its own hash and no other', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), async (one, other) => {
        const stored = await passwords.hash(one);
        expect((await passwords.verify(one, stored)).matches).toBe(true);
        expect((await passwords.verify(other, stored)).matches).toBe(
          Buffer.from(one.normalize('NFC')).equals(Buffer.from(other.normalize('NFC'))),
        );
      }),
      { numRuns: 100 },
    );
  });

  it.each([
    ['nothing', ''],
    ['no password', NO_PASSWORD],
    ['another scheme', '$2b$10$abcdefghijklmnopqrstuv'],
    ['N no power of two', 'scrypt$1000$8$1$c29kaXVtY2hsb3I$c29kaXVtY2hsb3Jzb2RpdW1jaGxvcg'],
    ['1 GiB', 'scrypt$1048576$8$1$c29kaXVtY2hsb3I$c29kaXVtY2hsb3Jzb2RpdW1jaGxvcg'],
    ['r of 0', 'scrypt$1024$0$1$c29kaXVtY2hsb3I$c29kaXVtY2hsb3Jzb2RpdW1jaGxvcg'],
    ['an empty hash', 'scrypt$1024$8$1$c29kaXVtY2hsb3I$'],
  ])('a row with %s is opened by nothing and does not throw', async (_, stored) => {
    expect(readHash(stored)).toBeNull();
    for (const password of ['', stored, 'x']) expect(await passwords.verify(password, stored)).toEqual({ matches: false, outdated: false });
  });

  it('no stored text throws', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.string(),
          fc.string().map((text) => `scrypt$16$1$1$${text}`),
        ),
        async (stored) => {
          expect((await passwords.verify('x', stored)).matches).toBe(false);
        },
      ),
    );
  });

  it('a flood is refused instead of queued without end, and those who wait get their turn', async () => {
    const bounded = createPasswords({ random: randomBytes, cost: { ...currentCost, N: 2 ** 12 }, parallel: 2, waiting: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => bounded.hash('x')));
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(outcomes.length - refused.length).toBe(5);
    expect(refused[0]?.reason).toMatchObject({ code: 'overloaded', details: { retryAfterSeconds: 5 } });
    expect(await bounded.hash('again')).toMatch(/^scrypt/);
  });
});
