/** The picture of physical memory: canvas, the text over it, and its twin for keyboard and screen reader. */
import { type CSSProperties, type RefObject, Suspense, useEffect, useRef, useState } from 'react';
import { KIND_MASK, KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import { laneOf, sameLane } from '../../gestures/lanes.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { bytes, hex } from '../../format/numbers.ts';
import type { Hit } from '../../map/index.ts';
import { refuse, useNotice } from '../../state/notice.ts';
import { setMapControls, usePicture } from '../../state/picture.ts';
import { showDialog, useGesture } from '../../state/gesture.ts';
import { selectBlock, selectBlocks, selectFrame, toggleBlock, useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { Icon } from '../Icon/Icon.tsx';
import { panel } from '../later.tsx';
import { blockById, carryOutAll, planFor, plansFor, planVerdict, planWords, takenAlong } from '../moves.ts';
import { useSession } from '../SessionContext.ts';
import { Whereabouts } from '../Whereabouts/Whereabouts.tsx';
import { BlockGrid } from './BlockGrid.tsx';
import styles from './MemoryMap.module.css';
import { createStage, type Stage } from './stage.ts';

const RefusalSource = panel('RefusalSource');
const PlanSource = panel('PlanSource');
const ZOOM = 1.6;

interface Hover {
  readonly hit: Hit;
  readonly x: number;
  readonly y: number;
}

/** Beside the pointer, on whichever side has room. */
const beside = (x: number, y: number, width: number, height: number): CSSProperties => ({
  ...(x > width / 2 ? { right: width - x + 14 } : { left: x + 16 }), ...(y > height / 2 ? { bottom: height - y + 10 } : { top: y + 14 }),
});

/** The address ruler. It moves with every frame of a zoom, so its ticks are moved by hand: no rendering, and no layout as long as no label changes. */
function Ruler() {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = box.current;
    if (!node) return undefined;
    /** Spans by the frame they stand at. */
    let shown = new Map<number, HTMLElement>();
    const show = ({ ticks }: ReturnType<typeof usePicture.getState>): void => {
      const next = new Map<number, HTMLElement>();
      for (const { x, pfn, label } of ticks) {
        let tick = shown.get(pfn);
        if (tick === undefined) {
          tick = document.createElement('span');
          tick.title = hex(pfn * pageSize());
          node.append(tick);
        }
        // A finer ruler may write the same address in another unit.
        if (tick.textContent !== label) tick.textContent = label;
        tick.style.transform = `translateX(${x}px)`;
        next.set(pfn, tick);
      }
      for (const [pfn, tick] of shown) if (!next.has(pfn)) tick.remove();
      shown = next;
    };
    show(usePicture.getState());
    const stop = usePicture.subscribe((now, before) => { if (now.ticks !== before.ticks) show(now); });
    return () => {
      stop();
      node.replaceChildren();
    };
  }, []);
  return <div className={styles.ruler} aria-hidden="true"><div ref={box} /></div>;
}

function Tools({ stage }: { stage: RefObject<Stage | undefined> }) {
  return (
    <div className={styles.tools}>
      <button type="button" aria-label={t.map.zoomOut} title={t.map.zoomOut} onClick={() => stage.current?.zoomBy(1 / ZOOM)}><Icon name="minus" /></button>
      <button type="button" aria-label={t.map.zoomIn} title={t.map.zoomIn} onClick={() => stage.current?.zoomBy(ZOOM)}><Icon name="plus" /></button>
      <button type="button" aria-label={t.map.fit} title={t.map.fit} onClick={() => stage.current?.fit()}><Icon name="fit" /></button>
    </div>
  );
}

function Holes() {
  const holes = usePicture((s) => s.holes);
  return <>{holes.map(({ kind, x, y, width, height }) => width > 100 && <span key={`${kind} ${x}`} className={styles.hole} style={{ left: x + width / 2, top: y + height / 2 - 12 }}>{t.map.holes[kind]}</span>)}</>;
}

function Slots() {
  const slots = usePicture((s) => s.slots);
  return (
    <>
      {slots.map(({ slot, start, pages, x, y, width, height }) => (
        <button
          key={`${slot} ${start}`} type="button" className={styles.slot} style={{ left: x, top: y + 8, width: Math.max(24, width), height: height - 12 }} title={t.plug.dimm(slot, bytes(pages * pageSize()))}
          onClick={() => { showDialog({ kind: 'unplug', slot }); }}
        >
          {t.plug.dimm(slot, bytes(pages * pageSize()))}
        </button>
      ))}
    </>
  );
}

function Tip({ hover }: { hover: Hover }) {
  const session = useSession();
  const { width, height } = usePicture.getState();
  const dragging = useGesture((s) => s.drag.phase !== 'idle');
  const mirror = session.mirror();
  const { hit } = hover;
  if (dragging || !mirror || !hit.onTile) return null;
  const kind = (mirror.tables.memmap.kind[hit.pfn] ?? 0) & KIND_MASK;
  return (
    <div className={styles.tip} style={beside(hover.x, hover.y, width, height)}>
      <b>memory{hit.block}</b> {hex(hit.pfn * pageSize())}
      <span>pfn {hex(hit.pfn)} · {t.legend.kinds[KIND_NAMES[kind] ?? 'free']}</span>
    </div>
  );
}

