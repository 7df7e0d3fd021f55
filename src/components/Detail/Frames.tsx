/** Every frame of the block, drawn by the same rasteriser as the map. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { KIND_MASK, KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import { ZONE_MOVABLE } from '../../../workers/uapi/mmzone.ts';
import type { Block } from '../../engine/snapshot.ts';
import { hex } from '../../format/numbers.ts';
import { detailHit, renderDetail } from '../../map/detail.ts';
import { createFramebuffer, createLoop, type Framebuffer, paletteFor } from '../../map/index.ts';
import { useLens } from '../../state/lens.ts';
import { useTheme } from '../../state/theme.ts';
import { selectFrame, useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { mapTheme } from '../MemoryMap/stage.ts';
import { useSession } from '../SessionContext.ts';
import styles from './Detail.module.css';

/** Frames that the up and down keys step over: a row of a pageblock. */
const ROW = 32;

export function Frames({ block }: { block: Block }) {
  const session = useSession();
  const holder = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme((s) => s.theme);
  const isolated = useView((s) => s.isolated);
  const pfn = useView((s) => s.pfn);
  const lens = useLens((s) => s.shown);
  const [hover, setHover] = useState('');
  const { id } = block;
  const movable = block.zone === ZONE_MOVABLE;
  const blockPages = 2 ** (session.mirror()?.tables.sizes.block_shift ?? 15);

  useEffect(() => {
    const node = canvas.current;
    const box = holder.current;
    const context = node?.getContext('2d', { alpha: false });
    if (!node || !box || !context) return undefined;
    const colours = mapTheme(theme);
    let fb: Framebuffer | undefined;
    const loop = createLoop(() => {
      const drawn = session.drawn();
      if (drawn?.lens !== lens || box.clientWidth === 0 || box.clientHeight === 0) return false;
      const width = Math.round(box.clientWidth * devicePixelRatio);
      const height = Math.round(box.clientHeight * devicePixelRatio);
      if (fb?.width !== width || fb.height !== height) {
        fb = createFramebuffer(width, height);
        node.width = width;
        node.height = height;
      }
      renderDetail(drawn.mirror, drawn.counts, paletteFor(colours, false, isolated, drawn.lens), fb, id, devicePixelRatio, movable, pfn ?? -1, drawn.lens);
      context.putImageData(new ImageData(fb.bytes, width, height), 0, 0);
      return false;
    }, window);
    const first = id * (blockPages / 512);
    const inBlock = (pageblock: number): boolean => pageblock >= first && pageblock < first + blockPages / 512;
    const stop = session.onPatch((patch) => { if (patch.pageblocks.some(inBlock) || patch.classes?.pageblocks.some(inBlock)) loop.invalidate(); });
    const observer = new ResizeObserver(() => { loop.invalidate(); });
    observer.observe(box);
    loop.invalidate();
    return () => {
      stop();
      observer.disconnect();
      loop.stop();
    };
  }, [session, id, movable, theme, isolated, pfn, blockPages, lens]);

  const at = (event: { clientX: number; clientY: number }): number => {
    const node = canvas.current;
    const mirror = session.mirror();
    if (!node || !mirror) return -1;
    const box = node.getBoundingClientRect();
    return detailHit(mirror.tables, id, node.width, node.height, devicePixelRatio, Math.floor((event.clientX - box.left) * devicePixelRatio), Math.floor((event.clientY - box.top) * devicePixelRatio));
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
      ref={holder} className={styles.frames} role="slider" tabIndex={0} aria-label={t.detail.frames(id)} aria-valuemin={id * blockPages} aria-valuemax={(id + 1) * blockPages - 1}
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
    </div>
  );
}
