// Writing styles over HTTP: new, replaced, removed, described, made the default; of whole maps at /styles, of a layer at /collections/{id}/styles.
//
// Source: OGC API Styles (20-009, draft) manage-styles and style-validation: POST, PUT (a new one too), DELETE, PATCH of the default, `dry-run`,
// Prefer: handling. RFC 9110 §13.1.1 If-Match, as for features. Every style is checked, whatever is preferred. The styles of the house are read-only.
import express, { type Request, type Response, type Router } from 'express';
import { type AuditEntry, type Identity, mayDo } from '../../contracts/access.ts';
import type { Layer } from '../../contracts/layer.ts';
import { isSteward } from '../../contracts/layer-life.ts';
import { Problem } from '../../contracts/problem.ts';
import { etagStem, matches } from './feature-body.ts';
import type { StoredStyles, StyleAddress, StyleCheck } from './stored-styles.pg.ts';
import { idOfSheet, parseSheet, parseStyleMetadata, styleIdPattern } from './style-body.ts';
import { STYLE_TYPE } from './styles.ts';

const SHEET_TYPES = [STYLE_TYPE, 'application/vnd.mapbox.style+json', 'application/json'];
const JSON_TYPES = ['application/json'];
const PATCH_TYPES = ['application/merge-patch+json', 'application/json'];
/** A map of some thousand layers of drawing. */
const MOST_BYTES = 1024 * 1024;

export interface StyleWriteDoor {
  readonly identityOf: (request: Request) => Identity;
  /** Of /ogc. */
  readonly addressOf: (request: Request) => string;
  /** @throws Problem not-found | forbidden */
  readonly layerOf: (request: Request, id: string) => Layer;
  readonly stored: StoredStyles;
  readonly audit: (entry: AuditEntry) => void;
  /** Ids that the house brings. */
  readonly builtIn: (layer: string) => readonly string[];
}

/** ETags of a kept style begin so; its representations go on. */
export const styleStem = (id: string, revision: string): string => `${etagStem(0, revision)}-${id}`;

/** `dry-run=true`: everything is checked, nothing is kept. @throws Problem bad-parameter */
function isDryRun(request: Request): boolean {
  const allowed = 'true false';
  for (const [name, value] of Object.entries(request.query)) {
    if (name !== 'dry-run') throw new Problem('bad-parameter', { name, given: String(value).slice(0, 80), allowed: 'dry-run' });
    if (value !== 'true' && value !== 'false') throw new Problem('bad-parameter', { name, given: String(value).slice(0, 80), allowed });
  }
  return request.query['dry-run'] === 'true';
}

