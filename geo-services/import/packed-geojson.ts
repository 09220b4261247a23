// Decodes the delta-packed GeoJSON of ECharts 4 maps (`UTF8Encoding`): zig-zag differences of degrees × scale, one UTF-16 unit each.
//
// Source: echarts@4.9.0 `map/json/**` (Apache-2.0), format of its `src/coord/geo/parseGeoJson.js`; scale 1024 unless `UTF8Scale` says otherwise,
// so a vertex is good to 1/1024° (about 100 m). The positions of the Chinese maps are GCJ-02 and are returned so branded.
import type { Gcj02 } from '../../contracts/geo.ts';
import { Problem } from '../../contracts/problem.ts';
import { asGcj02 } from '../crs/gcj02.ts';

const DEFAULT_SCALE = 1024;

/** Rings of each polygon, first the outer one. */
export type Polygons<P> = readonly (readonly (readonly P[])[])[];
export interface Area<P> {
  /** AdCode of Chinese maps, empty elsewhere. */
  readonly id: string;
  readonly name: string;
  readonly centre: P | null;
  readonly polygons: Polygons<P>;
}

interface PackedFeature {
  readonly id?: string;
  readonly properties: { readonly id?: string; readonly name: string; readonly cp?: readonly [number, number] };
  readonly geometry: { readonly type: string; readonly coordinates: unknown; readonly encodeOffsets?: unknown };
}
interface PackedCollection {
  readonly UTF8Encoding?: boolean;
  readonly UTF8Scale?: number;
  readonly features: readonly PackedFeature[];
}

function fail(reason: string): never {
  throw new Problem('bad-body', { reason });
}

/** One packed ring → positions in degrees. @throws Problem bad-body on an odd length */
export function decodeRing(packed: string, offset: readonly [number, number], scale = DEFAULT_SCALE): Gcj02[] {
  if (packed.length % 2 !== 0) fail('packed ring of odd length');
  const ring: Gcj02[] = [];
  let [x, y] = offset;
  for (let i = 0; i < packed.length; i += 2) {
    x += unzigzag(packed.charCodeAt(i) - 64);
    y += unzigzag(packed.charCodeAt(i + 1) - 64);
    ring.push(asGcj02(x / scale, y / scale));
  }
  return ring;
}
function unzigzag(value: number): number {
  return (value >> 1) ^ -(value & 1);
}

/** The inverse of decodeRing: degrees → packed text, for positions that are multiples of 1/scale. */
export function encodeRing(ring: readonly Gcj02[], offset: readonly [number, number], scale = DEFAULT_SCALE): string {
  let [x, y] = offset;
  let packed = '';
  for (const [lng, lat] of ring) {
    const nextX = Math.round(lng * scale);
    const nextY = Math.round(lat * scale);
    for (const step of [nextX - x, nextY - y]) packed += String.fromCharCode(((step << 1) ^ (step >> 31)) + 64);
    x = nextX;
    y = nextY;
  }
  return packed;
}

/** Areas of a packed map, in its own order. @throws Problem bad-body */
export function decodePackedMap(text: string): Area<Gcj02>[] {
  const map = JSON.parse(text) as PackedCollection;
  if (!map.UTF8Encoding || !Array.isArray(map.features)) fail('not a packed ECharts map');
  const scale = map.UTF8Scale ?? DEFAULT_SCALE;
  return map.features.map((feature) => {
    const { type, coordinates, encodeOffsets } = feature.geometry;
    const parts = (type === 'Polygon' ? [coordinates] : coordinates) as string[][];
    const offsets = (type === 'Polygon' ? [encodeOffsets] : encodeOffsets) as [number, number][][];
    if (type !== 'Polygon' && type !== 'MultiPolygon') fail(`geometry ${type}`);
    return {
      id: feature.properties.id ?? feature.id ?? '',
      name: feature.properties.name,
      centre: feature.properties.cp ? asGcj02(feature.properties.cp[0], feature.properties.cp[1]) : null,
      polygons: parts.map((rings, p) =>
        rings.map((ring, r) => decodeRing(ring, offsets[p]?.[r] ?? fail(`${feature.properties.name}: offset`), scale)),
      ),
    };
  });
}

/** The same areas with every position converted. */
export function convertArea<A, B>(area: Area<A>, convert: (position: A) => B): Area<B> {
  return {
    id: area.id,
    name: area.name,
    centre: area.centre === null ? null : convert(area.centre),
    polygons: area.polygons.map((rings) => rings.map((ring) => ring.map(convert))),
  };
}

/** GeoJSON MultiPolygon text; rings of fewer than four positions are left out, open ones closed. */
export function multiPolygonText(polygons: Polygons<readonly [number, number]>): string {
  const closed = polygons
    .map((rings) =>
      rings
        .map((ring) => {
          const [first, last] = [ring[0], ring.at(-1)];
          return first && last && (first[0] !== last[0] || first[1] !== last[1]) ? [...ring, first] : ring;
        })
        .filter((ring) => ring.length >= 4),
    )
    .filter((rings) => rings.length > 0);
  return JSON.stringify({ type: 'MultiPolygon', coordinates: closed });
}
