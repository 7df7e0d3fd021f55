/**
 * Mirrors: init/main.c start_kernel(), as far as memory goes (6.1): description → booted kernel, or the one sentence that says why not. Never throws for a bad description.
 * Left out: everything that is not memory. The order is the kernel's: zones, first zonelists, free memory to the allocator, watermarks, then what boot itself no longer needs.
 */
import { createProcfs } from '../fs/proc/proc.ts';
import { createSysfs } from '../fs/sysfs/sysfs.ts';
import { dirOf } from '../kernel/vnode.ts';
import { createFirmwareMap } from '../kernel/firmware_map.ts';
import type { Kernel } from '../mm/kernel.ts';
import { createNotifierChain } from '../kernel/notifier.ts';
import { remember } from '../lib/remember.ts';
import { crashBytes, insert_resource, newResource, parseIomem } from '../kernel/resource.ts';
import { alloc_pages_compacting } from '../mm/direct_compact.ts';
import { THP_ENABLED } from '../mm/huge_memory.ts';
import {
  M_AUTO_MOVABLE_NUMA_AWARE, M_AUTO_MOVABLE_RATIO, M_AUTO_ONLINE, M_KHUGEPAGED_DEFRAG, M_KHUGEPAGED_MAX_PTES_NONE, M_KHUGEPAGED_PAGES_TO_SCAN, M_KHUGEPAGED_SCAN_SLEEP, M_MEMMAP_ON_MEMORY, M_NEXT_PID,
  M_ONLINE_POLICY, M_THP_ENABLED, type Mm,
} from '../mm/mm.ts';
import { type CmaArea, cma_activate_area, cma_in_one_zone } from '../mm/cma.ts';
import { page_zone_row } from '../mm/mmzone.ts';
import { type Buddy, createBuddy } from '../mm/page_alloc.ts';
import { adjust_managed_page_count, init_per_zone_wmark_min, start_khugepaged } from '../mm/watermarks.ts';
import { build_all_zonelists } from '../mm/zonelist.ts';
import type { Reply } from '../uapi/command.ts';
import { ERRNO } from '../uapi/errno.ts';
import { allocateTables, formatMachine, H_GENERATION, placeTables, STATE_ALLOC } from '../uapi/layout.ts';
import { isSet } from '../uapi/kconfig.ts';
import type { BootRequest, MachineDescription } from '../uapi/machine_description.ts';
import { pageblock_order, zoneRow } from '../uapi/mmzone.ts';
import { KIND_FREE, KIND_PG_RESERVED } from '../uapi/page_kind.ts';
import { STREAM_KERNEL, STREAM_NOTE, textWriter } from '../uapi/text.ts';
import { ftraceOf } from '../kernel/ftrace.ts';
import { TRACE_EVENT_OF } from '../uapi/trace_events.ts';
import { EV, traceRunWriter, traceWriter } from '../uapi/trace.ts';
import { PAGE_SIZE } from '../uapi/units.ts';
import { type CmaReservation, reserveCma } from './cma.ts';
import { gather_bootmem_prealloc, hugetlb_init_hstates, reserveHugepages } from './hugepages.ts';
import type { BootEdition } from './edition.ts';
import { type BootPlan, planBoot } from './layout_plan.ts';
import { Memblock } from './memblock.ts';
import { checkPicture, loadPicture, reservedRuns } from './picture.ts';
import { bootZones, free_area_init, memory_dev_init, zoneEstimate } from './zones.ts';

/** What the machine around the kernel provides. */
export interface BootHooks {
  /** Row of TASK that runs now; 0: none. */
  currentTask(): number;
  /** A signal waits for the running task. */
  signal_pending(): boolean;
  /** Mm.cond_resched */
  cond_resched(): boolean;
  /** Mm.steps_ahead */
  steps_ahead(type: number): number;
  /** So many of those steps are to be taken as done, after their events: ns that each takes, 0 where no time passes. */
  step_ns(type: number): number;
  steps_taken(n: number, ns: number): void;
}
const IDLE: BootHooks = { currentTask: () => 0, signal_pending: () => false, cond_resched: () => true, steps_ahead: () => 0, step_ns: () => 0, steps_taken: () => {} };
/** Usable pages at boot from which transparent huge pages are on: 512 MiB. */
const THP_FROM = 1 << 17;
/** First process id the shell may get: kernel threads have those below. */
const FIRST_PID = 300;

