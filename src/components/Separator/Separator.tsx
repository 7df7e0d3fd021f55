/** A line between two panels that can be dragged, or moved by arrow keys; a double click gives the panel its first size back. */
import { type KeyboardEvent, type PointerEvent, useRef } from 'react';
import { PANELS, type PanelName, resetSize, resize, useLayout } from '../../state/layout.ts';
import { t } from '../../strings/index.ts';
import styles from './Separator.module.css';

const STEP = 16;

/** `grows`: the way the panel grows; 'up' and 'left' for panels behind the line. `controls`: id of the panel. */
export function Separator({ panel, grows, controls }: { panel: PanelName; grows: 'up' | 'down' | 'left'; controls: string }) {
  const size = useLayout((s) => s[panel]);
  const from = useRef<{ at: number; size: number } | undefined>(undefined);
  const vertical = grows === 'left';
  const sign = grows === 'down' ? 1 : -1;
  const position = (event: PointerEvent): number => (vertical ? event.clientX : event.clientY);

  function onKeyDown(event: KeyboardEvent): void {
    const plus = vertical ? 'ArrowRight' : 'ArrowDown';
    const minus = vertical ? 'ArrowLeft' : 'ArrowUp';
    const { min, max } = PANELS[panel];
    const next = event.key === plus ? size + sign * STEP : event.key === minus ? size - sign * STEP : event.key === 'Home' ? min : event.key === 'End' ? max : undefined;
    if (next === undefined) return;
    event.preventDefault();
    resize(panel, next);
  }

  return (
    <div
      role="separator"
      tabIndex={0}
      className={`${styles.separator} ${vertical ? styles.vertical : styles.horizontal}`}
      aria-label={t.separators[panel]}
      aria-orientation={vertical ? 'vertical' : 'horizontal'}
      aria-controls={controls}
      aria-valuenow={size}
      aria-valuemin={PANELS[panel].min}
      aria-valuemax={PANELS[panel].max}
      onKeyDown={onKeyDown}
      onDoubleClick={() => { resetSize(panel); }}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        from.current = { at: position(event), size };
      }}
      onPointerMove={(event) => { if (from.current) resize(panel, from.current.size + sign * (position(event) - from.current.at)); }}
      onPointerUp={() => { from.current = undefined; }}
      onPointerCancel={() => { from.current = undefined; }}
    />
  );
}
