/** Text over the picture: holes, DIMMs, what is under the pointer, what a drop would do, a refusal. Loaded after the first picture (later.tsx). */
import { type CSSProperties, useRef } from 'react';
import { KIND_MASK, KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import { pageSize } from '../../state/machine.ts';
import { bytes, hex } from '../../format/numbers.ts';
import type { Hit, HoleLabel } from '../../map/index.ts';
import { refuse, useNotice } from '../../state/notice.ts';
import { type PictureState, usePicture } from '../../state/picture.ts';
import { showDialog, useGesture } from '../../state/gesture.ts';
import { t } from '../../strings/later.ts';
import { Icon } from '../Icon/Icon.tsx';
import { planWords } from '../move_words.ts';
import { planFor, planVerdict, takenAlong } from '../moves.ts';
import { useSession } from '../SessionContext.ts';
import { PlanSource } from '../Source/PlanSource.tsx';
import { RefusalSource } from '../Source/RefusalSource.tsx';
import styles from './MemoryMap.module.css';
import { LitOver } from './LitOver.tsx';
import { SpareDimm } from './SpareDimm.tsx';
import { useMoved } from './useMoved.ts';

export interface Hover {
  readonly hit: Hit;
  readonly x: number;
  readonly y: number;
}

/** Beside the pointer, on whichever side has room. */
const beside = (x: number, y: number, width: number, height: number): CSSProperties => ({
  ...(x > width / 2 ? { right: width - x + 14 } : { left: x + 16 }), ...(y > height / 2 ? { bottom: height - y + 10 } : { top: y + 14 }),
});

/** CSS pixels from which on a hole has room for its name. */
const NAMED_HOLE = 100;
const namedHoles = ({ holes }: PictureState) => holes.filter(({ width }) => width > NAMED_HOLE);
function Holes() {
  const kinds = usePicture((s) => namedHoles(s).map(({ kind }) => kind).join(' '));
  const box = useRef<HTMLDivElement>(null);
  useMoved((picture) => {
    namedHoles(picture).forEach(({ x, y, width, height }, i) => {
      const name = box.current?.children[i];
      if (!(name instanceof HTMLElement)) return;
      name.style.left = `${x + width / 2}px`;
      name.style.top = `${y + height / 2 - 12}px`;
    });
  });
  // biome-ignore lint/suspicious/noArrayIndexKey: a hole has no other name than its place
  return <div ref={box}>{kinds !== '' && kinds.split(' ').map((kind, i) => <span key={`${kind} ${i}`} className={styles.hole}>{t.map.holes[kind as HoleLabel['kind']]}</span>)}</div>;
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
    return each === undefined ? [] : [`memory${id}: ${each.kind === 'move' && each.forecast === undefined ? t.map.andThen(each.says) : planWords(each)}`];
  });
  return (
    <div className={`${styles.hint} ${styles[planVerdict(plan, drag.block)]}`} style={beside(x, y, width, height)}>
      {lines.length === 0 ? planWords(plan) : t.map.dropMany(held.length)}
      <PlanSource plan={plan} block={drag.block} />
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
      <RefusalSource refusal={refusal} />
      <button type="button" aria-label={t.scenario.dismiss} onClick={() => { refuse(undefined); }}><Icon name="close" /></button>
    </div>
  );
}

export function Over({ hover }: { hover: Hover | undefined }) {
  return (
    <>
      <LitOver />
      <Holes />
      <Slots />
      <SpareDimm />
      {hover && <Tip hover={hover} />}
      <DropHint />
      <Refusal />
    </>
  );
}
