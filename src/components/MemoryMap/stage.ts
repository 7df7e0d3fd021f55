/** The canvas and what drives it: renderer, loop, zoom, pointer. Knows no React; the component mounts and unmounts it. */
import { MEM_ABSENT } from '../../../workers/uapi/memory_block.ts';
import { pageblock_nr_pages } from '../../../workers/uapi/mmzone.ts';
import type { Session } from '../../engine/session.ts';
import { type Box, setProbe } from '../../engine/test_handle.ts';
import {
  attachZoom, type Camera, createLoop, createRenderer, fitFrame, fitMachine, fitRange, holeLabels, laneLabels, laneOfPageblock, lettersOf, panBy, type Picture, rangeOf, type Renderer, slotLabels,
  spotRect, type Theme, zoomAt, zoomLevel,
} from '../../map/index.ts';
import { useGesture } from '../../state/gesture.ts';
import { useLens } from '../../state/lens.ts';
import { failPicture, pageSize, useMachine } from '../../state/machine.ts';
import { useNotice } from '../../state/notice.ts';
import { firstDrawn, usePicture } from '../../state/picture.ts';
import { useTheme } from '../../state/theme.ts';
import { useView } from '../../state/view.ts';
import { planFor, planVerdict, takenAlong } from '../moves.ts';
import { attachPointer, type PointerEvents } from './pointer.ts';

export interface Stage {
  readonly renderer: Renderer;
  readonly capture: Renderer['capture'];
  readonly picture: Renderer['picture'];
  zoomBy(factor: number): void;
  fit(): void;
  setCamera(camera: Camera): void;
  /** The keyboard is in the picture. */
  setFocused(focused: boolean): void;
  /** Fits frames start … end (exclusive) into the view, the selected block's lane in its middle. */
  show(start: number, end: number): void;
  /** Brings a frame into the middle, near enough to be told from its neighbours. */
  focusFrame(pfn: number): void;
  /** Moves the view sideways until a frame is in the middle. */
  centre(pfn: number): void;
  /** Brings a block into sight if it is not. */
  reveal(block: number): void;
  stop(): void;
}

/** An address cannot change: a held block follows the pointer sideways only this far. */
const SIDEWAYS = 6;

/** The theme as the palette wants it; system colours where the user forces them. */
export function mapTheme(name: 'dark' | 'light' | 'projector'): Theme {
  if (!matchMedia('(forced-colors: active)').matches) return { name };
  const probe = document.createElement('i');
  document.body.append(probe);
  const hex = (system: string): `#${string}` => {
    probe.style.color = system;
    const parts = getComputedStyle(probe).color.match(/\d+/g) ?? [];
    return `#${parts.slice(0, 3).map((n) => Number(n).toString(16).padStart(2, '0')).join('')}`;
  };
  const colours = { Canvas: hex('Canvas'), CanvasText: hex('CanvasText'), GrayText: hex('GrayText'), Highlight: hex('Highlight') };
  probe.remove();
  return { name: 'forced', colours };
}

/** Labels and boxes: equal in all their fields. What a label is `of` is an object of its own, kept as long as the machine has it. */
const same = (a: object | undefined, b: object | undefined): boolean => a === b || (a !== undefined && b !== undefined && Object.entries(a).every(([key, value]) => (b as Record<string, unknown>)[key] === value));
/** The value before, if the new one says the same: whoever shows it has nothing to do then. */
const kept = <T extends object | undefined>(before: T, now: T): T => (same(before, now) ? before : now);
const keptAll = <T extends object>(before: readonly T[], now: readonly T[]): readonly T[] => (before.length === now.length && before.every((one, i) => same(one, now[i])) ? before : now);

