/**
 * The picture's twin: a grid of lanes and blocks that keyboard and screen reader walk. It shows the names of the lanes and, while it has the focus, where the
 * reader is; the tiles themselves are the canvas's.
 */
import { type KeyboardEvent, memo, type RefObject, useMemo, useRef } from 'react';
import { stateWord } from '../../../workers/uapi/memory_block.ts';
import type { Block, Snapshot } from '../../engine/snapshot.ts';
import { type Drag, nextLane } from '../../gestures/drag.ts';
import { laneOf, sameLane } from '../../gestures/lanes.ts';
import { bytes, percent, shortBytes } from '../../format/numbers.ts';
import { keyCamera, type Lane, spotRect } from '../../map/index.ts';
import { gesture, useGesture } from '../../state/gesture.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { announce } from '../../state/notice.ts';
import { type PictureState, usePicture } from '../../state/picture.ts';
import { useVerdicts } from '../../state/verdicts.ts';
import { selectBlock, selectBlocks, useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { carryOutAll, nameOfLane, planFor, plansFor, takenAlong } from '../moves.ts';
import { useSession } from '../SessionContext.ts';
import styles from './BlockGrid.module.css';
import { nearest, neighbours, type Row } from './rows.ts';
import type { Stage } from './stage.ts';
import { useMoved } from './useMoved.ts';

/** Cells in the document on either side of the selected one: a TiB has thousands of blocks, a reader walks them one by one. */
const WINDOW = 64;
/** CSS pixels below which a lane has room for one line of text. */
const LOW = 38;
/** A lane at the map's edge keeps its name until less than this is in sight: then it is cut. CSS pixels. */
const LEAST_NAMED = 30;

const usedSlots = (snapshot: Snapshot): number => snapshot.slots.filter(({ state }) => state !== 0).length;

/** The second line of a lane's label; in a low lane there is room for the size only. */
function laneFacts(lane: Lane, snapshot: Snapshot, low: boolean): string {
  if (lane.kind === 'offline') return snapshot.offline === 0 ? t.map.empty : bytes(snapshot.offline);
  if (lane.kind === 'slots') return snapshot.slots.length === 0 ? t.map.noSlots : t.map.plugged(usedSlots(snapshot), snapshot.slots.length);
  const zone = snapshot.zones.find((z) => z.nid === lane.nid && z.zone === lane.zone);
  if (zone === undefined || zone.present === 0) return t.map.empty;
  const size = shortBytes(zone.present * pageSize());
  return low ? size : t.map.laneSize(size, percent(zone.free, zone.managed));
}

const NOTHING: Pick<Snapshot, 'blocks' | 'lanes' | 'blockBytes'> & { readonly geometry?: Snapshot['geometry'] } = { blocks: [], lanes: [], blockBytes: 0 };

const Cell = memo(function Cell({ block, selected, index }: { block: Block; selected: boolean; index: number }) {
  const verdict = useVerdicts((s) => (s.doubted.has(block.id) ? undefined : s.facts.get(block.id)?.offline.verdict));
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active cell (aria-activedescendant)
    <div id={`block-${block.id}`} role="gridcell" aria-colindex={index + 2} aria-selected={selected} className="visually-hidden">
      {t.map.block(block.id, stateWord(block.state), verdict === undefined ? '' : t.map.verdict[verdict])}
    </div>
  );
});

/** Puts the names of the lanes where these are. Of a lane that is higher than the map, the part in sight is named. */
function placeRows(grid: HTMLElement, { lanes, height }: PictureState): void {
  grid.querySelectorAll<HTMLElement>(':scope > [role="row"]').forEach(({ style }, i) => {
    const label = lanes[i];
    if (label === undefined) return;
    const top = Math.max(0, label.y);
    const seen = Math.min(height, label.y + label.height) - top;
    style.top = `${seen > 0 ? top : label.y}px`;
    style.height = `${seen > 0 ? Math.max(seen, Math.min(label.height, LEAST_NAMED)) : label.height}px`;
  });
}

