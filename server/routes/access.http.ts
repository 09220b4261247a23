// /api/access-requests, /api/api-keys and /api/api-usage: applying for a layer, deciding, the keys that come of it and what they used.
import express, { type Request, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { ApiKeyEntry, UsagePage } from '../../contracts/catalogue-access.ts';
import { adcodeContains } from '../../contracts/geo.ts';
import { isSteward } from '../../contracts/layer-life.ts';
import { readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { addressOf, identityOf, requireIdentity } from '../auth/identity.http.ts';
import { visitor } from '../auth/ogc-door.http.ts';
import { careOf } from '../catalogue/care.ts';
import { accessTo, type Catalogue, type CatalogueEntry } from '../catalogue/entries.pg.ts';
import { departmentsOfCare, type Keys } from '../catalogue/keys.pg.ts';
import type { Requests } from '../catalogue/requests.pg.ts';
import type { House } from '../house.ts';
import { areaName } from './areas.ts';
import { offsetOf, pageOf } from './page.ts';

/** What a key may do when the decision does not say. */
const usual = { perDay: 1000, perMinute: 60, days: 180 };
export function accessRoutes(house: House, catalogue: Catalogue, requests: Requests, keys: Keys, portal: () => boolean): Router {
  const json = express.json({ limit: '16kb' });
  const titled = async (entries: readonly Omit<ApiKeyEntry, 'titles'>[]): Promise<ApiKeyEntry[]> => {
    const titles = await catalogue.titles(entries.flatMap(({ layers }) => layers));
    return entries.map((entry) => ({ ...entry, titles: entry.layers.map((layer) => titles.get(layer) ?? layer) }));
  };
  /** A key that this one looks after. @throws Problem not-found */
  async function keyOf(identity: Identity, id: number): Promise<ApiKeyEntry> {
    const found = await keys.get(id, departmentsOfCare(careOf(identity)));
    const [entry] = found ? await titled([found]) : [];
    if (!entry) throw new Problem('not-found', { what: `密钥 ${id}` });
    return entry;
  }
  /** The layer of an application, for one who looks after it. */
  async function layerCaredFor(identity: Identity, id: string): Promise<CatalogueEntry | null> {
    const found = await catalogue.get(id).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'not-found') return null;
      throw error;
    });
    return found && isSteward(identity, found.entry.department) ? found.entry : null;
  }
  /** @throws Problem bad-body for one that the layer has not */
  function checkAttributes(entry: CatalogueEntry, names: readonly string[] | null | undefined): void {
    const unknown = names?.find((one) => !entry.attributes.some((attribute) => attribute.name === one));
    if (unknown !== undefined) throw new Problem('bad-body', { reason: `${entry.title.zh} 没有属性 ${unknown.slice(0, 40)}` });
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
      if (!seen || (await catalogue.barredTo(identity ?? visitor)).includes(layer))
        throw new Problem('not-found', { what: `图层 ${layer}` });
      if (entry.sharing === 'none') throw new Problem('conflict', { what: `${entry.title.zh} 不予共享` });
      if (entry.state !== 'published') throw new Problem('conflict', { what: `${entry.title.zh} 尚未发布` });
      checkAttributes(entry, attributes);
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
      const of = looksAfter ? careOf(identity) : { account: identity.user };
      const before = cursor === undefined ? null : Number(cursor);
      const found = await requests.list(of, { state: state ?? null, before, limit });
      res.json({ ...pageOf(found.requests, limit, req.originalUrl, (last) => last.id), numberMatched: found.numberMatched });
    })
    .post('/api/access-requests/:id/decision', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { id } = readParameters(routes.accessDecision.params, req.params);
      const request = await requests.get(id);
      const entry = request && (await layerCaredFor(identity, request.layer));
      if (!request || !entry) throw new Problem('not-found', { what: `申请 ${id}` });
      const { approve, reason = '', ...given } = readBody(routes.accessDecision.body, req.body);
      if (!approve && reason.trim() === '') throw new Problem('bad-body', { reason: '不予批准要写明理由 reason' });
      if (approve && request.account === identity.user) throw new Problem('forbidden', { what: '批准自己的申请' });
      if (approve && (entry.sharing === 'none' || entry.state !== 'published'))
        throw new Problem('conflict', { what: `${entry.title.zh} 已不共享或已下线` });
      const area = checkedArea(given.area ?? request.wished.area ?? identity.scope.adcode);
      // Nobody gives away more than he sees.
      if (!adcodeContains(identity.scope.adcode, area)) throw new Problem('forbidden', { what: `批准到辖区以外（${area}）` });
      const attributes = given.attributes === undefined ? (request.wished.attributes ?? null) : given.attributes;
      if (approve) checkAttributes(entry, attributes);
      const decision = { ...usual, ...given, approve, reason: reason.trim(), area, attributes };
      const { key, keyId } = await requests.decide(identity, request, entry.department, decision);
      audit(req, `access-request/${request.number}`, { approve, reason, layer: request.layer, ...(keyId === null ? {} : { keyId }) });
      const decided = await requests.get(id);
      res.json({ ...decided, ...(key === null ? {} : { key }) });
    })
    .get('/api/api-keys', async (req, res) => {
      const identity = requireIdentity(req);
      const { q = '', limit = 100, cursor } = readParameters(routes.apiKeys.query, req.query);
      const offset = offsetOf(cursor);
      const found = await keys.list(departmentsOfCare(careOf(identity)), { q, offset, limit });
      const page = pageOf(await titled(found.keys), limit, req.originalUrl, () => offset + limit);
      res.json({ ...page, numberMatched: found.numberMatched });
    })
    .patch('/api/api-keys/:id', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { id } = readParameters(routes.apiKeyChange.params, req.params);
      await keyOf(identity, id);
      const change = readBody(routes.apiKeyChange.body, req.body);
      await keys.change(id, change);
      audit(req, `api-key/${id}`, { changed: change });
      res.json(await keyOf(identity, id));
    })
    .post('/api/api-keys/:id/rotation', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { id } = readParameters(routes.apiKeyRotation.params, req.params);
      await keyOf(identity, id);
      const { graceHours = 24 } = readBody(routes.apiKeyRotation.body, req.body ?? {});
      const key = await keys.rotate(id, house.now() + graceHours * 3_600_000);
      audit(req, `api-key/${id}`, { rotated: { graceHours } });
      res.set('Cache-Control', 'no-store').json({ ...(await keyOf(identity, id)), key });
    })
    .get('/api/api-usage', async (req, res) => {
      const identity = requireIdentity(req);
      const given = readParameters(routes.apiUsage.query, req.query);
      const { by = 'row', key = null, layer = null, days = 30, limit = 1000 } = given;
      const offset = offsetOf(given.cursor);
      const found = await keys.usage({ by, key, layer, days, offset, limit }, careOf(identity));
      const page = pageOf(found.rows, limit, req.originalUrl, () => offset + limit);
      const titles = await catalogue.titles(page.items.flatMap((row) => row.layer ?? []));
      const items = page.items.map((row) => (row.layer === undefined ? row : { ...row, title: titles.get(row.layer) ?? '' }));
      res.json({ ...page, items, numberMatched: found.numberMatched, total: found.total } satisfies UsagePage);
    });
}
