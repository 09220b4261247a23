// The routers of the catalogue, over one catalogue, one health and one list of applications.
import type { Router } from 'express';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import type { AccountsAuth } from '../auth/accounts.pg.ts';
import { openCatalogue } from '../catalogue/entries.pg.ts';
import { openLayerHealth } from '../catalogue/health.pg.ts';
import { openKeys } from '../catalogue/keys.pg.ts';
import { openRequests } from '../catalogue/requests.pg.ts';
import type { House } from '../house.ts';
import { accessRoutes } from './access.http.ts';
import { layerRoutes } from './layers.http.ts';
import { portalRoutes } from './portal.http.ts';

/** PORTAL=1/0; unset: while the house runs in demo mode. */
export const portalOf =
  (house: House, auth: AccountsAuth): (() => boolean) =>
  () =>
    house.config.portal ?? auth.demo();

export function catalogueRouters(house: House, auth: AccountsAuth, sight: Sight): readonly Router[] {
  const catalogue = openCatalogue(house.database, sight, house.streams, house.now);
  const health = openLayerHealth(house);
  const requests = openRequests(house.database, auth.keys, house.now);
  const keys = openKeys(house.database, auth.keys, house.now);
  const portal = portalOf(house, auth);
  return [
    layerRoutes(house, catalogue, health),
    accessRoutes(house, catalogue, requests, keys, portal),
    portalRoutes(house, catalogue, health, requests, keys, portal),
  ];
}
