// Chart of one series over time: the line with its holes, its neighbours, the limits by name, the hour beyond now. Pure option building.
import type { EChartsCoreOption } from 'echarts/core';
import type { Instant } from '../../contracts/observation.ts';
import type { ChartColours } from './chart-colours.ts';

/** [time, value]; null breaks the line. */
export type LinePoint = readonly [Instant, number | null];

export interface Limit {
  /** As printed on the line: 重度 >150（报警线）. */
  readonly title: string;
  readonly value: number;
  /** The limit that alarms; the others are drawn dashed. */
  readonly alarms: boolean;
}

export interface TimeSeries {
  readonly from: Instant;
  readonly to: Instant;
  readonly points: readonly LinePoint[];
  /** Values that are shown and not counted: drawn as open crosses. */
  readonly doubted: readonly LinePoint[];
  /** Median of the neighbours; null: none. */
  readonly neighbours: readonly LinePoint[] | null;
  readonly limits: readonly Limit[];
  readonly unit: string;
  readonly decimals: number;
  /** The moment that the page shows; null: live. Draws the red handle. */
  readonly at: Instant | null;
  readonly colours: ChartColours;
  readonly font: string;
}

/** Plot margins in px; the strip of flags under the axis lines up with them. */
export const plotMargin = { left: 40, right: 14, top: 16, bottom: 22 } as const;

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const SHANGHAI = 8 * HOUR;

/** Value axis [low, high, step] in round figures: zero-based unless the values lie far from zero, high enough for the nearest limit above. */
export function valueAxis(values: readonly number[], limits: readonly number[]): [number, number, number] {
  const low = values.length === 0 ? 0 : Math.min(...values);
  const high = values.length === 0 ? 1 : Math.max(...values);
  const fromZero = low >= 0 && low < (high - low) * 3;
  const reach = fromZero ? high : high - low;
  // The next limit above comes into sight once the line is within reach of it; a far one would only flatten the line.
  const next = Math.min(...limits.filter((limit) => limit > high && limit - high <= Math.max(reach, Math.abs(high) * 0.02) * 1.2));
  const below = fromZero ? Number.NaN : Math.max(...limits.filter((limit) => limit < low && low - limit <= Math.max(reach, 1e-9)));
  const top = Number.isFinite(next) ? next * (next > 0 ? 1.04 : 0.96) : high;
  const bottom = fromZero ? 0 : Number.isFinite(below) ? below : low;
  // A difference that no instrument can tell is a flat line.
  const span = top - bottom > Math.max(Math.abs(top) * 1e-9, 1e-9) ? top - bottom : Math.max(Math.abs(top), 1e-3);
  const step = niceStep(span / 4);
  const start = fromZero ? 0 : Math.floor((bottom - span * 0.05) / step) * step;
  const end = Math.ceil((top + span * 0.04) / step) * step;
  return [clean(start), clean(end), clean(step)];
}
/** 1, 2, 2.5 or 5 × a power of ten, not below `rough`. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 2.5, 5, 10]) if (factor * power >= rough * 0.999) return clean(factor * power);
  return clean(10 * power);
}
function clean(value: number): number {
  return Number(value.toPrecision(12));
}

/** Ticks of the time axis at whole hours (or days) of Liaoning's clock. */
export function timeTicks(from: Instant, to: Instant): { at: Instant; text: string; strong: boolean }[] {
  const days = (to - from) / DAY;
  const step = days > 3 ? DAY : days > 1.5 ? 6 * HOUR : days > 0.6 ? 3 * HOUR : days > 0.2 ? HOUR : HOUR / 4;
  const ticks: { at: Instant; text: string; strong: boolean }[] = [];
  for (let at = Math.ceil((from + SHANGHAI) / step) * step - SHANGHAI; at <= to; at += step) {
    const clock = new Date(at + SHANGHAI).toISOString();
    const midnight = clock.slice(11, 16) === '00:00';
    ticks.push({ at, text: midnight ? clock.slice(5, 10) : step < HOUR ? clock.slice(11, 16) : clock.slice(11, 13), strong: midnight });
  }
  return ticks;
}

