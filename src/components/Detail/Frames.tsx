/** Every frame of the block, drawn by the same rasteriser as the map. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { KIND_MASK, KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import { pageblock_nr_pages, ZONE_MOVABLE } from '../../../workers/uapi/mmzone.ts';
import type { Block } from '../../engine/snapshot.ts';
import { hex } from '../../format/numbers.ts';
import { detailGrid, detailHit, detailRect } from '../../map/detail.ts';
import { useLens } from '../../state/lens.ts';
import { selectFrame, useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { useLitCanvas } from '../MemoryMap/useLitCanvas.ts';
import { useLent } from '../MemoryMap/useLent.ts';
import { useSession } from '../SessionContext.ts';
import styles from './Detail.module.css';

/** Frames that the up and down keys step over: a row of a pageblock. */
const ROW = 32;

export function Frames({ block }: { block: Block }) {
  const session = useSession();
  const isolated = useView((s) => s.isolated);
  const pfn = useView((s) => s.pfn);
  const lens = useLens((s) => s.shown);
  const [hover, setHover] = useState('');
  const { id } = block;
  const movable = block.zone === ZONE_MOVABLE;
  const blockPages = 2 ** (session.mirror()?.tables.sizes.block_shift ?? 15);
  /** Device pixels. */
  const size = useRef({ width: 0, height: 0 });
  const per = blockPages / pageblock_nr_pages;
  const { canvas: veil, draw } = useLitCanvas((width, height) => {
    const grid = detailGrid(per, width, height);
    return {
      first: id * per, end: (id + 1) * per,
      boxOf(pageblock) {
        const box = { x: 0, y: 0, width: 0, height: 0 };
        detailRect(grid, width, height, devicePixelRatio, pageblock - id * per, box);
        return box;
      },
    };
  }, false);
  const { canvas, lent } = useLent('block', (width, height) => {
    size.current = { width, height };
    draw();
  });

  // Theme and lens are the picture's; whoever paints both has been told of them.
  useEffect(() => { lent.current?.tell({ type: 'block', view: { block: id, movableZone: movable, selected: pfn, only: isolated } }); }, [lent, id, movable, isolated, pfn]);
  useEffect(() => {
    const first = id * (blockPages / pageblock_nr_pages);
    const among = (changed: Set<number>, pageblocks: Int32Array | undefined): void => {
      for (let i = 0; pageblocks !== undefined && i < pageblocks.length; i++) {
        const at = (pageblocks[i] as number) - first;
        if (at >= 0 && at < blockPages / pageblock_nr_pages) changed.add(at);
      }
    };
    return session.onPatch((patch) => {
      const changed = new Set<number>();
      among(changed, patch.pageblocks);
      among(changed, patch.classes?.pageblocks);
      // What has aged is not in the patch.
      if (lens === 'age') lent.current?.tell({ type: 'changed', pageblocks: undefined });
      else if (changed.size > 0) lent.current?.tell({ type: 'changed', pageblocks: changed });
    });
  }, [session, lent, id, blockPages, lens]);

  const at = (event: { clientX: number; clientY: number }): number => {
    const node = canvas.current;
    const mirror = session.mirror();
    if (!node || !mirror) return -1;
    const box = node.getBoundingClientRect();
    return detailHit(mirror.tables, id, size.current.width, size.current.height, devicePixelRatio, Math.floor((event.clientX - box.left) * devicePixelRatio), Math.floor((event.clientY - box.top) * devicePixelRatio));
  };
  const tell = (frame: number): string => {
    const kind = (session.mirror()?.tables.memmap.kind[frame] ?? 0) & KIND_MASK;
    return `pfn ${hex(frame)} · ${t.legend.kinds[KIND_NAMES[kind] ?? 'free']}`;
  };
  function onKeyDown(event: KeyboardEvent): void {
    const by = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: ROW, ArrowUp: -ROW }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    const first = id * blockPages;
    selectFrame(Math.min(first + blockPages - 1, Math.max(first, pfn === undefined ? first : pfn + by)), blockPages);
  }

  return (
    // Frames are walked like a slider: one value, the pfn, read out as its kind.
    <div
      className={styles.frames} role="slider" tabIndex={0} aria-label={t.detail.frames(id)} aria-valuemin={id * blockPages} aria-valuemax={(id + 1) * blockPages - 1}
      aria-valuenow={pfn ?? id * blockPages} aria-valuetext={tell(pfn ?? id * blockPages)} onKeyDown={onKeyDown}
    >
      {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus */}
      <canvas
        ref={canvas} title={hover} aria-hidden="true"
        onPointerMove={(event) => {
          const frame = at(event);
          setHover(frame < 0 ? '' : tell(frame));
        }}
        onClick={(event) => {
          const frame = at(event);
          if (frame >= 0) selectFrame(frame, blockPages);
        }}
      />
      <canvas ref={veil} className={styles.veil} />
    </div>
  );
}
