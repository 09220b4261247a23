// What stands on a forest parcel of the demo: species, age group and canopy density, as the register of forest compartments names them.
import type { Ground } from './ground.ts';
import type { Parcel } from './parcels.ts';

export interface Stand {
  readonly species: string;
  /** 幼龄林 中龄林 近熟林 成熟林 过熟林 */
  readonly ageGroup: string;
  /** 郁闭度, 0.2–1: below 0.2 it is no forest. */
  readonly canopy: number;
}

/** Larch and Korean pine in the east, oak between, Chinese pine and locust in the west, poplar on the plain. `chance` 0–1. */
export function standOf(ground: Ground, { lng, lat, dlbm }: Parcel, chance: number): Stand {
  const patch = ground.noise(9, 7, lng, lat) * 0.7 + chance * 0.3;
  const age = ground.noise(10, 5, lng, lat) * 0.6 + chance * 0.4;
  const choose = (...list: readonly string[]): string => list[Math.min(list.length - 1, Math.floor(patch * list.length))] ?? '';
  let species = '灌木';
  if (dlbm !== '0305') {
    if (ground.height(lng, lat) < 90) species = '杨树';
    else if (lng < 122) species = choose('油松', '刺槐', '油松', '蒙古栎');
    else species = choose('蒙古栎', '落叶松', '蒙古栎', '红松', '油松');
  }
  const ageGroup = ['幼龄林', '中龄林', '近熟林', '成熟林', '过熟林'][Math.min(4, Math.floor(age * 5))] ?? '中龄林';
  return { species, ageGroup, canopy: Math.round((0.25 + 0.65 * ground.noise(11, 4, lng, lat)) * 100) / 100 };
}
