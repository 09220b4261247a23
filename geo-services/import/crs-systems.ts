// The coordinate systems of Chinese files: geographic ones, Gauss–Krüger zones of CGCS2000, Xi'an 80 and Beijing 54, Web Mercator, and the two
// shifted ones. Source: EPSG registry v11 (codes run in zones), GB/T 17798 (3° zone n has its meridian at 3n, 6° zone n at 6n − 3).
//
// Beijing 54 and Xi'an 80 have no published parameters to CGCS2000 (those of the surveying offices are secret): they are read on their own
// ellipsoid and put on CGCS2000 without a shift.

export type Datum = 'CGCS2000' | 'Xian80' | 'Beijing54';
export interface CrsSystem {
  readonly code: string;
  readonly title: string;
  /** For proj4; null: gcj02.ts does it. */
  readonly proj: string | null;
  readonly notes: readonly string[];
}

const ellipsoids: Readonly<Record<Datum, string>> = {
  CGCS2000: '+a=6378137 +rf=298.257222101',
  Xian80: '+a=6378140 +rf=298.257',
  Beijing54: '+a=6378245 +rf=298.3',
};
const datumTitle: Readonly<Record<Datum, string>> = { CGCS2000: 'CGCS2000', Xian80: '西安 80', Beijing54: '北京 54' };
const datumNotes: Readonly<Record<Datum, readonly string[]>> = {
  CGCS2000: [],
  Xian80: ['西安 80 到 CGCS2000 的转换参数不公开：未做基准转换，位置可差数十米到约 150 m，正式使用请由测绘部门转换'],
  Beijing54: ['北京 54 到 CGCS2000 的转换参数不公开：未做基准转换，位置可差数十米到约 150 m，正式使用请由测绘部门转换'],
};

interface Family {
  readonly datum: Datum;
  readonly degrees: 3 | 6;
  /** Easting begins with the zone number. */
  readonly prefixed: boolean;
  readonly firstCode: number;
  readonly firstZone: number;
  readonly zones: number;
}
/** EPSG numbers a family's zones in a row. */
const families: readonly Family[] = [
  { datum: 'CGCS2000', degrees: 6, prefixed: true, firstCode: 4491, firstZone: 13, zones: 11 },
  { datum: 'CGCS2000', degrees: 6, prefixed: false, firstCode: 4502, firstZone: 13, zones: 11 },
  { datum: 'CGCS2000', degrees: 3, prefixed: true, firstCode: 4513, firstZone: 25, zones: 21 },
  { datum: 'CGCS2000', degrees: 3, prefixed: false, firstCode: 4534, firstZone: 25, zones: 21 },
  { datum: 'Xian80', degrees: 6, prefixed: true, firstCode: 2327, firstZone: 13, zones: 11 },
  { datum: 'Xian80', degrees: 6, prefixed: false, firstCode: 2338, firstZone: 13, zones: 11 },
  { datum: 'Xian80', degrees: 3, prefixed: true, firstCode: 2349, firstZone: 25, zones: 21 },
  { datum: 'Xian80', degrees: 3, prefixed: false, firstCode: 2370, firstZone: 25, zones: 21 },
  { datum: 'Beijing54', degrees: 6, prefixed: true, firstCode: 21413, firstZone: 13, zones: 11 },
  { datum: 'Beijing54', degrees: 6, prefixed: false, firstCode: 21453, firstZone: 13, zones: 11 },
  { datum: 'Beijing54', degrees: 3, prefixed: true, firstCode: 2401, firstZone: 25, zones: 21 },
  { datum: 'Beijing54', degrees: 3, prefixed: false, firstCode: 2422, firstZone: 25, zones: 21 },
];

function gaussKruger({ datum, degrees, prefixed, firstCode, firstZone }: Family, zone: number): CrsSystem {
  const meridian = degrees === 3 ? zone * 3 : zone * 6 - 3;
  const easting = (prefixed ? zone * 1_000_000 : 0) + 500_000;
  return {
    code: `EPSG:${firstCode + zone - firstZone}`,
    title: `${datumTitle[datum]} 高斯–克吕格 ${degrees}° 带${prefixed ? ` ${zone} 带` : ''}（中央经线 ${meridian}°）`,
    proj: `+proj=tmerc +lat_0=0 +lon_0=${meridian} +k=1 +x_0=${easting} +y_0=0 ${ellipsoids[datum]} +units=m +no_defs`,
    notes: datumNotes[datum],
  };
}
const geographic = (code: string, title: string, datum: Datum): CrsSystem => ({
  ...{ code, title, proj: `+proj=longlat ${ellipsoids[datum]} +no_defs`, notes: datumNotes[datum] },
});
const shiftNote = '纠偏按公开算法反算，误差约 1 m';

const all = new Map<string, CrsSystem>(
  [
    geographic('EPSG:4490', 'CGCS2000 经纬度', 'CGCS2000'),
    geographic('EPSG:4326', 'WGS 84 经纬度', 'CGCS2000'),
    geographic('EPSG:4610', '西安 80 经纬度', 'Xian80'),
    geographic('EPSG:4214', '北京 54 经纬度', 'Beijing54'),
    {
      ...{ code: 'EPSG:3857', title: 'Web 墨卡托', notes: [] },
      proj: '+proj=merc +a=6378137 +b=6378137 +lat_ts=0 +lon_0=0 +x_0=0 +y_0=0 +k=1 +units=m +no_defs',
    },
    { code: 'GCJ-02', title: 'GCJ-02（高德、腾讯等公开地图）', proj: null, notes: [shiftNote] },
    { code: 'BD-09', title: 'BD-09（百度地图）', proj: null, notes: [shiftNote] },
    ...families.flatMap((family) => Array.from({ length: family.zones }, (_, n) => gaussKruger(family, family.firstZone + n))),
  ].map((system) => [system.code, system]),
);

