// The catalogue as the page needs it: collections, the attributes of a layer, how each is drawn, and how many of its rows are simulated.
import { computed, ref, shallowRef, watch } from 'vue';
import type { Address } from '../../screen/console/use-address.ts';
import { useAnswer } from '../../screen/console/use-answer.ts';
import type { Attribute, Collection } from './catalogue.ts';
import { type Look, plainLook } from './look.ts';
import type { DrawnLayer } from './map-document.ts';
import * as ogc from './ogc.http.ts';
import type { PageState, ShownLayer } from './url-state.ts';

/** Names of attributes that hold a height in metres. */
const heightNames = ['height', 'height_m', '高度', '建筑高度'];

export function useCatalogue({ state, change }: Address<PageState>) {
  const { reading, again } = useAnswer(
    () => 'collections',
    (question) => question,
    (_, signal) => ogc.collections(signal),
  );
  const all = computed<readonly Collection[]>(() => reading.value.value ?? []);
  const byId = computed(() => new Map(all.value.map((one) => [one.id, one] as const)));
  const looks = computed(() => new Map(all.value.map((one, k) => [one.id, state.value.looks[one.id] ?? plainLook(k, one)] as const)));
  const active = computed(() => byId.value.get(state.value.active ?? '') ?? null);

  const known = shallowRef<ReadonlyMap<string, readonly Attribute[]>>(new Map());
  const simulated = shallowRef<ReadonlyMap<string, number>>(new Map());
  // Layers are few and their schemas small: read once, they tell of provenance and heights, too.
  watch(all, async (list) => {
    // What is looked at comes first.
    const wanted = [state.value.active, ...state.value.layers.map(({ id }) => id)];
    const order = [...list].sort((a, b) => Number(wanted.includes(b.id)) - Number(wanted.includes(a.id)));
    await Promise.all(order.slice(0, wanted.length).map(({ id }) => learn(id)));
    for (const { id } of order) {
      const attributes = await learn(id);
      if (!attributes || simulated.value.has(id)) continue;
      if (!attributes.some(({ name }) => name === 'provenance')) continue;
      const question = { layer: id, filter: "provenance = 'simulated'", bbox: null, at: null };
      const count = await ogc.items(question, 1).then((page) => page.numberMatched ?? page.features.length, () => 0); // biome-ignore format: both answers
      if (count > 0) simulated.value = new Map(simulated.value).set(id, count);
    }
  });
  async function learn(id: string): Promise<readonly Attribute[] | null> {
    const attributes = known.value.get(id) ?? (await ogc.attributes(id).catch(() => null));
    if (attributes && !known.value.has(id)) known.value = new Map(known.value).set(id, attributes);
    return attributes;
  }
  // A layer that is chosen before its turn does not wait for it.
  watch([() => state.value.active, all], ([id]) => id !== null && byId.value.has(id) && void learn(id));
  const attributesOf = (id: string | null): readonly Attribute[] => known.value.get(id ?? '') ?? [];
  const heights = computed(() =>
    Object.fromEntries(
      [...known.value].flatMap(([id, attributes]) => {
        const found = attributes.find(({ name }) => heightNames.includes(name));
        return found ? [[id, found.name] as const] : [];
      }),
    ),
  );

  function drawn(layers: readonly ShownLayer[]): readonly DrawnLayer[] {
    return layers.flatMap(({ id, opacity }) => {
      const collection = byId.value.get(id);
      const look: Look | undefined = looks.value.get(id);
      return collection && look ? [{ collection, look, opacity: opacity / 100 }] : [];
    });
  }
  /** Which of two compared maps the tree speaks of. */
  const hand = ref<'layers' | 'right'>('layers');
  const inHand = computed(() => (state.value.comparing === 'single' ? 'layers' : hand.value));
  function toggle(id: string): void {
    const layers = state.value[inHand.value];
    const without = layers.filter((layer) => layer.id !== id);
    change({ [inHand.value]: without.length < layers.length ? without : [{ id, opacity: 100 }, ...layers] });
  }
  function fade(id: string, opacity: number): void {
    change({ [inHand.value]: state.value[inHand.value].map((layer) => (layer.id === id ? { id, opacity } : layer)) }, 'same');
  }
  function move(id: string, by: 1 | -1): void {
    const layers = [...state.value[inHand.value]];
    const from = layers.findIndex((layer) => layer.id === id);
    const other = layers[from + by];
    const own = layers[from];
    if (!own || !other) return;
    [layers[from], layers[from + by]] = [other, own];
    change({ [inHand.value]: layers });
  }
  function setLook(id: string, look: Look | null): void {
    const { [id]: _, ...rest } = state.value.looks;
    change({ looks: look ? { ...rest, [id]: look } : rest }, 'same');
  }
  /** Rows known to be simulated among layers; one for a layer that is so as a whole. */
  const simulatedIn = (ids: readonly string[]): number =>
    ids.reduce((sum, id) => sum + (simulated.value.get(id) ?? Number(byId.value.get(id)?.provenance === 'simulated')), 0);
  const isSimulated = (id: string): boolean => simulatedIn([id]) > 0;
  return {
    simulatedIn,
    isSimulated,
    hand,
    inHand,
    reading,
    again,
    all,
    byId,
    looks,
    active,
    simulated,
    heights,
    attributesOf,
    drawn,
    toggle,
    fade,
    move,
    setLook,
  };
}
export type Catalogue = ReturnType<typeof useCatalogue>;
