// What a layer of a file looks like before it is brought in: fields and their types, class, extent, and the coordinate system with how it was found.
import type { CrsFinding, GeometryClass, ImportField, ImportType, LayerPreview } from '../../contracts/import.ts';
import { previewOfInfo } from '../raster/outline.ts';
import { columnNames, typeOfOgr, typeOfValues, widen } from './column-types.ts';
import { findPlace, readCoordinate, readWkt } from './coordinates.ts';
import { detectCrs } from './crs-detect.ts';
import { classesOf, degreesFrom, positionsOf, takeGeometry } from './geometry.ts';
import type { Geometry, SourceLayer, SourceRow } from './reading/row.ts';

/** Rows looked at. */
export const sampleRows = 1000;
const shownRows = 20;

function shown(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, 200);
  if (typeof value === 'bigint') return Number(value);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') return value;
  return value === undefined ? null : (JSON.stringify(value) ?? '').slice(0, 200);
}

function fieldsOf(layer: Pick<SourceLayer, 'declared' | 'tabular'>, rows: readonly SourceRow[]): ImportField[] {
  const names = new Set(layer.declared?.map(({ name }) => name) ?? []);
  for (const row of rows) for (const name of Object.keys(row.attributes)) names.add(name);
  const list = [...names];
  const columns = columnNames(list);
  return list.map((name, n) => {
    const values = rows.map((row) => row.attributes[name]);
    const declared = layer.declared?.find((field) => field.name === name);
    const seen = typeOfValues(values);
    // Text in a file that knows numbers is meant as text, and so is a code, whose digits are no quantity.
    const written = values.some((value) => typeof value === 'string') && (!layer.tabular || /code$|代码|编码|区划码/i.test(name));
    const found = written && seen !== 'date' && seen !== 'timestamp with time zone' ? 'text' : seen;
    const told = declared ? typeOfOgr(declared.type) : null;
    // Declared as a number and written as text, or the reverse: what holds both.
    const type: ImportType =
      told === null
        ? found
        : values.every((v) => v === null || v === undefined || v === '')
          ? told
          : told === 'text'
            ? 'text'
            : widen(told, fits(told, found));
    const sample = values.find((value) => value !== null && value !== undefined && value !== '');
    return { name, as: columns[n] ?? name, title: name, type, sample: String(shown(sample) ?? '').slice(0, 80) };
  });
}
/** A type found in values that the declared one takes anyway counts as the declared one. */
function fits(declared: ImportType, found: ImportType): ImportType {
  if (declared === 'double precision' && found === 'bigint') return declared;
  if (declared === 'boolean' && found === 'bigint') return declared;
  if (declared === 'timestamp with time zone' && found === 'date') return declared;
  return found;
}

/** The geometry of a table's row by its columns; null: none. Divisions are placed where the database is. */
export function placedGeometry(row: Pick<SourceRow, 'attributes'>, place: LayerPreview['place']): Geometry | null {
  if (place === null || 'division' in place) return null;
  if ('wkt' in place) return readWkt(row.attributes[place.wkt]);
  const [lng, lat] = [readCoordinate(row.attributes[place.lng]), readCoordinate(row.attributes[place.lat])];
  return lng === null || lat === null ? null : { type: 'Point', coordinates: [lng, lat] };
}

/** Of a raster four corners are known: too little to read a system off them. It is the file's, or a person's. */
function byFileAlone(found: CrsFinding): CrsFinding {
  if (found.how === 'told' || found.how === 'file' || found.code === null) return found;
  return {
    ...found,
    code: null,
    title: '未知',
    sure: 'guess',
    others: [found.code, ...found.others],
    notes: ['栅格没有写坐标系，须由人指定', ...found.notes],
  };
}

/** @param rows the first of the layer. @throws Problem bad-parameter for a told system that is none */
export function previewOf(
  layer: SourceLayer,
  rows: readonly SourceRow[],
  told: { readonly crs: string | null; readonly place?: LayerPreview['place'] },
): LayerPreview {
  const good = rows.filter((row) => row.broken === undefined);
  const fields = fieldsOf(layer, good);
  const place =
    told.place ?? (layer.tabular || good.every(({ geometry }) => geometry === null) ? findPlace(fields.map(({ name }) => name)) : null);
  const division = place !== null && 'division' in place;
  const geometries = good.map((row) => row.geometry ?? placedGeometry(row, place)).filter((geometry) => geometry !== null);
  const positions = geometries.flatMap((geometry) => [...positionsOf(geometry)]);
  const found: CrsFinding = division
    ? { code: 'EPSG:4490', title: '行政区划中心（CGCS2000）', how: 'told', sure: 'sure', others: [], notes: [], swapped: false }
    : detectCrs({ told: told.crs, file: layer.crs, positions });
  const crs = layer.raster ? byFileAlone(found) : found;
  const wkt = layer.crs !== null && crs.how === 'file' ? layer.crs : null;
  let extent: [number, number, number, number] | null = null;
  const degrees = crs.code === null || division ? null : degreesFrom(wkt ?? crs.code, crs.swapped);
  if (degrees)
    for (const geometry of geometries)
      for (const { box } of takeGeometry(geometry, degrees).parts)
        extent = extent
          ? [Math.min(extent[0], box[0]), Math.min(extent[1], box[1]), Math.max(extent[2], box[2]), Math.max(extent[3], box[3])]
          : [...box];
  const raster = layer.raster && previewOfInfo(layer.raster.info, degrees);
  const classes = new Set<GeometryClass>(geometries.flatMap(classesOf));
  if (division) classes.add('point');
  return {
    ...{
      source: layer.name,
      format: layer.format,
      encoding: layer.encoding,
      count: layer.count ?? (rows.length < sampleRows ? rows.length : null),
    },
    classes: (['point', 'line', 'polygon'] as const).filter((kind) => classes.has(kind)),
    ...{ extent, crs, place, fields },
    rows: rows
      .slice(0, shownRows)
      .map((row) => Object.fromEntries(Object.entries(row.attributes).map(([name, value]) => [name, shown(value)]))),
    ...(raster ? { raster } : {}),
    notes: [
      ...layer.notes,
      ...(division ? ['位置按行政区划中心：只到区划一级，不能当作点位使用'] : []),
      ...(layer.raster && crs.code !== null && 'tiff' in layer.raster.info && raster?.maxZoom === null
        ? ['按这个坐标系，它不在地图上']
        : []),
      ...(classes.size === 0 ? ['没有坐标，也没有可认的坐标列或行政区划列：须指定 place'] : []),
    ],
  };
}
