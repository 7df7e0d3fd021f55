/** The whole machine on one line, with the part that the map shows. A click or a drag moves the map; the keyboard moves it in the map itself. */
import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { usePicture } from '../../state/picture.ts';
import type { Stage } from '../MemoryMap/stage.ts';
import styles from './Whereabouts.module.css';

/** CSS pixels of a strip's line for a block that is not online. */
const THIN = 3;

export function Minimap({ stage }: { stage: RefObject<Stage | undefined> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const blocks = useMachine((s) => s.snapshot?.blocks);
  const blockBytes = useMachine((s) => s.snapshot?.blockBytes ?? 0);
  const end = usePicture((s) => s.range.end);
  const mark = useRef<HTMLElement>(null);

  // Moved by hand: it moves with every frame of a zoom.
  useEffect(() => {
    const show = ({ range: { from, to } }: ReturnType<typeof usePicture.getState>): void => {
      if (!mark.current || end === 0) return;
      mark.current.style.left = `${(100 * from) / end}%`;
      mark.current.style.width = `${(100 * Math.min(to - from, end - from)) / end}%`;
    };
    show(usePicture.getState());
    return usePicture.subscribe((now, before) => { if (now.range !== before.range) show(now); });
  }, [end]);

  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext('2d');
    if (!node || !context || !blocks || end === 0) return undefined;
    const paint = (): void => {
      const width = Math.round(node.clientWidth * devicePixelRatio);
      const height = Math.round(node.clientHeight * devicePixelRatio);
      if (width === 0) return;
      node.width = width;
      node.height = height;
      const style = getComputedStyle(node);
      const zones = [0, 1, 2, 3].map((zone) => style.getPropertyValue(`--z-${zone}`));
      const thin = Math.round(THIN * devicePixelRatio);
      const pages = blockBytes / pageSize();
      for (const { id, state, zone } of blocks) {
        const x = Math.floor((id * pages * width) / end);
        const online = stateWord(state) !== 'offline';
        context.fillStyle = online ? (zones[Math.max(0, zone)] ?? '') : style.getPropertyValue('--z-offline');
        context.fillRect(x, online ? 0 : height - thin, Math.max(1, Math.floor(((id + 1) * pages * width) / end) - x), online ? height : thin);
      }
    };
    paint();
    const observer = new ResizeObserver(paint);
    observer.observe(node);
    return () => { observer.disconnect(); };
  }, [blocks, blockBytes, end]);

  function follow(event: PointerEvent<HTMLDivElement>): void {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    event.currentTarget.setPointerCapture(event.pointerId);
    stage.current?.centre(((event.clientX - box.left) / box.width) * end);
  }

  return (
    <div className={styles.minimap} aria-hidden="true" onPointerDown={follow} onPointerMove={follow}>
      <canvas ref={canvas} />
      {end > 0 && <i ref={mark} />}
    </div>
  );
}
