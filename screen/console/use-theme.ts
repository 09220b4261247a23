// Day or night: what the person chose last, else what the system says; and the colours that a canvas cannot read from the style sheet.
import { computed, ref } from 'vue';
import { chartColours, type Theme } from '../panels/chart-colours.ts';

const key = 'console-theme';

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
