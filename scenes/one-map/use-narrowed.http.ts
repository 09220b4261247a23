// What the table's condition leaves, on the map: few rows are fetched whole and drawn at every zoom; of many, tiles show those that match.
import { computed } from 'vue';
import type { BBox } from '../../contracts/geo.ts';
import type { Address } from '../../screen/console/use-address.ts';
import { useAnswer } from '../../screen/console/use-answer.ts';
import { areaText, faultOf, joined } from './conditions.ts';
import type { Narrowing } from './map-document.ts';
import { mapFilter } from './map-filter.ts';
import * as ogc from './ogc.http.ts';
import type { PageState } from './url-state.ts';

/** Rows that are drawn from one answer; shapes are heavier than points. */
const most = { point: 10_000, line: 3000, polygon: 3000 } as const;

export function useNarrowed({ state }: Address<PageState>, geometryOf: (layer: string) => keyof typeof most | null) {
  const question = computed<ogc.ItemsQuestion | null>(() => {
    const { active, filter, area, at } = state.value;
    const text = joined(filter, areaText(area));
    return active && text !== '' && faultOf(filter) === '' && geometryOf(active)
      ? { layer: active, filter: text, bbox: null as BBox | null, at }
      : null;
  });
  const { reading } = useAnswer(
    () => (question.value ? JSON.stringify(question.value) : null),
    (text) => text,
    async (text, signal) => {
      const page = await ogc.items(JSON.parse(text) as ogc.ItemsQuestion, 1, undefined, signal);
      return { text, matched: page.numberMatched ?? null };
    },
  );
  const narrowing = computed<Narrowing | null>(() => {
    const { value: of } = question;
    const { value: answer } = reading.value;
    if (!of || !answer || answer.text !== JSON.stringify(of)) return null;
    const limit = most[geometryOf(of.layer) ?? 'polygon'];
    if (answer.matched !== null && answer.matched <= limit)
      return { layer: of.layer, data: `${location.origin}${ogc.itemsAddress(of, limit)}` };
    const only = mapFilter(of.filter);
    return only === null ? null : { layer: of.layer, only };
  });
  /** What the map does with the condition, in words; '': there is none. */
  const note = computed(() => {
    const { value: of } = question;
    if (!of) return '';
    if (reading.value.state === 'error' || reading.value.state === 'forbidden') return '图上未筛选：条件算不成';
    const matched = reading.value.value?.matched;
    if (reading.value.state !== 'normal') return '图上正在筛选';
    if (narrowing.value?.data) return `图上仅示相符 ${matched} 个`;
    return narrowing.value ? '图上仅示相符要素，聚合点不显示' : '图上未筛选：相符过多，且条件只有服务端能算';
  });
  return { narrowing, note };
}
