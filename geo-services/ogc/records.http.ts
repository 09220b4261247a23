// OGC API Records over HTTP: the catalogue of all layers as a searchable catalogue at /collections/catalogue.
//
// Source: OGC API Records Part 1 (20-004r1) records-api, record-core-query-parameters, record-filter, sorting, html; OGC API Features 1.0.1
// (17-069r4) §7.15 and §7.16 for items. Who may not read a layer but may know of it finds its record with how to apply (one-map/sight.ts).
import { createHash } from 'node:crypto';
import type { Request, Response, Router } from 'express';
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { evaluationProblem, parseFilter } from '../cql2/filter.ts';
import { type Filter, filterSql } from '../cql2/sql.ts';
import type { Seers } from '../features/seen.ts';
import { isShown, sightOf } from '../one-map/sight.ts';
import type { Queryable } from '../queryable.ts';
import type { Link } from './documents.ts';
import { type Format, recordFormats } from './formats.ts';
import { inFormat } from './html.ts';
import * as records from './record.ts';
import { catalogueHtml, recordHtml, recordsHtml } from './record-pages.ts';
import { boxesMeet, parseRecordQuery, type RecordQuery, recordTest, sortKeys, sortRecords } from './record-query.ts';
import type { RecordSource } from './record-source.pg.ts';
import { schemaHtml } from './schema-page.ts';
import { SCHEMA_TYPE } from './schemas.ts';
import { formatOf, sendPage } from './send.http.ts';
import type { OneMapDoor } from './tiles.http.ts';

type Seen = records.SeenRecord;

export interface RecordsDoor extends Pick<OneMapDoor, 'identityOf' | 'addressOf' | 'unchanged' | 'document'> {
  readonly database: Queryable;
  readonly source: RecordSource;
  readonly grants: Seers;
  /** Whether whoever asks may use the layer at all. */
  readonly admits: (request: Request, layer: Layer) => boolean;
}
/** Every name in a filter that may be a property. */
function namesIn(node: unknown): string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'kind' in node && node.kind === 'property' && 'name' in node ? [String(node.name)] : [];
  return [...own, ...Object.values(node).flatMap(namesIn)];
}
interface Source {
  /** As a filter names it. */
  readonly name: string;
  readonly type: 'text' | 'float8';
  readonly of: (record: Seen) => string | number | null | undefined;
  readonly column: string;
  /** What it is in the relation that the filter asks; null: a part of another. */
  readonly as: string | null;
}
/** recordColumns out of entries; `side`: west, south, east or north of the box. */
function sources(side: (i: number) => Source['of']): readonly Source[] {
  const text = (name: string, of: Source['of']): Source => ({ name, type: 'text', of, column: `"${name}"`, as: `"${name}"` });
  const time = (name: string, of: Source['of']): Source => ({
    ...{ name, type: 'float8', of, column: name },
    as: `to_timestamp(${name} / 1000) AS ${name}`,
  });
  return [
    text('id', ({ entry: { layer } }) => layer.id),
    text('type', () => records.RECORD_TYPE),
    text('title', ({ entry: { layer } }) => layer.title.zh),
    text('description', ({ entry }) => records.descriptionOf(entry)),
    text('keywords', ({ entry: { metadata } }) => metadata.keywords?.join(' ')),
    text('theme', ({ entry: { layer } }) => layer.theme),
    text('department', ({ entry: { layer } }) => layer.department),
    text('sharing', ({ entry: { layer } }) => layer.sharing),
    text('updateCycle', ({ entry: { metadata } }) => metadata.updateCycle),
    time('created', ({ entry: { created } }) => created),
    time('updated', ({ entry: { updated } }) => updated),
    ...['w', 's', 'e', 'n'].map(
      (column, i): Source => ({
        ...{ name: 'geometry', type: 'float8', of: side(i), column },
        as: i === 0 ? 'ST_MakeEnvelope(w, s, e, n, 4490) AS geom' : null,
      }),
    ),
  ];
}

const at = `/collections/${records.CATALOGUE}`;

