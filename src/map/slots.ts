/** Where devices in sockets lie. A DIMM is one stretch from its address on; of a device of several ranges only the first address is in its row, so its ranges are those of the memory blocks it brought. */
import { SLOT_DEVICE, SLOT_EMPTY } from '../../workers/uapi/layout.ts';
import { MEM_ABSENT } from '../../workers/uapi/memory_block.ts';
import type { Mirror } from './mirror.ts';

/** Sockets with a block outside the stretch their row states; undefined: none, as nearly always. */
function scattered({ memory_block: { slot: of, state }, slot: { start_pfn, nr_pages }, sizes }: Mirror): Set<number> | undefined {
  let found: Set<number> | undefined;
  const pages = 2 ** sizes.block_shift;
  for (let id = 0; id < of.length; id++) {
    const slot = of[id] as number;
    if (slot < 0 || state[id] === MEM_ABSENT) continue;
    const start = start_pfn[slot] as number;
    if ((id + 1) * pages <= start || id * pages >= start + (nr_pages[slot] as number)) found = (found ?? new Set()).add(slot);
  }
  return found;
}

/** Calls `visit` for each range of each device in a socket, [start, end) in frames, ascending in each socket. */
export function eachSlotRange(m: Mirror, visit: (slot: number, start: number, end: number) => void): void {
  const parted = scattered(m);
  const { state: states, start_pfn, nr_pages } = m.slot;
  const { slot: of, state } = m.memory_block;
  const pages = 2 ** m.sizes.block_shift;
  for (let slot = 0; slot < states.length; slot++) {
    if (states[slot] === SLOT_EMPTY || states[slot] === SLOT_DEVICE) continue;
    if (parted?.has(slot) !== true) {
      visit(slot, start_pfn[slot] as number, (start_pfn[slot] as number) + (nr_pages[slot] as number));
      continue;
    }
    for (let id = 0; id < of.length; id++) {
      if (of[id] !== slot || state[id] === MEM_ABSENT) continue;
      const first = id;
      while (id + 1 < of.length && of[id + 1] === slot && state[id + 1] !== MEM_ABSENT) id++;
      visit(slot, first * pages, (id + 1) * pages);
    }
  }
}
