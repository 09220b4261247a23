// Chart of the calls per day: one bar a day, days without a call stand as zero. Pure option building.
import type { EChartsCoreOption } from 'echarts/core';
import type { ChartColours } from '../panels/chart-colours.ts';

export interface DayOfUse {
  readonly day: string;
  readonly requests: number;
  readonly refused?: number;
}
const DAY = 86_400_000;

/** The last `count` days up to `today` (YYYY-MM-DD), each with its sum. */
export function filledDays(days: readonly DayOfUse[], today: string, count: number): DayOfUse[] {
  const end = Date.parse(`${today}T00:00:00Z`);
  return Array.from({ length: count }, (_, i) => {
    const day = new Date(end - (count - 1 - i) * DAY).toISOString().slice(0, 10);
    const of = days.filter((one) => one.day === day);
    return { day, requests: of.reduce((sum, one) => sum + one.requests, 0), refused: of.reduce((sum, one) => sum + (one.refused ?? 0), 0) };
  });
}

export function usageOption(days: readonly DayOfUse[], colours: ChartColours, font: string): EChartsCoreOption {
  const text = { color: colours.faint, fontSize: 11, fontFamily: font };
  const bar = (name: string, color: string, data: readonly number[]) => ({
    name,
    type: 'bar',
    stack: 'all',
    barMaxWidth: 18,
    itemStyle: { color },
    data,
  });
  return {
    animation: false,
    grid: { left: 44, right: 10, top: 28, bottom: 24 },
    tooltip: {
      trigger: 'axis',
      backgroundColor: colours.panel,
      borderColor: colours.grid,
      textStyle: { color: colours.text, fontSize: 12, fontFamily: font },
    },
    xAxis: {
      type: 'category',
      data: days.map(({ day }) => day.slice(5)),
      axisLabel: text,
      axisTick: { show: false },
      axisLine: { lineStyle: { color: colours.grid } },
    },
    yAxis: {
      type: 'value',
      name: '次／日',
      nameTextStyle: { ...text, align: 'right' },
      minInterval: 1,
      axisLabel: text,
      splitLine: { lineStyle: { color: colours.grid } },
    },
    series: [
      bar(
        '调用',
        colours.line,
        days.map(({ requests }) => requests),
      ),
      ...(days.some(({ refused }) => refused)
        ? [
            bar(
              '超额',
              colours.breach,
              days.map(({ refused }) => refused ?? 0),
            ),
          ]
        : []),
    ],
  };
}
