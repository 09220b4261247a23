// Logging in: the same work and the same words whether the account exists or not, and a lock that doubles with each further failure.
import type { AuditEntry, Identity } from '../../contracts/access.ts';
import type { Instant } from '../../contracts/observation.ts';
import { Problem } from '../../contracts/problem.ts';
import { type Account, identityOfAccount, isAccountName, type StoredAccount } from './accounts.ts';
import { addressGroup } from './address.ts';
import { NO_PASSWORD, type Passwords } from './password.ts';
import { createThrottle } from './throttle.ts';

export interface LoginParts {
  readonly now: () => Instant;
  readonly passwords: Passwords;
  /** The account behind a name. @throws Problem database-unavailable */
  readonly find: (name: string) => Promise<StoredAccount | null>;
  readonly open: (account: Account) => Promise<{ readonly token: string; readonly expires: Instant }>;
  /** Keeps a hash made anew with today's cost, unless the stored one has changed meanwhile. */
  readonly keepHash: (name: string, old: string, hash: string) => Promise<void>;
  readonly demo: () => boolean;
  readonly audit: (entry: AuditEntry) => void;
}
export interface LoggedIn {
  readonly token: string;
  readonly identity: Identity;
  readonly expires: Instant;
}
export interface Login {
  /** @throws Problem bad-credentials | too-many-attempts | overloaded | database-unavailable */
  withPassword(request: { readonly name: string; readonly password: string; readonly address: string | null }): Promise<LoggedIn>;
  /** Opens an account of the demonstration without a password. @throws Problem forbidden */
  asDemo(request: { readonly name: string; readonly address: string | null; readonly allowed: boolean }): Promise<LoggedIn>;
  /** Checks the password of someone who is logged in, under the same lock. @throws as withPassword */
  confirm(request: { readonly name: string; readonly password: string; readonly address: string | null }): Promise<void>;
}

/** What stands in the audit table instead of a name that is no account: people type their password into the wrong field. */
const NO_SUCH_NAME = '未知用户名';

/** Makes the login of the house. */
export function createLogin(parts: LoginParts): Login {
  const { now, passwords, find, open, keepHash, demo, audit } = parts;
  // Five free failures per account and address; the sixth attempt waits 10 s, then 20, 40 … 15 min.
  const pairs = createThrottle({ free: 5, firstLockSeconds: 10, maxLockSeconds: 900, forgetSeconds: 1800, maxKeys: 10_000 });
  // One address trying many names: a desk room behind one address has more honest failures, so more are free and the lock is short.
  const addresses = createThrottle({ free: 50, firstLockSeconds: 10, maxLockSeconds: 300, forgetSeconds: 1800, maxKeys: 10_000 });

  async function check(request: {
    readonly name: string;
    readonly password: string;
    readonly address: string | null;
  }): Promise<StoredAccount> {
    const { name, password, address } = request;
    const group = addressGroup(address);
    const pair = `${group} ${name}`;
    const began = now();
    const retryAfterSeconds = Math.max(pairs.wait(pair, began), addresses.wait(group, began));
    if (retryAfterSeconds > 0) throw new Problem('too-many-attempts', { retryAfterSeconds });
    const attemptsLeft = pairs.begin(pair, began);
    addresses.begin(group, began);
    let account: StoredAccount | null;
    let opens: boolean;
    try {
      account = isAccountName(name) ? await find(name) : null;
      const verified = await passwords.verify(password, account?.password ?? NO_PASSWORD);
      opens = verified.matches && account !== null && !account.disabled && (!account.demo || demo());
      if (opens && verified.outdated && account) {
        const { name: known, password: old } = account;
        void passwords
          .hash(password)
          .then((hash) => keepHash(known, old, hash))
          // Made anew at the next login instead.
          .catch(() => undefined);
      }
    } catch (error) {
      // The house could not answer: that is no failure of the visitor.
      pairs.takeBack(pair);
      addresses.takeBack(group);
      throw error;
    }
    if (!opens || !account) {
      const wait = pairs.wait(pair, began);
      audit({
        identity: null,
        address,
        act: 'login-failed',
        target: account ? account.name : NO_SUCH_NAME,
        detail: { ...(account?.disabled ? { disabled: true } : {}), ...(wait > 0 ? { lockedSeconds: wait } : {}) },
      });
      throw new Problem('bad-credentials', { attemptsLeft, ...(wait > 0 ? { retryAfterSeconds: wait } : {}) });
    }
    pairs.clear(pair);
    addresses.takeBack(group);
    return account;
  }

  return {
    async withPassword(request) {
      const account = await check(request);
      const identity = identityOfAccount(account);
      const session = await open(account);
      audit({ identity, address: request.address, act: 'login', target: account.name, detail: { by: 'password' } });
      return { ...session, identity };
    },
    async asDemo({ name, address, allowed }) {
      const account = allowed && demo() && isAccountName(name) ? await find(name) : null;
      if (!account?.demo || account.disabled) {
        audit({ identity: null, address, act: 'login-failed', target: account ? account.name : NO_SUCH_NAME, detail: { by: 'demo' } });
        throw new Problem('forbidden', { what: '演示身份登录' });
      }
      const identity = identityOfAccount(account);
      const session = await open(account);
      audit({ identity, address, act: 'login', target: account.name, detail: { by: 'demo' } });
      return { ...session, identity };
    },
    async confirm(request) {
      await check(request);
    },
  };
}
