// Spatial analysis on the viewer's rights: bodies of contracts/analysis-routes.ts in, shapes and figures out. Layers by sharing, rows by area, as everywhere.

import type { Static } from 'typebox';
import type { Identity } from '../../contracts/access.ts';
import type { AnalysisRows, AnalysisSource, BufferBody, OverlayBody, StatisticsBody } from '../../contracts/analysis-routes.ts';
import type { Layer } from '../../contracts/layer.ts';
import { Problem } from '../../contracts/problem.ts';
import { openColumns } from '../cql2/columns.pg.ts';
import { parseFilter } from '../cql2/filter.ts';
import { bindCall } from '../features/call.ts';
import type { Sight } from '../features/sight.pg.ts';
import { isAudited, layerFor } from '../one-map/sight.ts';
import type { Queryable } from '../queryable.ts';
import { bufferSql, mostRows, overlaySql, type RowSet, type Shape, type Statement, statisticsSql } from './analysis-sql.ts';

export interface Analysis {
  /** @throws Problem not-found | forbidden | bad-parameter | bad-body */
  buffer(viewer: Identity, body: Static<typeof BufferBody>): Promise<object>;
  overlay(viewer: Identity, body: Static<typeof OverlayBody>): Promise<object>;
  statistics(viewer: Identity, body: Static<typeof StatisticsBody>): Promise<object>;
}
export interface AnalysisOptions {
  readonly database: Queryable;
  /** A restricted layer was read. */
  readonly onRestricted: (viewer: Identity, layer: Layer, act: string) => void;
  readonly sight: Sight;
}

export function openAnalysis({ database, sight, onRestricted }: AnalysisOptions): Analysis {
  const { layers, grants } = sight;
  const columns = openColumns(database);

  async function rowSet(viewer: Identity, { layer: id, filter: text }: AnalysisRows, act: string): Promise<RowSet> {
    await sight.current();
    // A layer that a function answers is asked with what it takes by itself.
    const layer = bindCall(layerFor(layers.all(), grants, viewer, id), {});
    if (isAudited(viewer, layer)) onRestricted(viewer, layer, act);
    const filter = text === undefined || text.trim() === '' ? null : parseFilter({ filter: text }, await columns.of(layer));
    return { layer, filter };
  }
  async function shape(viewer: Identity, source: AnalysisSource, act: string): Promise<Shape> {
    return 'geometry' in source ? { geometry: JSON.stringify(source.geometry) } : rowSet(viewer, source, act);
  }
  /** Data exceptions (class 22) and what GEOS refuses (XX000) come from the shapes and values given, not from a defect. */
  async function run(made: Statement): Promise<Record<string, unknown>[]> {
    try {
      return await database.query(made.text, made.values);
    } catch (error) {
      const code = error instanceof Problem ? '' : String((error as { code?: unknown } | null)?.code ?? '');
      if (!code.startsWith('22') && code !== 'XX000') throw error;
      const problem = new Problem('bad-body', { reason: `图形或条件算不出结果（${code}）` });
      problem.cause = error;
      throw problem;
    }
  }
  const number = (value: unknown): number | null => (value === null || value === undefined ? null : Number(value));
  const geometry = (text: unknown): unknown => (typeof text === 'string' ? JSON.parse(text) : null);

  return {
    async buffer(viewer, { of, metres }) {
      const [row] = await run(bufferSql(await shape(viewer, of, 'buffer'), metres));
      return { geometry: geometry(row?.['geometry']), squareMetres: number(row?.['square_metres']) ?? 0, rows: row?.['rows'] ?? 0 };
    },
    async overlay(viewer, body) {
      const rows = await rowSet(viewer, body.rows, 'overlay');
      const found = await run(overlaySql(rows, await shape(viewer, body.with, 'overlay'), body.keep));
      const features = found.slice(0, mostRows).map((row) => ({
        type: 'Feature',
        id: Number(row['id']),
        properties: {
          ...Object.fromEntries(rows.layer.attributes.map((name) => [name, row[name] ?? null])),
          measure: number(row['measure']),
        },
        geometry: geometry(row['geometry']),
      }));
      return { type: 'FeatureCollection', features, truncated: found.length > mostRows };
    },
    async statistics(viewer, body) {
      const rows = await rowSet(viewer, body.rows, 'statistics');
      const { attribute = null } = body;
      if (attribute !== null) {
        const type = (await columns.of(rows.layer)).get(attribute)?.type;
        const numeric = [...(await columns.of(rows.layer))].filter(([, column]) => column.type === 'integer' || column.type === 'number');
        if (type !== 'integer' && type !== 'number')
          throw new Problem('bad-parameter', { name: 'attribute', given: attribute, allowed: numeric.map(([name]) => name).join('、') });
      }
      const found = await run(statisticsSql(rows, await shape(viewer, body.regions, 'statistics'), attribute));
      const unit = rows.layer.geometry === 'point' ? null : rows.layer.geometry === 'line' ? 'm' : 'm²';
      const figures = ['measure', 'sum', 'mean', 'least', 'most'] as const;
      return {
        unit,
        regions: found.map((row) => ({
          ...{ id: Number(row['id']), name: row['name'], count: row['count'] },
          ...Object.fromEntries(figures.map((name) => [name, number(row[name])])),
        })),
      };
    },
  };
}
