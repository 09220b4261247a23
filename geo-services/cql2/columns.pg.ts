// The types of a layer's columns as the database has them, read once per table: a declared one changes with a migration, and that means a new start.
import type { Layer } from '../../contracts/layer.ts';
import type { Queryable } from '../queryable.ts';
import { type Columns, columnsOf } from './columns.ts';

export interface ColumnSource {
  /** @throws Problem database-unavailable | bad-declaration */
  of(layer: Layer): Promise<Columns>;
}

export function openColumns(database: Queryable): ColumnSource {
  const known = new Map<string, Columns>();
  return {
    async of(layer) {
      // What a viewer does not see is no column of his.
      const key = JSON.stringify([layer.id, layer.table, layer.attributes]);
      const found = known.get(key);
      if (found) return found;
      const rows = await database.query<{ name: string; type: string }>(
        `SELECT column_name::text AS name, data_type::text AS type FROM information_schema.columns
WHERE table_schema = ANY (current_schemas(false)) AND table_name = $1`,
        [layer.table],
      );
      const columns = columnsOf(layer, new Map(rows.map((row) => [row.name, row.type])));
      known.set(key, columns);
      return columns;
    },
  };
}