interface Piece {
  readonly start: number;
  readonly end: number;
}

/** Boots. Refusals: a description that cannot be a machine, one too small for its kernel, a picture that does not fit, or no memory for the tables (ENOMEM). */
export function start_kernel(request: BootRequest, editions: readonly BootEdition[], hooks: BootHooks = IDLE): Reply<{ kernel: Kernel }> {
  const { description } = request;
  const planned = planBoot(description, editions);
  if (!planned.ok) return planned;
  const { plan } = planned;
  const mismatch = checkPicture(request, plan);
  if (mismatch) return mismatch;
  const mb = new Memblock(plan.ram);
  const { boot } = plan.edition;
  // Nobody knows what such a kernel took early; the picture shows what it never gave to its allocator.
  if (request.kpageflags && plan.zones) mb.reserved.push(...reservedRuns(request.kpageflags, plan.ram));
  const dmaReserved = boot.dma_reserved(mb, description);
  const early = boot.setup_arch(plan, mb, description);
  if ('ok' in early) return early;
  const cma = early.cma ?? reserveCma(mb, description, plan.parameters.all, plan.geometry.page_size);
  const hugepages = request.kpageflags ? undefined : reserveHugepages(mb, { description, edition: plan.edition, geometry: plan.geometry }, plan.parameters.all);
  const { bytes } = placeTables(plan.sizes);
  const buffer = allocateTables(bytes, typeof SharedArrayBuffer !== 'undefined');
  if (buffer === undefined) {
    return {
      ok: false, errno: ERRNO.ENOMEM, reason: `The tables of this machine need ${Math.ceil(bytes / 2 ** 20)} MiB, which this computer did not give.`,
      rule: 'about 40 bytes per page frame, up to the highest address memory can be plugged at', remedy: 'lower maxmem, or the number of slots',
    };
  }
  const within = (r: Piece, { start, end }: Piece): boolean => r.start >= start && r.start < end;
  const isLater = (r: Piece): boolean => early.freedLater.some((l) => within(r, l));
  const { freedByPage: byPage = [] } = early;
  const pieces = cut(mb.free(), [...early.freedLater, ...byPage]);
  const before = pieces.reduce((sum, r) => sum + (isLater(r) ? 0 : r.end - r.start), 0);
  // Events are numbered from the end of boot on: until then the log is written and nothing else is told.
  let booting = true;
  const mm = createMm(buffer, description, plan, isSet(description, 'TRANSPARENT_HUGEPAGE') && plan.parameters.thp !== 'never' && before >= THP_FROM, hooks, () => booting);
  setParameters(mm, plan);
  boot.log_memory_map(mm, plan, early);
  for (const [level, line] of [...cma.lines, ...(hugepages?.lines ?? [])]) mm.printk(level, line);
  free_area_init(mm, plan, mb);
  boot.fix_zones(mm, plan, mb, early);
  boot.log_zones(mm, plan);
  const buddy = createBuddy(mm);

  // The first zonelists are built before any page is free: they count what each zone will hold.
  for (const zone of bootZones(plan, mb)) mm.t.zone.managed_pages[zoneRow(zone.nid, zone.zone)] = zoneEstimate(zone, dmaReserved, plan.geometry.page_size);
  build_all_zonelists(mm, buddy);
  mm.t.zone.managed_pages.fill(0);

  for (const r of mb.reserved) mm.t.memmap.kind.fill(r.kind | KIND_PG_RESERVED, r.start, r.end);
  for (const r of pieces) if (!isLater(r)) give(mm, r);
  give(mm, cma);
  init_per_zone_wmark_min(mm);
  if (plan.edition.watermarks.thp_every_round === 0) start_khugepaged(mm);
  for (const r of pieces) if (isLater(r)) give(mm, r);
  boot.log_freed(mm, plan, mb, early);
  if (hugepages) gather_bootmem_prealloc(mm, hugepages);
  buddy.build_all_zonelists();

  if (request.kpageflags) loadPicture(mm, buddy, request, request.kpageflags);
  else for (const r of pieces) if (!byPage.some((l) => within(r, l))) freeToBuddy(mm, buddy, r);
  const areas = cma.end > cma.start && !request.kpageflags ? activateCma(mm, buddy, cma) : [];
  boot.late_init(mm, buddy);
  if (hugepages) hugetlb_init_hstates({ mm, buddy }, hugepages);
  if (!request.kpageflags) {
    boot.occupy(mm, buddy, plan);
    for (const l of byPage) for (const r of pieces) if (within(r, l)) free_reserved_area(mm, buddy, r);
    boot.run_init?.(mm, buddy, plan);
  }
  const iomem = description.iomem === undefined ? boot.iomem(mm, plan) : parseIomem(description.iomem);
  for (const r of early.crash.ranges) insert_resource(iomem, newResource('Crash kernel', r.start * PAGE_SIZE, r.end * PAGE_SIZE - 1, true));
  memory_dev_init(mm, plan);
  boot.fix_blocks?.(mm);
  const memory_chain = createNotifierChain();
  const kernel: { -readonly [K in keyof Kernel]: Kernel[K] } = { mm, buddy, memory_chain, iomem, acpi_memory_devices: remember(new Map()), memmap_chunks: remember(new Map()), firmware_map: createFirmwareMap(description.memory), root: dirOf(0o755, () => ({})) };
  if (areas.length > 0) kernel.cma = areas;
  plan.edition.register_listeners(kernel);
  plan.edition.boot.detect_memory?.(kernel, plan.parameters.mem);
  const top = { proc: createProcfs(kernel), sys: createSysfs(kernel, description.iomem === undefined ? early.crash.size : crashBytes(iomem)) };
  kernel.root = dirOf(0o755, () => top);
  booting = false;
  return { ok: true, kernel };
}

