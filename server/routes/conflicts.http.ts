// POST /api/analysis/conflicts: a drawn or imported project against the control lines (三区三线), as far as the asker may see.
import express, { Router } from 'express';
import { readBody } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { checkConflicts, controlLines, projectOf, projectText } from '../../geo-services/analysis/conflict.pg.ts';
import { openChanges } from '../../geo-services/features/changes.pg.ts';
import { openLayers } from '../../geo-services/features/layers.pg.ts';
import { layersById } from '../../geo-services/one-map/index.ts';
import { sightOf } from '../../geo-services/one-map/sight.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';

export function conflictRoutes(house: House): Router {
  const { database } = house;
  const layers = openLayers(database, openChanges(database), layersById());
  return Router().post('/api/analysis/conflicts', express.json({ limit: '4mb' }), async (req, res) => {
    const identity = requireIdentity(req);
    const { scope } = identity;
    const body = readBody(routes.conflicts.body, req.body);
    if ((body.geometry === undefined) === (body.collection === undefined))
      throw new Problem('bad-body', { reason: 'geometry 与 collection 须给且只给一个' });
    await layers.current();
    let project: string;
    const read: string[] = controlLines.map(({ layer }) => layer);
    if (body.collection === undefined) project = projectText(body.geometry);
    else {
      const layer = layers.all().get(body.collection);
      const steward = identity.role === 'steward' || identity.role === 'admin';
      const shown = layer && (steward || layer.state === undefined || layer.state === 'published');
      const sight = shown ? sightOf(scope, layer) : 'hidden';
      if (!layer || sight === 'hidden') throw new Problem('not-found', { what: `图层 ${body.collection}` });
      if (sight === 'forbidden') throw new Problem('forbidden', { what: layer.title.zh });
      project = await projectOf(database, layer, body.id ?? null, scope);
      read.push(layer.id);
    }
    const report = await checkConflicts(database, layers.all(), project, scope);
    for (const id of read) {
      const layer = layers.all().get(id);
      if (layer && sightOf(scope, layer) === 'restricted')
        house.auth.audit({ identity, address: addressOf(req), act: 'read-restricted', target: `analysis/conflicts/${id}` });
    }
    res.json(report);
  });
}
