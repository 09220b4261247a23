// GET /api/openapi.json and /api/asyncapi.json: the interface described by itself.
import { Router } from 'express';
import { readParameters } from '../../contracts/parameters.ts';
import { routes } from '../../contracts/routes.ts';
import type { House } from '../house.ts';
import { asyncApi, openApi } from './api-description.ts';

export function descriptionRoutes(house: Pick<House, 'streams'>): Router {
  return Router()
    .get('/api/openapi.json', (req, res) => {
      readParameters(routes.openapi.query, req.query);
      res.json(openApi());
    })
    .get('/api/asyncapi.json', (req, res) => {
      readParameters(routes.asyncapi.query, req.query);
      res.json(asyncApi(house.streams));
    });
}