/** An area that reaches into another zone is ordinary memory. */
function activateCma(mm: Mm, buddy: Buddy, { start, end }: CmaReservation): CmaArea[] {
  if (cma_in_one_zone(mm, start, end - start)) return [cma_activate_area(mm, buddy, start, end - start)];
  mm.printk(3, 'cma: CMA area reserved could not be activated');
  mm.t.memmap.kind.fill(KIND_FREE, start, end);
  freeToBuddy(mm, buddy, { start, end });
  return [];
}

function createMm(buffer: ArrayBufferLike, description: MachineDescription, plan: BootPlan, thp: boolean, hooks: BootHooks, booting: () => boolean): Mm {
  const t = formatMachine(buffer, plan.sizes);
  const trace = traceWriter(t);
  const run = traceRunWriter(t);
  const text = textWriter(t);
  const ftrace = ftraceOf(t);
  const { generation } = t.pageblock;
  const mm: Mm = {
    t, description, edition: plan.edition, geometry: plan.geometry,
    options: { movable_node: plan.parameters.movable_node, thp, zone_movable_pfn: plan.zone_movable_pfn },
    PFN_SECTION_SHIFT: plan.sizes.section_shift,
    PFN_BLOCK_SHIFT: plan.sizes.block_shift,
    trace: (type, a, b, c, d, e) => {
      if (booting()) return;
      trace(type, hooks.currentTask(), a, b, c, d, e);
      const event = TRACE_EVENT_OF[type] as number;
      if (event >= 0 && ftrace.wants(event)) ftrace.emit(event, a, b, c, d, e);
    },
    printk: (level, line) => {
      const row = text(STREAM_KERNEL, level, line);
      if (!booting()) trace(EV.log, hooks.currentTask(), row, level);
    },
    note: (words) => text(STREAM_NOTE, 0, words),
    currentTask: hooks.currentTask,
    signal_pending: hooks.signal_pending,
    cond_resched: hooks.cond_resched,
    steps_ahead: hooks.steps_ahead,
    steps_taken: (type, n, a, b, c, d) => {
      const ns = hooks.step_ns(type);
      run(type, hooks.currentTask(), n, ns, a, b, c, d);
      hooks.steps_taken(n, ns);
    },
    touch: (pfn) => {
      generation[pfn >>> pageblock_order] = (t.header[H_GENERATION] as number) + 1;
    },
    alloc_pages_compacting: (buddy, request, gfp) => alloc_pages_compacting(mm, buddy, request, gfp),
  };
  return mm;
}

