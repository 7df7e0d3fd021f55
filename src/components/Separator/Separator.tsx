/**
 * A line between two panels. It can be dragged; pressed, and then put where the next press is; or moved by arrow keys. A double click gives the panel its first size back.
 */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from 'react';
import { PANELS, type PanelName, resetSize, resize, useLayout } from '../../state/layout.ts';
import { t } from '../../strings/index.ts';
import styles from './Separator.module.css';

const STEP = 16;
/** CSS pixels a press may wander before it is a drag. */
const SLOP = 3;

interface Grip {
  readonly at: number;
  readonly size: number;
}

/** `grows`: the way the panel grows; 'up' and 'left' for panels behind the line. `controls`: id of the panel. */
export function Separator({ panel, grows, controls }: { panel: PanelName; grows: 'up' | 'down' | 'left'; controls: string }) {
  const size = useLayout((s) => s[panel]);
  const press = useRef<(Grip & { moved: boolean }) | undefined>(undefined);
  /** Where it was pressed, and not dragged: the next press says where it goes. */
  const [held, hold] = useState<Grip | undefined>(undefined);
  const vertical = grows === 'left';
  const sign = grows === 'down' ? 1 : -1;
  const position = (event: PointerEvent): number => (vertical ? event.clientX : event.clientY);
  const put = (grip: Grip, at: number): void => { resize(panel, grip.size + sign * (at - grip.at)); };

  function onKeyDown(event: KeyboardEvent): void {
    const plus = vertical ? 'ArrowRight' : 'ArrowDown';
    const minus = vertical ? 'ArrowLeft' : 'ArrowUp';
    const { min, max } = PANELS[panel];
    if (event.key === 'Escape') hold(undefined);
    const next = event.key === plus ? size + sign * STEP : event.key === minus ? size - sign * STEP : event.key === 'Home' ? min : event.key === 'End' ? max : undefined;
    if (next === undefined) return;
    event.preventDefault();
    resize(panel, next);
  }
  function onPointerUp(event: PointerEvent): void {
    const from = press.current;
    press.current = undefined;
    if (from === undefined || from.moved) return;
    if (held === undefined) hold(from);
    else {
      put(held, position(event));
      hold(undefined);
    }
  }

  return (
    <div
      role="separator"
      tabIndex={0}
      className={`${styles.separator} ${vertical ? styles.vertical : styles.horizontal}`}
      title={t.separators.help}
      aria-label={t.separators[panel]}
      aria-orientation={vertical ? 'vertical' : 'horizontal'}
      aria-controls={controls}
      aria-valuenow={size}
      aria-valuemin={PANELS[panel].min}
      aria-valuemax={PANELS[panel].max}
      onKeyDown={onKeyDown}
      onBlur={() => { hold(undefined); }}
      onDoubleClick={() => {
        hold(undefined);
        resetSize(panel);
      }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        press.current = { at: position(event), size, moved: false };
      }}
      onPointerMove={(event) => {
        const from = press.current;
        if (from === undefined) return;
        from.moved = from.moved || Math.abs(position(event) - from.at) > SLOP;
        if (!from.moved) return;
        hold(undefined);
        put(from, position(event));
      }}
      onPointerUp={onPointerUp}
      onPointerCancel={() => { press.current = undefined; }}
    >
      {held && <div className={styles.anywhere} />}
    </div>
  );
}
