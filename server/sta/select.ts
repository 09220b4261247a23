// One page of a collection, or the pages of many at once (an $expand of a whole page), as one statement; and how many there are.
import type { Row } from '../database/database.ts';
import { Compiler, conjuncts, pathsOf } from './compile.ts';
import type { Expression, Order } from './filter.ts';
import type { EntitySet } from './model.ts';
import type { Options } from './options.ts';
import type { Parameters } from './parameters.ts';
import { links, type Source, selectOf } from './sources.ts';

/** A row of an entity set; `ord` tells which of the parents it belongs to. */
export type EntityRow = Row & { readonly ord: number };

/** A moment as the page prints it is made of milliseconds; as a link it is the text of the database, to the microsecond. */
const printedOf: Readonly<Record<EntitySet, string>> = {
  Things: 't.name, t.description, t.properties, t.stream',
  Locations: 't.name, t.description, t."encodingType", t.location, t.properties, t.stream',
  HistoricalLocations: `${milliseconds('time')}, t.stream`,
  Datastreams: 't.name, t.description, t."observationType", t."unitOfMeasurement", t.properties, t.stream',
  Sensors: 't.name, t.description, t."encodingType", t.metadata, t.properties, t.stream',
  ObservedProperties: 't.name, t.definition, t.description, t.properties, t.stream',
  Observations: `${['phenomenonTime', 'phenomenonTime_to', 'resultTime', 'validTime', 'validTime_to'].map(milliseconds).join(', ')},
    t.result, t."resultQuality", t.parameters, t.frame, t.stream`,
  FeaturesOfInterest: 't.id, t.name, t.description, t."encodingType", t.feature, t.properties, t.stream',
};
function milliseconds(column: string): string {
  return `(extract(epoch FROM t."${column}") * 1000)::float8 AS "${column}"`;
}
function columnsOf(set: EntitySet): string {
  const linked = Object.entries(links[set]).map(([name, type]) => `t.${name}${type === 'timestamptz' ? '::text' : ''} AS ${name}`);
  return [...linked, printedOf[set]].join(', ');
}

/** Parents as a FROM item `par`. null: there is none, the source stands for itself. */
export function parents(q: Parameters, set: EntitySet, rows: readonly Row[]): string {
  const columns = Object.entries(links[set]).map(([name, type]) => `${name} ${type}`);
  const values = rows.map((row, ord) => ({ ord, ...Object.fromEntries(Object.keys(links[set]).map((name) => [name, row[name]])) }));
  return `jsonb_to_recordset(${q.add(JSON.stringify(values), 'jsonb')}) AS par(ord int, ${columns.join(', ')})`;
}
const alone = '(SELECT 0 AS ord) par';

interface Ordered {
  readonly keys: readonly string[];
  readonly directions: readonly string[];
}
/** Newest first for Observations and past places, by id otherwise; the id makes every order a whole one. */
function ordered(q: Parameters, set: EntitySet, order: readonly Order[]): Ordered {
  const keys: string[] = [];
  const directions: string[] = [];
  for (const { by, ascending } of order) {
    keys.push(new Compiler(q, set, 't', '$orderby').sortKey(by));
    directions.push(ascending ? 'ASC NULLS LAST' : 'DESC NULLS LAST');
  }
  if (set === 'Observations') {
    const direction = directions[0]?.startsWith('ASC') ? 'ASC' : 'DESC';
    return { keys: [...keys, 't."phenomenonTime"', 't.datastream', 't.identity'], directions: [...directions, direction, 'ASC', 'ASC'] };
  }
  if (order.length === 0 && set === 'HistoricalLocations') return { keys: ['t.time', 't.id'], directions: ['DESC', 'DESC'] };
  if (set === 'FeaturesOfInterest') return { keys: [...keys, 't.num', 't.id'], directions: [...directions, 'ASC', 'ASC'] };
  return { keys: [...keys, 't.id'], directions: [...directions, 'ASC'] };
}