/** All blocks of the lane from the one selected last to this one. */
function selectUpTo(id: number): void {
  const { snapshot } = useMachine.getState();
  const from = useView.getState().block;
  const anchor = blockById(snapshot, from);
  if (!snapshot || from === undefined || !anchor) {
    selectBlock(id);
    return;
  }
  const pages = snapshot.blockBytes / pageSize();
  const lane = laneOf(anchor, pages, snapshot.geometry);
  const [low, high] = [Math.min(from, id), Math.max(from, id)];
  selectBlocks(from, snapshot.blocks.filter((block) => block.id >= low && block.id <= high && sameLane(laneOf(block, pages, snapshot.geometry), lane)).map((block) => block.id));
}

/** Commands shown before a drop of several blocks. */
const MOST_LINES = 6;

/** The command on the target, before the drop; of several blocks each one's. */
function DropHint() {
  const drag = useGesture((s) => s.drag);
  const offset = useGesture((s) => s.offset);
  if (drag.phase !== 'over') return null;
  const { width, height, selection, lanes } = usePicture.getState();
  const plan = planFor(drag.block, drag.lane);
  if (plan === undefined) return null;
  const lane = lanes.find(({ of }) => of.kind === drag.lane.kind && of.nid === drag.lane.nid && of.zone === drag.lane.zone);
  const x = drag.by === 'pointer' ? offset.x : (selection?.x ?? 0) + (selection?.width ?? 0);
  const y = drag.by === 'pointer' ? offset.y : (lane?.y ?? 0) + 6;
  const held = takenAlong(drag.block);
  const lines = held.length === 1 ? [] : held.flatMap((id) => {
    const each = planFor(id, drag.lane);
    return each === undefined ? [] : [`memory${id}: ${each.kind === 'move' && each.forecast === undefined ? each.caption : planWords(each)}`];
  });
  return (
    <div className={`${styles.hint} ${styles[planVerdict(plan, drag.block)]}`} style={beside(x, y, width, height)}>
      {lines.length === 0 ? planWords(plan) : t.map.dropMany(held.length)}
      <Suspense><PlanSource plan={plan} block={drag.block} /></Suspense>
      {lines.length > 0 && <ol className={styles.each}>{lines.slice(0, MOST_LINES).map((line) => <li key={line}>{line}</li>)}{lines.length > MOST_LINES && <li>{t.map.more(lines.length - MOST_LINES)}</li>}</ol>}
    </div>
  );
}

/** A refusal, at the block that was meant. */
function Refusal() {
  const refusal = useNotice((s) => s.refusal);
  const at = usePicture((s) => s.refused);
  const width = usePicture((s) => s.width);
  const height = usePicture((s) => s.height);
  // Of a block that is out of sight the terminal and the events tell.
  if (refusal === undefined || at === undefined || at.x + at.width < 0 || at.x > width || at.y + at.height < 0 || at.y > height) return null;
  const middle = at.x + at.width / 2;
  const style = middle > width / 2 ? { right: Math.max(8, width - middle - 14), top: at.y + at.height + 8 } : { left: Math.max(8, middle - 14), top: at.y + at.height + 8 };
  return (
    <div className={styles.refusal} style={style}>
      <span><b>{refusal.errno}</b> {refusal.reason}</span>
      <Suspense><RefusalSource refusal={refusal} /></Suspense>
      <button type="button" aria-label={t.detail.dismiss} onClick={() => { refuse(undefined); }}><Icon name="close" /></button>
    </div>
  );
}

export function MemoryMap() {
  const session = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage>(undefined);
  const [hover, setHover] = useState<Hover | undefined>(undefined);

  useEffect(() => {
    if (!canvas.current) return undefined;
    const made = createStage(canvas.current, session, {
      hover: (hit, x, y) => { setHover(hit?.onTile ? { hit, x, y } : undefined); },
      select(hit, level, how) {
        if (how === 'beside') toggleBlock(hit.block);
        else if (how === 'upTo') selectUpTo(hit.block);
        else if (level === 'frame' || level === 'pageblock') selectFrame(hit.pfn, 2 ** (session.mirror()?.tables.sizes.block_shift ?? 15), false);
        else selectBlock(hit.block);
      },
      drop(block, lane) {
        if (takenAlong(block).length === 1) selectBlock(block);
        carryOutAll(session, plansFor(takenAlong(block), lane));
      },
    });
    stage.current = made;
    setMapControls(made);
    return () => {
      made.stop();
      stage.current = undefined;
      setMapControls(undefined);
    };
  }, [session]);

  return (
    <section className={styles.map} id="map" aria-label={t.map.label}>
      <Whereabouts stage={stage} />
      <Tools stage={stage} />
      <Ruler />
      <div className={styles.stage}>
        <BlockGrid stage={stage} />
        <div className={styles.canvas}>
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus */}
          <canvas ref={canvas} data-picture="map" aria-hidden="true" />
          <div className={styles.over}>
            <Holes />
            <Slots />
            {hover && <Tip hover={hover} />}
            <DropHint />
            <Refusal />
          </div>
        </div>
      </div>
    </section>
  );
}
