// Which coordinate system a file is in: as told, else as the file says, else by its numbers, with how sure that is.

import { LIAONING_BBOX } from '../../contracts/geo.ts';
import type { CrsFinding } from '../../contracts/import.ts';
import { Problem } from '../../contracts/problem.ts';
import { knownCodes, systemOf, systemOfWkt, zoneSystem } from './crs-systems.ts';

export interface CrsEvidence {
  readonly told: string | null;
  /** WKT or code in the file. */
  readonly file: string | null;
  /** Some positions as they stand in the file. */
  readonly positions: readonly (readonly [number, number])[];
}

const shiftHint = '经纬度数字本身分不出 WGS 84/CGCS2000 与 GCJ-02、BD-09（差 300–700 m）：取自高德、腾讯、百度的数据请指定';

/** The middle half of the numbers: strays do not decide. */
function middle(numbers: readonly number[]): readonly [number, number] {
  const sorted = [...numbers].sort((a, b) => a - b);
  return [sorted[Math.floor((sorted.length - 1) / 4)] ?? Number.NaN, sorted[Math.floor(((sorted.length - 1) * 3) / 4)] ?? Number.NaN];
}
const between = ([low, high]: readonly [number, number], from: number, to: number): boolean => low >= from && high <= to;

function byNumbers(xs: readonly [number, number], ys: readonly [number, number]): Omit<CrsFinding, 'how' | 'swapped'> | null {
  const northing = between(ys, 1_500_000, 6_500_000);
  const zone = Math.floor(xs[0] / 1_000_000);
  // Web Mercator over China has eastings from 8.2 to 15 million; a 6° zone 13–15 lies west of 93°E, where no file of this province comes from.
  if (between(xs, 12_900_000, 14_300_000) && between(ys, 4_400_000, 5_600_000))
    return { code: 'EPSG:3857', title: 'Web 墨卡托', sure: 'likely', others: [], notes: ['按坐标数值判断'] };
  if (northing && Math.floor(xs[1] / 1_000_000) === zone) {
    const system = zone >= 25 && zone <= 45 ? zoneSystem(3, zone, true) : zone >= 13 && zone <= 23 ? zoneSystem(6, zone, true) : undefined;
    const degrees = zone >= 25 ? 3 : 6;
    if (system)
      return {
        ...{ code: system.code, title: system.title, sure: 'likely' },
        others: [zoneSystem(degrees, zone, true, 'Xian80')?.code ?? '', zoneSystem(degrees, zone, true, 'Beijing54')?.code ?? ''],
        notes: [`横坐标以带号 ${zone} 开头；基准按 CGCS2000，西安 80、北京 54 的老数据请指定`],
      };
  }
  if (northing && between(xs, 100_000, 900_000))
    return {
      ...{ code: null, title: '高斯–克吕格，横坐标不带带号', sure: 'guess' },
      others: [41, 40, 42].map((n) => zoneSystem(3, n, false)?.code ?? '').concat(zoneSystem(6, 20, false)?.code ?? ''),
      notes: ['六位横坐标不含带号，中央经线（120°、123°、126°）须由人指定'],
    };
  if (between(xs, -180, 180) && between(ys, -90, 90)) {
    const [west, south, east, north] = LIAONING_BBOX;
    const here = between(xs, west - 2, east + 2) && between(ys, south - 2, north + 2);
    return {
      ...{ code: 'EPSG:4490', title: 'CGCS2000 / WGS 84 经纬度', sure: here ? 'likely' : 'guess', others: ['GCJ-02', 'BD-09'] },
      notes: [shiftHint],
    };
  }
  return null;
}

/** @throws Problem bad-parameter for a told system that is none of ours */
export function detectCrs({ told, file, positions }: CrsEvidence): CrsFinding {
  const [xs, ys] = [middle(positions.map(([x]) => x)), middle(positions.map(([, y]) => y))];
  const straight = positions.length === 0 ? null : byNumbers(xs, ys);
  const turned = positions.length === 0 || straight ? null : byNumbers(ys, xs);
  // Chinese survey tables give x as northing: [4629499, 41533243].
  const swapped = turned !== null;
  const swapNotes = swapped ? ['两列顺序为先纵后横（先北后东），已对调'] : [];
  if (told !== null) {
    const system = systemOf(told);
    if (!system)
      throw new Problem('bad-parameter', { name: 'crs', given: told, allowed: `${knownCodes().slice(0, 7).join('、')} 与高斯–克吕格各带` });
    return {
      ...{ code: system.code, title: system.title, how: 'told', sure: 'sure', others: [], swapped },
      notes: [...system.notes, ...swapNotes],
    };
  }
  const named = file === null ? undefined : systemOfWkt(file);
  if (named) {
    // Numbers beyond 360 are no degrees, whatever the .prj says.
    const degrees = named.proj === null || /longlat|^GEOG/i.test(named.proj);
    const found = straight ?? turned;
    const clash = found !== null && found.code !== null && degrees !== /^EPSG:4(326|490)$/.test(found.code) && found.sure !== 'guess';
    return {
      ...{ code: named.code, title: named.title, how: 'file', sure: clash ? 'guess' : 'sure', others: clash ? [String(found.code)] : [] },
      notes: [...named.notes, ...(clash ? [`坐标数值与文件所写的坐标系不符，更像 ${found.title}`] : [])],
      swapped: false,
    };
  }
  const found = straight ?? turned;
  const unread = file === null ? [] : [`文件所写的坐标系看不懂：${file.slice(0, 80)}`];
  if (found)
    return {
      ...found,
      others: found.others.filter((code) => code !== ''),
      notes: [...unread, ...found.notes, ...swapNotes],
      how: 'numbers',
      swapped,
    };
  return {
    ...{ code: null, title: '未知', how: 'assumed', sure: 'guess', others: ['EPSG:4490', 'GCJ-02', 'BD-09'], swapped: false },
    notes: [...unread, positions.length === 0 ? '没有可看的坐标' : '坐标数值既不是经纬度，也不像高斯–克吕格或 Web 墨卡托，须由人指定'],
  };
}
