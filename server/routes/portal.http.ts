// /api/portal: what anybody may know when the portal is open. Layers that are not shared are not there; of conditional ones only the description is.
import express, { type Request, Router } from 'express';
import type { PortalCatalogue, PortalHealth, PortalKey, PortalLayer, PortalStatistics } from '../../contracts/catalogue-access.ts';
import type { LayerHealth } from '../../contracts/catalogue-routes.ts';
import { readBody, readParameters } from '../../contracts/parameters.ts';
import { Problem } from '../../contracts/problem.ts';
import { routes } from '../../contracts/routes.ts';
import { addressGroup } from '../auth/address.ts';
import { spend, type Tally } from '../auth/api-key.ts';
import { addressOf } from '../auth/identity.http.ts';
import { visitor } from '../auth/ogc-door.http.ts';
import type { Catalogue, Catalogued } from '../catalogue/entries.pg.ts';
import { type Healths, isSimulated } from '../catalogue/health.pg.ts';
import type { Keys } from '../catalogue/keys.pg.ts';
import type { Requests } from '../catalogue/requests.pg.ts';
import { everybody } from '../catalogue/search.pg.ts';
import type { House } from '../house.ts';
import { offsetOf, pageOf } from './page.ts';

const PROVINCE = '210000';
const DAYS = 30;
/** Layers of the ranking. */
const MOST_RANKED = 20;
/** Numbers of applications and keys are not guessed by trying. */
const askQuota = { perDay: 500, perMinute: 20 };
const nothing: Omit<PortalCatalogue, 'open'> = {
  ...{ items: [], numberReturned: 0, numberMatched: 0, next: null },
  facets: { theme: {}, department: {}, sharing: {}, cycle: {}, state: {} },
};
/** A table that is gone or broken leaves the description; that the database is away is said. */
function unreadable(error: unknown): null {
  if (error instanceof Problem) throw error;
  return null;
}
const everyUse = { everything: true, departments: [], declared: [] } as const;

/** Of a layer that is applied for nobody learns how much there is of it. */
function publicHealth(health: LayerHealth, free: boolean): PortalHealth {
  const { asOf, age, rows, completeness, verdicts } = health;
  return {
    ...{ asOf, age, rows: free ? rows : null, completeness: free ? completeness.overall : null },
    verdicts: free ? verdicts : verdicts.filter(({ side }) => side === 'age'),
  };
}

