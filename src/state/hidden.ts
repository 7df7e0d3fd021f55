/** Which panels are hidden; remembered. The picture cannot be. */
import { create } from 'zustand';

/** As they stand on the page, from the picture down and then at the right. `calls` is the call path with the inspector. */
export const HIDEABLE = ['detail', 'terminal', 'calls', 'events', 'timeline'] as const;
export type Hideable = (typeof HIDEABLE)[number];

const KEY = 'hotplug-lab hidden';

/** Names out of storage; anything odd is ignored. */
export function readHidden(text: string | null | undefined): readonly Hideable[] {
  try {
    const saved: unknown = JSON.parse(text ?? '[]');
    return Array.isArray(saved) ? HIDEABLE.filter((name) => saved.includes(name)) : [];
  } catch {
    return [];
  }
}
/** What was hidden in this browser. */
export function ownHidden(): readonly Hideable[] {
  try {
    return readHidden(globalThis.localStorage?.getItem(KEY));
  } catch {
    // Storage can be forbidden.
    return [];
  }
}
export const useHidden = create<{ readonly hidden: readonly Hideable[] }>()(() => ({ hidden: ownHidden() }));

export function setPanel(name: Hideable, shown: boolean): void {
  const { hidden } = useHidden.getState();
  if (hidden.includes(name) !== shown) return;
  const next = HIDEABLE.filter((one) => (one === name ? !shown : hidden.includes(one)));
  useHidden.setState({ hidden: next });
  try {
    globalThis.localStorage?.setItem(KEY, JSON.stringify(next));
  } catch {
    // Not remembered then.
  }
}
export const isShown = (name: Hideable): boolean => !useHidden.getState().hidden.includes(name);
/** Whether a panel is shown, for a component. */
export const useShown = (name: Hideable): boolean => useHidden(({ hidden }) => !hidden.includes(name));
