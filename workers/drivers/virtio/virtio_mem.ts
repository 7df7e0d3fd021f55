/**
 * Mirrors: drivers/virtio/virtio_mem.c (6.1): the guest's driver of a device that grows and shrinks. One work item compares what the host wants with what is plugged, and the
 * mode (sub-blocks or big blocks) does the difference; a memory notifier keeps count of what user space brings online and offline.
 * Left out: removing the driver, kdump, suspend. Why: the recorded board cannot unplug the device, and nothing here suspends.
 */
import type { Kernel } from '../../mm/kernel.ts';
import type { Kthread } from '../../kernel/kthread.ts';
import { insert_resource, newResource } from '../../kernel/resource.ts';
import { generic_online_page } from '../../mm/memory_hotplug.ts';
import { page_size } from '../../mm/mm.ts';
import { remember } from '../../lib/remember.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MEM_CANCEL_OFFLINE, MEM_CANCEL_ONLINE, MEM_GOING_OFFLINE, MEM_GOING_ONLINE, MEM_OFFLINE, MEM_ONLINE } from '../../uapi/memory_block.ts';
import { NOTIFIER_USER_BASE, NOTIFY_BAD, NOTIFY_DONE, NOTIFY_OK } from '../../uapi/notifiers.ts';
import { createBbm } from './virtio_mem_bbm.ts';
import type { VirtioMemDevice } from './virtio_mem_config.ts';
import { could_add_memory, ETXTBSY, type VirtioMem } from './virtio_mem_core.ts';
import { fake_offline_cancel_offline, fake_offline_going_offline, set_fake_offline } from './virtio_mem_pages.ts';
import { createSbm } from './virtio_mem_sbm.ts';

/** Waits between attempts at what could not be done, in ms; the wait doubles up to the most. */
const RETRY_TIMER_MIN_MS = 50_000;
const RETRY_TIMER_MAX_MS = 300_000;
const MIN_OFFLINE_THRESHOLD = 2 ** 30;
/** Callback numbers of these listeners: behind those of modules that inject errors. */
const NOTIFIER_ID = NOTIFIER_USER_BASE + 16;

/** Ways of the machine to run work now and later. */
export interface WorkQueue {
  start(work: Kthread<void>): void;
  /** Once, when `ms` of simulated time have passed; it does not make them pass. */
  later(ms: number, work: () => void): void;
}

/**
 * Probes device number `index` (virtio0 …): claims its region, says what it is, and begins to serve it. Value: the interrupt handler for changes of its configuration.
 * @param group row of SLOT that is its memory group @param unplug_online module parameter
 */