/** Parts of a filter of Observations that speak of the Datastream alone: they choose the Datastreams before a row is read. */
function split(filter: Expression | null): { readonly ofStream: readonly Expression[]; readonly ofRow: readonly Expression[] } {
  const all = filter ? conjuncts(filter) : [];
  const ofStream = all.filter((one) => {
    const paths = pathsOf(one);
    return paths.length > 0 && paths.every(({ through }) => through[0] === 'Datastream' && !through.includes('Observations'));
  });
  return { ofStream, ofRow: all.filter((one) => !ofStream.includes(one)) };
}
/** `t` gives what a navigation Observation → Datastream needs of a row: its Datastream. */
function streamChosen(q: Parameters, source: Extract<Source, { set: 'Observations' }>, filters: readonly Expression[]): string {
  if (filters.length === 0) return source.of;
  const conditions = filters.map((one) => new Compiler(q, 'Observations', 't', '$filter').condition(one));
  return `SELECT t.* FROM (SELECT d.*, d.id AS datastream FROM (${source.of}) d) t WHERE ${conditions.join(' AND ')}`;
}
function rowsChosen(q: Parameters, set: EntitySet, filters: readonly Expression[]): string {
  return ['true', ...filters.map((one) => new Compiler(q, set, 't', '$filter').condition(one))].join(' AND ');
}

/**
 * Rows of the pages, one more than $top of each parent so that the caller sees whether there is a rest.
 * @param source from `follow` with the row `par`, or a whole set
 * @param from the parents; absent: none
 * @param most rows of all pages together
 */
export function pageQuery(q: Parameters, source: Source, options: Options, from: string = alone, most: number | null = null): string {
  const { set } = source;
  const { keys, directions } = ordered(q, set, options.order);
  const named = keys.map((key, index) => `${key} AS k${index}`).join(', ');
  const byKeys = (alias: string): string => directions.map((direction, index) => `${alias}k${index} ${direction}`).join(', ');
  const [limit, offset] = [q.add(options.top + 1, 'int'), q.add(options.skip, 'int')];
  let inner: string;
  if (source.set === 'Observations') {
    const { ofStream, ofRow } = split(options.filter);
    // Sorted by columns inside, where the index of each Datastream gives them in order.
    const inside = keys.map((key, index) => `${key} ${directions[index]}`).join(', ');
    inner = `SELECT o.* FROM (${streamChosen(q, source, ofStream)}) d CROSS JOIN LATERAL (
      SELECT t.*, ${named} FROM (${source.rows}) t WHERE ${rowsChosen(q, set, ofRow)} ORDER BY ${inside} LIMIT ${limit} + ${offset}) o`;
  } else {
    inner = `SELECT t.*, ${named} FROM (${source.sql}) t WHERE ${rowsChosen(q, set, options.filter ? conjuncts(options.filter) : [])}`;
  }
  return `SELECT par.ord, ${columnsOf(set)} FROM ${from} CROSS JOIN LATERAL (
    SELECT * FROM (${inner}) i ORDER BY ${byKeys('i.')} LIMIT ${limit} OFFSET ${offset}) t ORDER BY par.ord, ${byKeys('t.')}${most === null ? '' : ` LIMIT ${q.add(most, 'int')}`}`;
}

/** How many there are of each parent: ord, n. */
export function countQuery(q: Parameters, source: Source, filter: Expression | null, from: string = alone): string {
  let inner: string;
  if (source.set === 'Observations') {
    const { ofStream, ofRow } = split(filter);
    inner = `SELECT count(*) AS n FROM (${streamChosen(q, source, ofStream)}) d CROSS JOIN LATERAL (${source.rows}) t WHERE ${rowsChosen(q, source.set, ofRow)}`;
  } else {
    inner = `SELECT count(*) AS n FROM (${source.sql}) t WHERE ${rowsChosen(q, source.set, filter ? conjuncts(filter) : [])}`;
  }
  return `SELECT par.ord, c.n::float8 AS n FROM ${from} CROSS JOIN LATERAL (${inner}) c`;
}

/** The one row of a set with an id. @param key as SQL */
export function oneQuery(source: Source, condition: string, from: string = alone): string {
  return `SELECT par.ord, ${columnsOf(source.set)} FROM ${from} CROSS JOIN LATERAL (SELECT * FROM (${selectOf(source)}) t WHERE ${condition}) t LIMIT 1`;
}
