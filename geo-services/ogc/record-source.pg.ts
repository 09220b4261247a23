// What the catalogue searches: every layer with its metadata, read again when the list of layers changes, and the boxes that the layers lie in.
//
// A search over 25,000 layers reads no table of theirs: the box of an imported layer is that of its index (ST_EstimatedExtent: never narrower than
// the rows are, wider for a while after the outermost one went), widened by what is committed. Layers that share a table are measured (extents.pg.ts).
import type { BBox } from '../../contracts/geo.ts';
import type { Layer } from '../../contracts/layer.ts';
import type { LayerMetadata } from '../../contracts/layer-life.ts';
import type { Changes } from '../features/changes.pg.ts';
import type { Extents } from '../features/extents.pg.ts';
import type { Layers } from '../features/layers.pg.ts';
import type { Queryable } from '../queryable.ts';
import { descriptionOf, isPlaced, type RecordEntry, type SeenRecord } from './record.ts';
import { plainly } from './record-query.ts';

export interface RecordSource {
  /** All layers, in the order of the catalogue, whoever may know of them. @throws Problem database-unavailable */
  entries(): Promise<readonly RecordEntry[]>;
  /** Of those that the viewer is told of (record.ts isPlaced), in degrees; null: empty. @throws Problem database-unavailable */
  boxes(records: readonly SeenRecord[]): Promise<ReadonlyMap<string, BBox | null>>;
}
export interface RecordSourceOptions {
  readonly database: Queryable;
  readonly layers: Layers;
  readonly changes: Changes;
  readonly extents: Extents;
  /** Of a layer that the code declares. */
  readonly describe: (layer: Layer) => LayerMetadata;
}
type MetadataRow = {
  readonly id: string;
  readonly table_name: string;
  readonly metadata: LayerMetadata;
  readonly created: Date;
  readonly updated: Date;
};

/** Tables asked for their box in one statement. */
const AT_ONCE = 500;
const BOXES = `SELECT CASE WHEN e IS NOT NULL THEN ARRAY[ST_XMin(e), ST_YMin(e), ST_XMax(e), ST_YMax(e)] END AS box
  FROM unnest($1::text[]) WITH ORDINALITY AS t (name, n)
  CROSS JOIN LATERAL (SELECT CASE WHEN to_regclass(quote_ident(name)) IS NOT NULL
    THEN ST_EstimatedExtent(current_schema()::text, name, 'geom') END AS e) AS b ORDER BY n`;
const chinese = new Intl.Collator('zh-Hans-CN', { numeric: true });

function entryOf(layer: Layer, row: MetadataRow | undefined, declared: LayerMetadata): Omit<RecordEntry, 'titleRank'> {
  const metadata = row?.metadata ?? declared;
  const created = row ? Number(row.created) : null;
  const said = [layer.title.zh, layer.title.en, descriptionOf({ layer, metadata }), ...(metadata.keywords ?? []), layer.id, layer.source];
  return {
    ...{ layer, metadata, created, updated: row ? Number(row.updated) : null, broughtIn: row !== undefined },
    begin: metadata.publicationDate ?? row?.created.toISOString() ?? null,
    externalIds: metadata.resourceCode ? [{ scheme: 'urn:liaozhi:resource-code', value: metadata.resourceCode }] : [],
    // A term lies within one text: no white space of a term spans the sign between them.
    said: said.map(plainly).join('\0'),
  };
}

export function openRecordSource({ database, layers, changes, extents, describe }: RecordSourceOptions): RecordSource {
  let made: { readonly of: ReadonlyMap<string, Layer>; readonly entries: Promise<readonly RecordEntry[]> } | null = null;
  /** By table: an imported layer has one of its own. */
  const known = new Map<string, BBox | null>();
  changes.onChange((heard) => {
    for (const { source, box } of heard) {
      const old = known.get(source);
      if (box === null || !old) known.delete(source);
      else known.set(source, [Math.min(box[0], old[0]), Math.min(box[1], old[1]), Math.max(box[2], old[2]), Math.max(box[3], old[3])]);
    }
  });
  async function read(all: ReadonlyMap<string, Layer>): Promise<readonly RecordEntry[]> {
    const rows = await database.query<MetadataRow>('SELECT id, table_name, metadata, created, updated FROM layer');
    const byId = new Map(rows.map((row) => [row.id, row]));
    const plain = [...all.values()].map((layer) => {
      // A declared layer comes before a row of the same id (features/layers.pg.ts): the row is not it.
      const row = byId.get(layer.id);
      return entryOf(layer, row?.table_name === layer.table ? row : undefined, describe(layer));
    });
    const ranks = new Map([...new Set(plain.map(({ layer }) => layer.title.zh))].sort(chinese.compare).map((title, i) => [title, i]));
    return plain.map((entry) => ({ ...entry, titleRank: ranks.get(entry.layer.title.zh) ?? 0 }));
  }
  return {
    entries() {
      const all = layers.all();
      if (made?.of !== all) {
        const entries = read(all);
        made = { of: all, entries };
        entries.catch(() => {
          if (made?.entries === entries) made = null;
        });
      }
      return made.entries;
    },
    async boxes(records) {
      const told = records.filter(isPlaced);
      const found = new Map<string, BBox | null>();
      const wanted: Layer[] = [];
      for (const {
        entry: { layer, broughtIn },
      } of told) {
        if (!broughtIn) continue;
        const box = known.get(layer.table);
        if (box === undefined) wanted.push(layer);
        else found.set(layer.id, box);
      }
      for (let from = 0; from < wanted.length; from += AT_ONCE) {
        const some = wanted.slice(from, from + AT_ONCE);
        const before = some.map((layer) => changes.version(layer));
        const rows = await database.query<{ box: number[] | null }>(BOXES, [some.map(({ table }) => table)]);
        for (const [i, layer] of some.entries()) {
          const box = (rows[i]?.box ?? null) as BBox | null;
          found.set(layer.id, box);
          // What changed while it was read may or may not be in it: asked again next time.
          if (changes.version(layer) === before[i]) known.set(layer.table, box);
        }
      }
      const measured = told.filter(({ entry }) => !entry.broughtIn);
      await Promise.all(measured.map(async ({ entry, seen }) => found.set(entry.layer.id, (await extents.of(seen)).extent)));
      return found;
    },
  };
}
