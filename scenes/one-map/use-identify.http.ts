// What was clicked and what is selected: the rows under the point, and the selected one whole, from the server.
import { computed, shallowRef } from 'vue';
import type { BBox, LngLat } from '../../contracts/geo.ts';
import type { Address } from '../../screen/console/use-address.ts';
import { useAnswer } from '../../screen/console/use-answer.ts';
import type { Hit } from './layer-map.gl.ts';
import { noShapes, type Shapes } from './map-document.ts';
import * as ogc from './ogc.http.ts';
import type { PageState, Selection } from './url-state.ts';

/** The box around any GeoJSON coordinates; null: there are none. */
export function boxOf(coordinates: unknown): BBox | null {
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part: unknown): void => {
    if (!Array.isArray(part)) return;
    const [lng, lat] = part as readonly unknown[];
    if (typeof lng === 'number' && typeof lat === 'number') {
      [west, south, east, north] = [Math.min(west, lng), Math.min(south, lat), Math.max(east, lng), Math.max(north, lat)];
    } else for (const one of part) walk(one);
  };
  walk(coordinates);
  return west <= east ? [west, south, east, north] : null;
}

/** @param elevations of the layers that are shown, those that know heights */
export function useIdentify({ state, change }: Address<PageState>, elevations: () => readonly string[]) {
  const hits = shallowRef<readonly Hit[]>([]);
  const place = shallowRef<LngLat | null>(null);
  const { reading: heights } = useAnswer(
    () => (place.value && elevations().length > 0 ? [place.value, ...elevations()].join(' ') : null),
    (question) => question,
    (_, signal) => Promise.all(elevations().map((layer) => ogc.height(layer, place.value ?? [0, 0], signal))),
  );
  const { reading, again } = useAnswer(
    () => (state.value.selected ? `${state.value.selected.layer}/${state.value.selected.id}@${state.value.at ?? ''}` : null),
    (question) => question,
    (_, signal) => {
      const { selected, at } = state.value;
      return ogc.item(selected?.layer ?? '', selected?.id ?? 0, at, signal);
    },
  );
  const selection = computed<Shapes>(() => {
    const feature = reading.value.value;
    return feature?.geometry
      ? { type: 'FeatureCollection', features: [{ type: 'Feature', properties: {}, geometry: feature.geometry }] }
      : noShapes;
  });
  function select(selected: Selection | null): void {
    const { selected: before } = state.value;
    if (before?.layer === selected?.layer && before?.id === selected?.id) return;
    const same = selected?.layer === state.value.active;
    change(selected ? { selected, active: selected.layer, tab: 'identify', ...(same ? {} : { filter: '' }) } : { selected });
  }
  return {
    ...{ hits, reading, again, selection, select, heights },
    box: computed(() => boxOf(reading.value.value?.geometry?.coordinates)),
    /** A click on the map: the topmost row becomes the selection; a click beside all rows clears it. */
    take(found: readonly Hit[], at: LngLat | null = null): void {
      hits.value = found;
      place.value = at;
      if (at && elevations().length > 0) change({ tab: 'identify' }, 'same');
      select(found[0] ? { layer: found[0].layer, id: found[0].id } : null);
    },
  };
}
