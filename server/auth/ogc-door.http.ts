// Who asks at /ogc: a session as everywhere, an API key, or, where the portal is open, anybody for what is shared unconditionally.
//
// A key goes as Authorization: Bearer, as the header `apikey` or as the parameter `apikey`. It reads, and its own layers alone; /api, /sta and the
// sockets know no keys. A Bearer token that is wrong never becomes a visitor: whoever sends one means it.
import type { Request, RequestHandler } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { addressGroup } from './address.ts';
import { isApiKey, spend, type Tally } from './api-key.ts';
import type { ApiKeys, KeyIdentity } from './api-keys.pg.ts';
import { addressOf, identityOf, requireIdentity, tokenOf } from './identity.http.ts';

export interface OgcDoor {
  /** Before the router of /ogc. @throws Problem unauthenticated | forbidden | over-quota */
  readonly enter: RequestHandler;
  /** @throws Problem unauthenticated */
  readonly identityOf: (request: Request) => Identity;
  readonly admits: (request: Request, layer: Layer) => boolean;
}

/** The narrowest there is: no department, and `admits` leaves the unconditionally shared layers. */
/** Who asks without a key and without a session. */
export const visitor: Identity = {
  ...{ user: '访客', displayName: '访客', role: 'leader', machine: true },
  scope: { adcode: '210000', departments: [] },
};
/** For one address without a key: a map and its neighbours, not a copy of the province by the tile. */
const visitorQuota = { perDay: 50_000, perMinute: 1200 };
const MOST_ADDRESSES = 20_000;
const SAFE = ['GET', 'HEAD', 'OPTIONS'];

/** The layer that an address names; '' where it names none. */
function layerIn(path: string): string {
  return /^\/(?:collections|wmts\/1\.0\.0)\/([a-z][a-z0-9-]*)(?:\/|$)/.exec(path)?.[1] ?? '';
}

export function openOgcDoor(options: { readonly keys: ApiKeys; readonly now: () => number; readonly portal: () => boolean }): OgcDoor {
  const { keys, now, portal } = options;
  const byKey = new WeakMap<Request, KeyIdentity>();
  const visitors = new WeakSet<Request>();
  const tallies = new Map<string, Tally>();

  /** The key of a request, taken out of its addresses however it is sent beside: no link, log or cache of the map has it then. */
  function takeKey(request: Request): string | null {
    const without = (address: string): string => {
      const url = new URL(address, 'http://ogc');
      for (const name of [...url.searchParams.keys()]) if (/^apikey$/i.test(name)) url.searchParams.delete(name);
      return url.pathname + url.search;
    };
    const asked = [...new URL(request.url, 'http://ogc').searchParams].find(([name]) => /^apikey$/i.test(name))?.[1];
    if (asked !== undefined) {
      request.url = without(request.url);
      request.originalUrl = without(request.originalUrl);
    }
    const bearer = tokenOf(request);
    if (bearer?.by === 'bearer' && isApiKey(bearer.token)) return bearer.token;
    return request.get('apikey') ?? asked ?? null;
  }
  function countVisitor(request: Request): void {
    const group = addressGroup(addressOf(request));
    const tally = tallies.get(group) ?? { day: '', usedToday: 0, minute: 0, usedThisMinute: 0 };
    if (!tallies.has(group)) {
      if (tallies.size >= MOST_ADDRESSES) tallies.clear();
      tallies.set(group, tally);
    }
    spend(tally, visitorQuota, now());
  }

  return {
    async enter(request, response, next) {
      const key = takeKey(request);
      let id: number | null = null;
      if (key !== null) {
        const found = await keys.use(key, layerIn(request.path));
        if (!SAFE.includes(request.method)) throw new Problem('forbidden', { what: '接口密钥只可读取' });
        byKey.set(request, found);
        id = found.id;
      } else if (identityOf(request) === null && SAFE.includes(request.method) && portal() && tokenOf(request)?.by !== 'bearer') {
        countVisitor(request);
        visitors.add(request);
        id = 0;
      }
      if (id !== null) {
        const [from, before, path] = [id, request.socket.bytesWritten, request.path];
        // Not `finish`: who hangs up before the end has had the work, and what bytes there were, all the same.
        response.on('close', () => {
          // An address that was refused names whatever its sender likes.
          const layer = response.statusCode < 400 ? layerIn(path) : '';
          keys.record(from, layer, Math.max(0, request.socket.bytesWritten - before), false);
        });
      }
      next();
    },
    identityOf(request) {
      const key = byKey.get(request);
      if (key) return key.identity;
      return visitors.has(request) ? visitor : requireIdentity(request);
    },
    admits(request, layer) {
      const shown = layer.state === undefined || layer.state === 'published';
      const key = byKey.get(request);
      if (key) return shown && layer.sharing !== 'none' && key.layers.has(layer.id);
      return !visitors.has(request) || (shown && layer.sharing === 'unconditional');
    },
  };
}