export function styleWriteRoutes(router: Router, door: StyleWriteDoor): void {
  const { stored } = door;
  const body = (types: string[]) => express.json({ limit: MOST_BYTES, type: types, strict: true });
  function checkType(request: Request, types: string[]): void {
    if (request.is(types)) return;
    const given = String(request.get('content-type') ?? '（未给）').slice(0, 80);
    throw new Problem('unsupported-media-type', { given, allowed: types.join(' ') });
  }
  /** '' or the layer, if this one may draw for it. @throws Problem not-found | forbidden */
  function drawn(request: Request): { identity: Identity; layer: string } {
    const identity = door.identityOf(request);
    const id = request.params['id'];
    const layer = id === undefined ? null : door.layerOf(request, String(id));
    const may = layer === null ? mayDo(identity, 'write-feature') : isSteward(identity, layer.department);
    if (!may) throw new Problem('forbidden', { what: layer === null ? '写样式' : `写 ${layer.title.zh} 的样式` });
    return { identity, layer: layer?.id ?? '' };
  }
  /** The style in the address, which is none of the house. @throws Problem not-found | forbidden */
  function addressed(request: Request, layer: string): StyleAddress {
    const id = String(request.params['style']);
    if (door.builtIn(layer).includes(id)) throw new Problem('forbidden', { what: `改内置样式 ${id}（内置样式只读，请另存为新样式）` });
    if (!styleIdPattern.test(id)) throw new Problem('not-found', { what: `样式 ${id.slice(0, 40)}` });
    return { layer, id };
  }
  const placeOf = ({ layer, id }: StyleAddress): string => `${layer === '' ? '' : `/collections/${layer}`}/styles/${id}`;
  const checkOf =
    (request: Request, id: string): StyleCheck =>
    (revision) => {
      const [some, none] = [request.get('if-match'), request.get('if-none-match')];
      const fails = revision === null ? some !== undefined : !matches(some, styleStem(id, revision)) || none?.trim() === '*';
      if (fails) throw new Problem('precondition-failed', { what: `样式 ${id}` });
    };
  function note(request: Request, op: string, address: StyleAddress, revision: string | null): void {
    const detail = { op, ...(revision === null ? {} : { revision }) };
    const identity = door.identityOf(request);
    door.audit({ identity, address: request.ip ?? null, act: 'write', target: `ogc${placeOf(address)}`, detail });
  }
  /** RFC 7240: what was preferred and done is said. */
  function tellPreference(request: Request, response: Response): void {
    const preferred = /\bhandling=(strict|lenient)\b/.exec(request.get('prefer') ?? '')?.[0];
    if (preferred) response.set('Preference-Applied', 'handling=strict');
  }
  const sheetIn = (request: Request): Readonly<Record<string, unknown>> => {
    checkType(request, SHEET_TYPES);
    return parseSheet(request.body, door.addressOf(request).replace(/\/ogc$/, ''));
  };
  /** A refusal that a real write would meet is met by a dry run as well. */
  async function rehearse(address: StyleAddress, check: StyleCheck): Promise<void> {
    check((await stored.get(address))?.revision ?? null);
  }
  async function keep(request: Request, response: Response, address: StyleAddress, sheet: object, check: StyleCheck): Promise<void> {
    tellPreference(request, response);
    if (isDryRun(request)) {
      await rehearse(address, check);
      response.status(204).end();
      return;
    }
    const { made, revision } = await stored.put(address, sheet, door.identityOf(request).user, check);
    note(request, made ? 'create' : 'replace', address, revision);
    response.set({ ETag: `"${styleStem(address.id, revision)}"`, 'Cache-Control': 'private, no-cache' });
    if (made) response.status(201).location(`${door.addressOf(request)}${placeOf(address)}`);
    else response.status(204);
    response.end();
  }
  async function describe(request: Request, response: Response, merge: boolean): Promise<void> {
    const address = addressed(request, drawn(request).layer);
    checkType(request, merge ? PATCH_TYPES : JSON_TYPES);
    const metadata = parseStyleMetadata(request.body, merge);
    const { revision } = await stored.describe(address, metadata, merge, checkOf(request, address.id));
    note(request, 'describe', address, revision);
    response
      .status(204)
      .set('ETag', `"${styleStem(address.id, revision)}"`)
      .end();
  }
  const allow = (methods: string) => (request: Request, response: Response) => {
    if (request.params['id'] === undefined) door.identityOf(request);
    else door.layerOf(request, String(request.params['id']));
    response.set('Allow', methods).status(204).end();
  };

  for (const at of ['/styles', '/collections/:id/styles']) {
    router
      .route(at)
      .options(allow('GET, HEAD, POST, PATCH, OPTIONS'))
      .post(body(SHEET_TYPES), async (request, response) => {
        const { layer } = drawn(request);
        const sheet = sheetIn(request);
        const id = idOfSheet(sheet) ?? `style-${Date.now().toString(36)}`;
        const taken = new Problem('conflict', { what: `样式 ${id} 已存在（替换请用 PUT，另存请改 name）` });
        if (door.builtIn(layer).includes(id)) throw taken;
        await keep(request, response, { layer, id }, sheet, (revision) => {
          if (revision !== null) throw taken;
        });
      })
      .patch(body(PATCH_TYPES), async (request, response) => {
        const { layer } = drawn(request);
        checkType(request, PATCH_TYPES);
        const { default: style, ...others } = (request.body ?? {}) as Readonly<Record<string, unknown>>;
        if (style === undefined || Object.keys(others).length > 0 || (style !== null && typeof style !== 'string'))
          throw new Problem('bad-body', { reason: '只有 default 可改：样式标识，或 null（恢复内置缺省样式）' });
        if (style !== null && !door.builtIn(layer).includes(style) && !(await stored.get({ layer, id: style })))
          throw new Problem('bad-body', { reason: `default：没有样式 ${style.slice(0, 40)}` });
        await stored.setDefault(layer, style);
        note(request, 'default', { layer, id: style ?? '' }, null);
        response.status(204).end();
      });
    router
      .route(`${at}/:style`)
      .options(allow('GET, HEAD, PUT, DELETE, OPTIONS'))
      .put(body(SHEET_TYPES), async (request, response) => {
        const address = addressed(request, drawn(request).layer);
        await keep(request, response, address, sheetIn(request), checkOf(request, address.id));
      })
      .delete(async (request, response) => {
        const address = addressed(request, drawn(request).layer);
        await stored.remove(address, checkOf(request, address.id));
        note(request, 'delete', address, null);
        response.status(204).end();
      });
    router
      .route(`${at}/:style/metadata`)
      .options(allow('GET, HEAD, PUT, PATCH, OPTIONS'))
      .put(body(JSON_TYPES), (request, response) => describe(request, response, false))
      .patch(body(PATCH_TYPES), (request, response) => describe(request, response, true));
  }
}