/** UTM on WGS 84, as most pictures from satellites come: EPSG 32601–32660 north, 32701–32760 south. */
function utm(epsg: number): CrsSystem | undefined {
  const [zone, south] = [epsg % 100, Math.floor(epsg / 100) === 327];
  if ((Math.floor(epsg / 100) !== 326 && !south) || zone < 1 || zone > 60) return undefined;
  const proj = `+proj=utm +zone=${zone}${south ? ' +south' : ''} +a=6378137 +rf=298.257222101 +units=m +no_defs`;
  return { code: `EPSG:${epsg}`, title: `WGS 84 UTM ${zone} 带（${south ? '南' : '北'}半球）`, proj, notes: [] };
}

/** A system by its code as people write it: EPSG:4528, 4528, urn:ogc:def:crs:EPSG::4528, gcj02, CRS84. undefined: we do not know it. */
export function systemOf(code: string): CrsSystem | undefined {
  const text = code.trim().toUpperCase();
  const epsg = /^(?:EPSG:{1,2}|URN:OGC:DEF:CRS:EPSG:[\d.]*:|HTTPS?:\/\/WWW\.OPENGIS\.NET\/DEF\/CRS\/EPSG\/\d+\/)?(\d{4,5})$/.exec(
    text,
  )?.[1];
  if (epsg) return all.get(`EPSG:${epsg === '900913' ? '3857' : epsg}`) ?? utm(Number(epsg));
  if (/CRS84$|^WGS-?84$/.test(text)) return all.get('EPSG:4326');
  if (text === 'CGCS2000') return all.get('EPSG:4490');
  return all.get(text.replace(/^(GCJ|BD)-?0(\d)$/, '$1-0$2'));
}
export function zoneSystem(degrees: 3 | 6, zone: number, prefixed: boolean, datum: Datum = 'CGCS2000'): CrsSystem | undefined {
  const family = families.find((one) => one.datum === datum && one.degrees === degrees && one.prefixed === prefixed);
  if (!family || zone < family.firstZone || zone >= family.firstZone + family.zones) return undefined;
  return gaussKruger(family, zone);
}
export const knownCodes = (): readonly string[] => [...all.keys()];

/** A number that follows a name in WKT, e.g. PARAMETER["False_Easting",41500000.0]. */
function parameter(wkt: string, name: string): number | null {
  const found = new RegExp(`PARAMETER\\[\\s*"${name}"\\s*,\\s*(-?[\\d.]+)`, 'i').exec(wkt);
  return found ? Number(found[1]) : null;
}
function datumOf(wkt: string): Datum | null {
  if (/china[_ ]?2000|CGCS[_ ]?2000|China_Geodetic_Coordinate_System_2000/i.test(wkt)) return 'CGCS2000';
  if (/xian[_ ]?1980|xian[_ ]?80/i.test(wkt)) return 'Xian80';
  if (/beijing[_ ]?1954|beijing[_ ]?54|krasovsky/i.test(wkt)) return 'Beijing54';
  return null;
}

/**
 * A system by the WKT of a file, OGC or ESRI: those of the Chinese families by their datum, meridian and false easting, whatever their name;
 * others as proj4 reads the WKT. undefined: it says nothing.
 */
export function systemOfWkt(wkt: string): CrsSystem | undefined {
  const text = wkt.trim();
  if (!/^(GEOGCS|PROJCS|GEOGCRS|PROJCRS|BOUNDCRS|COMPD_?CS|COMPOUNDCRS)/i.test(text)) return systemOf(text);
  const title = /"([^"]*)"/.exec(text)?.[1] ?? '';
  const datum = datumOf(text);
  if (/^GEOG/i.test(text)) {
    if (datum) return all.get({ CGCS2000: 'EPSG:4490', Xian80: 'EPSG:4610', Beijing54: 'EPSG:4214' }[datum]);
    if (/WGS[_ ]?(19)?84/i.test(text)) return all.get('EPSG:4326');
    return { code: title, title, proj: text, notes: [] };
  }
  if (/Mercator_Auxiliary_Sphere|Pseudo-Mercator|popular visualisation/i.test(text)) return all.get('EPSG:3857');
  const central = parameter(text, 'central_meridian');
  const offset = parameter(text, 'false_easting');
  if (datum && /Gauss_?Kruger|Transverse_?Mercator/i.test(text) && central !== null && offset !== null) {
    const degrees = /(^|[^\d])6[-_ ]?degree/i.test(title) || (/_GK_Zone_(1[3-9]|2[0-3])$/i.test(title) && !/3_Degree/i.test(title)) ? 6 : 3;
    const zone = degrees === 3 ? central / 3 : (central + 3) / 6;
    const prefixed = Math.floor(offset / 1_000_000) === zone;
    const known = Number.isInteger(zone) && (prefixed || offset === 500_000) ? zoneSystem(degrees, zone, prefixed, datum) : undefined;
    // A local meridian (e.g. 123°26′ of a city): the WKT itself is what counts.
    return known ?? { code: title || '地方坐标系', title: `${title}（中央经线 ${central}°）`, proj: text, notes: datumNotes[datum] };
  }
  return { code: title, title, proj: text, notes: datum ? datumNotes[datum] : [] };
}
