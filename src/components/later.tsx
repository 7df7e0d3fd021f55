/** Parts of the page that come after the first picture, or when they are asked for: what is loaded before it is held to a number of bytes (e2e/engine/weight.spec.ts). */
import { type ComponentType, lazy, type LazyExoticComponent, type ReactNode, Suspense, useState } from 'react';
import { firstPicture } from '../state/picture.ts';

/** One of the panels; its place stays empty until it is there. */
export const panel = <Name extends keyof typeof import('./panels.ts')>(name: Name): LazyExoticComponent<typeof import('./panels.ts')[Name]> =>
  lazy(async () => {
    await firstPicture;
    return { default: (await import('./panels.ts'))[name] };
  });

/** A part that is loaded when it is wanted for the first time, and stays from then on: a dialog closes by itself and gives the focus back. */
export function Asked({ wanted, of: Part }: { wanted: boolean; of: ComponentType }): ReactNode {
  const [ever, setEver] = useState(wanted);
  if (wanted && !ever) setEver(true);
  return ever && <Suspense><Part /></Suspense>;
}
