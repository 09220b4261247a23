// POST /api/analysis/{buffer,overlay,statistics}: spatial analysis on the rows that the viewer may read.
import express, { type Request, Router } from 'express';
import type { Identity } from '../../contracts/access.ts';
import { BufferBody, OverlayBody, StatisticsBody } from '../../contracts/analysis-routes.ts';
import { readBody } from '../../contracts/parameters.ts';
import { openAnalysis } from '../../geo-services/analysis/analysis.pg.ts';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import type { Queryable } from '../../geo-services/queryable.ts';
import { requireIdentity } from '../auth/identity.http.ts';

export interface AnalysisParts {
  readonly database: Queryable;
  readonly sight: Sight;
  readonly audit: (entry: { identity: Identity | null; address: string | null; act: string; target: string }) => void;
}

export function analysisRoutes({ database, sight, audit }: AnalysisParts): Router {
  const analysis = openAnalysis({
    ...{ database, sight },
    onRestricted: (identity, layer, act) =>
      audit({ identity, address: null, act: 'read-restricted', target: `analysis/${layer.id}/${act}` }),
  });
  // Drawn shapes have hundreds of corners, not millions.
  const json = express.json({ limit: '1mb' });
  const viewer = (request: Request): Identity => requireIdentity(request);
  return Router()
    .post('/api/analysis/buffer', json, async (req, res) => void res.json(await analysis.buffer(viewer(req), readBody(BufferBody, req.body))))
    .post('/api/analysis/overlay', json, async (req, res) => void res.json(await analysis.overlay(viewer(req), readBody(OverlayBody, req.body))))
    .post('/api/analysis/statistics', json, async (req, res) => void res.json(await analysis.statistics(viewer(req), readBody(StatisticsBody, req.body)))); // biome-ignore format: one route a line
}
