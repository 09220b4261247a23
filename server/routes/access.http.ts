// /api/access-requests, /api/api-keys and /api/api-usage: applying for a layer, deciding, the keys that come of it and what they used.
import express, { type Request, Router } from 'express';
import type { Department, Identity } from '../../contracts/access.ts';
import { adcodeContains } from '../../contracts/geo.ts';
import { isApprover, isSteward } from '../../contracts/layer-life.ts';
import { readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { addressOf, identityOf, requireIdentity } from '../auth/identity.http.ts';
import { accessTo, type Catalogue } from '../catalogue/entries.pg.ts';
import type { KeyOfDepartments, Requests } from '../catalogue/requests.pg.ts';
import type { House } from '../house.ts';
import { areaName } from './areas.ts';
import { offsetOf, pageAt, pageOf } from './page.ts';

/** What a key may do when the decision does not say. */
const usual = { perDay: 1000, perMinute: 60, days: 180 };
const looksAfterKey = (identity: Identity, key: KeyOfDepartments): boolean =>
  isApprover(identity) || (key.departments.length > 0 && key.departments.every((department) => isSteward(identity, department)));

export function accessRoutes(house: House, catalogue: Catalogue, requests: Requests, portal: () => boolean): Router {
  const json = express.json({ limit: '16kb' });
  async function stewardLayers(identity: Identity): Promise<ReadonlyMap<string, Department>> {
    const all = (await catalogue.all()).map(({ entry }) => entry);
    return new Map(all.filter(({ department }) => isSteward(identity, department)).map(({ id, department }) => [id, department]));
  }
  const audit = (req: Request, target: string, detail: Readonly<Record<string, unknown>>): void =>
    house.auth.audit({ identity: identityOf(req), address: addressOf(req), act: 'write', target, detail });
  const checkedArea = (area: string): string => {
    if (areaName(area) === null) throw new Problem('bad-body', { reason: `${area} 不是辽宁的行政区划代码（GB/T 2260）` });
    return area;
  };

  return Router()
    .post('/api/access-requests', json, async (req, res) => {
      const identity = portal() ? identityOf(req) : requireIdentity(req);
      const { layer, purpose, attributes, area, name, organisation, contact } = readBody(routes.accessRequest.body, req.body);
      const found = await catalogue.get(layer);
      const { entry } = found;
      const seen = identity ? accessTo(identity, entry) !== 'hidden' : entry.state === 'published' && entry.sharing !== 'none';
      if (!seen) throw new Problem('not-found', { what: `图层 ${layer}` });
      if (entry.sharing === 'none') throw new Problem('conflict', { what: `${entry.title.zh} 不予共享` });
      if (entry.state !== 'published') throw new Problem('conflict', { what: `${entry.title.zh} 尚未发布` });
      const unknown = attributes?.find((one) => !entry.attributes.some((attribute) => attribute.name === one));
      if (unknown !== undefined) throw new Problem('bad-body', { reason: `${entry.title.zh} 没有属性 ${unknown.slice(0, 40)}` });
      const answer = await requests.submit({
        ...{ layer, purpose: purpose.trim(), name, organisation, contact, address: addressOf(req), account: identity?.user ?? null },
        wished: { ...(attributes ? { attributes } : {}), ...(area ? { area: checkedArea(area) } : {}) },
      });
      audit(req, `access-request/${answer.number}`, { layer, organisation });
      res.status(201).json(answer);
    })
    .get('/api/access-requests', async (req, res) => {
      const identity = requireIdentity(req);
      const { state, limit = 100, cursor } = readParameters(routes.accessRequests.query, req.query);
      const looksAfter = identity.role === 'steward' || identity.role === 'admin';
      const of = looksAfter ? { layers: [...(await stewardLayers(identity)).keys()] } : { account: identity.user };
      const rows = await requests.list(of, state ?? null, cursor === undefined ? null : Number(cursor), limit);
      res.json(pageOf(rows, limit, req.originalUrl, (last) => last.id));
    })
    .post('/api/access-requests/:id/decision', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { id } = readParameters(routes.accessDecision.params, req.params);
      const request = await requests.get(id);
      const department = request && (await stewardLayers(identity)).get(request.layer);
      if (!request || !department) throw new Problem('not-found', { what: `申请 ${id}` });
      const { approve, reason = '', ...given } = readBody(routes.accessDecision.body, req.body);
      if (!approve && reason.trim() === '') throw new Problem('bad-body', { reason: '不予批准要写明理由 reason' });
      if (approve && request.account === identity.user) throw new Problem('forbidden', { what: '批准自己的申请' });
      const { entry } = await catalogue.get(request.layer);
      if (approve && (entry.sharing === 'none' || entry.state !== 'published'))
        throw new Problem('conflict', { what: `${entry.title.zh} 已不共享或已下线` });
      const area = checkedArea(given.area ?? request.wished.area ?? identity.scope.adcode);
      // Nobody gives away more than he sees.
      if (!adcodeContains(identity.scope.adcode, area)) throw new Problem('forbidden', { what: `批准到辖区以外（${area}）` });
      const decision = { ...usual, ...given, approve, reason: reason.trim(), area };
      const { key, keyId } = await requests.decide(identity, request, department, decision);
      audit(req, `access-request/${request.number}`, { approve, reason, layer: request.layer, ...(keyId === null ? {} : { keyId }) });
      const decided = await requests.get(id);
      res.json({ ...decided, ...(key === null ? {} : { key }) });
    })
    .get('/api/api-keys', async (req, res) => {
      const identity = requireIdentity(req);
      const { limit = 100, cursor } = readParameters(routes.apiKeys.query, req.query);
      const keys = (await requests.keys()).filter((key) => looksAfterKey(identity, key)).map(({ entry }) => entry);
      res.json(pageAt(keys, offsetOf(cursor), limit, req.originalUrl));
    })
    .patch('/api/api-keys/:id', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { id } = readParameters(routes.apiKeyChange.params, req.params);
      const find = async (): Promise<KeyOfDepartments | undefined> =>
        (await requests.keys(id)).find((key) => key.entry.id === id && looksAfterKey(identity, key));
      if (!(await find())) throw new Problem('not-found', { what: `密钥 ${id}` });
      const change = readBody(routes.apiKeyChange.body, req.body);
      await requests.changeKey(id, change);
      audit(req, `api-key/${id}`, { changed: change });
      res.json((await find())?.entry);
    })
    .get('/api/api-usage', async (req, res) => {
      const identity = requireIdentity(req);
      const { key, layer, days = 30 } = readParameters(routes.apiUsage.query, req.query);
      const layers = await stewardLayers(identity);
      const rows = await requests.usage(days, key ?? null, layer ?? null);
      const items = rows.filter((row) => (row.layer === '' ? isApprover(identity) : layers.has(row.layer)));
      res.json(pageAt(items, 0, items.length, req.originalUrl));
    });
}
