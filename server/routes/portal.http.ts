// /api/portal: what anybody may know when the portal is open. Layers that are not shared are not there; of conditional ones only the description is.
import express, { Router } from 'express';
import type { PortalCatalogue, PortalLayer, PortalStatistics } from '../../contracts/catalogue-routes.ts';
import { matchesSearch } from '../../contracts/layer-life.ts';
import { readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { addressGroup } from '../auth/address.ts';
import { spend, type Tally } from '../auth/api-key.ts';
import { addressOf } from '../auth/identity.http.ts';
import type { Catalogue, Catalogued } from '../catalogue/entries.pg.ts';
import type { openLayerHealth } from '../catalogue/health.pg.ts';
import type { Requests } from '../catalogue/requests.pg.ts';
import type { House } from '../house.ts';

const PROVINCE = '210000';
const DAYS = 30;
/** Numbers of applications are not guessed by trying. */
const askQuota = { perDay: 500, perMinute: 20 };

export function portalRoutes(
  house: House,
  catalogue: Catalogue,
  health: ReturnType<typeof openLayerHealth>,
  requests: Requests,
  open: () => boolean,
): Router {
  const json = express.json({ limit: '4kb' });
  const tallies = new Map<string, Tally>();
  const isPublic = ({ entry }: Catalogued): boolean => entry.state === 'published' && entry.sharing !== 'none';

  async function told(layer: Catalogued): Promise<PortalLayer> {
    const { age, rows, simulated, completeness } = await health(layer, PROVINCE);
    const free = layer.entry.sharing === 'unconditional';
    return { ...layer.entry, age, simulated: simulated > 0, rows: free ? rows : null, completeness: free ? completeness.overall : null };
  }
  return Router()
    .get('/api/portal/layers', async (req, res) => {
      const search = readParameters(routes.portalLayers.query, req.query);
      const found = open() ? (await catalogue.all()).filter((layer) => isPublic(layer) && matchesSearch(layer.entry, search)) : [];
      const items: PortalLayer[] = [];
      // One after the other: a visitor does not take every connection of the pool.
      for (const layer of found) items.push(await told(layer));
      const reply: PortalCatalogue = { open: open(), items };
      res.json(reply);
    })
    .get('/api/portal/statistics', async (req, res) => {
      readParameters(routes.portalStatistics.query, req.query);
      const reply: PortalStatistics = { open: open(), days: [], layers: [] };
      if (!open()) return void res.json(reply);
      const titles = new Map((await catalogue.all()).filter(isPublic).map(({ entry }) => [entry.id, entry.title.zh]));
      const [days, layers] = [new Map<string, { requests: number; bytes: number }>(), new Map<string, number>()];
      for (const { day, layer, requests: count, bytes } of await requests.usageOfAll(DAYS)) {
        const sum = days.get(day) ?? { requests: 0, bytes: 0 };
        days.set(day, { requests: sum.requests + count, bytes: sum.bytes + Number(bytes) });
        if (titles.has(layer)) layers.set(layer, (layers.get(layer) ?? 0) + count);
      }
      res.json({
        open: true,
        days: [...days].map(([day, sum]) => ({ day, ...sum })).sort((a, b) => a.day.localeCompare(b.day)),
        layers: [...layers]
          .map(([layer, count]) => ({ layer, title: titles.get(layer) ?? layer, requests: count }))
          .sort((a, b) => b.requests - a.requests),
      });
    })
    .post('/api/portal/status', json, async (req, res) => {
      const { number } = readBody(routes.portalStatus.body, req.body);
      const group = addressGroup(addressOf(req));
      if (tallies.size > 10_000) tallies.clear();
      const tally = tallies.get(group) ?? { day: '', usedToday: 0, minute: 0, usedThisMinute: 0 };
      tallies.set(group, tally);
      spend(tally, askQuota, house.now());
      const found = await requests.byNumber(number.trim().toUpperCase());
      if (!found) throw new Problem('not-found', { what: `申请号 ${number.slice(0, 40)}` });
      const { layer, title, state, created, decided, reason, keyHint } = found;
      // Neither who applied nor who decided: the number alone may be seen by others.
      res.json({ number: found.number, layer, title, state, created, decided, reason, key: keyHint });
    });
}
