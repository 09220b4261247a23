// What the detail asks for: the course of the number, its lineage, the frames before it, and any other number that was asked about.
import { computed, ref, watch } from 'vue';
import type { Instant } from '../../contracts/observation.ts';
import type { Trust } from '../../contracts/trust.ts';
import type { HistoryPoint, Lineage } from '../../contracts/wire.ts';
import type { Address } from '../../screen/console/use-address.ts';
import { useAnswer } from '../../screen/console/use-answer.ts';
import { history as readHistory, lineage as readLineage, trustOf } from '../../screen/live/past.http.ts';
import { periodOf } from '../../streams/staleness.ts';
import type { PageState } from './url-state.ts';
import { type EcologyModel, stepOf } from './use-ecology.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Frames that can be stepped back through. */
const framesBack = 24;

export function useDetail(address: Address<PageState>, model: EcologyModel) {
  const { state } = address;
  const { detail, moment, stream } = model;
  const step = computed(() => stepOf(stream.value, detail.value?.series ?? model.series.value));
  const spanHours = computed(() => (state.value.span === '24h' ? 24 : 168));
  /** Moves by ten minutes: the chart is not drawn anew each second. */
  const windowEnd = computed<Instant>(() => Math.ceil((moment.value + 10 * MINUTE) / (10 * MINUTE)) * 10 * MINUTE);
  const windowStart = computed<Instant>(() => windowEnd.value - spanHours.value * HOUR);
  /** Hour and day means are few and come as they are; of quicker values a day in five-minute means is all that the width can show. */
  const bucketSeconds = computed<number | null>(() => {
    const period = periodOf(detail.value?.series ?? model.series.value);
    if (period === 'hour' || period === 'day') return null;
    if (state.value.span === '7d') return 1800;
    return stream.value.periodSeconds === 300 ? null : 300;
  });
  const history = useAnswer<readonly HistoryPoint[]>(
    () => {
      const row = detail.value;
      if (row?.datastream == null) return null;
      return JSON.stringify([row.datastream, windowStart.value, windowEnd.value, bucketSeconds.value, state.value.at, row.latest?.[1]]);
    },
    (question) => (JSON.parse(question) as number[]).slice(0, 1).join() + state.value.span,
    (question, signal) => {
      const [datastream, from, end, bucket, at] = JSON.parse(question) as [number, number, number, number | null, number | null];
      return readHistory({ datastream, from, to: at === null ? end : Math.min(end, at), bucketSeconds: bucket, at }, signal);
    },
  );

  const frameStep = ref(0);
  /** Times of the last readings, newest first: one step is one frame. */
  const frameTimes = computed<Instant[]>(() => {
    const newest = detail.value?.latest?.[1];
    const known = (bucketSeconds.value === null ? (history.reading.value.value ?? []) : [])
      .map((point) => point.phenomenonTime)
      .sort((a, b) => b - a);
    return newest === undefined ? [] : [newest, ...known.filter((at) => at < newest)].slice(0, framesBack);
  });
  /** A number that was asked about by right click; null: the detail's own. */
  const other = ref<{ datastream: number; time: Instant } | null>(null);
  watch([() => detail.value?.datastream, () => state.value.at], () => {
    frameStep.value = 0;
    other.value = null;
  });
  const of = (datastream: number | null | undefined, time: Instant | undefined): string | null =>
    datastream == null || time === undefined ? null : `${datastream}:${time}`;
  const road = (question: () => string | null) =>
    useAnswer<Lineage>(
      question,
      (asked) => asked,
      (asked, signal) => {
        const [datastream = 0, time = 0] = asked.split(':').map(Number);
        return readLineage(datastream, time, signal);
      },
    );
  const own = road(() => of(detail.value?.datastream, frameTimes.value[0]));
  const earlier = road(() => (frameStep.value === 0 ? null : of(detail.value?.datastream, frameTimes.value[frameStep.value])));
  const elsewhere = road(() => of(other.value?.datastream, other.value?.time));

  /** Written once a minute where it changed, so it is asked for as often as a new number comes, and no more than once a minute. */
  const trust = useAnswer<Trust | null>(
    () => {
      const row = detail.value;
      if (row?.datastream == null) return null;
      return JSON.stringify([row.thing.id, row.datastream, state.value.at, Math.floor((row.latest?.[1] ?? 0) / MINUTE)]);
    },
    (question) => (JSON.parse(question) as number[]).slice(0, 2).join(),
    async (question, signal) => {
      const [thing, datastream, at] = JSON.parse(question) as [number, number, number | null];
      return (await trustOf(thing, at, signal)).find((one) => one.datastream === datastream) ?? null;
    },
  );

  return {
    trust: trust.reading,
    ...{ step, windowStart, windowEnd, bucketSeconds, history, frameStep, frameTimes, other },
    /** Of the number itself. */
    lineage: own.reading,
    /** Of the frame that is stepped back to. */
    framed: computed(() => (frameStep.value === 0 ? own.reading.value : earlier.reading.value)),
    /** Of what the card shows. */
    asked: computed(() => (other.value ? elsewhere.reading.value : own.reading.value)),
    again(): void {
      if (other.value) elsewhere.again();
      else if (frameStep.value > 0) earlier.again();
      else own.again();
    },
  };
}
