// Search by name over the layers that have names: places and divisions first, then what is shown.
import { computed, shallowRef, watch } from 'vue';
import { useAnswer } from '../../screen/console/use-answer.ts';
import { nameOf } from './catalogue.ts';
import { areaText, conditionText, joined } from './conditions.ts';
import type { Feature } from './ogc.http.ts';
import { items } from './ogc.http.ts';
import { placeIn } from './place-word.ts';
import type { Catalogue } from './use-catalogue.http.ts';

export interface Found {
  readonly layer: string;
  readonly title: string;
  readonly name: string;
  readonly feature: Feature;
}
const mostLayers = 8;
const mostEach = 6;
const quietMilliseconds = 250;

/** `area`: ring of a drawn area that what is found must touch; empty: none. */
export function useSearch(
  query: () => string,
  shown: () => readonly string[],
  area: () => readonly (readonly [number, number])[],
  catalogue: Catalogue,
) {
  const asked = shallowRef('');
  let timer: ReturnType<typeof setTimeout> | null = null;
  watch(
    query,
    (text) => {
      if (timer) clearTimeout(timer);
      timer = setTimeout(() => {
        asked.value = text.trim();
      }, quietMilliseconds);
    },
    { immediate: true },
  );
  const layers = computed(() =>
    [...new Set(['cities', 'places', ...shown(), ...catalogue.byId.value.keys()])]
      .filter((id) => catalogue.attributesOf(id).some(({ name }) => name === 'name'))
      .slice(0, mostLayers),
  );
  const { reading, again } = useAnswer<readonly Found[]>(
    () => (asked.value === '' || layers.value.length === 0 ? null : `${asked.value}|${layers.value.join()}|${area().join()}`),
    (question) => question,
    async (_, signal) => {
      const place = placeIn(asked.value);
      if (place) return [];
      const lists = await Promise.all(
        layers.value.map(async (id) => {
          const named = conditionText({ attribute: 'name', operator: 'has', value: asked.value }, catalogue.attributesOf(id)) ?? '';
          const filter = joined(named, areaText(area()));
          const page = await items({ layer: id, filter, bbox: null, at: null }, mostEach, undefined, signal).catch(() => null);
          const title = catalogue.byId.value.get(id)?.title ?? id;
          return (page?.features ?? []).map((feature) => ({ layer: id, title, name: nameOf(feature.properties, feature.id), feature }));
        }),
      );
      return lists.flat();
    },
  );
  return { reading, again, asked, place: computed(() => placeIn(asked.value)) };
}
