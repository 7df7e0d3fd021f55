/**
 * What an event costs in simulated nanoseconds: the one table the machine's clock runs by. Orders of magnitude of the recorded guest, rounded; they decide how sleeps,
 * rate limits and time-outs interleave with kernel work, not how fast anything is drawn.
 */
import { EV, type TraceName } from '../uapi/trace.ts';

const NS: Partial<Record<TraceName, number>> = {
  sim_func_entry: 100,
  sim_func_exit: 100,
  sim_isolate_pageblock: 5_000,
  /** Unmap, copy 4 KiB, remap, flush: the recorded guest, under emulation, moved 8 704 pages in 433 ms. */
  sim_migrate_page: 45_000,
  mm_migrate_pages: 10_000,
  /** A line to a serial console. */
  log: 100_000,
  sim_tty: 1_000,
  notify: 1_000,
  sim_notifier_call: 2_000,
  uevent: 20_000,
  acpi_ost: 50_000,
};
const OTHER_NS = 500;
const BY_TYPE = Int32Array.from({ length: 256 }, () => OTHER_NS);
for (const [name, ns] of Object.entries(NS)) BY_TYPE[EV[name as TraceName]] = ns;

/** ns of simulated time for an event of this type. */
export const costOf = (type: number): number => BY_TYPE[type] as number;
