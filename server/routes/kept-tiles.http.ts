// Tiles that are in the cache, answered before the app: what was decided for a session and an address is taken again as long as nothing that it
// rests on has changed. A map moves over tiles that others have seen, and the way through all routes takes twice as long as the tile itself.
//
// Nothing is decided here. The session is asked for as ever, changes of layers and grants are waited for as ever, and the tile must still be in the
// cache, which a change of its rows takes it out of. Whatever is not the same goes the whole way. Not for keys and visitors, who are counted, nor
// for layers whose reading is audited, nor for who has the tile already (If-None-Match).
import type { IncomingMessage, OutgoingHttpHeaders, RequestListener, ServerResponse } from 'node:http';
import type { Request, Response } from 'express';
import type { Identity } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { SeenLayer } from '../../geo-services/features/seen.ts';
import type { Sight } from '../../geo-services/features/sight.pg.ts';
import { isAudited } from '../../geo-services/one-map/sight.ts';
import type { TileAnswer, TileSource } from '../../geo-services/tiles/tiles.pg.ts';
import { type Finder, identityOf, tokenOf } from '../auth/identity.http.ts';
import { carriedToken } from '../auth/token.ts';

/** Addresses that are remembered; of each a few hundred bytes. */
const MOST_KEPT = 20_000;

interface Kept {
  /** Of the cached tile. */
  readonly tile: string;
  /** As they are now, or the decision is another. */
  readonly layers: readonly Layer[];
  /** How who asks sees layers: another function after a change of grants. */
  readonly seer: (layer: Layer) => SeenLayer | null;
  /** All but ETag, of the answer that was given. */
  readonly headers: OutgoingHttpHeaders;
}

export interface KeptTiles {
  /** Called with an answer that is about to be sent whole, its headers set. */
  remember(request: Request, response: Response, layers: readonly SeenLayer[], answer: TileAnswer): void;
  /** The app, with kept tiles before it. */
  before(app: RequestListener): RequestListener;
}

function keyOf({ url, headers }: IncomingMessage, token: string): string {
  return `${url}\n${token}\n${headers['accept-encoding'] ?? ''}`;
}

export function openKeptTiles(parts: {
  readonly sessions: Finder;
  readonly sight: Sight;
  /** As whom /ogc answers: who sends a key beside his session is answered as the key. */
  readonly answeredAs: (request: Request) => Identity;
  /** Of the router, which is made with `remember`. */
  readonly tiles: () => TileSource;
}): KeptTiles {
  const { sessions, sight, tiles, answeredAs } = parts;
  const known = new Map<string, Kept>();

  function holds({ layers, seer }: Kept, identity: Identity | undefined): boolean {
    if (!identity || sight.grants.of(identity) !== seer) return false;
    const all = sight.layers.all();
    return layers.every((layer) => all.get(layer.id) === layer);
  }
  /** False: it has to go the whole way. */
  async function answered(kept: Kept, token: string, response: ServerResponse): Promise<boolean> {
    const [session] = await Promise.all([sessions.find(token), sight.current()]);
    if (!holds(kept, session?.identity)) return false;
    const tile = tiles().peek(kept.tile);
    if (!tile) return false;
    response.writeHead(200, { ...kept.headers, ETag: tile.etag, 'Content-Length': tile.body.byteLength }).end(tile.body);
    return true;
  }
  return {
    remember(request, response, layers, { key }) {
      const [identity, carried] = [identityOf(request), tokenOf(request)];
      if (key === null || !identity || !carried || request.method !== 'GET' || response.statusCode !== 200) return;
      if (answeredAs(request) !== identity) return;
      if (layers.some((layer) => layer.call || isAudited(identity, layer))) return;
      const { etag: _, ...headers } = response.getHeaders();
      // Routers see the end of an address: kept is what comes in.
      const raw = keyOf(request, carried.token).replace(request.url, request.originalUrl);
      if (known.size >= MOST_KEPT) known.delete(known.keys().next().value as string);
      known.set(raw, {
        tile: key,
        layers: layers.map(({ whole }) => whole),
        seer: sight.grants.of(identity),
        headers: { ...headers },
      });
    },
    before: (app) => (request, response) => {
      const { method, url = '', headers } = request;
      const asks = method === 'GET' && url.startsWith('/ogc/') && headers['if-none-match'] === undefined && headers['apikey'] === undefined;
      const carried = asks ? carriedToken(headers) : null;
      const kept = carried && known.get(keyOf(request, carried.token));
      if (!kept) return void app(request, response);
      answered(kept, carried.token, response).then(
        (done) => {
          if (!done) app(request, response);
        },
        // Whatever failed fails again on the whole way, where it is told.
        () => (response.headersSent ? response.destroy() : app(request, response)),
      );
    },
  };
}