/** The ECharts option. The same input gives the same option; nothing moves by itself. */
export function timeSeriesOption(input: TimeSeries): EChartsCoreOption {
  const { colours } = input;
  const values = [...input.points, ...input.doubted, ...(input.neighbours ?? [])].flatMap(([, value]) => (value === null ? [] : [value]));
  const [min, max, interval] = valueAxis(
    values,
    input.limits.map((limit) => limit.value),
  );
  const ticks = timeTicks(input.from, input.to);
  const shownLimits = input.limits.filter((limit) => limit.value <= max && limit.value >= min);
  // Two limits too near for two lines of text at the same end: the second one's name stands in the middle.
  const crowded: boolean[] = [];
  shownLimits.forEach((limit, index) => {
    const below = shownLimits[index - 1];
    crowded.push(below !== undefined && !crowded[index - 1] && Math.abs(limit.value - below.value) < (max - min) * 0.09);
  });
  const last = [...input.points].reverse().find(([, value]) => value !== null);
  const number = (value: number): string => value.toFixed(input.decimals).replace('-', '−');
  const label = { fontFamily: input.font, fontSize: 11 };

  return {
    animation: false,
    textStyle: { fontFamily: input.font, fontSize: 11 },
    grid: { ...plotMargin },
    tooltip: {
      trigger: 'axis',
      confine: true,
      transitionDuration: 0,
      backgroundColor: colours.panel,
      borderColor: colours.grid,
      padding: [5, 8],
      textStyle: { color: colours.text, fontSize: 12, fontFamily: input.font },
      axisPointer: { type: 'line', animation: false, lineStyle: { color: colours.faint, type: 'solid', width: 1 } },
      formatter: (items: unknown) => tooltipText(items, number, input.unit),
    },
    xAxis: {
      type: 'time',
      min: input.from,
      max: input.to,
      axisLine: { lineStyle: { color: colours.faint } },
      axisTick: { show: true, length: 3, customValues: ticks.map((tick) => tick.at), lineStyle: { color: colours.faint } },
      axisLabel: {
        ...label,
        color: colours.faint,
        margin: 6,
        hideOverlap: true,
        customValues: ticks.map((tick) => tick.at),
        formatter: (at: number) => ticks.find((tick) => tick.at === at)?.text ?? '',
      },
      splitLine: { show: false },
    },
    yAxis: {
      type: 'value',
      min,
      max,
      interval,
      axisLabel: { ...label, color: colours.faint, margin: 6, formatter: (value: number) => axisNumber(value, interval) },
      splitLine: { lineStyle: { color: colours.grid, width: 1 } },
    },
    series: [
      ...(input.neighbours
        ? [
            {
              name: '邻站中位',
              type: 'line',
              data: input.neighbours.map((point) => [...point]),
              showSymbol: false,
              connectNulls: false,
              lineStyle: { color: colours.faint, width: 1.2, type: [2, 3] },
              itemStyle: { color: colours.faint },
              z: 2,
            },
          ]
        : []),
      {
        name: '本站',
        type: 'line',
        data: input.points.map((point) => [...point]),
        showSymbol: input.points.length <= 3,
        symbol: 'circle',
        symbolSize: 4,
        connectNulls: false,
        lineStyle: { color: colours.line, width: 1.8 },
        itemStyle: { color: colours.line },
        z: 4,
        markLine: {
          silent: true,
          symbol: 'none',
          animation: false,
          data: [
            ...shownLimits.map((limit, index) => ({
              yAxis: limit.value,
              lineStyle: { color: colours.breach, width: limit.alarms ? 1.2 : 1, type: limit.alarms ? 'solid' : [4, 3], opacity: 0.9 },
              label: {
                ...label,
                formatter: limit.title,
                position: crowded[index] ? 'insideMiddleTop' : 'insideStartTop',
                distance: [2, 1],
                color: colours.breach,
                textBorderColor: colours.panel,
                textBorderWidth: 2,
              },
            })),
            ...(input.at === null
              ? []
              : [{ xAxis: input.at, lineStyle: { color: '#E3001B', width: 1.4, type: 'solid' }, label: { show: false } }]),
          ],
        },
        markPoint: last
          ? {
              silent: true,
              animation: false,
              symbol: 'circle',
              symbolSize: 8,
              itemStyle: { color: colours.panel, borderColor: colours.line, borderWidth: 2 },
              label: {
                ...label,
                fontSize: 13,
                fontWeight: 600,
                color: colours.text,
                position: last[0] > input.from + (input.to - input.from) * 0.12 ? 'left' : 'right',
                offset: [0, -11],
                formatter: number(last[1] ?? 0),
                textBorderColor: colours.panel,
                textBorderWidth: 3,
              },
              data: [{ coord: [last[0], last[1]] }],
            }
          : undefined,
      },
      ...(input.doubted.length > 0
        ? [
            {
              name: '不计入',
              type: 'line',
              data: input.doubted.map((point) => [...point]),
              showSymbol: true,
              symbol: 'path://M0 0L10 10M10 0L0 10',
              symbolSize: 7,
              lineStyle: { width: 0 },
              itemStyle: { color: 'transparent', borderColor: colours.breach, borderWidth: 1.6 },
              z: 5,
            },
          ]
        : []),
    ],
  };
}

/** As many decimals as the step has: 37.5 and not 38. */
export function axisNumber(value: number, interval: number): string {
  return value.toFixed((String(interval).split('.')[1] ?? '').length).replace('-', '−');
}

/** `11-24 10:00 · 本站 187 µg/m³ · 邻站中位 121`; a hole says so. Plain text: names and numbers of ours only. */
export function tooltipText(items: unknown, number: (value: number) => string, unit: string): string {
  const list = (Array.isArray(items) ? items : [items]) as { seriesName?: string; value?: unknown }[];
  const first = list[0]?.value;
  const at = Array.isArray(first) ? Number(first[0]) : Number.NaN;
  const head = Number.isFinite(at) ? new Date(at + SHANGHAI).toISOString().slice(5, 16).replace('T', ' ') : '';
  const lines = list.map((item) => {
    const value = Array.isArray(item.value) ? item.value[1] : null;
    return `${item.seriesName ?? ''} <b>${typeof value === 'number' ? `${number(value)}</b> ${unit}` : '缺测</b>'}`;
  });
  return [head, ...lines].join('<br>');
}
