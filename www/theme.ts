import { signal } from '@preact/signals';
import { readStored, store } from './storage';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

export const theme = signal<Theme>('system');
/** Grows whenever colours change, for what cannot follow CSS: the charts' canvases. */
export const themeVersion = signal(0);

export function chooseTheme(choice: Theme): void {
  theme.value = choice;
  if (choice === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = choice;
  store('theme', choice);
  themeVersion.value += 1;
}

/** index.html has applied the stored theme already; here the page learns of it. */
export function followTheme(): void {
  const stored = themes.find((name) => name === readStored('theme'));
  if (stored) theme.value = stored;
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => (themeVersion.value += 1));
}
