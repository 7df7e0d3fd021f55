/** Parts of the page that come after the first picture, or when they are asked for: what is loaded before it is held to a number of bytes (e2e/engine/weight.spec.ts). */
import { type ComponentProps, type ComponentType, createElement, type ReactNode, Suspense, useEffect, useState } from 'react';
import { panelComes } from '../engine/test_handle.ts';
import { firstPicture } from '../state/picture.ts';

type Panels = typeof import('./panels.ts');
let loaded: Panels | undefined;
let loading: Promise<Panels> | undefined;
const load = (): Promise<Panels> => {
  loading ??= firstPicture.then(() => import('./panels.ts')).then((panels) => {
    loaded = panels;
    return panels;
  });
  return loading;
};
interface Place<Name extends keyof Panels> {
  readonly name: Name;
  readonly props: ComponentProps<Panels[Name]>;
  readonly empty: (props: ComponentProps<Panels[Name]>) => ReactNode;
}
/** A state and no lazy(): what Suspense shows again, React puts off while a machine at full speed keeps the stores changing, which was seconds without a foot line. */
function Later<Name extends keyof Panels>({ name, props, empty }: Place<Name>): ReactNode {
  const [panels, setPanels] = useState(loaded);
  const [failure, setFailure] = useState<unknown>();
  useEffect(() => {
    if (panels !== undefined) return undefined;
    const stands = panelComes();
    load().then(setPanels, setFailure);
    // Called when it is shown, and when nobody wants it any more.
    return stands;
  }, [panels]);
  if (failure !== undefined) throw failure;
  return panels === undefined ? empty(props) : createElement(panels[name] as ComponentType<object>, props as object);
}
/** One of the panels; until it is there, `empty` stands in its place. */
export const panel = <Name extends keyof Panels>(name: Name, empty: Place<Name>['empty'] = () => null): ((props: ComponentProps<Panels[Name]>) => ReactNode) => (props) => (
  <Later name={name} props={props} empty={empty} />
);

/** A part that is loaded when it is wanted for the first time, and stays from then on: a dialog closes by itself and gives the focus back. */
export function Asked({ wanted, of: Part }: { wanted: boolean; of: ComponentType }): ReactNode {
  const [ever, setEver] = useState(wanted);
  if (wanted && !ever) setEver(true);
  return ever && <Suspense><Part /></Suspense>;
}
