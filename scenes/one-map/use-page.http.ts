// The parts of the page over one address: catalogue, selection, drawings, rows, search, and the documents that the maps draw.
import { computed, ref, shallowRef } from 'vue';
import type { BBox } from '../../contracts/geo.ts';
import { useAddress } from '../../screen/console/use-address.ts';
import { useTheme } from '../../screen/console/use-theme.ts';
import { mapDocument, noShapes, type Shapes } from './map-document.ts';
import { cornersOf, type Drawing, geometryOf } from './sketch.ts';
import { type PageState, readQuery, type ShownLayer, writeQuery } from './url-state.ts';
import { useCatalogue } from './use-catalogue.http.ts';
import { useIdentify } from './use-identify.http.ts';
import { useNarrowed } from './use-narrowed.http.ts';
import { useRows } from './use-rows.http.ts';
import { useSearch } from './use-search.http.ts';
import { useSketch } from './use-sketch.ts';

/** Corners of an area that a filter and a link hold (url-state.ts). */
const mostAreaCorners = 60;

export function usePage() {
  const address = useAddress<PageState>(readQuery, writeQuery);
  const { state, change } = address;
  const { theme: ownTheme, toggleTheme } = useTheme();
  const theme = computed(() => state.value.theme ?? ownTheme.value);
  const catalogue = useCatalogue(address);
  const identify = useIdentify(address, () =>
    state.value.layers.map(({ id }) => id).filter((id) => catalogue.byId.value.get(id)?.raster?.kind === 'elevation'),
  );
  const sketch = useSketch(
    (ring) => change({ area: ring, table: true }),
    () => change({ tab: 'analysis' }, 'same'),
    state.value.drawings,
  );
  // They are this browser's own now: a drawing that is deleted must not come back with the address.
  if (state.value.drawings.length > 0) change({ drawings: [] }, 'same');
  const narrowed = useNarrowed(address, (id) => catalogue.byId.value.get(id)?.geometry ?? null);
  const sight = ref<BBox | null>(null);
  const rows = useRows(address, () => sight.value);
  const shownIds = computed(() => state.value.layers.map(({ id }) => id));
  const search = useSearch(
    () => state.value.query,
    () => shownIds.value,
    () => state.value.area,
    catalogue,
  );

  const areaShape = computed(() => {
    const geometry = state.value.area.length > 0 ? geometryOf('region', state.value.area) : null;
    return geometry ? [{ type: 'Feature', properties: { kind: 'area' }, geometry }] : [];
  });
  /** What an analysis put on the map. */
  const result = shallowRef<readonly object[]>([]);
  const drawings = computed<Shapes>(() => ({
    type: 'FeatureCollection',
    features: [...result.value, ...areaShape.value, ...sketch.shapes.value],
  }));
  const documentOf = (layers: readonly ShownLayer[], day = theme.value, marked = true): unknown =>
    mapDocument({
      ...{ origin: location.origin, theme: day, at: state.value.at, tilted: state.value.tilted, heights: catalogue.heights.value },
      ...{ layers: catalogue.drawn(layers), selection: marked ? identify.selection.value : noShapes, drawings: drawings.value },
      narrowing: narrowed.narrowing.value,
    });
  const left = computed(() => documentOf(state.value.layers));
  const right = computed(() => (state.value.comparing === 'single' ? null : documentOf(state.value.right)));
  const credit = computed(() =>
    [...new Set(catalogue.drawn(state.value.layers).map(({ collection }) => collection.attribution ?? ''))].filter(Boolean).join(' · '),
  );
  return {
    ...{ address, state, change, ownTheme, toggleTheme, theme, catalogue, identify, sketch, narrowed, sight, rows, shownIds, search },
    ...{ result, documentOf, left, right, credit },
    /** A drawn shape as the area that the active layer is narrowed to; of many corners, every other one until they are few. */
    useAsArea(drawing: Drawing): void {
      let ring = cornersOf(drawing.geometry);
      while (ring.length > mostAreaCorners) ring = ring.filter((_, k) => k % 2 === 0);
      if (drawing.geometry.type === 'Polygon') change({ area: ring, table: true });
    },
  };
}
export type Page = ReturnType<typeof usePage>;