export function createStage(canvas: HTMLCanvasElement, session: Session, events: PointerEvents): Stage {
  const loop = createLoop(() => {
    renderer.draw();
    return false;
  }, window);
  const renderer = createRenderer(canvas, mapTheme(useTheme.getState().theme), {
    invalidate: () => { loop.hurry(); },
    // The text over the picture moves when the picture has: a worker's comes after this thread's frame.
    drawn(p) {
      tell(p);
      firstDrawn();
    },
    failed: failPicture,
  });
  const inWindow = (box: Box | undefined): Box | undefined => {
    const { x, y } = canvas.getBoundingClientRect();
    return box && { x: box.x + x, y: box.y + y, width: box.width, height: box.height };
  };
  setProbe({
    pixelHash: renderer.hash,
    painted: renderer.painted,
    block(id) {
      const p = renderer.picture();
      return inWindow(p && spotRect(p, { block: id }));
    },
    lane(name) {
      const p = renderer.picture();
      return inWindow(p && laneLabels(p).find(({ of }) => of.name === name));
    },
  });
  let told: { readonly camera: Camera; readonly lanes: Picture['lanes']; readonly viewport: Picture['viewport'] } | undefined;

  /** Tells the text over the picture where things are, if that changed. */
  function tell(p: Picture): void {
    const { block, pfn } = useView.getState();
    const refusal = useNotice.getState().refusal;
    const before = usePicture.getState();
    const slots = keptAll(before.slots, slotLabels(p));
    const selection = kept(before.selection, block === undefined ? undefined : spotRect(p, pfn === undefined ? { block } : { block, pfn }));
    const refused = kept(before.refused, refusal?.block === undefined ? undefined : spotRect(p, { block: refusal.block }));
    const stands = told?.camera === p.view.camera && told.lanes === p.lanes && told.viewport === p.viewport;
    if (stands && slots === before.slots && selection === before.selection && refused === before.refused) return;
    told = { camera: p.view.camera, lanes: p.lanes, viewport: p.viewport };
    const { dpr, width, height } = p.viewport;
    usePicture.setState({
      lanes: keptAll(before.lanes, laneLabels(p)), holes: keptAll(before.holes, holeLabels(p)), slots,
      level: zoomLevel(p.view.camera, p.mirror, p.viewport), width: width / dpr, height: height / dpr, selection, refused, range: rangeOf(p), top: p.view.camera.top / dpr,
    });
  }

  const cleanups: (() => void)[] = [];
  const on = (unsubscribe: () => void): void => { cleanups.push(unsubscribe); };

  function adopt(): void {
    const mirror = session.mirror();
    const counts = session.counts();
    const { booted, phase } = useMachine.getState();
    if (phase !== 'ready' || !mirror || !counts || !booted) return;
    const holes = booted.holes.map(({ start, end, kind }) => ({ start: start / pageSize(), end: end / pageSize(), kind }));
    renderer.setMachine(mirror.tables, holes, counts);
  }
  adopt();
  on(useMachine.subscribe((now, before) => { if (now.booted !== before.booted && now.phase === 'ready') adopt(); }));
  // The classes of a lens come with a patch of their own.
  const look = (): void => {
    const drawn = session.drawn();
    const p = renderer.picture();
    if (drawn && p && p.mirror !== drawn.mirror) renderer.setLens(drawn.lens, drawn.mirror, drawn.counts);
    loop.invalidate();
  };
  look();
  on(session.onPatch(look));
  on(useLens.subscribe(look));
  on(useTheme.subscribe(({ theme }) => { renderer.setTheme(mapTheme(theme)); }));
  on(useNotice.subscribe((now, before) => { if (now.refusal !== before.refusal) loop.invalidate(); }));
  const forced = matchMedia('(forced-colors: active)');
  const onForced = (): void => { renderer.setTheme(mapTheme(useTheme.getState().theme)); };
  forced.addEventListener('change', onForced);
  on(() => { forced.removeEventListener('change', onForced); });

  const showView = (): void => {
    const { block, also, pfn, isolated } = useView.getState();
    renderer.setView({ selection: block === undefined ? [] : [pfn === undefined ? { block } : { block, pfn }, ...also.map((id) => ({ block: id }))], only: isolated });
  };
  showView();
  on(useView.subscribe(showView));
  on(useView.subscribe(({ wanted }, before) => {
    const p = renderer.picture();
    if (!p || wanted === before.wanted) return;
    const fitted = wanted ? fitRange(p.mirror, p.lanes, p.viewport, wanted.start, wanted.end) : fitMachine(p.mirror, p.lanes, p.viewport);
    renderer.setCamera(panBy(fitted, p.mirror, p.lanes, p.viewport, 0, (wanted?.top ?? 0) * p.viewport.dpr));
  }));

  on(useGesture.subscribe(({ drag, offset }) => {
    if (drag.phase !== 'lifted' && drag.phase !== 'over') {
      renderer.setView({ drag: undefined });
      return;
    }
    const p = renderer.picture();
    const target = drag.phase === 'over' ? drag.lane : undefined;
    const lane = target === undefined ? -1 : p?.lanes.list.findIndex(({ kind, nid, zone }) => kind === target.kind && nid === target.nid && zone === target.zone) ?? -1;
    const rest = { blocks: takenAlong(drag.block), dx: Math.max(-SIDEWAYS, Math.min(SIDEWAYS, offset.dx)), dy: offset.dy };
    renderer.setView({ drag: lane < 0 || target === undefined ? rest : { ...rest, target: { lane, verdict: planVerdict(planFor(drag.block, target), drag.block) } } });
  }));

  on(attachZoom(canvas, {
    picture: renderer.picture,
    setCamera: renderer.setCamera,
    pansFrom: (x, y) => renderer.hit(x, y)?.onTile !== true,
    held: () => useGesture.getState().drag.phase !== 'idle',
  }));

  on(attachPointer(canvas, renderer, events));

  const parent = canvas.parentElement as HTMLElement;
  const resize = (): void => { renderer.resize(parent.clientWidth, parent.clientHeight, devicePixelRatio, lettersOf(parent)); };
  const observer = new ResizeObserver(resize);
  observer.observe(parent);
  resize();
  on(() => { observer.disconnect(); });

  const stage: Stage = {
    renderer,
    capture: renderer.capture,
    picture: renderer.picture,
    setCamera: renderer.setCamera,
    setFocused(focused) { if ((renderer.picture()?.view.focused ?? false) !== focused) renderer.setView({ focused }); },
    zoomBy(factor) {
      const p = renderer.picture();
      if (p) renderer.setCamera(zoomAt(p.view.camera, p.mirror, p.lanes, p.viewport, factor, p.viewport.width / 2, p.viewport.height / 2));
    },
    show(start, end) {
      const p = renderer.picture();
      if (p) renderer.setCamera(fitRange(p.mirror, p.lanes, p.viewport, start, end, laneOfPageblock(p.lanes, p.mirror, Math.floor((useView.getState().block ?? 0) * (2 ** p.mirror.sizes.block_shift / pageblock_nr_pages)))));
    },
    focusFrame(pfn) {
      const p = renderer.picture();
      if (p) renderer.setCamera(fitFrame(p.mirror, p.lanes, p.viewport, pfn));
    },
    centre(pfn) {
      const p = renderer.picture();
      if (p) renderer.setCamera(panBy(p.view.camera, p.mirror, p.lanes, p.viewport, (pfn - p.view.camera.left) / p.view.camera.pfnPerPixel - p.viewport.width / 2, 0));
    },
    fit() {
      const p = renderer.picture();
      if (p) renderer.setCamera(fitMachine(p.mirror, p.lanes, p.viewport));
    },
    reveal(block) {
      const p = renderer.picture();
      if (!p || p.mirror.memory_block.state[block] === MEM_ABSENT) return;
      const at = spotRect(p, { block });
      if (!at) return;
      const { dpr, width, height } = p.viewport;
      if (at.x >= 0 && at.x + at.width <= width / dpr && at.y >= 0 && at.y + at.height <= height / dpr) return;
      const pages = 2 ** p.mirror.sizes.block_shift;
      renderer.setCamera(at.width > width / dpr
        ? fitRange(p.mirror, p.lanes, p.viewport, block * pages, (block + 1) * pages)
        : panBy(p.view.camera, p.mirror, p.lanes, p.viewport, at.x * dpr - width / 2, Math.max(0, (at.y + at.height) * dpr - height) + Math.min(0, at.y * dpr)));
    },
    stop() {
      for (const cleanup of cleanups) cleanup();
      setProbe(undefined);
      loop.stop();
    },
  };
  on(useView.subscribe(({ look }, before) => {
    if (look === undefined || look === before.look) return;
    if ('pfn' in look) stage.focusFrame(look.pfn);
    else if ('block' in look) stage.reveal(look.block);
    else stage.show(look.start, look.end);
  }));
  return stage;
}
