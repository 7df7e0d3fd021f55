/** What the picture shades: address ranges that hold no RAM when the machine is up, named by what they are. */
import type { Hole } from '../uapi/engine.ts';
import type { MachineDescription } from '../uapi/machine_description.ts';

const FOUR_GIB = 2 ** 32;

/**
 * Gaps between the sections that are present, and the one under 4 GiB where PCs keep their devices, whether or not memory lies behind it yet. A gap is cut where its nature changes.
 * @param present a section's place in the table, and whether it holds memory
 * @param sectionBytes bytes of a section
 */
export function holesOf(present: ArrayLike<number>, sectionBytes: number, { arch, numa }: Pick<MachineDescription, 'arch' | 'numa'>): Hole[] {
  const pc = arch === 'x86_64' || arch === 'i386';
  const windows = numa.filter(({ hotplug }) => hotplug);
  const kindAt = (address: number, end: number): Hole['kind'] => {
    if (windows.some((range) => range.start <= address && address < range.end)) return 'window';
    // Only the gap that reaches up to 4 GiB: one further down is a hole in the RAM.
    return pc && address < FOUR_GIB && end >= FOUR_GIB ? 'pci' : 'none';
  };
  const holes: Hole[] = [];
  function gap(start: number, end: number): void {
    const cuts = [FOUR_GIB, ...windows.flatMap((range) => [range.start, range.end])].filter((at) => at > start && at < end);
    let from = start;
    for (const to of [...cuts.sort((a, b) => a - b), end]) {
      const kind = kindAt(from, to);
      const last = holes.at(-1);
      if (last?.end === from && last.kind === kind) holes[holes.length - 1] = { ...last, end: to };
      else if (to > from) holes.push({ start: from, end: to, kind });
      from = to;
    }
  }
  let next = 0;
  for (let nr = 0; nr < present.length; nr++) {
    if (present[nr] === 0) continue;
    if (nr > next) gap(next * sectionBytes, nr * sectionBytes);
    next = nr + 1;
  }
  if (pc && next * sectionBytes < FOUR_GIB) gap(next * sectionBytes, FOUR_GIB);
  return holes;
}
