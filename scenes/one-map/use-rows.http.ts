// The rows of the active layer under its filter and in its order, page by page; and all of them at once, for a file.
import { computed, onScopeDispose, shallowRef, watch } from 'vue';
import type { BBox } from '../../contracts/geo.ts';
import type { Address } from '../../screen/console/use-address.ts';
import { areaText, faultOf, joined } from './conditions.ts';
import * as ogc from './ogc.http.ts';
import { noPages, pageSize, placeOf, type Row, type RowPages, sortText, wantedPage, withPage } from './row-pages.ts';
import type { PageState } from './url-state.ts';

/** Rows of one file; more is a matter for an export on the server. */
const mostExported = 200_000;

export function useRows({ state }: Address<PageState>, sight: () => BBox | null) {
  const pages = shallowRef<RowPages>(noPages);
  const status = shallowRef<{ state: 'normal' | 'loading' | 'error' | 'empty' | 'forbidden'; why: string }>({ state: 'empty', why: '' });
  const exporting = shallowRef<{ rows: number; of: number | null } | null>(null);
  /** A page is on its way. */
  const asking = shallowRef(false);
  const fault = computed(() => faultOf(state.value.filter));
  const question = computed<ogc.ItemsQuestion | null>(() => {
    const { active, table, filter, area, inView, at, sort } = state.value;
    if (!active || !table || fault.value !== '') return null;
    return { layer: active, filter: joined(filter, areaText(area)), bbox: inView ? sight() : null, at, sortby: sortText(sort) };
  });
  let running: AbortController | null = null;
  let asked: number | null = null;
  /** What is in sight now: a page that nobody looks at any more is not asked for. */
  let looked: readonly [number, number] = [0, 1];

  async function read(page: number): Promise<void> {
    const of = question.value;
    const own = running;
    if (!of || !own || asked !== null) return;
    asked = page;
    asking.value = true;
    try {
      const answer = await ogc.items(of, pageSize, placeOf(pages.value, page, state.value.sort), own.signal);
      if (own.signal.aborted) return;
      // Shapes are heavy and the table shows none.
      const rows = answer.features.map(({ id, properties }): Row => ({ id, properties }));
      const next = answer.links.some(({ rel }) => rel === 'next');
      const first = status.value.state === 'loading';
      pages.value = withPage(pages.value, page, rows, next, answer.numberMatched ?? null);
      status.value = { state: pages.value.seen === 0 ? 'empty' : 'normal', why: '' };
      if (first && answer.numberMatched === undefined && pages.value.matched === null) void count(of, own.signal);
    } catch (error) {
      if (own.signal.aborted) return;
      const forbidden = (error as { code?: unknown }).code === 'forbidden';
      status.value = { state: forbidden ? 'forbidden' : 'error', why: error instanceof Error ? error.message : '' };
    } finally {
      if (!own.signal.aborted) {
        asked = null;
        asking.value = false;
      }
    }
  }
  /** Beyond what the server counts at once, it counts to the end beside the first page; until it has, the table grows as one scrolls. */
  async function count(of: ogc.ItemsQuestion, signal: AbortSignal): Promise<void> {
    const matched = await ogc.exactCount(of, signal).catch(() => null);
    if (matched === null || signal.aborted) return;
    pages.value = { ...pages.value, matched };
    [countedOf, counted] = [JSON.stringify({ ...of, sortby: '' }), matched];
  }
  /** The question that was counted to the end last. */
  let countedOf = '';
  let counted: number | null = null;
  function start(): void {
    running?.abort();
    running = new AbortController();
    asked = null;
    asking.value = false;
    looked = [0, 1];
    // In another order they are as many.
    const same = JSON.stringify({ ...question.value, sortby: '' });
    const matched = same === countedOf ? counted : null;
    pages.value = { ...noPages, matched: matched ?? noPages.matched };
    status.value = { state: question.value ? 'loading' : 'empty', why: '' };
    if (question.value) void read(0);
  }
  watch(() => JSON.stringify(question.value), start, { immediate: true });
  onScopeDispose(() => running?.abort());

  /** The rows in sight are these: asks for what of them is missing, one page after the other. */
  function want(first: number, end: number): void {
    looked = [first, end];
    const page = wantedPage(pages.value, first, end);
    if (page === null || asked !== null || status.value.state === 'error') return;
    void read(page).then(() => {
      if (pages.value.held.has(page)) want(...looked);
    });
  }

  /** Every row as text of one file. @throws Refused */
  async function collect(format: 'csv' | 'json'): Promise<string> {
    const of = question.value;
    if (!of) return '';
    const parts: string[] = [];
    let place: ReturnType<typeof placeOf> = of.sortby === '' ? { after: 0 } : { offset: 0 };
    let rows = 0;
    exporting.value = { rows: 0, of: pages.value.matched };
    try {
      for (;;) {
        const page = await ogc.items(of, 10_000, place);
        if (format === 'json') parts.push(...page.features.map(({ type, id, properties, geometry }) => JSON.stringify({ type, id, properties, geometry })));
        else parts.push((await ogc.csv(of, 10_000, place)).split('\n').slice(rows > 0 ? 1 : 0).join('\n').trimEnd()); // biome-ignore format: one part
        rows += page.features.length;
        exporting.value = { rows, of: pages.value.matched };
        const last = page.features.at(-1);
        if (!last || rows >= mostExported || !page.links.some(({ rel }) => rel === 'next')) break;
        place = of.sortby === '' ? { after: last.id } : { offset: rows };
      }
    } finally {
      exporting.value = null;
    }
    return format === 'csv' ? `${parts.join('\r\n')}\r\n` : `{"type":"FeatureCollection","features":[\n${parts.join(',\n')}\n]}\n`;
  }
  return { pages, status, asking, exporting, fault, question, want, collect, again: start };
}
export type Rows = ReturnType<typeof useRows>;
