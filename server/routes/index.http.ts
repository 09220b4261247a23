// Every router of this folder, in the order in which a request passes them. Each route has its full address, as in contracts/routes.ts.
import type { Router } from 'express';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import type { House } from '../house.ts';
import { alarmRoutes } from './alarms.http.ts';
import { arrivalRoutes } from './arrivals.http.ts';
import { conflictRoutes } from './conflicts.http.ts';
import { descriptionRoutes } from './describe.http.ts';
import { deviceRoutes } from './devices.http.ts';
import { grantRoutes } from './grants.http.ts';
import { historyRoutes } from './history.http.ts';
import { importRoutes } from './imports.http.ts';
import { indicatorRoutes } from './indicators.http.ts';
import { latestRoutes } from './latest.http.ts';
import { lineageRoutes } from './lineage.http.ts';
import { type Figures, metricRoutes } from './metrics.http.ts';
import { sceneRoutes } from './scenes.http.ts';
import { snoozeRoutes } from './snoozes.http.ts';
import { streamRoutes } from './streams.http.ts';
import { trustRoutes } from './trust.http.ts';

/** What contracts/routes.ts names, but for the accounts (server/auth) and SensorThings, which hangs on the gateway's own door (app.http.ts). */
export function houseRouters(house: House, figures: () => Figures, sight: Sight): readonly Router[] {
  return [
    metricRoutes(house, figures),
    latestRoutes(house),
    historyRoutes(house),
    alarmRoutes(house),
    snoozeRoutes(house),
    trustRoutes(house),
    indicatorRoutes(house),
    arrivalRoutes(house),
    lineageRoutes(house),
    streamRoutes(house),
    sceneRoutes(),
    deviceRoutes(house),
    conflictRoutes(house, sight),
    grantRoutes(house, sight),
    descriptionRoutes(house),
    importRoutes(house, house.imports),
  ];
}