export function virtio_mem_probe(k: Kernel, device: VirtioMemDevice, index: number, group: number, queue: WorkQueue, unplug_online = true): () => void {
  const { mm } = k;
  const mb_size = page_size(mm) * 2 ** mm.PFN_BLOCK_SHIFT;
  const name = `virtio${index}`;
  const say = (text: string, level = 6): void => mm.printk(level, `virtio_mem ${name}: ${text}`);
  const hex = (n: number): string => `0x${n.toString(16)}`;

  const sb_size = Math.max(device.block_size, 2 ** mm.geometry.pageblock_order * page_size(mm));
  const in_sbm = sb_size < mb_size;
  const bb_size = Math.max(device.block_size, mb_size);
  const unit = in_sbm ? mb_size : bb_size;
  const vm: VirtioMem = remember({
    k, device, name, group, unplug_online, offline_threshold: Math.max(MIN_OFFLINE_THRESHOLD, 2 * unit), offline_size: 0, plugged_size: 0, requested_size: 0, usable_region_size: 0,
    config_changed: true,
  });
  mm.t.slot.unit_pages[group] = unit / page_size(mm);
  if (device.addr % unit !== 0) say('The alignment of the physical start address can make some memory unusable.', 4);
  if ((device.addr + device.region_size) % unit !== 0) say('The alignment of the physical end address can make some memory unusable.', 4);
  insert_resource(k.iomem, newResource(name, device.addr, device.addr + device.region_size - 1));
  say(`start address: ${hex(device.addr)}`);
  say(`region size: ${hex(device.region_size)}`);
  say(`device block size: ${hex(device.block_size)}`);
  say(`nid: ${device.nid}`);
  say(`memory block size: ${hex(mb_size)}`);
  say(in_sbm ? `subblock size: ${hex(sb_size)}` : `big block size: ${hex(bb_size)}`);
  const mode = in_sbm ? createSbm(vm, mb_size, sb_size) : createBbm(vm, bb_size, mb_size);

  /** `timer`: only the newest counts, a run of the work cancels the one before. `hotplug`: between a GOING action and its end; a cancel without its GOING is none of ours. */
  const wq = remember({ active: false, queued: false, broken: false, retry_timer_ms: RETRY_TIMER_MIN_MS, timer: 0, hotplug: false });

  function refresh_config(): void {
    vm.config_changed = false;
    vm.usable_region_size = device.usable_region_size();
    vm.requested_size = device.requested_size();
    say(`plugged size: ${hex(vm.plugged_size)}`);
    say(`requested size: ${hex(vm.requested_size)}`);
  }
  function* request(): Kthread<number> {
    if (vm.config_changed) refresh_config();
    const ret = mode.cleanup_pending();
    const diff = vm.requested_size - vm.plugged_size;
    if (ret !== 0 || diff === 0) return ret;
    return diff > 0 ? yield* mode.plug_request(diff) : yield* mode.unplug_request(-diff);
  }
  /** Source: virtio_mem_run_wq(). */
  function* run_wq(): Kthread<void> {
    wq.queued = false;
    if (wq.broken) return;
    wq.active = true;
    wq.timer++;
    let ret: number;
    do ret = yield* request(); while (ret === -ERRNO.EAGAIN);
    wq.active = false;
    if (ret === 0) wq.retry_timer_ms = RETRY_TIMER_MIN_MS;
    else if (ret === -ETXTBSY || ret === -ERRNO.EBUSY || ret === -ERRNO.ENOMEM) arm();
    else if (ret !== -ERRNO.ENOSPC) {
      say(`unknown error, marking device broken: ${ret}`, 3);
      wq.broken = true;
    }
  }
  function arm(): void {
    const mine = ++wq.timer;
    queue.later(wq.retry_timer_ms, () => {
      if (mine !== wq.timer) return;
      wq.retry_timer_ms = Math.min(wq.retry_timer_ms * 2, RETRY_TIMER_MAX_MS);
      retry();
    });
  }
  /** schedule_work(): once, however often it is asked for before it runs. */
  function retry(): void {
    if (wq.queued || wq.broken) return;
    wq.queued = true;
    queue.start(run_wq());
  }

  const own = (pfn: number, nr_pages: number): boolean => pfn * page_size(mm) < device.addr + device.region_size && (pfn + nr_pages) * page_size(mm) > device.addr;
  k.memory_chain.register({
    id: NOTIFIER_ID + index, name: 'virtio_mem_memory_notifier_cb', priority: 0,
    notifier_call(action, { start_pfn, nr_pages }) {
      if (!own(start_pfn, nr_pages)) return NOTIFY_DONE;
      const size = nr_pages * page_size(mm);
      switch (action) {
        case MEM_GOING_OFFLINE:
          wq.hotplug = true;
          for (const held of mode.heldBack(start_pfn)) fake_offline_going_offline(k, held.pfn, held.nr_pages);
          break;
        case MEM_GOING_ONLINE:
          if (!mode.goingOnline(start_pfn)) {
            say('memory block onlining denied', 4);
            return NOTIFY_BAD;
          }
          wq.hotplug = true;
          break;
        case MEM_OFFLINE:
          mode.offline(start_pfn);
          vm.offline_size += size;
          wq.hotplug = false;
          if (!unplug_online) retry();
          break;
        case MEM_ONLINE:
          mode.online(start_pfn);
          vm.offline_size -= size;
          wq.hotplug = false;
          // Half of what may wait to be onlined was: more can be added, unless it is being added right now.
          if (!wq.active && could_add_memory(vm, vm.offline_threshold / 2)) retry();
          break;
        case MEM_CANCEL_OFFLINE:
          if (wq.hotplug) for (const held of mode.heldBack(start_pfn)) fake_offline_cancel_offline(k, held.pfn, held.nr_pages);
          wq.hotplug = false;
          break;
        case MEM_CANCEL_ONLINE:
          wq.hotplug = false;
          break;
        default:
      }
      return NOTIFY_OK;
    },
  });
  const before = k.online_page_callback;
  k.online_page_callback = (pfn, order) => {
    if (!own(pfn, 1)) return before?.(pfn, order) ?? false;
    online_page(pfn, order);
    return true;
  };
  /** A chunk that comes online: what is plugged goes to the allocator, the rest is marked. Where both meet in it, in pieces. Source: virtio_mem_online_page(). */
  function online_page(pfn: number, order: number): void {
    const plugged = mode.mayComeOnline(pfn, 1 << order);
    if (plugged === true) generic_online_page(k, pfn, order);
    else if (plugged === false) set_fake_offline(k, pfn, 1 << order, false);
    else for (let at = pfn; at < pfn + (1 << order); at += mode.granule) online_page(at, 31 - Math.clz32(mode.granule));
  }

  retry();
  return () => {
    vm.config_changed = true;
    retry();
  };
}
