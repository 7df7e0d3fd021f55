/** Following a link of the output: selects in the picture what it names. */
import type { Target } from '../../format/links.ts';
import { hex } from '../../format/numbers.ts';
import type { Session } from '../../engine/session.ts';
import { SECTION_PRESENT } from '../../../workers/uapi/memory_block.ts';
import { PAGE_SIZE } from '../../../workers/uapi/units.ts';
import { useMachine } from '../../state/machine.ts';
import { announce } from '../../state/notice.ts';
import { bringIntoView, selectBlock, selectFrame } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { blockById } from '../moves.ts';

/** False: the picture has nothing to show for it (a file of no block), and the caller may do something else. */
export function goTo(session: Session, target: Target): boolean {
  const { snapshot } = useMachine.getState();
  const tables = session.mirror()?.tables;
  if (!snapshot || !tables || target.kind === 'path') return false;
  if (target.kind === 'node') {
    const zones = snapshot.zones.filter((z) => z.nid === target.nid && z.spanned > 0);
    if (zones.length > 0) bringIntoView({ start: Math.min(...zones.map((z) => z.startPfn)), end: Math.max(...zones.map((z) => z.startPfn + z.spanned)) });
    else announce(t.terminal.nowhere(`node${target.nid}`));
    return true;
  }
  const pages = snapshot.blockBytes / PAGE_SIZE;
  const pfn = target.kind === 'frame' ? target.pfn : target.kind === 'address' ? Math.floor(target.address / PAGE_SIZE) : target.id * pages;
  const block = Math.floor(pfn / pages);
  const present = ((tables.section.state[pfn >>> tables.sizes.section_shift] ?? 0) & SECTION_PRESENT) !== 0;
  if (blockById(snapshot, block) === undefined || !present || pfn >= tables.sizes.max_pfn) announce(t.terminal.nowhere(target.kind === 'block' ? `memory${target.id}` : hex(target.kind === 'address' ? target.address : pfn)));
  else if (target.kind === 'frame') selectFrame(pfn, pages);
  else {
    selectBlock(block);
    bringIntoView({ block });
  }
  return true;
}
