// The declared shape of a map layer of 一张图: what it shows, from which table, under which guard.
import type { Department, Sharing } from './access.ts';
import type { BBox } from './geo.ts';
import type { Provenance } from './observation.ts';
import { Problem } from './problem.ts';

export interface Layer {
  /** Collection id, kebab-case, unique over all themes. */
  readonly id: string;
  readonly theme: string;
  readonly title: { readonly zh: string; readonly en: string };
  readonly geometry: 'point' | 'line' | 'polygon';
  /** Table in the database, with `id`, a 4490 `geom`, a pre-projected `geom_3857`, and `revision` and `since` (server/migrations/007). */
  readonly table: string;
  /** Which rows of the table; absent: all. `placed`: only those with a geometry. */
  readonly only?: { readonly column: string; readonly equals: string; readonly placed?: true };
  /** Attributes that leave the server, in order; the key is `id`. */
  readonly attributes: readonly string[];
  readonly minZoom: number;
  readonly maxZoom: number;
  /** Column with the AdCode that scope is checked on; null: the layer carries no local secret and everyone sees it whole. */
  readonly adcodeColumn: string | null;
  readonly sharing: Sharing;
  readonly department: Department;
  /** Origin and licence, printed in the map's attribution. */
  readonly source: string;
  /** What people call the attributes, where the common words (geo-services/ogc/schemas.ts) do not say it. */
  readonly titles?: Readonly<Record<string, string>>;
  /** Of every row, where the rows have no column of that name; 'simulated' is marked on every surface. */
  readonly provenance?: Provenance;
  /** Whether features may be written over OGC API Features Part 4. */
  readonly editable?: boolean;
  /** The rows are those of `table` that a function of the database answers with; its parameters come from the query string. */
  readonly call?: LayerCall;
  /** Absent: published. What is not is seen by its stewards alone. */
  readonly state?: LayerState;
  /** Column with the Department of each row; absent: the layer's department alone counts. A row without one is seen by '*' only. */
  readonly departmentColumn?: string;
  /** What people without a grant (contracts/grant.ts) see less of: these attributes not, places no finer than this (metres; null: as they are). */
  readonly sensitive?: { readonly hidden: readonly string[]; readonly precisionMetres: number | null };
  /** Tiles that were brought in; the rows of `table` are then the outlines of what they were made of. */
  readonly raster?: LayerTiles;
}
/** Tiles of WebMercatorQuad that are kept as they are sent (geo-services/raster). */
export interface LayerTiles {
  /** picture: images · elevation: heights as Terrarium PNG · vector: Mapbox vector tiles of an archive */
  readonly kind: 'picture' | 'elevation' | 'vector';
  /** Of the tiles (server/migrations/016). */
  readonly table: string;
  readonly format: 'image/png' | 'image/jpeg' | 'image/webp' | 'application/vnd.mapbox-vector-tile';
  readonly gzip: boolean;
  readonly minZoom: number;
  readonly maxZoom: number;
  /** Degrees: west, south, east, north. */
  readonly bounds: BBox;
  readonly count: number;
  readonly bytes: number;
  /** Heights: the lowest and highest, metres. */
  readonly range?: readonly [number, number];
  /** Of vector tiles: names inside and their attributes. */
  readonly vectorLayers?: readonly { readonly id: string; readonly fields: readonly string[] }[];
}
/** A number that a layer's function takes (double precision). */
export interface LayerParameter {
  readonly name: string;
  readonly title: string;
  readonly min: number;
  readonly max: number;
  readonly integer?: boolean;
  /** Taken where the query says nothing; absent: it has to be given. */
  readonly otherwise?: number;
}
export interface LayerCall {
  /** Of a function that returns a set of the table's rows. */
  readonly name: string;
  /** In the order of the function. */
  readonly parameters: readonly LayerParameter[];
  /** What one request gives (geo-services/features/call.ts bindCall). */
  readonly given?: readonly number[];
}
/** 草稿 → 申请 → 审批 → 发布 → 下线. */
export const layerStates = ['draft', 'applied', 'approved', 'published', 'offline'] as const;
export type LayerState = (typeof layerStates)[number];

/** Names of tables and columns: lower case and Chinese, at most what PostgreSQL keeps (63 bytes). */
export function isIdentifier(name: string): boolean {
  return /^[a-z_\p{Script=Han}][a-z0-9_\p{Script=Han}]*$/u.test(name) && new TextEncoder().encode(name).byteLength <= 63;
}

/** Checks a layer's declaration. @throws Problem bad-declaration */
export function defineLayer(layer: Layer): Layer {
  // /ogc/collections/catalogue is the list of them all (geo-services/ogc/record.ts).
  if (!/^[a-z][a-z0-9-]*$/.test(layer.id) || layer.id === 'catalogue')
    throw new Problem('bad-declaration', { what: `layer id ${layer.id}` });
  for (const name of [
    layer.table,
    ...layer.attributes,
    ...(layer.adcodeColumn ? [layer.adcodeColumn] : []),
    ...(layer.only ? [layer.only.column] : []),
    ...(layer.call ? [layer.call.name, ...layer.call.parameters.map(({ name }) => name)] : []),
    ...(layer.departmentColumn ? [layer.departmentColumn] : []),
  ])
    if (!isIdentifier(name)) throw new Problem('bad-declaration', { what: `layer ${layer.id}: ${name} is no plain identifier` });
  if (layer.minZoom > layer.maxZoom) throw new Problem('bad-declaration', { what: `layer ${layer.id}: zooms` });
  return Object.freeze(layer);
}
