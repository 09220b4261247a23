// Tests of the time series option: axes in round figures, holes stay holes, limits by name, nothing moves by itself.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { axisNumber, niceStep, type TimeSeries, timeSeriesOption, timeTicks, tooltipText, valueAxis } from './time-series.chart.ts';

const HOUR = 3_600_000;
const from = Date.UTC(2026, 10, 23, 3);
const input: TimeSeries = {
  from,
  to: from + 24 * HOUR,
  points: [
    [from, 50],
    [from + HOUR, null],
    [from + 2 * HOUR, 187],
  ],
  doubted: [],
  neighbours: null,
  limits: [
    { title: '重度 ≥150', value: 150, alarms: true },
    { title: '严重 ≥9000', value: 9000, alarms: true },
  ],
  unit: 'µg/m³',
  decimals: 0,
  at: null,
  colours: { line: '#006A9E', text: '#15202B', faint: '#5F6F80', grid: '#D9E0E8', breach: '#A3247F', panel: '#FFFFFF' },
  font: 'Noto Sans SC',
};
type Series = {
  name: string;
  data: unknown[];
  connectNulls?: boolean;
  markLine?: { data: { label?: { formatter?: string }; xAxis?: number }[] };
};
const seriesOf = (given: TimeSeries): Series[] => timeSeriesOption(given).series as Series[];

describe('time series', () => {
  it('keeps a hole: null is handed on and never joined over', () => {
    const line = seriesOf(input).find((one) => one.name === '本站');
    expect(line?.data[1]).toEqual([from + HOUR, null]);
    expect(line?.connectNulls).toBe(false);
  });
  it('names each limit in sight, and lets a far one go', () => {
    const texts = seriesOf(input)[0]?.markLine?.data.map((mark) => mark.label?.formatter);
    expect(texts).toEqual(['重度 ≥150']);
  });
  it('draws neighbours, doubted values and the past moment only where there are any', () => {
    expect(seriesOf(input).map((one) => one.name)).toEqual(['本站']);
    const full = seriesOf({ ...input, neighbours: [[from, 40]], doubted: [[from, 900]], at: from + HOUR });
    expect(full.map((one) => one.name)).toEqual(['邻站中位', '本站', '不计入']);
    expect(full[1]?.markLine?.data.at(-1)?.xAxis).toBe(from + HOUR);
  });
  it('is not animated', () => {
    expect(timeSeriesOption(input).animation).toBe(false);
  });
});

describe('axes', () => {
  it('hold every value and tick in whole steps', () => {
    const value = fc.double({ min: -1e5, max: 1e5, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), fc.array(value), (values, limits) => {
        const [min, max, step] = valueAxis(values, limits);
        expect(min).toBeLessThanOrEqual(Math.min(...values));
        expect(max).toBeGreaterThanOrEqual(Math.max(...values));
        expect(step).toBeGreaterThan(0);
        expect((max - min) / step).toBeLessThan(12);
      }),
    );
  });
  it.each([
    [[], []],
    [[0, 0, 0], []],
    [[41.2, 41.2], [43]],
    [[7], [9]],
    [[-99999.99999929982, -99999.9999995], []],
  ])('%j with limits %j is a usable axis', (values, limits) => {
    const [min, max, step] = valueAxis(values, limits);
    expect(max).toBeGreaterThan(min);
    expect((max - min) / step).toBeLessThan(12);
  });
  it('starts at zero for concentrations, near the value for water levels, and reaches the limit that is near', () => {
    expect(valueAxis([20, 187], [150]).slice(0, 2)).toEqual([0, 200]);
    const [low, high] = valueAxis([41.02, 41.1], [41.2]);
    expect(low).toBeGreaterThan(40);
    expect(high).toBeGreaterThanOrEqual(41.2);
  });
  it('steps are 1, 2, 2.5 or 5 times a power of ten', () => {
    expect([0.013, 0.2, 3, 47, 60].map(niceStep)).toEqual([0.02, 0.2, 5, 50, 100]);
  });
  it.each([
    [37.5, 2.5, '37.5'],
    [40, 2.5, '40.0'],
    [-0.05, 0.05, '−0.05'],
    [150, 50, '150'],
  ])('prints %d at steps of %d as %s', (value, step, text) => {
    expect(axisNumber(value, step)).toBe(text);
  });
  it("ticks at whole hours of Liaoning's clock, midnight with its date", () => {
    const ticks = timeTicks(from, from + 24 * HOUR).map((tick) => tick.text);
    expect(ticks).toEqual(['12', '15', '18', '21', '11-24', '03', '06', '09']);
  });
});

describe('tooltip', () => {
  it('says 缺测 for a hole', () => {
    expect(tooltipText([{ seriesName: '本站', value: [from, null] }], String, 'm')).toContain('缺测');
    expect(tooltipText([{ seriesName: '本站', value: [from, 41.2] }], String, 'm')).toBe('11-23 11:00<br>本站 <b>41.2</b> m');
  });
});
