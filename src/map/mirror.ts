/** What the picture reads: the page's private copy of the machine's tables, kept up to date by applyPatch(). Nothing here writes to it. */
import type { Tables } from '../../workers/uapi/layout.ts';
import { MEM_STATE_GOING_OFFLINE, MEM_STATE_ONLINE, SECTION_PRESENT } from '../../workers/uapi/memory_block.ts';
import { pageblock_order } from '../../workers/uapi/mmzone.ts';

/** Any `Tables` is one; tests and small pictures need only these columns. */
export type Mirror = Pick<Tables, 'sizes' | 'pageblock' | 'memory_block' | 'section' | 'zone' | 'node' | 'slot'> & {
  readonly memmap: Pick<Tables['memmap'], 'kind'>;
};

/** The columns that are drawn from, and no others: what is posted to a worker. */
export const drawnOf = ({ sizes, pageblock, memory_block, section, zone, node, slot, memmap: { kind } }: Mirror): Mirror => ({ sizes, pageblock, memory_block, section, zone, node, slot, memmap: { kind } });

/** Pageblocks in one memory block (a power of two). */
export const pageblocksPerBlock = (m: Mirror): number => 1 << (m.sizes.block_shift - pageblock_order);
/** Memory blocks the machine can ever have. */
export const blockCount = (m: Mirror): number => m.memory_block.state.length;
/** Block a pageblock lies in. */
export const blockOfPageblock = (m: Mirror, pageblock: number): number => pageblock >> (m.sizes.block_shift - pageblock_order);
export const sectionOfPageblock = (m: Mirror, pageblock: number): number => pageblock >> (m.sizes.section_shift - pageblock_order);

/** Contents can be drawn: the block is online, or on its way out. */
export const hasContents = (state: number): boolean => state === MEM_STATE_ONLINE || state === MEM_STATE_GOING_OFFLINE;

/** One past the last frame that is present or plugged; 0 on a machine without memory. */
export function contentEnd(m: Mirror): number {
  let end = 0;
  const { state } = m.section;
  for (let s = state.length - 1; s >= 0; s--) {
    if (((state[s] as number) & SECTION_PRESENT) !== 0) {
      end = (s + 1) * 2 ** m.sizes.section_shift;
      break;
    }
  }
  for (let i = 0; i < m.slot.state.length; i++) {
    if (m.slot.state[i] !== 0) end = Math.max(end, (m.slot.start_pfn[i] as number) + (m.slot.nr_pages[i] as number));
  }
  return Math.min(end, m.sizes.max_pfn);
}
