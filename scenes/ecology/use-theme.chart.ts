// Day or night: what the person chose last, else what the system says; and the colours that a canvas cannot read from the style sheet.
import { computed, ref } from 'vue';
import type { ChartColours } from '../../screen/panels/time-series.chart.ts';

type Theme = 'light' | 'dark';
const key = 'console-theme';

/** Same figures as screen/console/console-tokens.css. */
const chartColours: Readonly<Record<Theme, ChartColours>> = {
  light: { line: '#006A9E', text: '#15202B', faint: '#5F6F80', grid: '#D9E0E8', breach: '#A3247F', panel: '#FFFFFF' },
  dark: { line: '#4CC3F0', text: '#EAF1F7', faint: '#8496A8', grid: '#223142', breach: '#F088CB', panel: '#111B26' },
};

function kept(): Theme | null {
  const value = localStorage.getItem(key);
  return value === 'light' || value === 'dark' ? value : null;
}

export function useTheme() {
  const theme = ref<Theme>(kept() ?? (window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
  return {
    theme,
    toggleTheme(): void {
      theme.value = theme.value === 'light' ? 'dark' : 'light';
      localStorage.setItem(key, theme.value);
    },
    colours: computed(() => chartColours[theme.value]),
    font: "'Noto Sans SC Variable', 'Noto Sans SC', 'Noto Sans CJK SC', sans-serif",
  };
}
