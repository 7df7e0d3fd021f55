/** The canvas of an embedded page: the picture, kept up to date; zoom where it is allowed. */
import { PAGE_SIZE } from '../../workers/uapi/units.ts';
import type { Session } from '../engine/session.ts';
import { setProbe } from '../engine/test_handle.ts';
import { attachZoom, createLoop, createRenderer, fitMachine, fitRange, laneLabels, type Picture } from '../map/index.ts';
import { laneName } from '../gestures/lanes.ts';
import { failPicture, useMachine } from '../state/machine.ts';
import { firstDrawn } from '../state/picture.ts';
import { useTheme } from '../state/theme.ts';
import { useView } from '../state/view.ts';

/** Returns how to stop. `names`: where the names of the lanes stand. */
export function createView(canvas: HTMLCanvasElement, names: HTMLElement, session: Session, readonly: boolean): () => void {
  let named = '';
  /** The names of the lanes beside the picture. */
  function name(p: Picture): void {
    const labels = laneLabels(p).filter(({ y, height }) => y + height > 0 && y < p.viewport.height / p.viewport.dpr);
    const nodes = useMachine.getState().snapshot?.nodes.length ?? 1;
    const key = JSON.stringify([nodes, labels]);
    if (key === named) return;
    named = key;
    names.replaceChildren(...labels.map(({ of, y, height }) => {
      const label = document.createElement('span');
      label.textContent = laneName(of, nodes);
      label.style.top = `${y + height / 2}px`;
      return label;
    }));
  }
  const loop = createLoop(() => {
    renderer.draw();
    return false;
  }, window);
  const theme = (): { readonly name: 'dark' | 'light' } => ({ name: useTheme.getState().theme === 'dark' ? 'dark' : 'light' });
  const renderer = createRenderer(canvas, theme(), {
    invalidate: () => { loop.hurry(); },
    drawn(p) {
      name(p);
      firstDrawn();
    },
    failed: failPicture,
  });
  setProbe({ pixelHash: renderer.hash, painted: renderer.painted, block: () => undefined, lane: () => undefined });

  function adopt(): void {
    const mirror = session.mirror();
    const counts = session.counts();
    const { booted, phase } = useMachine.getState();
    if (phase !== 'ready' || !mirror || !counts || !booted) return;
    renderer.setMachine(mirror.tables, booted.holes.map(({ start, end, kind }) => ({ start: start / PAGE_SIZE, end: end / PAGE_SIZE, kind })), counts);
  }
  const look = (): void => {
    const { block, pfn, isolated, wanted } = useView.getState();
    renderer.setView({ selection: block === undefined ? [] : [pfn === undefined ? { block } : { block, pfn }], only: isolated });
    const p = renderer.picture();
    if (p) renderer.setCamera(wanted ? fitRange(p.mirror, p.lanes, p.viewport, wanted.start, wanted.end) : fitMachine(p.mirror, p.lanes, p.viewport));
  };
  const parent = canvas.parentElement as HTMLElement;
  const resize = (): void => { renderer.resize(parent.clientWidth, parent.clientHeight, devicePixelRatio); };
  const observer = new ResizeObserver(resize);
  observer.observe(parent);
  resize();
  adopt();
  const stops = [
    useMachine.subscribe((now, before) => { if (now.booted !== before.booted && now.phase === 'ready') adopt(); }),
    session.onPatch(() => { loop.invalidate(); }),
    useTheme.subscribe(() => { renderer.setTheme(theme()); }),
    useView.subscribe(look),
    ...(readonly ? [] : [attachZoom(canvas, { picture: renderer.picture, setCamera: renderer.setCamera, pansFrom: () => true })]),
    () => { observer.disconnect(); },
  ];
  return () => {
    for (const stop of stops) stop();
    setProbe(undefined);
    loop.stop();
  };
}
