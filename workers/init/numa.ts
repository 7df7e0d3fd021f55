/** Mirrors: arch/x86/mm/numa.c, numa_emulation.c (6.1): which node a range of RAM belongs to, as the SRAT says or as numa=fake= makes it up. Bytes, end exclusive. */
import type { NumaRange } from '../uapi/machine_description.ts';
import { memparse } from './cmdline.ts';

interface Range {
  readonly start: number;
  readonly end: number;
}
/** FAKE_NODE_MIN_SIZE. */
const FAKE_NODE_MIN_SIZE = 32 * 2 ** 20;
const DMA32_END = 2 ** 32;

/**
 * numa=fake=N or numa=fake=<size>: cuts the RAM of each real node into nodes of about equal RAM, in steps of 32 MiB. `ram`: usable ranges, ascending.
 * undefined: the text asks for nothing that can be made. Of the size form only the plain cut is done (no interleaving over real nodes).
 */
export function fakeNodes(text: string, ram: readonly Range[]): NumaRange[] | undefined {
  const end = ram.at(-1)?.end ?? 0;
  const ramIn = (from: number, to: number): number => ram.reduce((sum, r) => sum + Math.max(0, Math.min(r.end, to) - Math.max(r.start, from)), 0);
  const bySize = /[kmgKMG]/.test(text);
  const wanted = bySize ? Math.ceil(ramIn(0, end) / Math.max(memparse(text).value, FAKE_NODE_MIN_SIZE)) : Number.parseInt(text, 10);
  if (!Number.isInteger(wanted) || wanted < 1) return undefined;
  const share = bySize ? memparse(text).value : Math.floor(ramIn(0, end) / wanted);
  const big = bySize ? 0 : Math.floor(((share % FAKE_NODE_MIN_SIZE) * wanted) / FAKE_NODE_MIN_SIZE);
  const size = share - (share % FAKE_NODE_MIN_SIZE);
  if (size === 0) return undefined;
  const nodes: NumaRange[] = [];
  for (let start = 0; start < end && nodes.length < wanted; ) {
    let stop = start + size + (nodes.length < big ? FAKE_NODE_MIN_SIZE : 0);
    while (stop < end && ramIn(start, stop) < size) stop += FAKE_NODE_MIN_SIZE;
    if (stop < DMA32_END && ramIn(stop, DMA32_END) < FAKE_NODE_MIN_SIZE) stop = DMA32_END;
    if (stop >= end || ramIn(stop, end) < size) stop = end;
    nodes.push({ nid: nodes.length, start, end: stop });
    start = stop;
  }
  return nodes;
}

/** The node of every piece of RAM. RAM that no SRAT line covers goes to node 0, as does all of it without an SRAT. */
export function assignNodes(ram: readonly Range[], numa: readonly NumaRange[]): NumaRange[] {
  const boot = numa.filter((n) => !n.hotplug).sort((a, b) => a.start - b.start);
  const out: NumaRange[] = [];
  const push = (nid: number, start: number, end: number): void => {
    if (start >= end) return;
    const last = out.at(-1);
    if (last && last.nid === nid && last.end === start) out[out.length - 1] = { ...last, end };
    else out.push({ nid, start, end });
  };
  for (const r of ram) {
    let at = r.start;
    for (const n of boot) {
      if (n.end <= at || n.start >= r.end) continue;
      push(0, at, n.start);
      push(n.nid, Math.max(at, n.start), Math.min(n.end, r.end));
      at = Math.min(n.end, r.end);
    }
    push(0, at, r.end);
  }
  return out;
}
