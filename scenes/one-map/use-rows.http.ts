// The rows of the active layer under its filter, page by page; and all of them at once, for a file.
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { BBox } from '../../contracts/geo.ts';
import type { Address } from '../../screen/console/use-address.ts';
import { areaText, faultOf, joined } from './conditions.ts';
import * as ogc from './ogc.http.ts';
import { noPages, pageSize, type Row, type RowPages, type Sort, sortedRows, wantedPage, withPage } from './row-pages.ts';
import type { PageState } from './url-state.ts';

/** Rows of one file; more is a matter for an export on the server. */
const mostExported = 200_000;

export function useRows({ state }: Address<PageState>, sight: () => BBox | null) {
  const pages = shallowRef<RowPages>(noPages);
  const status = shallowRef<{ state: 'normal' | 'loading' | 'error' | 'empty' | 'forbidden'; why: string }>({ state: 'empty', why: '' });
  const sort = shallowRef<Sort | null>(null);
  const exporting = shallowRef<{ rows: number; of: number | null } | null>(null);
  const fault = computed(() => faultOf(state.value.filter));
  const question = computed<ogc.ItemsQuestion | null>(() => {
    const { active, table, filter, area, inView, at } = state.value;
    if (!active || !table || fault.value !== '') return null;
    return { layer: active, filter: joined(filter, areaText(area)), bbox: inView ? sight() : null, at };
  });
  let running: AbortController | null = null;
  let asked: number | null = null;

  async function read(page: number): Promise<void> {
    const of = question.value;
    const own = running;
    if (!of || !own || asked === page) return;
    asked = page;
    try {
      const answer = await ogc.items(of, pageSize, pages.value.starts[page] ?? 0, own.signal);
      if (own.signal.aborted) return;
      // Shapes are heavy and the table shows none.
      const rows = answer.features.map(({ id, properties }): Row => ({ id, properties }));
      const next = answer.links.some(({ rel }) => rel === 'next');
      pages.value = withPage(pages.value, page, rows, next, answer.numberMatched ?? null);
      status.value = { state: pages.value.seen === 0 ? 'empty' : 'normal', why: '' };
    } catch (error) {
      if (own.signal.aborted) return;
      const forbidden = (error as { code?: unknown }).code === 'forbidden';
      status.value = { state: forbidden ? 'forbidden' : 'error', why: error instanceof Error ? error.message : '' };
    } finally {
      if (!own.signal.aborted) asked = null;
    }
  }
  function start(): void {
    running?.abort();
    running = new AbortController();
    asked = null;
    pages.value = noPages;
    status.value = { state: question.value ? 'loading' : 'empty', why: '' };
    if (question.value) void read(0);
  }
  watch(() => JSON.stringify(question.value), start, { immediate: true });
  watch(
    () => state.value.active,
    () => {
      sort.value = null;
    },
  );
  onScopeDispose(() => running?.abort());

  /** All rows are in hand: they may be sorted here. */
  const whole = computed(() => pages.value.complete && pages.value.held.size === pages.value.starts.length);
  const inOrder = computed<readonly Row[] | null>(() =>
    whole.value && sort.value ? sortedRows([...pages.value.held].sort(([a], [b]) => a - b).flatMap(([, rows]) => rows), sort.value) : null,
  ); // biome-ignore format: one question
  /** The rows in sight are these: asks for what of them is missing. */
  function want(first: number, end: number): void {
    const page = inOrder.value ? null : wantedPage(pages.value, first, end);
    if (page !== null && status.value.state !== 'error')
      void read(page).then(() => (pages.value.held.has(page) ? want(first, end) : undefined));
  }

  /** Every row as text of one file. @throws Refused */
  async function collect(format: 'csv' | 'json'): Promise<string> {
    const of = question.value;
    if (!of) return '';
    const parts: string[] = [];
    let [after, count] = [0, 0];
    exporting.value = { rows: 0, of: pages.value.matched };
    try {
      for (;;) {
        const page = await ogc.items(of, 10_000, after);
        count += page.features.length;
        if (format === 'json') parts.push(...page.features.map(({ type, id, properties, geometry }) => JSON.stringify({ type, id, properties, geometry })));
        else parts.push((await ogc.csv(of, 10_000, after)).split('\n').slice(after > 0 ? 1 : 0).join('\n').trimEnd()); // biome-ignore format: one part
        exporting.value = { rows: count, of: pages.value.matched };
        const last = page.features.at(-1);
        if (!last || count >= mostExported || !page.links.some(({ rel }) => rel === 'next')) break;
        after = last.id;
      }
    } finally {
      exporting.value = null;
    }
    return format === 'csv' ? `${parts.join('\r\n')}\r\n` : `{"type":"FeatureCollection","features":[\n${parts.join(',\n')}\n]}\n`;
  }
  return { pages, status, sort, exporting, fault, question, whole, inOrder, want, collect, again: start };
}
export type Rows = ReturnType<typeof useRows>;