export function BlockGrid({ stage }: { stage: RefObject<Stage | undefined> }) {
  const session = useSession();
  const snapshot = useMachine((s) => s.snapshot);
  /** Of each lane, whether it is low; a zoom into frames makes them higher from frame to frame, which moves their names by hand. */
  const lows = usePicture((s) => s.lanes.map(({ height }) => (height < LOW ? 'l' : 'h')).join(''));
  const grid = useRef<HTMLDivElement>(null);
  const active = useView((s) => s.block);
  const also = useView((s) => s.also);
  const { blocks: all, lanes, blockBytes, geometry } = snapshot ?? NOTHING;
  const rows = useMemo<Row[]>(() => {
    if (geometry === undefined) return [];
    const pages = blockBytes / pageSize();
    return lanes.map((lane) => ({ lane, blocks: all.filter((block) => sameLane(laneOf(block, pages, geometry), lane)) }));
  }, [all, lanes, blockBytes, geometry]);

  useMoved((picture) => { if (grid.current) placeRows(grid.current, picture); });

  function go(block: Block | undefined): void {
    if (block === undefined) return;
    selectBlock(block.id);
    stage.current?.reveal(block.id);
  }

  // What a key finds is asked of the stores, not taken from what was drawn last: the next key may come before that.

  /** Keys while a block is held. True: it was one of ours. */
  function heldKey(event: KeyboardEvent, block: number, drag: Drag): boolean {
    const lanes = rows.map(({ lane }) => lane);
    if (event.key === 'Escape') {
      gesture({ type: 'cancel' });
      announce(t.move.cancelled(block));
    } else if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const over = drag.phase === 'over' ? drag.lane : undefined;
      const from = over ? lanes.findIndex((lane) => sameLane(lane, over)) : rows.findIndex(({ blocks }) => blocks.some(({ id }) => id === block));
      const lane = lanes[nextLane(lanes, from, event.key === 'ArrowDown' ? 1 : -1)];
      const plan = lane && planFor(block, lane);
      gesture({ type: 'over', lane });
      const many = takenAlong(block).length;
      if (lane && plan) {
        // Words that the first picture does not need. Two loads may end in either order: what is said is the lane the block is over then.
        void import('../move_words.ts').then(({ planWords }) => {
          const now = useGesture.getState().drag;
          if (now.phase === 'over' && now.lane !== undefined && sameLane(now.lane, lane)) announce(t.move.over(nameOfLane(lane), [...(many > 1 ? [t.map.dropMany(many)] : []), planWords(plan)].join(' ')));
        });
      }
    } else if (event.key === 'Enter' || event.key === ' ') {
      const dropped = gesture({ type: 'drop' });
      if (dropped.phase === 'dropped') carryOutAll(session, plansFor(takenAlong(block), dropped.lane));
    } else return event.key !== 'Tab';
    return true;
  }

  /** Keys while nothing is held. */
  function freeKey(event: KeyboardEvent): boolean {
    const { block: active } = useView.getState();
    const around = neighbours(rows, active);
    switch (event.key) {
      case 'ArrowRight': go(around.right); break;
      case 'ArrowLeft': go(around.left); break;
      case 'ArrowDown': go(around.below); break;
      case 'ArrowUp': go(around.above); break;
      case 'Home': go(around.first); break;
      case 'End': go(around.last); break;
      case 'Enter':
      case ' ':
        if (active === undefined) return false;
        gesture({ type: 'lift', block: active, by: 'keyboard' });
        announce(t.move.picked(active));
        break;
      case 'Escape': selectBlock(undefined); break;
      default: return false;
    }
    return true;
  }

  /** Ctrl with an arrow takes the next block of the lane along. True: it did. */
  function takeNext(event: KeyboardEvent): boolean {
    const { block: active, also } = useView.getState();
    const way = event.key === 'ArrowRight' ? 'right' : event.key === 'ArrowLeft' ? 'left' : undefined;
    if (!(event.ctrlKey || event.metaKey) || way === undefined || active === undefined) return false;
    const next = neighbours(rows, active)[way];
    if (next === undefined) return true;
    // Back over one that is selected lets go of the last.
    const all = also.includes(next.id) ? also : [active, ...also, next.id];
    selectBlocks(next.id, all);
    stage.current?.reveal(next.id);
    announce(t.move.selected(all.length));
    return true;
  }

  /** Whether the picture shows where the reader is: a hand on the mouse knows. */
  const showFocus = (node: HTMLElement): void => { stage.current?.setFocused(node.matches(':focus-visible')); };

  function onKeyDown(event: KeyboardEvent<HTMLElement>): void {
    showFocus(event.currentTarget);
    const picture = stage.current?.renderer.picture();
    const { block, pfn } = useView.getState();
    const at = picture && block !== undefined ? spotRect(picture, pfn === undefined ? { block } : { block, pfn }) : undefined;
    const camera = picture && keyCamera(picture, event, (at?.x ?? 0) + (at?.width ?? 0) / 2, (at?.y ?? 0) + (at?.height ?? 0) / 2);
    const { drag } = useGesture.getState();
    const held = drag.phase === 'lifted' || drag.phase === 'over' ? drag.block : undefined;
    if (held === undefined && takeNext(event)) {
      event.preventDefault();
      return;
    }
    if (held === undefined && camera) stage.current?.setCamera(camera);
    else if (event.ctrlKey || event.metaKey || event.altKey || !(held === undefined ? freeKey(event) : heldKey(event, held, drag))) return;
    event.preventDefault();
  }

  const rendered = active !== undefined && rows.some(({ blocks }) => blocks.some(({ id }) => id === active));
  return (
    <div
      ref={grid} className={styles.grid} role="grid" aria-multiselectable="true" tabIndex={0} aria-label={t.map.grid} aria-rowcount={rows.length} aria-activedescendant={rendered ? `block-${active}` : undefined} onKeyDown={onKeyDown}
      onFocus={(event) => {
        showFocus(event.currentTarget);
        if (active === undefined) go(rows.find(({ blocks }) => blocks.length > 0)?.blocks[0]);
      }}
      onBlur={(event) => {
        showFocus(event.currentTarget);
        if (useGesture.getState().drag.phase !== 'idle') gesture({ type: 'cancel' });
      }}
    >
      {rows.map(({ lane, blocks }, i) => {
        const at = nearest(blocks, active);
        const from = Math.max(0, at - WINDOW);
        const low = lows[i] === 'l';
        return (
          // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus
          <div key={`${lane.kind} ${lane.nid} ${lane.zone}`} role="row" aria-rowindex={i + 1} className={low ? `${styles.row} ${styles.low}` : styles.row} data-zone={lane.kind === 'zone' ? lane.zone : lane.kind}>
            {/* biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus */}
            <div role="rowheader" className={styles.label}>
              <span className={styles.name}>{nameOfLane(lane)}</span>
              {snapshot && <span className={styles.facts}>{laneFacts(lane, snapshot, low)}</span>}
            </div>
            {blocks.slice(from, at + WINDOW).map((block, j) => <Cell key={block.id} block={block} index={from + j} selected={block.id === active || also.includes(block.id)} />)}
          </div>
        );
      })}
    </div>
  );
}
