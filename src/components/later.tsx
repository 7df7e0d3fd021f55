/** Parts of the page that come after the first picture, or when they are asked for: what is loaded before it is held to a number of bytes (e2e/engine/weight.spec.ts). */
import { type ComponentType, lazy, type LazyExoticComponent, type ReactNode, Suspense, useEffect, useState } from 'react';
import { panelComes } from '../engine/test_handle.ts';
import { firstPicture } from '../state/picture.ts';

/** Loaded is not shown yet: React does that when it has time. */
function Stands({ then }: { then: () => void }): ReactNode {
  useEffect(then, [then]);
  return null;
}

type Panels = typeof import('./panels.ts');
/** One of the panels; its place stays empty until it is there. */
export const panel = <Name extends keyof Panels>(name: Name): LazyExoticComponent<Panels[Name]> =>
  lazy(async () => {
    const stands = panelComes();
    await firstPicture;
    const Panel = (await import('./panels.ts'))[name] as ComponentType<object>;
    return { default: ((props: object) => <><Panel {...props} /><Stands then={stands} /></>) as Panels[Name] };
  });

/** A part that is loaded when it is wanted for the first time, and stays from then on: a dialog closes by itself and gives the focus back. */
export function Asked({ wanted, of: Part }: { wanted: boolean; of: ComponentType }): ReactNode {
  const [ever, setEver] = useState(wanted);
  if (wanted && !ever) setEver(true);
  return ever && <Suspense><Part /></Suspense>;
}
