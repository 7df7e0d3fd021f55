/** Dark, light, for a projector, or what the system prefers; remembered. */
import { create } from 'zustand';

export const THEME_NAMES = ['dark', 'light', 'projector'] as const;
export type Theme = (typeof THEME_NAMES)[number];
const KEY = 'hotplug-lab theme';

export const preferredTheme = (): Theme => (globalThis.matchMedia?.('(prefers-color-scheme: light)').matches ? 'light' : 'dark');
function stored(): Theme | undefined {
  try {
    const value = globalThis.localStorage?.getItem(KEY);
    return THEME_NAMES.find((name) => name === value);
  } catch {
    // Storage can be forbidden; the page works without a memory.
    return undefined;
  }
}

/** What was chosen in this browser, else what the system prefers. */
export const ownTheme = (): Theme => stored() ?? preferredTheme();
export const useTheme = create<{ readonly theme: Theme }>()(() => ({ theme: ownTheme() }));

/** Shows the theme now, the one that the address asks for, and follows the system until one is chosen. */
export function startTheme(root: HTMLElement, asked: string | null): void {
  const show = (theme: Theme): void => { root.dataset.theme = theme; };
  const named = THEME_NAMES.find((name) => name === asked);
  if (named) useTheme.setState({ theme: named });
  show(useTheme.getState().theme);
  useTheme.subscribe(({ theme }) => { show(theme); });
  globalThis.matchMedia?.('(prefers-color-scheme: light)').addEventListener('change', () => {
    if (stored() === undefined && !named) useTheme.setState({ theme: preferredTheme() });
  });
}

export function chooseTheme(theme: Theme): void {
  useTheme.setState({ theme });
  try {
    globalThis.localStorage?.setItem(KEY, theme);
  } catch {
    // As above.
  }
}
