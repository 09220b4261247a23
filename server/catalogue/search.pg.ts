// The search over all layers: declared ones and those brought in are filtered, counted, sorted and cut into pages by one statement.
//
// Measured with 25,000 brought-in layers: a page with its counts takes about a tenth of a second, with words to search for about two.
import type { Department, Identity } from '../../contracts/access.ts';
import { departments as everyDepartment } from '../../contracts/access.ts';
import type { LayerFacets } from '../../contracts/catalogue-routes.ts';
import { isSteward, type LayerSearch, type LayerSort } from '../../contracts/layer-life.ts';
import type { Database } from '../database/database.ts';
import { type Catalogued, type LayerRow, ofRow } from './entries.pg.ts';

/** What one may know to exist, as `accessTo` says of one layer: published and not 不予共享, and beyond that the layers of these departments. */
export interface Sees {
  /** Whatever their state. */
  readonly unpublishedOf: readonly Department[];
  /** Though they are not shared. */
  readonly closedOf: readonly Department[];
  /** Layers that a grant takes away (Catalogue.barredTo). */
  readonly without?: readonly string[];
}
export const everybody: Sees = { unpublishedOf: [], closedOf: [] };
export function seesOf(identity: Identity): Sees {
  const { departments } = identity.scope;
  return {
    unpublishedOf: everyDepartment.filter((department) => isSteward(identity, department)),
    closedOf: departments === '*' ? everyDepartment : departments,
  };
}

export interface Found {
  readonly items: readonly Catalogued[];
  /** Of all pages. */
  readonly numberMatched: number;
  readonly facets: LayerFacets;
}
export type Find = (
  sees: Sees,
  search: LayerSearch,
  page: { readonly sort?: LayerSort | undefined; readonly offset: number; readonly limit: number },
) => Promise<Found>;

const orders: Readonly<Record<LayerSort, string>> = {
  usual: 'n NULLS LAST, theme, title_zh, id',
  title: 'title_zh, id',
  updated: 'updated DESC NULLS LAST, n, id',
};
/** Each condition of a search by the column that it is on. */
const sides = { theme: '$6', department: '$7', sharing: '$8', cycle: '$9', state: '$10' } as const;
const holds = (side: keyof typeof sides): string => `(${sides[side]}::text IS NULL OR ${side} = ${sides[side]})`;
const allBut = (side?: keyof typeof sides): string =>
  (Object.keys(sides) as (keyof typeof sides)[])
    .filter((one) => one !== side)
    .map(holds)
    .join(' AND ');
const facet = (side: keyof typeof sides): string =>
  `'${side}', (SELECT coalesce(jsonb_object_agg(${side}, n), '{}') FROM (SELECT ${side}, count(*) AS n FROM seen WHERE ${side} IS NOT NULL AND ${allBut(side)} GROUP BY ${side}) AS counted)`;

/** `declared`: in their order, before the others. */
export function openFind(database: Database, declared: readonly Catalogued[]): Find {
  const byId = new Map(declared.map((layer) => [layer.entry.id, layer]));
  const known = JSON.stringify(
    declared.map(({ entry }, n) => ({
      ...{ n, id: entry.id, theme: entry.theme, title_zh: entry.title.zh, department: entry.department, sharing: entry.sharing },
      ...{ state: entry.state, cycle: entry.metadata.updateCycle ?? null },
      said: [entry.id, entry.title.zh, entry.title.en, entry.source, entry.metadata.abstract ?? '', ...(entry.metadata.keywords ?? [])]
        .join('\n')
        .toLowerCase(),
    })),
  );
  const ids = [...byId.keys()];
  /** Titles by their sound, where this PostgreSQL was built with ICU. */
  let pinyin: Promise<boolean> | null = null;
  const hasPinyin = (): Promise<boolean> => {
    pinyin ??= database.query("SELECT FROM pg_collation WHERE collname = 'zh-x-icu' LIMIT 1").then(
      (rows) => rows.length > 0,
      (error) => {
        pinyin = null;
        throw error;
      },
    );
    return pinyin;
  };

  return async (sees, search, { sort = 'usual', offset, limit }) => {
    const order = sort === 'title' && (await hasPinyin()) ? 'title_zh COLLATE "zh-x-icu", id' : orders[sort];
    const words = (search.q ?? '').toLowerCase().split(/\s+/).filter(Boolean);
    const [answer] = await database.query<{ ids: string[] | null; matched: number; facets: LayerFacets }>(
      `WITH every AS (
         SELECT n, id, theme, title_zh, department, sharing, state, cycle, said, NULL::timestamptz AS updated FROM jsonb_to_recordset($1::jsonb)
           AS declared(n int, id text, theme text, title_zh text, department text, sharing text, state text, cycle text, said text)
         UNION ALL
         SELECT NULL, id, theme, title_zh, department, sharing, state, metadata->>'updateCycle', lower(concat_ws(E'\\n', id, title_zh, title_en, source,
           metadata->>'abstract', (SELECT string_agg(word, E'\\n') FROM jsonb_array_elements_text(
             CASE jsonb_typeof(metadata->'keywords') WHEN 'array' THEN metadata->'keywords' ELSE '[]' END) AS word))), updated
         FROM layer WHERE id <> ALL($2::text[])
       ), seen AS MATERIALIZED (
         SELECT n, id, theme, title_zh, department, sharing, state, cycle, updated FROM every
         WHERE (state = 'published' OR department = ANY($3::text[])) AND (sharing <> 'none' OR department = ANY($4::text[]))
           AND id <> ALL($13::text[])
           AND (cardinality($5::text[]) = 0 OR NOT EXISTS (SELECT FROM unnest($5::text[]) AS word WHERE strpos(said, word) = 0))
       )
       SELECT (SELECT array_agg(id ORDER BY k) FROM (SELECT id, row_number() OVER (ORDER BY ${order}) AS k FROM seen WHERE ${allBut()} ORDER BY ${order}
           OFFSET $11::int LIMIT $12::int) AS page) AS ids,
         (SELECT count(*)::int FROM seen WHERE ${allBut()}) AS matched,
         jsonb_build_object(${(Object.keys(sides) as (keyof typeof sides)[]).map(facet).join(', ')}) AS facets`,
      [
        ...[known, ids, [...sees.unpublishedOf], [...sees.closedOf], words],
        ...[search.theme ?? null, search.department ?? null, search.sharing ?? null, search.cycle ?? null, search.state ?? null],
        ...[offset, limit, [...(sees.without ?? [])]],
      ],
    );
    const page = answer?.ids ?? [];
    const others = page.filter((id) => !byId.has(id));
    const rows = others.length === 0 ? [] : await database.query<LayerRow>('SELECT * FROM layer WHERE id = ANY($1::text[])', [others]);
    const brought = new Map(rows.map((row) => [row.id, ofRow(row)]));
    return {
      items: page.flatMap((id) => byId.get(id) ?? brought.get(id) ?? []),
      numberMatched: answer?.matched ?? 0,
      facets: answer?.facets ?? { theme: {}, department: {}, sharing: {}, cycle: {}, state: {} },
    };
  };
}
