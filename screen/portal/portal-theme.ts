// Day or night of the pages of the catalogue: the choice that all desk pages share.
import { ref } from 'vue';

const key = 'console-theme';
export const pageFont = "'Noto Sans SC Variable', 'Noto Sans SC', 'Noto Sans CJK SC', sans-serif";

export function useDayAndNight() {
  const kept = localStorage.getItem(key);
  const theme = ref<'light' | 'dark'>(kept === 'dark' ? 'dark' : 'light');
  return {
    theme,
    toggle(): void {
      theme.value = theme.value === 'light' ? 'dark' : 'light';
      localStorage.setItem(key, theme.value);
    },
  };
}
