/** Every frame of the block, drawn by the same rasteriser as the map. */
import { type KeyboardEvent, useEffect, useRef, useState } from 'react';
import { KIND_MASK, KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import { pageblock_nr_pages, ZONE_MOVABLE } from '../../../workers/uapi/mmzone.ts';
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

  /** Kept from block to block; and what draws into it. */
  const sized = useRef<{ readonly fb: Framebuffer; readonly image: ImageData }>(undefined);
  const redraw = useRef<() => void>(() => undefined);
  useEffect(() => {
    const node = canvas.current;
    const box = holder.current;
    if (!node || !box) return undefined;
    // Asked for when the page is laid out anyway: a size that is asked for after something moved makes the browser do that at once.
    const observer = new ResizeObserver(() => {
      const width = Math.round(box.clientWidth * devicePixelRatio);
      const height = Math.round(box.clientHeight * devicePixelRatio);
      if (width === 0 || height === 0 || (sized.current?.fb.width === width && sized.current.fb.height === height)) return;
      const fb = createFramebuffer(width, height);
      sized.current = { fb, image: new ImageData(fb.bytes, width, height) };
      node.width = width;
      node.height = height;
      redraw.current();
    });
    observer.observe(box);
    return () => { observer.disconnect(); };
  }, []);

  useEffect(() => {
    const context = canvas.current?.getContext('2d', { alpha: false });
    if (!context) return undefined;
    const colours = mapTheme(theme);
    const first = id * (blockPages / pageblock_nr_pages);
    /** Pageblocks that changed since the last picture, counted from the block's first; undefined: draw all. */
    let changed: Set<number> | undefined;
    let shown: unknown;
    const loop = createLoop(() => {
      const drawn = session.drawn();
      if (drawn?.lens !== lens || sized.current === undefined) return false;
      const { fb, image } = sized.current;
      // Another machine, and nothing else may have changed.
      if (drawn.mirror !== shown) changed = undefined;
      shown = drawn.mirror;
      renderDetail(drawn.mirror, drawn.counts, paletteFor(colours, false, isolated, drawn.lens), fb, { block: id, dpr: devicePixelRatio, movableZone: movable, selected: pfn, lens: drawn.lens }, changed);
      changed = new Set();
      for (let d = 0; d < fb.dirtyCount * 4; d += 4) context.putImageData(image, 0, 0, fb.dirty[d] as number, fb.dirty[d + 1] as number, fb.dirty[d + 2] as number, fb.dirty[d + 3] as number);
      return false;
    }, window);
    redraw.current = () => {
      changed = undefined;
      loop.invalidate();
    };
    redraw.current();
    const note = (pageblocks: Int32Array): void => {
      for (let i = 0; i < pageblocks.length; i++) {
        const at = (pageblocks[i] as number) - first;
        if (at < 0 || at >= blockPages / pageblock_nr_pages) continue;
        changed?.add(at);
        loop.invalidate();
      }
    };
    const stop = session.onPatch((patch) => {
      // What has aged is not in the patch.
      if (lens === 'age') changed = undefined;
      note(patch.pageblocks);
      if (patch.classes) note(patch.classes.pageblocks);
    });
    return () => {
      stop();
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
