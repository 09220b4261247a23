// /api/grants: who sees which layer whole, masked, within a fence or not at all. The administrator grants anything, a steward the layers of his departments.
import express, { type Request, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { GrantEntry } from '../../contracts/grant-routes.ts';
import { isSteward, themeTitle } from '../../contracts/layer-life.ts';
import { readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import { type GrantRow, openGrantTable } from '../catalogue/grants.pg.ts';
import type { House } from '../house.ts';
import { pageOf } from './page.ts';

/** Rows read for one page at most: a steward's are picked out of all. */
const MOST_READ = 5000;

export function grantRoutes(house: House, { layers }: Pick<Sight, 'layers'>): Router {
  const table = openGrantTable(house.database);
  const looksAfter = (identity: Identity, layer: string): boolean => {
    const known = layers.all().get(layer);
    return identity.role === 'admin' || (known !== undefined && isSteward(identity, known.department));
  };
  function titled(row: GrantRow): GrantEntry {
    const theme = /^theme:(.*)$/.exec(row.layer)?.[1];
    const title =
      row.layer === '*' ? '全部图层' : theme === undefined ? layers.all().get(row.layer)?.title.zh : `主题：${themeTitle(theme)}`;
    return { ...row, title: title ?? row.layer };
  }
  /** @throws Problem forbidden */
  function requireKeeper(req: Request): Identity {
    const identity = requireIdentity(req);
    if (identity.role !== 'admin' && identity.role !== 'steward') throw new Problem('forbidden', { what: '图层授权' });
    return identity;
  }
  const audit = (req: Request, id: number, detail: Readonly<Record<string, unknown>>): void =>
    house.auth.audit({ identity: requireIdentity(req), address: addressOf(req), act: 'write', target: `grant/${id}`, detail });
  function expiryOf(given: string | undefined): number | null {
    if (given === undefined) return null;
    const at = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(given) ? Date.parse(given) : Number.NaN;
    if (!(at > house.now())) throw new Problem('bad-body', { reason: 'expires 应为将来的 RFC 3339 时刻' });
    return at;
  }

  return Router()
    .get('/api/grants', async (req, res) => {
      const identity = requireKeeper(req);
      const { layer = null, limit = 100, cursor } = readParameters(routes.grants.query, req.query);
      await layers.current();
      const before = cursor === undefined ? null : Number(cursor);
      const rows = await table.list(layer, before, identity.role === 'admin' ? limit + 1 : MOST_READ);
      const own = rows
        .filter((row) => looksAfter(identity, row.layer))
        .slice(0, limit + 1)
        .map(titled);
      res.json(pageOf(own, limit, req.originalUrl, (last) => last.id));
    })
    .post('/api/grants', express.json({ limit: '1mb' }), async (req, res) => {
      const identity = requireKeeper(req);
      const draft = readBody(routes.grantAdd.body, req.body);
      await layers.current();
      const known = layers.all().get(draft.layer);
      if (!/^(\*|theme:.*)$/.test(draft.layer) && !known) throw new Problem('not-found', { what: `图层 ${draft.layer}` });
      if (!looksAfter(identity, draft.layer)) throw new Problem('forbidden', { what: `授权 ${known?.title.zh ?? draft.layer}` });
      // Nobody lifts a mask for himself.
      if (draft.view === 'full' && draft.to.user === identity.user) throw new Problem('forbidden', { what: '给自己授权' });
      const unknown = [...(draft.hiddenAttributes ?? []), ...(draft.onlyAttributes ?? [])].find(
        (name) => known && !known.attributes.includes(name),
      );
      if (unknown !== undefined) throw new Problem('bad-body', { reason: `${known?.title.zh} 没有属性 ${unknown.slice(0, 40)}` });
      if (draft.reason.trim() === '') throw new Problem('bad-body', { reason: '授权要写明理由 reason' });
      const entry = await table.add(draft, identity.user, expiryOf(draft.expires));
      const { fence, ...told } = entry;
      audit(req, entry.id, { op: 'add', ...told, fenced: fence !== undefined });
      res.status(201).json(titled(entry));
    })
    .delete('/api/grants/:id', async (req, res) => {
      const identity = requireKeeper(req);
      const { id } = readParameters(routes.grantRemove.params, req.params);
      await layers.current();
      const entry = await table.get(id);
      if (!entry || !looksAfter(identity, entry.layer)) throw new Problem('not-found', { what: `授权 ${id}` });
      await table.remove(id);
      audit(req, id, { op: 'remove', layer: entry.layer, to: entry.to, view: entry.view });
      res.status(204).end();
    });
}
