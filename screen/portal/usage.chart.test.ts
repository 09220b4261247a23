// Days without a call are zero, not missing; several rows of one day are summed.
import { expect, test } from 'vitest';
import { chartColours } from '../panels/chart-colours.ts';
import { filledDays, usageOption } from './usage.chart.ts';

test('thirty days end today, across the month', () => {
  const rows = [
    { day: '2026-12-01', requests: 3 },
    { day: '2026-12-01', requests: 4, refused: 2 },
    { day: '2026-11-30', requests: 1 },
    { day: '2025-01-01', requests: 9 },
  ];
  const days = filledDays(rows, '2026-12-01', 30);
  expect([days.length, days[0]?.day, days.reduce((sum, one) => sum + one.requests, 0)]).toEqual([30, '2026-11-02', 8]);
  expect(days.at(-1)).toEqual({ day: '2026-12-01', requests: 7, refused: 2 });
  expect((usageOption(days, chartColours.light, 'x')['series'] as unknown[]).length).toBe(2);
});
