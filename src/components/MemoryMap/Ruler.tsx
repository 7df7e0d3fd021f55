/** The address ruler. It moves with every frame of a zoom: painted by whoever paints the picture. What is under the pointer says its address in full. */
import { type PointerEvent, type RefObject, useRef } from 'react';
import { hex } from '../../format/numbers.ts';
import { rulerTicks } from '../../map/index.ts';
import { pageSize } from '../../state/machine.ts';
import styles from './MemoryMap.module.css';
import type { Stage } from './stage.ts';
import { useLent } from './useLent.ts';

export function Ruler({ stage }: { stage: RefObject<Stage | undefined> }) {
  const { canvas } = useLent('ruler');
  const box = useRef<HTMLDivElement>(null);
  function say(event: PointerEvent<HTMLDivElement>): void {
    const p = stage.current?.renderer.picture();
    if (!p || !box.current) return;
    const x = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const tick = rulerTicks(p.view.camera, p.viewport, pageSize()).findLast((of) => of.x <= x);
    box.current.title = tick ? hex(tick.pfn * pageSize()) : '';
  }
  return <div ref={box} className={styles.ruler} aria-hidden="true" onPointerMove={say}><canvas ref={canvas} /></div>;
}
