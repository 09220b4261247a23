// OGC API Features Part 4 over HTTP: create, replace, update and delete, with optimistic locking by ETag.
//
// Source: OGC 20-002r1 (create-replace-delete, update, features); RFC 9110 §13.1.1 If-Match; RFC 7396 merge patch. Who sends If-Match never overwrites
// what he has not seen (412). Who sends none writes over what is there; the former version stays in feature_past and is found with datetime=.
import express, { type Request, type Response, type Router } from 'express';
import { type AuditEntry, type Identity, mayDo } from '../../contracts/access.ts';
import { Problem } from '../../contracts/problem.ts';
import type { ColumnSource } from '../cql2/columns.pg.ts';
import type { SeenLayer } from '../features/seen.ts';
import type { FeatureWriter, Written } from '../features/write.pg.ts';
import { CRS84, crsList, type OgcCrs } from './crs.ts';
import { etagStem, type FeatureBody, matches, parseFeature, parsePatch } from './feature-body.ts';

const FEATURE_TYPES = ['application/geo+json', 'application/json'];
const PATCH_TYPES = ['application/merge-patch+json', 'application/geo+json', 'application/json'];
/** A polygon of some 100,000 vertices. */
const MOST_BYTES = 4 * 1024 * 1024;

export interface WriteDoor {
  readonly identityOf: (request: Request) => Identity;
  readonly addressOf: (request: Request) => string;
  /** @throws Problem not-found | forbidden */
  readonly layerOf: (request: Request, id: string) => SeenLayer;
  readonly columns: ColumnSource;
  readonly writer: FeatureWriter;
  readonly audit: (entry: AuditEntry) => void;
  /** Refuses what the answer could not be given in, before anything is written. @throws Problem bad-parameter | not-acceptable */
  readonly checkAnswer: (request: Request) => void;
  /** Answers with the feature as it is now. */
  readonly sendFeature: (request: Request, response: Response, layer: SeenLayer, id: number) => Promise<void>;
}

/** Content-Crs of the request, `<uri>`; absent: CRS84. @throws Problem bad-parameter */
function crsOfBody(request: Request): OgcCrs {
  const given = request.get('content-crs');
  if (given === undefined) return CRS84;
  const found = crsList.find(({ uri }) => `<${uri}>` === given.trim() || uri === given.trim());
  if (!found)
    throw new Problem('bad-parameter', {
      name: 'Content-Crs',
      given: given.slice(0, 80),
      allowed: crsList.map(({ uri }) => `<${uri}>`).join(' '),
    });
  return found;
}

export function writeRoutes(router: Router, door: WriteDoor): void {
  const body = (types: string[]) => express.json({ limit: MOST_BYTES, type: types, strict: true });
  const checkType = (request: Request, types: string[]): void => {
    if (!request.is(types))
      throw new Problem('unsupported-media-type', {
        given: String(request.get('content-type') ?? '（未给）').slice(0, 80),
        allowed: types.join(' '),
      });
  };
  /** The layer, if this one may write it. @throws Problem not-found | forbidden | method-not-allowed */
  function writable(request: Request): SeenLayer {
    const layer = door.layerOf(request, String(request.params['id']));
    const identity = door.identityOf(request);
    if (layer.whole.editable !== true) throw new Problem('method-not-allowed', { method: request.method, allow: 'GET, HEAD, OPTIONS' });
    const { departments, adcode } = identity.scope;
    const own = departments === '*' || departments.includes(layer.department);
    // A layer without areas is one for the whole province: who has a part of it cannot write it as a whole.
    const whole = layer.adcodeColumn !== null || adcode === '210000';
    // Who sees less may not write over what he does not see.
    if (!mayDo(identity, 'write-feature') || !own || !whole || !layer.editable)
      throw new Problem('forbidden', { what: `写入 ${layer.title.zh}` });
    return layer;
  }
  const idOf = (request: Request, layer: SeenLayer): number => {
    const given = String(request.params['feature']);
    if (!/^[1-9]\d{0,14}$/.test(given)) throw new Problem('not-found', { what: `${layer.title.zh} ${given.slice(0, 40)}` });
    return Number(given);
  };
  const geometryOf = ({ geometry }: FeatureBody, { srid }: OgcCrs) => (geometry ? { geojson: JSON.stringify(geometry), srid } : geometry);
  const checkOf = (request: Request, id: number) => (revision: string) => {
    const stem = etagStem(id, revision);
    if (!matches(request.get('if-match'), stem)) throw new Problem('precondition-failed', { what: `要素 ${id}` });
  };
  function note(request: Request, layer: SeenLayer, op: string, id: number, revision: string | null): void {
    const detail = { op, ...(revision === null ? {} : { revision }) };
    door.audit({
      identity: door.identityOf(request),
      address: request.ip ?? null,
      act: 'write',
      target: `ogc/${layer.id}/items/${id}`,
      detail,
    });
  }

  router
    .route('/collections/:id/items')
    .options((request, response) => {
      const { editable } = door.layerOf(request, request.params.id);
      response
        .set('Allow', `GET, HEAD${editable ? ', POST' : ''}, OPTIONS`)
        .status(204)
        .end();
    })
    .post(body(FEATURE_TYPES), async (request, response) => {
      const layer = writable(request);
      door.checkAnswer(request);
      checkType(request, FEATURE_TYPES);
      const crs = crsOfBody(request);
      const feature = parseFeature(request.body, layer, await door.columns.of(layer), crs);
      const { id, revision } = await door.writer.create({
        layer,
        properties: feature.properties,
        geometry: geometryOf(feature, crs),
      });
      note(request, layer, 'create', id, revision);
      response.status(201).location(`${door.addressOf(request)}/collections/${layer.id}/items/${id}`);
      await door.sendFeature(request, response, layer, id);
    });

  async function change(request: Request, response: Response, replace: boolean): Promise<void> {
    const layer = writable(request);
    door.checkAnswer(request);
    const id = idOf(request, layer);
    checkType(request, replace ? FEATURE_TYPES : PATCH_TYPES);
    const crs = crsOfBody(request);
    const columns = await door.columns.of(layer);
    const feature = replace ? parseFeature(request.body, layer, columns, crs) : parsePatch(request.body, layer, columns, crs);
    const write = { layer, id, replace, properties: feature.properties, geometry: geometryOf(feature, crs) };
    const written: Written = await door.writer.change(write, checkOf(request, id));
    note(request, layer, replace ? 'replace' : 'update', id, written.revision);
    await door.sendFeature(request, response, layer, id);
  }
  router
    .route('/collections/:id/items/:feature')
    .options((request, response) => {
      const { editable } = door.layerOf(request, request.params.id);
      response
        .set('Allow', `GET, HEAD${editable ? ', PUT, PATCH, DELETE' : ''}, OPTIONS`)
        .status(204)
        .end();
    })
    .put(body(FEATURE_TYPES), (request, response) => change(request, response, true))
    .patch(body(PATCH_TYPES), (request, response) => change(request, response, false))
    .delete(async (request, response) => {
      const layer = writable(request);
      const id = idOf(request, layer);
      await door.writer.remove({ layer, id }, checkOf(request, id));
      note(request, layer, 'delete', id, null);
      response.status(204).end();
    });
}