export function recordRoutes(router: Router, door: RecordsDoor): void {
  const { database, source, document } = door;
  async function visible(request: Request, asked: (entry: records.RecordEntry) => boolean): Promise<Seen[]> {
    const identity = door.identityOf(request);
    const seer = door.grants.of(identity);
    return (await source.entries()).flatMap((entry): Seen[] => {
      if (!asked(entry)) return [];
      const { layer } = entry;
      const sight = isShown(identity, layer) ? sightOf(identity.scope, layer) : 'hidden';
      const seen = sight === 'hidden' ? null : seer(layer);
      if (!seen) return [];
      if (sight !== 'forbidden' && door.admits(request, layer)) return [{ entry, access: 'open', seen }];
      // A key or a visitor has few layers, and knows of the others what the portal tells anybody.
      return layer.sharing !== 'none' && (layer.state ?? 'published') === 'published' ? [{ entry, access: 'apply', seen }] : [];
    });
  }
  /** Those of the entries that a CQL2 filter takes: their descriptions go to the database as one relation. @throws Problem bad-parameter */
  async function filtered(found: readonly Seen[], filter: Filter, boxes: ReadonlyMap<string, BBox | null>): Promise<Seen[]> {
    const values: unknown[] = [];
    const next = (value: unknown): string => `$${values.push(value)}`;
    const used = new Set(['id', ...namesIn(filter.tree)]);
    const side = (i: number) => (record: Seen) => records.boxOf(record, boxes)?.[i];
    // What no filter asks for is not sent.
    const made = sources(side).filter(({ name }) => used.has(name));
    const arrays = made.map(({ type, of }) => `${next(found.map((record) => of(record) ?? null))}::${type}[]`);
    const rows = await database
      .query<{ id: string }>(
        `SELECT id FROM (SELECT ${made
          .filter(({ as }) => as)
          .map(({ as }) => as)
          .join(', ')}
           FROM unnest(${arrays.join(', ')}) AS t (${made.map(({ column }) => column).join(', ')})) AS record WHERE ${filterSql(filter, next)}`,
        values,
      )
      .catch((error) => {
        throw evaluationProblem(error);
      });
    const taken = new Set(rows.map(({ id }) => id));
    return found.filter(({ entry }) => taken.has(entry.layer.id));
  }
  async function search(all: readonly Seen[], query: RecordQuery, filter: Filter | null): Promise<readonly Seen[]> {
    let found = all;
    const { bbox } = query;
    if (bbox || filter) {
      const placed = bbox || namesIn(filter?.tree).includes('geometry');
      const boxes = placed ? await source.boxes(found) : new Map<string, BBox | null>();
      if (bbox)
        found = found.filter((record) => {
          const box = records.boxOf(record, boxes);
          return box !== null && boxesMeet(bbox, box);
        });
      if (filter) found = await filtered(found, filter, boxes);
    }
    return sortRecords(found, query.sortby);
  }
  async function made(base: string, seen: readonly Seen[]): Promise<object[]> {
    const boxes = await source.boxes(seen);
    return seen.map((record) => records.recordOf(base, record, records.boxOf(record, boxes)));
  }
  function send(request: Request, response: Response, format: Format, body: object, page: () => string): void {
    const text = format.id === 'html' ? page() : JSON.stringify(body);
    const etag = `W/"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`;
    if (door.unchanged(request, response, etag)) return;
    if (format.id === 'html') sendPage(response, text);
    else response.type(format.type).send(text);
  }
  /** Self, and the same in the other format. */
  const formatLinks = (self: string, format: Format): Link[] => [
    { href: self, rel: 'self', type: format.type, title: format.title },
    ...recordFormats
      .filter((other) => other !== format)
      .map((other) => ({ href: inFormat(self, other.id), rel: 'alternate', type: other.type, title: other.title })),
  ];

  document(at, (_, base) => records.catalogueDocument(base), catalogueHtml);
  document(`${at}/queryables`, (_, base) => records.recordQueryables(base), schemaHtml, SCHEMA_TYPE);
  document(`${at}/sortables`, (_, base) => records.recordSortables(base, sortKeys), schemaHtml, SCHEMA_TYPE);
  router.get(`${at}/items`, async (request, response) => {
    const query = parseRecordQuery(request.query);
    const format = formatOf(request, recordFormats);
    // 20-004r1 empty-value: what is empty is not given.
    const given = Object.fromEntries(Object.entries(request.query).filter(([, value]) => value !== ''));
    const filter = parseFilter(given, records.recordColumns);
    const all = await visible(request, recordTest(query));
    const found = await search(all, query, filter);
    const page = found.slice(query.offset, query.offset + query.limit);
    const base = door.addressOf(request);
    const features = await made(base, page);
    const own = `${base}${at}/items`;
    const kept = { ...(given as Record<string, string>), ...(format === recordFormats[0] ? {} : { f: format.id }) };
    const address = (changes: Readonly<Record<string, string>>): string => {
      const parameters = String(new URLSearchParams({ ...kept, ...changes }));
      return parameters ? `${own}?${parameters}` : own;
    };
    const step = (from: number, rel: string, title: string): Link => ({
      ...{ href: address({ limit: String(query.limit), offset: String(from) }), rel, type: format.type, title },
    });
    const links: Link[] = [
      ...formatLinks(address({}), format),
      ...(query.offset > 0 ? [step(Math.max(0, query.offset - query.limit), 'prev', '上一页')] : []),
      ...(query.offset + query.limit < found.length ? [step(query.offset + query.limit, 'next', '下一页')] : []),
      { href: `${base}${at}`, rel: 'collection', type: 'application/json', title: '图层目录' },
    ];
    const counts = { numberMatched: found.length, numberReturned: features.length };
    const body = { type: 'FeatureCollection', ...counts, features, links };
    send(request, response, format, body, () => recordsHtml({ base, body, asked: given as Record<string, string> }));
  });
  router.get(`${at}/items/:record`, async (request, response) => {
    for (const [name, value] of Object.entries(request.query))
      if (name !== 'f') throw new Problem('bad-parameter', { name, given: String(value).slice(0, 80), allowed: 'f=json f=html' });
    const format = formatOf(request, recordFormats);
    const id = request.params.record;
    const [one] = await visible(request, ({ layer }) => layer.id === id);
    if (!one) throw new Problem('not-found', { what: `图层记录 ${id.slice(0, 40)}` });
    const base = door.addressOf(request);
    const [record] = (await made(base, [one])) as [{ links: Link[] }];
    const links = [...record.links.filter(({ rel }) => rel !== 'self'), ...formatLinks(`${base}${at}/items/${id}`, format)];
    const body = { ...record, links };
    send(request, response, format, body, () => recordHtml({ base, record: body }));
  });
  router.all([at, `${at}/*rest`], (request) => {
    if (['GET', 'HEAD'].includes(request.method)) throw new Problem('not-found', { what: request.path.slice(0, 80) });
    throw new Problem('method-not-allowed', { method: request.method, allow: 'GET, HEAD' });
  });
}