export function portalRoutes(
  house: House,
  catalogue: Catalogue,
  health: Healths,
  requests: Requests,
  keys: Keys,
  open: () => boolean,
): Router {
  const json = express.json({ limit: '4kb' });
  const tallies = new Map<string, Tally>();
  const isPublic = ({ entry }: Catalogued): boolean => entry.state === 'published' && entry.sharing !== 'none';
  function countAsker(req: Request): void {
    const group = addressGroup(addressOf(req));
    if (tallies.size > 10_000) tallies.clear();
    const tally = tallies.get(group) ?? { day: '', usedToday: 0, minute: 0, usedThisMinute: 0 };
    tallies.set(group, tally);
    spend(tally, askQuota, house.now());
  }
  const told = (layer: Catalogued, found: LayerHealth | null): PortalLayer => ({
    ...layer.entry,
    simulated: isSimulated(house, layer),
    health: found && publicHealth(found, layer.entry.sharing === 'unconditional'),
  });

  return Router()
    .get('/api/portal/layers', async (req, res) => {
      const { id, sort, limit = 30, cursor, ...search } = readParameters(routes.portalLayers.query, req.query);
      if (!open()) return void res.json({ open: false, ...nothing } satisfies PortalCatalogue);
      const without = await catalogue.barredTo(visitor);
      if (id !== undefined) {
        const layer = await catalogue.get(id).catch((error: unknown) => {
          if (error instanceof Problem && error.code === 'not-found') return null;
          throw error;
        });
        const shown = layer !== null && isPublic(layer) && !without.includes(id);
        const found = shown ? await health.measured(layer, PROVINCE).catch(unreadable) : null;
        const items = shown ? [told(layer, found)] : [];
        const one: PortalCatalogue = { open: true, ...nothing, items, numberReturned: items.length, numberMatched: items.length };
        return void res.json(one);
      }
      const offset = offsetOf(cursor);
      const { items, numberMatched, facets } = await catalogue.find({ ...everybody, without }, search, { sort, offset, limit: limit + 1 });
      const page = pageOf(items, limit, req.originalUrl, () => offset + limit);
      const reply: PortalCatalogue = {
        ...{ open: true, ...page, numberMatched, facets },
        items: page.items.map((layer) => told(layer, health.known(layer, PROVINCE))),
      };
      res.json(reply);
    })
    .get('/api/portal/statistics', async (req, res) => {
      readParameters(routes.portalStatistics.query, req.query);
      const reply: PortalStatistics = { open: open(), days: [], layers: [] };
      if (!open()) return void res.json(reply);
      const question = { days: DAYS, key: null, layer: null, offset: 0 };
      const days = await keys.usage({ ...question, by: 'day', limit: DAYS }, everyUse);
      const layers = await keys.usage({ ...question, by: 'layer', limit: 500 }, everyUse);
      const titles = await catalogue.publicTitles(layers.rows.map(({ layer }) => layer ?? ''));
      res.json({
        open: true,
        days: days.rows.map(({ day = '', requests: count, bytes }) => ({ day, requests: count, bytes })).reverse(),
        layers: layers.rows
          .flatMap(({ layer = '', requests: count }) => {
            const title = titles.get(layer);
            return title === undefined || count === 0 ? [] : [{ layer, title, requests: count }];
          })
          .slice(0, MOST_RANKED),
      } satisfies PortalStatistics);
    })
    .post('/api/portal/status', json, async (req, res) => {
      const { number } = readBody(routes.portalStatus.body, req.body);
      countAsker(req);
      const found = await requests.byNumber(number.trim().toUpperCase());
      if (!found) throw new Problem('not-found', { what: `申请号 ${number.slice(0, 40)}` });
      const { layer, title, state, created, decided, reason, keyHint } = found;
      // Neither who applied nor who decided: the number alone may be seen by others.
      res.json({ number: found.number, layer, title, state, created, decided, reason, key: keyHint });
    })
    .post('/api/portal/key', json, async (req, res) => {
      const { key, act = 'look', graceHours = 24 } = readBody(routes.portalKey.body, req.body);
      countAsker(req);
      // The key itself is never repeated: not in an answer, not in the audit.
      const holder = await keys.holder(key.trim());
      if (!holder) throw new Problem('not-found', { what: '这个密钥' });
      if (act !== 'look' && !holder.current) throw new Problem('conflict', { what: '这是换发前的旧密钥，请用新密钥办理' });
      let fresh: string | undefined;
      if (act === 'stop') await keys.change(holder.id, { revoked: true, reason: '持有人停用' });
      if (act === 'rotate') fresh = await keys.rotate(holder.id, house.now() + graceHours * 3_600_000);
      if (act !== 'look')
        house.auth.audit({
          identity: null,
          address: addressOf(req),
          act: 'write',
          target: `api-key/${holder.id}`,
          detail: { holder: act },
        });
      const entry = await keys.get(holder.id, '*');
      if (!entry) throw new Problem('not-found', { what: '这个密钥' });
      const question = { days: DAYS, key: holder.id, layer: null, offset: 0, limit: 100 };
      const days = await keys.usage({ ...question, by: 'day' }, null);
      const layers = await keys.usage({ ...question, by: 'layer' }, null);
      const titles = await catalogue.titles([...entry.layers, ...layers.rows.map(({ layer }) => layer ?? '')]);
      const reply: PortalKey = {
        entry: { ...entry, titles: entry.layers.map((layer) => titles.get(layer) ?? layer) },
        days: days.rows,
        layers: layers.rows.map((row) => ({ ...row, title: titles.get(row.layer ?? '') ?? '' })),
        ...(fresh === undefined ? {} : { key: fresh }),
      };
      res.set('Cache-Control', 'no-store').json(reply);
    });
}
