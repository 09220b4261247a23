// GET /api/scenes and /api/scenes/{id}: every scene's question and what it is made of.
import { Router } from 'express';
import { readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { scenes } from '../../scenes/index.ts';
import { requireIdentity } from '../auth/identity.http.ts';
import { pageAt } from './page.ts';

/** All of them for everyone who is signed in: `roles` says whom a scene is made for, what it shows is guarded where it is read. */
export function sceneRoutes(): Router {
  return Router()
    .get('/api/scenes', (req, res) => {
      requireIdentity(req);
      readParameters(routes.scenes.query, req.query);
      res.json(pageAt(scenes, 0, scenes.length, req.originalUrl));
    })
    .get('/api/scenes/:id', (req, res) => {
      requireIdentity(req);
      readParameters(routes.scene.query, req.query);
      const { id } = readParameters(routes.scene.params, req.params);
      const scene = scenes.find((candidate) => candidate.id === id);
      if (!scene) throw new Problem('not-found', { what: `场景 ${id}` });
      res.json(scene);
    });
}
