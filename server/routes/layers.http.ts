// /api/layers: the catalogue with its metadata, the steps of a layer's life, its health, and purging its tiles.
import express, { type Request, Router } from 'express';
import type { LayerDetail } from '../../contracts/catalogue-routes.ts';
import { adcodeContains } from '../../contracts/geo.ts';
import { isSteward, layerSteps, mayStep, missingForApply } from '../../contracts/layer-life.ts';
import { bboxOf, readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import { accessTo, type Catalogue, type Catalogued } from '../catalogue/entries.pg.ts';
import { type Healths, isSimulated } from '../catalogue/health.pg.ts';
import { seesOf } from '../catalogue/search.pg.ts';
import type { House } from '../house.ts';
import { offsetOf, pageOf } from './page.ts';

export function layerRoutes(house: House, catalogue: Catalogue, health: Healths): Router {
  const json = express.json({ limit: '64kb' });
  /** One that is hidden is answered like one that is not there. */
  async function layerOf(req: Request): Promise<Catalogued> {
    const identity = requireIdentity(req);
    const { id } = readParameters(routes.layer.params, req.params);
    const found = await catalogue.get(id);
    const barred = (await catalogue.barredTo(identity)).includes(id);
    if (barred || accessTo(identity, found.entry) === 'hidden') throw new Problem('not-found', { what: `图层 ${id}` });
    return found;
  }
  async function detailOf(req: Request): Promise<LayerDetail> {
    const identity = requireIdentity(req);
    const found = await layerOf(req);
    const { entry } = found;
    const mine = !entry.declared && isSteward(identity, entry.department);
    const steps = mine ? layerSteps.filter((step) => mayStep(identity, entry, step)) : [];
    // Who did what and why is told to those who look after data.
    const looksAfter = identity.role === 'steward' || identity.role === 'admin';
    return {
      ...entry,
      simulated: isSimulated(house, found),
      steps: looksAfter ? await catalogue.steps(entry.id) : [],
      may: { change: mine, steps },
    };
  }
  const audit = (req: Request, id: string, detail: Readonly<Record<string, unknown>>): void =>
    house.auth.audit({ identity: requireIdentity(req), address: addressOf(req), act: 'write', target: `layer/${id}`, detail });

  return Router()
    .get('/api/layers', async (req, res) => {
      const identity = requireIdentity(req);
      const { sort, limit = 100, cursor, ...search } = readParameters(routes.layers.query, req.query);
      const offset = offsetOf(cursor);
      const sees = { ...seesOf(identity), without: await catalogue.barredTo(identity) };
      const { items, numberMatched, facets } = await catalogue.find(sees, search, { sort, offset, limit: limit + 1 });
      const page = pageOf(items, limit, req.originalUrl, () => offset + limit);
      const tell = (layer: Catalogued) => ({
        ...layer.entry,
        ...{ access: accessTo(identity, layer.entry), simulated: isSimulated(house, layer) },
      });
      res.json({ ...page, numberMatched, facets, items: page.items.map(tell) });
    })
    .get('/api/layers/:id', async (req, res) => {
      requireIdentity(req);
      readParameters(routes.layer.query, req.query);
      res.json(await detailOf(req));
    })
    .patch('/api/layers/:id', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { entry } = await layerOf(req);
      const change = readBody(routes.layerChange.body, req.body);
      await catalogue.change(identity, entry.id, change);
      audit(req, entry.id, { changed: change });
      res.json(await detailOf(req));
    })
    .post('/api/layers/:id/steps', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { entry } = await layerOf(req);
      const { step, reason = '' } = readBody(routes.layerStep.body, req.body);
      await catalogue.step(identity, entry.id, step, reason, (now) => {
        const missing = step === 'apply' ? missingForApply(now.metadata, now.sharing) : [];
        if (missing.length > 0) throw new Problem('bad-body', { reason: `元数据不全，先补：${missing.join('、')}` });
      });
      audit(req, entry.id, { step, reason });
      res.json(await detailOf(req));
    })
    .get('/api/layers/:id/health', async (req, res) => {
      const { scope } = requireIdentity(req);
      readParameters(routes.layerHealth.query, req.query);
      const found = await layerOf(req);
      if (accessTo(requireIdentity(req), found.entry) === 'apply') throw new Problem('forbidden', { what: found.entry.title.zh });
      res.json(await health.measured(found, scope.adcode));
    })
    .post('/api/layers/:id/purge', json, async (req, res) => {
      const identity = requireIdentity(req);
      const { entry, table } = await layerOf(req);
      if (!isSteward(identity, entry.department) || !adcodeContains(identity.scope.adcode, '210000'))
        throw new Problem('forbidden', { what: `清除 ${entry.title.zh} 的瓦片` });
      const { bbox, zooms = [0, 30] } = readBody(routes.layerPurge.body, req.body ?? {});
      if (zooms[0] > zooms[1]) throw new Problem('bad-body', { reason: 'zooms 应为 [小, 大]' });
      const box = bbox === undefined ? [null, null, null, null] : bboxOf('bbox', bbox);
      await house.database.query(
        'INSERT INTO layer_change (source, part, west, south, east, north, min_zoom, max_zoom, rows) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0)',
        [table.table, table.only?.equals ?? null, ...box, zooms[0], zooms[1]],
      );
      audit(req, entry.id, { purged: { bbox: bbox ?? null, zooms } });
      res.status(204).end();
    });
}
