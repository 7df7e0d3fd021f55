import { describe, expect, it } from 'vitest';
import { linux_2_6_12 } from '../editions/2.6.12/edition.ts';
import { linux_3_11 } from '../editions/3.11/edition.ts';
import { linux_6_1 } from '../editions/6.1/edition.ts';
import { X86_64 } from '../uapi/arch.ts';
import { formatMachine, placeTables } from '../uapi/layout.ts';
import type { Edition } from './edition.ts';
import { THP_ENABLED } from './huge_memory.ts';
import { M_MIN_FREE_KBYTES, M_THP_ENABLED, type Mm } from './mm.ts';
import { init_per_zone_wmark_min, nr_free_zone_pages } from './watermarks.ts';

/** A machine of nothing but managed pages: DMA, DMA32, Normal, Movable of one node. */
function zones(managed: readonly number[], more: { thp?: boolean; cpus?: number; edition?: Edition } = {}): Mm {
  const sizes = { max_pfn: 512, section_shift: 15, block_shift: 15, nodes: 1, slots: 1, trace_rows: 8, text_rows: 8, text_bytes: 64 };
  const t = formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
  managed.forEach((pages, zone) => { t.zone.managed_pages[zone] = pages; });
  const { thp = false, cpus = 1, edition = linux_6_1 } = more;
  t.misc.word[M_THP_ENABLED] = thp ? THP_ENABLED.indexOf('always') : THP_ENABLED.indexOf('never');
  return {
    t,
    description: { format: 'hotplug-lab machine', version: 1, name: 'zones', edition: edition.name, arch: 'x86_64', memory: [], numa: [], cmdline: '', cpus, hypervisor: true, profile: 'bare' },
    edition, geometry: X86_64, options: { movable_node: false, thp, zone_movable_pfn: [0] }, PFN_SECTION_SHIFT: 15, PFN_BLOCK_SHIFT: 15,
    trace: () => {}, printk: () => {}, note: () => 0, currentTask: () => 0, signal_pending: () => false, cond_resched: () => true, steps_ahead: () => 0, steps_taken: () => {}, touch: () => {},
    alloc_pages_compacting: () => -1,
  };
}
/** `min/low/high` of each zone. */
const marks = (mm: Mm): string[] =>
  [0, 1, 2, 3].map((row) => [mm.t.zone.watermark_min[row], mm.t.zone.watermark_low[row], mm.t.zone.watermark_high[row]].join('/'));
const protection = (mm: Mm, row: number): (number | undefined)[] => [mm.t.zone.protection0, mm.t.zone.protection1, mm.t.zone.protection2, mm.t.zone.protection3].map((c) => c[row]);

describe('watermarks: the vector of the specification', () => {
  const mm = zones([3840, 760000, 256000, 1024000]);
  init_per_zone_wmark_min(mm);
  it('min_free_kbytes follows the kernel zones only', () => expect(mm.t.misc.word[M_MIN_FREE_KBYTES]).toBe(8078));
  it('each zone gets its share, Movable too', () => expect(marks(mm)).toEqual(['3/6/9', '750/1510/2270', '252/508/764', '1011/2035/3059']));
  it('lower zones are protected from requests for higher ones', () => {
    expect([0, 1, 2, 3].map((row) => protection(mm, row))).toEqual([[0, 2968, 3968, 7968], [0, 0, 1000, 5000], [0, 0, 0, 32000], [0, 0, 0, 0]]);
  });
});

describe('watermarks of 3.11: the same vector, "min + share/4, min + share/2"', () => {
  const mm = zones([3840, 760000, 256000, 1024000], { edition: linux_3_11 });
  init_per_zone_wmark_min(mm);
  it('min_free_kbytes is the same', () => expect(mm.t.misc.word[M_MIN_FREE_KBYTES]).toBe(8078));
  it('the marks lie closer together', () => expect(marks(mm)).toEqual(['3/3/4', '750/937/1125', '252/315/378', '1011/1263/1516']));
  it('the zones keep as much for themselves', () => expect([0, 1, 2, 3].map((row) => protection(mm, row))).toEqual([[0, 2968, 3968, 7968], [0, 0, 1000, 5000], [0, 0, 0, 32000], [0, 0, 0, 0]]));
});

describe('watermarks of 2.6.12: "pages_min×zone/Σ; highmem: present/1024 clamp 32..128", "min×5/4", "min×6/4"', () => {
  it.each([[20000, 32], [100000, 97], [500000, 128]])('%i pages of HighMem keep %i', (highmem, min) => {
    const mm = zones([], { edition: linux_2_6_12 });
    [4096, 0, 225280, highmem].forEach((pages, zone) => { mm.t.zone.present_pages[zone] = pages; });
    init_per_zone_wmark_min(mm);
    // isqrt((4096 + 225280) × 4 × 16) kB = 3831: 957 pages.
    expect(mm.t.misc.word[M_MIN_FREE_KBYTES]).toBe(3831);
    expect(marks(mm)).toEqual(['17/21/25', '0/0/0', '939/1173/1408', `${min}/${(min * 5) >> 2}/${(min * 6) >> 2}`]);
  });
});

describe('transparent huge pages raise min_free_kbytes', () => {
  it('1 GiB: the 45056 kB of two kernel zones, of which DMA gets 180 and DMA32 11083 pages (recorded, with the pages of early boot)', () => {
    // Managed before the initrd (3444 pages) and the kernel's own init memory (2002) were freed.
    const mm = zones([3840, 241591 - 3444 - 2002], { thp: true });
    init_per_zone_wmark_min(mm);
    expect(mm.t.misc.word[M_MIN_FREE_KBYTES]).toBe(45056);
    expect(marks(mm).slice(0, 2)).toEqual(['180/225/270', '11083/13853/16623']);
    expect(protection(mm, 0)).toEqual([0, 922, 922, 922]);
  });
  it('never to more than a twentieth of the kernel zones', () => {
    const mm = zones([3840, 20000, 0, 500000], { thp: true });
    init_per_zone_wmark_min(mm);
    const high = nr_free_zone_pages(mm, true);
    expect((mm.t.misc.word[M_MIN_FREE_KBYTES] as number) / 4).toBeLessThanOrEqual(Math.ceil((23840 - 0) / 20));
    expect(high).toBeLessThan(23840);
  });
});

describe('per-cpu lists', () => {
  it.each([[3840, 1], [32768, 7], [131072, 31], [241591, 63], [760000, 63]])('%d managed pages: batch %d', (managed, batch) => {
    const mm = zones([0, managed]);
    init_per_zone_wmark_min(mm);
    expect(mm.t.zone.pageset_batch[1]).toBe(batch);
    expect(mm.t.zone.pageset_high[1]).toBe(Math.max(4 * batch, mm.t.zone.watermark_low[1] as number));
  });
  it('thresholds of the statistics grow with zone and CPUs', () => {
    const one = zones([3840, 241591]);
    init_per_zone_wmark_min(one);
    expect([one.t.zone.stat_threshold[0], one.t.zone.stat_threshold[1], one.t.zone.stat_threshold[2]]).toEqual([2, 8, 0]);
    const two = zones([3840, 241591], { cpus: 2 });
    init_per_zone_wmark_min(two);
    expect(two.t.zone.stat_threshold[1]).toBe(16);
  });
});
