/** The picture of physical memory: canvas, the text over it, and its twin for keyboard and screen reader. */
import { type RefObject, useEffect, useRef, useState } from 'react';
import { laneOf, sameLane } from '../../gestures/lanes.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { setMapControls } from '../../state/picture.ts';
import { selectBlock, selectBlocks, selectFrame, toggleBlock, useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import { Icon } from '../Icon/Icon.tsx';
import { panel } from '../later.tsx';
import { blockById, carryOutAll, plansFor, takenAlong } from '../moves.ts';
import { useSession } from '../SessionContext.ts';
import { Whereabouts } from '../Whereabouts/Whereabouts.tsx';
import { BlockGrid } from './BlockGrid.tsx';
import styles from './MemoryMap.module.css';
import type { Hover } from './Over.tsx';
import { Ruler } from './Ruler.tsx';
import { createStage, type Stage } from './stage.ts';

const Over = panel('Over');
const ZOOM = 1.6;

function Tools({ stage }: { stage: RefObject<Stage | undefined> }) {
  return (
    <div className={styles.tools}>
      <button type="button" aria-label={t.map.zoomOut} title={t.map.zoomOut} onClick={() => stage.current?.zoomBy(1 / ZOOM)}><Icon name="minus" /></button>
      <button type="button" aria-label={t.map.zoomIn} title={t.map.zoomIn} onClick={() => stage.current?.zoomBy(ZOOM)}><Icon name="plus" /></button>
      <button type="button" aria-label={t.map.fit} title={t.map.fit} onClick={() => stage.current?.fit()}><Icon name="fit" /></button>
    </div>
  );
}

/** All blocks of the lane from the one selected last to this one. */
function selectUpTo(id: number): void {
  const { snapshot } = useMachine.getState();
  const from = useView.getState().block;
  const anchor = blockById(snapshot, from);
  if (!snapshot || from === undefined || !anchor) {
    selectBlock(id);
    return;
  }
  const pages = snapshot.blockBytes / pageSize();
  const lane = laneOf(anchor, pages, snapshot.geometry);
  const [low, high] = [Math.min(from, id), Math.max(from, id)];
  selectBlocks(from, snapshot.blocks.filter((block) => block.id >= low && block.id <= high && sameLane(laneOf(block, pages, snapshot.geometry), lane)).map((block) => block.id));
}

export function MemoryMap() {
  const session = useSession();
  const canvas = useRef<HTMLCanvasElement>(null);
  const stage = useRef<Stage>(undefined);
  const [hover, setHover] = useState<Hover | undefined>(undefined);

  useEffect(() => {
    if (!canvas.current) return undefined;
    const made = createStage(canvas.current, session, {
      hover: (hit, x, y) => { setHover(hit?.onTile ? { hit, x, y } : undefined); },
      select(hit, level, how) {
        if (how === 'beside') toggleBlock(hit.block);
        else if (how === 'upTo') selectUpTo(hit.block);
        else if (level === 'frame' || level === 'pageblock') selectFrame(hit.pfn, 2 ** (session.mirror()?.tables.sizes.block_shift ?? 15), false);
        else selectBlock(hit.block);
      },
      drop(block, lane) {
        if (takenAlong(block).length === 1) selectBlock(block);
        carryOutAll(session, plansFor(takenAlong(block), lane));
      },
    });
    stage.current = made;
    setMapControls(made);
    return () => {
      made.stop();
      stage.current = undefined;
      setMapControls(undefined);
    };
  }, [session]);

  return (
    <section className={styles.map} id="map" aria-label={t.map.label}>
      <Whereabouts stage={stage} />
      <Tools stage={stage} />
      <Ruler stage={stage} />
      <div className={styles.stage}>
        <BlockGrid stage={stage} />
        <div className={styles.canvas}>
          {/* biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus */}
          <canvas ref={canvas} data-picture="map" aria-hidden="true" />
          <div className={styles.over}>
            <Over hover={hover} />
          </div>
        </div>
      </div>
    </section>
  );
}
