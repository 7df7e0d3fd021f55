/** The next DIMM, still in its box: dragged from the lane of slots to Offline it is plugged, pressed it asks for size and socket. */
import { type PointerEvent, useRef, useState } from 'react';
import { SLOT_EMPTY } from '../../../workers/uapi/layout.ts';
import { bytes } from '../../format/numbers.ts';
import { DIMM_BYTES, plugCommands } from '../../gestures/plan.ts';
import type { LaneLabel } from '../../map/index.ts';
import { showDialog } from '../../state/gesture.ts';
import { useMachine } from '../../state/machine.ts';
import { usePicture } from '../../state/picture.ts';
import { t } from '../../strings/later.ts';
import { nameOfLane } from '../moves.ts';
import { useSession } from '../SessionContext.ts';
import styles from './MemoryMap.module.css';

/** CSS pixels a press may wander before it is a drag. */
const SLOP = 4;

interface Held {
  /** CSS pixels of the canvas. */
  readonly x: number;
  readonly y: number;
  readonly over: LaneLabel | undefined;
}

export function SpareDimm() {
  const session = useSession();
  const lanes = usePicture((s) => s.lanes);
  const width = usePicture((s) => s.width);
  const slot = useMachine((s) => s.snapshot?.slots.find(({ state }) => state === SLOT_EMPTY)?.id);
  const press = useRef<{ readonly x: number; readonly y: number } | undefined>(undefined);
  const [held, setHeld] = useState<Held | undefined>(undefined);
  const lane = lanes.find(({ of }) => of.kind === 'slots');
  if (slot === undefined || lane === undefined || lane.height < 24) return null;

  function at(event: PointerEvent<HTMLButtonElement>): Held {
    const box = event.currentTarget.offsetParent?.getBoundingClientRect();
    const x = event.clientX - (box?.x ?? 0);
    const y = event.clientY - (box?.y ?? 0);
    return { x, y, over: lanes.find((one) => y >= one.y && y < one.y + one.height) };
  }
  const give = (): void => {
    press.current = undefined;
    setHeld(undefined);
  };
  const words = (over: LaneLabel): string =>
    (over.of.kind === 'offline' ? t.map.drop(t.plug.plugging(slot, bytes(DIMM_BYTES))) : over.of.kind === 'slots' ? t.map.stay : t.plug.offlineFirst(nameOfLane(over.of)));
  return (
    <>
      <button
        type="button" className={`${styles.slot} ${styles.spare}`} style={{ top: lane.y + lane.height / 2, right: 8, translate: held && press.current ? `${held.x - press.current.x}px ${held.y - press.current.y}px` : undefined }} title={t.plug.spareHelp}
        onPointerDown={(event) => {
          if (event.button !== 0 || !event.isPrimary) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          press.current = at(event);
        }}
        onPointerMove={(event) => {
          if (press.current === undefined) return;
          const now = at(event);
          if (held !== undefined || Math.hypot(now.x - press.current.x, now.y - press.current.y) >= SLOP) setHeld(now);
        }}
        onPointerUp={(event) => {
          const dropped = held && at(event).over;
          if (dropped?.of.kind === 'offline') void session.submitAll(plugCommands(slot, DIMM_BYTES, 0, useMachine.getState().submitted));
          // A click that ends a drag opens nothing.
          if (held) event.currentTarget.dataset.dragged = '';
          give();
        }}
        onPointerCancel={give}
        onKeyDown={(event) => { if (event.key === 'Escape') give(); }}
        onClick={({ currentTarget: { dataset } }) => {
          if (dataset.dragged === undefined) showDialog({ kind: 'plug' });
          delete dataset.dragged;
        }}
      >
        {t.plug.spare}
      </button>
      {held?.over && <div className={`${styles.hint} ${held.over.of.kind === 'offline' ? styles.yes : styles.no}`} style={{ right: Math.max(8, width - held.x + 14), top: held.y + 14 }}>{words(held.over)}</div>}
    </>
  );
}
