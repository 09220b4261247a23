// Colours of a chart by day and by night: a canvas cannot read the style sheet.

export type Theme = 'light' | 'dark';

export interface ChartColours {
  readonly line: string;
  readonly text: string;
  readonly faint: string;
  readonly grid: string;
  readonly breach: string;
  readonly panel: string;
}

/** Same figures as screen/console/console-tokens.css. */
export const chartColours: Readonly<Record<Theme, ChartColours>> = {
  light: { line: '#006A9E', text: '#15202B', faint: '#5F6F80', grid: '#D9E0E8', breach: '#A3247F', panel: '#FFFFFF' },
  dark: { line: '#4CC3F0', text: '#EAF1F7', faint: '#8496A8', grid: '#223142', breach: '#F088CB', panel: '#111B26' },
};
