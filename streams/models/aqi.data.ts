// Table: breakpoints, classes and colours of the air quality index, HJ 633-2012 and HJ 633-2026. Concentrations in µg/m³, CO in mg/m³.
//
// Source: HJ 633-2012 tables 1 and 2; HJ 633-2026 (issued 2026-02-24, in force 2026-03-01), which moves IAQI 100 of PM2.5 from 75 to 60 and of
// PM10 from 150 to 120. Columns are keyed by the ObservedProperty code of HJ 212. `a05024` of the day table is the daily maximum 8-hour mean.
// HJ 633-2012 has no hour column for PM: the national realtime platform put the hour mean into the 24-hour column, and so does this table.

export const iaqiSteps = [0, 50, 100, 150, 200, 300, 400, 500] as const;

const pm2012 = { a34004: [0, 35, 75, 115, 150, 250, 350, 500], a34002: [0, 50, 150, 250, 350, 420, 500, 600] } as const;
const pm2026 = { a34004: [0, 35, 60, 115, 150, 250, 350, 500], a34002: [0, 50, 120, 250, 350, 420, 500, 600] } as const;
const dayGases = {
  a21026: [0, 50, 150, 475, 800, 1600, 2100, 2620],
  a21004: [0, 40, 80, 180, 280, 565, 750, 940],
  a21005: [0, 2, 4, 14, 24, 36, 48, 60],
  // Above 800 the 8-hour mean has no IAQI of its own and counts as 300.
  a05024: [0, 100, 160, 215, 265, 800],
} as const;
const hourGases = {
  // Above 800 the hour mean of SO2 has no IAQI of its own and counts as 200.
  a21026: [0, 150, 500, 650, 800],
  a21004: [0, 100, 200, 700, 1200, 2340, 3090, 3840],
  a21005: [0, 5, 10, 35, 60, 90, 120, 150],
  a05024: [0, 160, 200, 300, 400, 800, 1000, 1200],
} as const;

export const aqiBreakpoints = {
  'HJ 633-2012': { day: { ...pm2012, ...dayGases }, hour: { ...pm2012, ...hourGases } },
  'HJ 633-2026': { day: { ...pm2026, ...dayGases }, hour: { ...pm2026, ...hourGases } },
} as const;

/** The six pollutants, in the order in which they are named when several are primary. */
export const airPollutants = ['a34004', 'a34002', 'a05024', 'a21004', 'a21026', 'a21005'] as const;

/** Classes by their highest AQI. `short` is for narrow columns. Colours are for legends, lists and map symbols only, never alone. */
export const aqiLevels = [
  { upTo: 50, grade: '一级', zh: '优', short: '优', en: 'excellent', colour: '#00E400' },
  { upTo: 100, grade: '二级', zh: '良', short: '良', en: 'good', colour: '#FFFF00' },
  { upTo: 150, grade: '三级', zh: '轻度污染', short: '轻度', en: 'light', colour: '#FF7E00' },
  { upTo: 200, grade: '四级', zh: '中度污染', short: '中度', en: 'moderate', colour: '#FF0000' },
  { upTo: 300, grade: '五级', zh: '重度污染', short: '重度', en: 'heavy', colour: '#99004C' },
  { upTo: 500, grade: '六级', zh: '严重污染', short: '严重', en: 'severe', colour: '#7E0023' },
] as const;
