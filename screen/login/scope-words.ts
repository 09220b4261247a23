// What an identity may see, in one short line: 大连市 · 生态环境.
import type { Department } from '../../contracts/access.ts';
import { cities, province } from '../../contracts/adcodes.data.ts';
import { departmentTitle } from '../../contracts/layer-life.ts';

export interface ScopeWire {
  readonly adcode: string;
  readonly departments: '*' | readonly string[];
}

/** Name of an area down to the county; the code where it is none of Liaoning. */
export function areaName(adcode: string): string {
  if (adcode === province.adcode) return '全省';
  const city = cities.find((each) => each.adcode === `${adcode.slice(0, 4)}00`);
  if (!city) return adcode;
  if (city.adcode === adcode) return city.name;
  return city.counties.find(([code]) => code === adcode)?.[1] ?? adcode;
}

/** Area and departments; more than two departments are counted. */
export function scopeWords(scope: ScopeWire): string {
  const { departments } = scope;
  const named =
    departments === '*'
      ? '全部部门'
      : departments.length === 0
        ? '仅公开数据'
        : departments.length > 2
          ? `${departments.length} 个部门`
          : departments.map((each) => departmentTitle[each as Department] ?? each).join('、');
  return `${areaName(scope.adcode)} · ${named}`;
}
