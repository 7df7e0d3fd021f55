/** Over the map: the frames that are lit, and a mark under each pageblock that has some. */
import { pageblock_nr_pages } from '../../../workers/uapi/mmzone.ts';
import { pageblockRect } from '../../map/places.ts';
import { useLit } from '../../state/lit.ts';
import { mapControls } from '../../state/picture.ts';
import styles from './MemoryMap.module.css';
import { useLitCanvas } from './useLitCanvas.ts';
import { useMoved } from './useMoved.ts';

export function LitOver() {
  const block = useLit((s) => s.lit?.block);
  const { canvas, draw } = useLitCanvas((width, height) => {
    const p = mapControls()?.picture();
    if (block === undefined || !p) return undefined;
    const per = 2 ** p.mirror.sizes.block_shift / pageblock_nr_pages;
    return {
      first: block * per, end: (block + 1) * per,
      boxOf(pageblock) {
        const box = { x: 0, y: 0, width: 0, height: 0 };
        const drawn = pageblockRect(p.mirror, p.lanes, p.metrics, p.view.camera, p.viewport, pageblock, box);
        return drawn && box.x < width && box.x + box.width > 0 && box.y < height && box.y + box.height > 0 ? box : undefined;
      },
    };
  }, true);
  useMoved(draw);
  return block !== undefined && <canvas ref={canvas} className={styles.lit} />;
}
