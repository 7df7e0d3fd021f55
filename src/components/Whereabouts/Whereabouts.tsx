/** Where the map is: what is selected as a path from the machine down, each step a way back up, and the whole machine on a line. */
import type { RefObject } from 'react';
import { pageblock_nr_pages } from '../../../workers/uapi/mmzone.ts';
import { hex } from '../../format/numbers.ts';
import { pageSize, useMachine } from '../../state/machine.ts';
import { selectBlock, useView } from '../../state/view.ts';
import { t } from '../../strings/index.ts';
import type { Stage } from '../MemoryMap/stage.ts';
import { blockById } from '../moves.ts';
import { ColourBy } from './ColourBy.tsx';
import { Minimap } from './Minimap.tsx';
import styles from './Whereabouts.module.css';

interface Step {
  readonly name: string;
  readonly go: () => void;
}

function Breadcrumb({ stage }: { stage: RefObject<Stage | undefined> }) {
  const snapshot = useMachine((s) => s.snapshot);
  const selected = useView((s) => s.block);
  const pfn = useView((s) => s.pfn);
  const block = blockById(snapshot, selected);
  const steps: Step[] = [{ name: t.where.machine, go: () => stage.current?.fit() }];
  if (block && snapshot) {
    const pages = snapshot.blockBytes / pageSize();
    const zone = snapshot.zones.find((z) => z.nid === block.nid && z.zone === block.zone);
    if (zone) {
      const owner = snapshot.nodes.length > 1 ? `${t.where.node(zone.nid)} ` : '';
      steps.push({ name: `${owner}${zone.name}`, go: () => stage.current?.show(zone.startPfn, zone.startPfn + zone.spanned) });
    }
    steps.push({
      name: t.where.block(block.id),
      go() {
        selectBlock(block.id);
        stage.current?.show(block.id * pages, (block.id + 1) * pages);
      },
    });
    if (pfn !== undefined) {
      const pageblock = Math.floor(pfn / pageblock_nr_pages);
      steps.push({ name: t.where.pageblock(pageblock - block.id * (pages / pageblock_nr_pages)), go: () => stage.current?.show(pageblock * pageblock_nr_pages, (pageblock + 1) * pageblock_nr_pages) });
      steps.push({ name: t.where.pfn(hex(pfn)), go: () => stage.current?.focusFrame(pfn) });
    }
  }
  return (
    <nav aria-label={t.where.label}>
      <ol className={styles.path}>
        {steps.map(({ name, go }, i) => <li key={name}><button type="button" aria-current={i === steps.length - 1 ? 'location' : undefined} onClick={go}>{name}</button></li>)}
      </ol>
    </nav>
  );
}

export function Whereabouts({ stage }: { stage: RefObject<Stage | undefined> }) {
  return (
    <div className={styles.where}>
      <Breadcrumb stage={stage} />
      <Minimap stage={stage} />
      <ColourBy />
    </div>
  );
}
