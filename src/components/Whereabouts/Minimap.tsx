/** The whole machine on one line, with the part that the map shows. A click or a drag moves the map; the keyboard moves it in the map itself. */
import { type PointerEvent, type RefObject, useEffect, useRef } from 'react';
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import type { Block } from '../../engine/snapshot.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { usePicture } from '../../state/picture.ts';
import type { Stage } from '../MemoryMap/stage.ts';
import { useLent } from '../MemoryMap/useLent.ts';
import styles from './Whereabouts.module.css';

/** CSS pixels of a strip's line for a block that is not online. */
const THIN = 3;

export function Minimap({ stage }: { stage: RefObject<Stage | undefined> }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const blocks = useMachine((s) => s.snapshot?.blocks);
  const blockBytes = useMachine((s) => s.snapshot?.blockBytes ?? 0);
  const end = usePicture((s) => s.range.end);
  // It moves with every frame of a zoom.
  const { canvas: mark } = useLent('mark');

  useEffect(() => {
    const node = canvas.current;
    const context = node?.getContext('2d');
    if (!node || !context || !blocks || end === 0) return undefined;
    const paint = (cssWidth: number, cssHeight: number): void => {
      const width = Math.round(cssWidth * devicePixelRatio);
      const height = Math.round(cssHeight * devicePixelRatio);
      if (width === 0) return;
      node.width = width;
      node.height = height;
      const style = getComputedStyle(node);
      const zones = [0, 1, 2, 3].map((zone) => style.getPropertyValue(`--z-${zone}`));
      const none = style.getPropertyValue('--z-offline');
      const thin = Math.round(THIN * devicePixelRatio);
      const pages = blockBytes / pageSize();
      const edge = (id: number): number => Math.floor((id * pages * width) / end);
      // Neighbours that look alike are one rectangle: a TiB has thousands of blocks.
      for (let i = 0; i < blocks.length;) {
        const { id, state, zone } = blocks[i] as Block;
        let next = i + 1;
        while (blocks[next]?.id === id + next - i && blocks[next]?.state === state && blocks[next]?.zone === zone) next++;
        const online = stateWord(state) !== 'offline';
        context.fillStyle = online ? (zones[Math.max(0, zone)] ?? '') : none;
        context.fillRect(edge(id), online ? 0 : height - thin, Math.max(1, edge(id + next - i) - edge(id)), online ? height : thin);
        i = next;
      }
    };
    // It says the size at once, and nobody has to ask for it in the middle of a frame.
    const observer = new ResizeObserver(([entry]) => { if (entry) paint(entry.contentRect.width, entry.contentRect.height); });
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
      <div>
        <canvas ref={canvas} />
        <canvas ref={mark} />
      </div>
    </div>
  );
}