function setParameters(mm: Mm, plan: BootPlan): void {
  const { word } = mm.t.misc;
  const p = plan.parameters;
  const HPAGE_PMD_NR = 1 << mm.geometry.hpage_order;
  word[M_AUTO_ONLINE] = p.memhp_default_state;
  word[M_ONLINE_POLICY] = p.online_policy;
  word[M_AUTO_MOVABLE_RATIO] = p.auto_movable_ratio;
  word[M_AUTO_MOVABLE_NUMA_AWARE] = p.auto_movable_numa_aware ? 1 : 0;
  word[M_MEMMAP_ON_MEMORY] = p.memmap_on_memory && isSet(mm.description, 'MHP_MEMMAP_ON_MEMORY') ? 1 : 0;
  word[M_NEXT_PID] = FIRST_PID;
  word[M_THP_ENABLED] = mm.options.thp ? THP_ENABLED.indexOf(p.thp) : 0;
  word[M_KHUGEPAGED_DEFRAG] = 1;
  word[M_KHUGEPAGED_PAGES_TO_SCAN] = 8 * HPAGE_PMD_NR;
  word[M_KHUGEPAGED_SCAN_SLEEP] = 10_000;
  word[M_KHUGEPAGED_MAX_PTES_NONE] = HPAGE_PMD_NR - 1;
}

/** Cuts ranges at the ends of other ranges and of zones (which lie on pageblocks), so that each piece is wholly inside or outside. */
function cut(ranges: readonly Piece[], at: readonly Piece[]): Piece[] {
  const edges = at.flatMap((r) => [r.start, r.end]);
  return ranges.flatMap((r) => {
    const stops = [r.start, ...edges.filter((e) => e > r.start && e < r.end).sort((a, b) => a - b), r.end];
    return stops.slice(1).map((end, i) => ({ start: stops[i] as number, end }));
  });
}

/** The pages come under the allocator's care: they count as managed by their zone, and are no longer reserved. */
function give(mm: Mm, { start, end }: Piece): void {
  const { zone } = mm.t.pageblock;
  for (let at = start; at < end; ) {
    let next = (at >>> pageblock_order) + 1;
    while (next << pageblock_order < end && zone[next] === zone[at >>> pageblock_order]) next++;
    const stop = Math.min(end, next << pageblock_order);
    adjust_managed_page_count(mm, page_zone_row(mm, at), stop - at);
    at = stop;
  }
}

/** Do these whole pageblocks belong to one zone, with one type? */
function inOneZone(mm: Mm, start: number, end: number): boolean {
  const { zone, migratetype } = mm.t.pageblock;
  const first = start >>> pageblock_order;
  for (let i = first + 1; i < end >>> pageblock_order; i++) if (zone[i] !== zone[first] || migratetype[i] !== migratetype[first]) return false;
  return true;
}
/** What boot needed goes to the allocator page by page, by way of the per-cpu lists, where most of it stays. Source: free_reserved_area(). */
function free_reserved_area(mm: Mm, buddy: Buddy, { start, end }: Piece): void {
  for (let pfn = start; pfn < end; pfn++) {
    mm.t.memmap.state[pfn] = STATE_ALLOC;
    buddy.free_pages(pfn, 0);
  }
}
/** Puts a free range on the lists in the largest aligned chunks, ascending. Source: __free_pages_memory(). */
function freeToBuddy(mm: Mm, buddy: Buddy, { start, end }: Piece): void {
  const section = 1 << mm.PFN_SECTION_SHIFT;
  for (let at = start; at < end; ) {
    if ((at & (section - 1)) === 0 && at + section <= end && inOneZone(mm, at, at + section)) {
      buddy.free_virgin_section(at >>> mm.PFN_SECTION_SHIFT);
      at += section;
      continue;
    }
    let order = mm.geometry.MAX_ORDER - 1;
    while (at % 2 ** order !== 0 || at + 2 ** order > end) order--;
    buddy.__free_pages_core(at, order);
    at += 2 ** order;
  }
}
