// Routes of the administrator: /api/accounts and /api/audit. Every list is paged, every write stands in the audit.
import express, { type Request, Router } from 'express';
import { Problem } from '../../contracts/problem.ts';
import type { Page } from '../../contracts/wire.ts';
import type { AccountsAuth } from './accounts.pg.ts';
import { type Account, isAccountName, parseChange, parseDraft, parsePasswordChange } from './accounts.ts';
import { addressOf, requireAct } from './identity.http.ts';
import { methodNotAllowed } from './problem.http.ts';

const MOST_PER_PAGE = 1000;

function one(req: Request, name: string): string | undefined {
  const value = req.query[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') throw new Problem('bad-parameter', { name, given: '多个值', allowed: '一个值' });
  // PostgreSQL has no NUL; nothing we keep has one either.
  if (value.includes('\0')) throw new Problem('bad-parameter', { name, given: 'NUL', allowed: '文字' });
  return value;
}
function wholeNumber(req: Request, name: string, least: number, most: number): number | undefined {
  const value = one(req, name);
  if (value === undefined) return undefined;
  const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= least && number <= most))
    throw new Problem('bad-parameter', { name, given: value.slice(0, 40), allowed: `${least}–${most}` });
  return number;
}
/** RFC 3339 with an offset. */
function instant(req: Request, name: string): number | undefined {
  const value = one(req, name);
  if (value === undefined) return undefined;
  const at = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$/.test(value) ? Date.parse(value) : Number.NaN;
  if (Number.isNaN(at))
    throw new Problem('bad-parameter', { name, given: value.slice(0, 40), allowed: 'RFC 3339，带时区，如 2026-11-24T03:07:42+08:00' });
  return at;
}
/** The address of the next page: this one, asked further on. */
function nextAddress(req: Request, key: string, value: string): string {
  const url = new URL(req.originalUrl, 'http://page');
  url.searchParams.set(key, value);
  return url.pathname + url.search;
}
function accountJson(account: Account): Omit<Account, 'created'> & { created: string } {
  return { ...account, created: new Date(account.created).toISOString() };
}

/** Router for /api/accounts and /api/audit; mount at /api behind identify(). */
export function adminRoutes(options: { readonly auth: AccountsAuth }): Router {
  const { auth } = options;
  const router = Router();
  const json = express.json({ limit: '16kb' });
  const manage = (req: Request) => requireAct(req, 'manage-users', '账号管理');
  const nameIn = (req: Request): string => {
    const name = String(req.params['name'] ?? '').normalize('NFC');
    if (!isAccountName(name)) throw new Problem('not-found', { what: `账号 ${name.slice(0, 64)}` });
    return name;
  };
  router.use(['/accounts', '/audit'], (_req, res, next) => {
    res.setHeader('Cache-Control', 'no-store');
    next();
  });

  router
    .route('/accounts')
    .get(async (req, res) => {
      manage(req);
      const page = await auth.list(one(req, 'after') ?? '', wholeNumber(req, 'limit', 1, MOST_PER_PAGE) ?? 100);
      const reply: Page<ReturnType<typeof accountJson>> = {
        items: page.items.map(accountJson),
        numberReturned: page.numberReturned,
        next: page.next === null ? null : nextAddress(req, 'after', page.next),
      };
      res.json(reply);
    })
    .post(json, async (req, res) => {
      const identity = manage(req);
      const draft = parseDraft(req.body);
      const account = await auth.create(draft);
      const { role, scope } = account;
      auth.audit({
        identity,
        address: addressOf(req),
        act: 'write',
        target: `account/${account.name}`,
        detail: { created: { role, scope } },
      });
      res
        .status(201)
        .location(`${req.baseUrl}/accounts/${encodeURIComponent(account.name)}`)
        .json(accountJson(account));
    })
    .all(methodNotAllowed('GET, POST'));

  router
    .route('/accounts/:name')
    .get(async (req, res) => {
      manage(req);
      const name = nameIn(req);
      const account = await auth.get(name);
      if (!account) throw new Problem('not-found', { what: `账号 ${name}` });
      res.json(accountJson(account));
    })
    .patch(json, async (req, res) => {
      const identity = manage(req);
      const name = nameIn(req);
      const change = parseChange(req.body);
      const account = await auth.update(name, change);
      auth.audit({ identity, address: addressOf(req), act: 'write', target: `account/${name}`, detail: { changed: change } });
      res.json(accountJson(account));
    })
    .delete(async (req, res) => {
      const identity = manage(req);
      const name = nameIn(req);
      await auth.remove(name);
      auth.audit({ identity, address: addressOf(req), act: 'write', target: `account/${name}`, detail: { removed: true } });
      res.status(204).end();
    })
    .all(methodNotAllowed('GET, PATCH, DELETE'));

  router
    .route('/accounts/:name/password')
    .put(json, async (req, res) => {
      const identity = manage(req);
      const name = nameIn(req);
      await auth.setPassword(name, parsePasswordChange(req.body).password);
      auth.audit({ identity, address: addressOf(req), act: 'write', target: `account/${name}`, detail: { password: 'changed' } });
      res.status(204).end();
    })
    .all(methodNotAllowed('PUT'));

  router
    .route('/audit')
    .get(async (req, res) => {
      const identity = requireAct(req, 'read-audit', '审计记录');
      const page = await auth.log.page({
        before: wholeNumber(req, 'before', 1, Number.MAX_SAFE_INTEGER),
        account: one(req, 'account'),
        act: one(req, 'act'),
        from: instant(req, 'from'),
        to: instant(req, 'to'),
        limit: wholeNumber(req, 'limit', 1, MOST_PER_PAGE) ?? 100,
      });
      auth.audit({ identity, address: addressOf(req), act: 'read-restricted', target: 'audit' });
      res.json({ ...page, next: page.next === null ? null : nextAddress(req, 'before', page.next) });
    })
    .all(methodNotAllowed('GET'));

  return router;
}
