// POST /api/analysis/conflicts: a drawn or imported project against the control lines (三区三线), as far as the asker may see.
import express, { Router } from 'express';
import { readBody } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { checkConflicts, controlLines, projectOf, projectText } from '../../geo-services/analysis/conflict.pg.ts';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import { isAudited, isReadable, layerFor } from '../../geo-services/one-map/sight.ts';
import { addressOf, requireIdentity } from '../auth/identity.http.ts';
import type { House } from '../house.ts';

export function conflictRoutes(house: House, sight: Sight): Router {
  const { database } = house;
  const { layers, grants } = sight;
  return Router().post('/api/analysis/conflicts', express.json({ limit: '4mb' }), async (req, res) => {
    const identity = requireIdentity(req);
    const body = readBody(routes.conflicts.body, req.body);
    if ((body.geometry === undefined) === (body.collection === undefined))
      throw new Problem('bad-body', { reason: 'geometry 与 collection 须给且只给一个' });
    await sight.current();
    let project: string;
    const read: string[] = controlLines.map(({ layer }) => layer);
    if (body.collection === undefined) project = projectText(body.geometry);
    else {
      const layer = layerFor(layers.all(), grants, identity, body.collection);
      project = await projectOf(database, layer, body.id ?? null);
      read.push(layer.id);
    }
    const report = await checkConflicts(database, layers.all(), grants.of(identity), project, identity);
    for (const id of read) {
      const layer = layers.all().get(id);
      const seen = layer && isReadable(identity, layer) ? grants.of(identity)(layer) : null;
      if (seen && isAudited(identity, seen))
        house.auth.audit({ identity, address: addressOf(req), act: 'read-restricted', target: `analysis/conflicts/${id}` });
    }
    res.json(report);
  });
}
