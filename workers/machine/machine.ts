/**
 * The machine: a booted kernel, its board, its processes and a terminal, driven by commands. The only writer of its memory, and what the browser's worker, Node and the
 * tests all drive. Inputs are stamped with the event number at which they took effect: same description, same journal, same digest.
 */
import { acpi_device_check, acpi_scan_hot_remove, ACPI_NOTIFY_EJECT_REQUEST } from '../drivers/acpi/acpi_memhotplug.ts';
import { pseries_hotplug_add, pseries_hotplug_remove } from '../drivers/pseries/hotplug_memory.ts';
import { acpi_container_check, acpi_container_eject } from '../drivers/acpi/container.ts';
import { rootPlace, walk } from '../kernel/vfs.ts';
import { EDITIONS } from '../editions/index.ts';
import { start_kernel } from '../init/main.ts';
import type { Kthread } from '../kernel/kthread.ts';
import { createRunQueue } from '../kernel/sched.ts';
import { SIGNALS } from '../kernel/signal.ts';
import { M_NR_MIGRATED, M_WORK_NS } from '../mm/mm.ts';
import { createProcessVm } from '../mm/process_vm.ts';
import type { Command, JournalEntry, Reply } from '../uapi/command.ts';
import { ERRNO, strerror } from '../uapi/errno.ts';
import { H_MIGRATED, H_RUNNING, H_SEQ, H_TRACE_HEAD } from '../uapi/layout.ts';
import type { BootRequest, EjectAnswer } from '../uapi/machine_description.ts';
import { EV } from '../uapi/trace.ts';
import type { EventSeq } from '../uapi/units.ts';
import { type Memory, remember, within } from '../lib/remember.ts';
import { writeClock } from './clock.ts';
import { costOf } from './cost.ts';
import { createChanges } from './changes.ts';
import { createDigest } from './digest.ts';
import { captureHeap, dropHeap, holdHeap } from './heap_image.ts';
import { createTableImages } from './table_image.ts';
import { createQemu, type QmpReply } from './qemu.ts';
import { createTaskRows } from './task_rows.ts';
import type { Machine } from './types.ts';
import { createUserland } from './userland.ts';

/** pid of the kernel thread that ACPI's notifications run in, as ps shows them. */
const KACPI_HOTPLUGD = 20;
/** The one that drivers' work runs in. */
const KWORKER = 21;
const FIRST_USER_PID = 300;
/** A turn of the run queue, whatever it did: even a loop that says nothing takes time. */
const STEP_NS = 100;
/** Turns in one run: a loop that says nothing must give the host its say as well. */
const MAX_TURNS = 100_000;
/** The board's clock at power-on: 2026-01-01 00:00:00 UTC, in seconds since 1970. */
const EPOCH = 1767225600;

/** Boots a machine, or says in one sentence why it cannot be. */
export function createMachine(request: BootRequest): Reply<{ machine: Machine }> {
  const memory: Memory = new Map();
  return within(memory, () => build(request, memory));
}

function build(request: BootRequest, memory: Memory): Reply<{ machine: Machine }> {
  const queue = createRunQueue(EPOCH, FIRST_USER_PID);
  const rows = createTaskRows(queue);
  const booted = start_kernel(request, EDITIONS, { currentTask: rows.current, signal_pending: () => queue.pendingSignal(queue.current()) !== 0, cond_resched: () => !queue.goOn(), steps_ahead: (type) => stepsAhead(type), step_ns: stepNs, steps_taken: (n, ns) => stepsTaken(n, ns) });
  if (!booted.ok) return booted;
  const { kernel } = booted;
  const { mm } = kernel;
  const { header, trace: ring, misc: { word: misc } } = mm.t;
  rows.attach(mm.t);
  const journal = remember<JournalEntry[]>([]);
  const statuses = remember(new Map<number, number>());
  const replies = remember(new Map<number, QmpReply>());
  remember(kernel);
  const partition = mm.geometry.arch === 'ppc64';
  const firmware = { ejected: (slot: number): EjectAnswer => qemu.ejected(slot), ost: (slot: number, event: number, status: number): void => qemu.ost(slot, event, status) };
  const qemu = createQemu(mm, () => ({
    // A partition of ppc64 hears of it by RTAS, all others by ACPI.
    deviceCheck: (slot) => (partition ? pseries_hotplug_add(kernel, slot) : acpi_device_check(kernel, firmware, slot)),
    ejectRequest: (slot) => (partition ? pseries_hotplug_remove(kernel, slot, (emptied) => { qemu.ejected(emptied); }) : acpi_scan_hot_remove(kernel, firmware, slot, ACPI_NOTIFY_EJECT_REQUEST)),
    containerCheck: (n) => acpi_container_check(kernel, n), containerEject: (n) => acpi_container_eject(kernel, firmware, n, ACPI_NOTIFY_EJECT_REQUEST),
  }), queue);
  const work = {
    start: (thread: Kthread<void>): void => queue.start(KWORKER, 'kworker', thread),
    later: (ms: number, start: () => void): void => queue.later(queue.monotonic() + ms * 1e6, start),
  };
  kernel.queue_delayed_work = (ms, todo) => queue.later(queue.monotonic() + ms * 1e6, todo);
  kernel.acpi_hotplug_schedule = (slot, source) => queue.start(KACPI_HOTPLUGD, 'kworker', acpi_scan_hot_remove(kernel, firmware, slot, source));
  kernel.acpi_container_schedule = (n, source) => queue.start(KACPI_HOTPLUGD, 'kworker', acpi_container_eject(kernel, firmware, n, source));
  kernel.acpi_crs = (slot) => qemu.crs(slot);
  kernel.hypervisor_gives = () => qemu.state.grants;
  /** A host command typed in the guest's terminal: the guest's work for it is a kernel thread, as for one that came from the host. */
  function monitor(command: string, args: Readonly<Record<string, unknown>>): QmpReply {
    const { reply, work: todo } = qemu.execute(command, args);
    if (todo) queue.start(KACPI_HOTPLUGD, 'kworker', todo);
    return reply;
  }
  const userland = createUserland(kernel, queue, createProcessVm(kernel), { virtioMem: qemu.virtioMem, balloon: qemu.balloon, queue: work }, { execute: monitor }, request.files);

  let listener: Parameters<Machine['watch']>[0];
  /** The listener wants to hear after each turn. */
  let single = false;
  let halted = false;
  /** Event at which the run under way ends. */
  let target = 0;
  /** Everything said since the last look costs its time. */
  const charged = remember({ head: header[H_TRACE_HEAD] as number });
  function charge(): void {
    let ns = STEP_NS + (misc[M_WORK_NS] as number);
    misc[M_WORK_NS] = 0;
    const from = charged.head;
    for (const head = header[H_TRACE_HEAD] as number; charged.head < head; charged.head++) {
      const row = charged.head % ring.w2.length;
      const type = (ring.w2[row] as number) & 0xff;
      // A huge page is copied page by page.
      ns += costOf(type) * 2 ** (type === EV.sim_migrate_page ? (ring.w5[row] as number) : 0);
    }
    if (charged.head > from) listener?.(from, charged.head, false);
    queue.charge(ns);
    writeClock(mm.t, queue.monotonic());
    header[H_MIGRATED] = misc[M_NR_MIGRATED] as number;
    header[H_RUNNING] = queue.busy() ? 1 : 0;
  }
  /** ns of one step that says one event; no time passes outside of a run. */
  function stepNs(type: number): number {
    return queue.current() === 0 ? 0 : STEP_NS + costOf(type);
  }
  /** Nobody is told of events one by one, and the run does not end before: then steps need not be looked at one by one either. */
  function stepsAhead(type: number): number {
    if (queue.current() === 0) return Number.POSITIVE_INFINITY;
    if (single || halted || misc[M_WORK_NS] !== 0 || charged.head !== header[H_TRACE_HEAD]) return 0;
    return Math.min(target - (header[H_SEQ] as number) - 1, queue.stepsAhead(stepNs(type)));
  }
  function stepsTaken(n: number, ns: number): void {
    if (ns === 0) return;
    queue.stepsTaken(n, ns);
    charged.head += n;
    listener?.(charged.head - n, charged.head, true);
    writeClock(mm.t, queue.monotonic());
  }
  writeClock(mm.t, 0);
  // What drivers began when their modules were loaded is over before anybody can type.
  queue.run(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, () => {
    charge();
    return false;
  });

  const changes = createChanges(mm.t);
  const digest = createDigest(mm.t, changes);
  /** What all keyframes hold that are kept. */
  const ledger = { bytes: 0 };
  const images = createTableImages(mm.t, changes, digest, ledger);
  /** What never changes, or is in the tables. */
  const opaque = new Set<object>([mm, request, kernel.buddy]);

  function end(id: number, status: number): void {
    statuses.set(id, status);
    mm.trace(EV.sim_command_end, id, status);
  }
  function* hostCommand(id: number, command: Extract<Command, { type: 'qmp' }>): Kthread<void> {
    const { reply, work } = qemu.execute(command.execute, command.arguments);
    replies.set(id, reply);
    if (work) yield* work;
    end(id, 'error' in reply ? 1 : 0);
  }
  function begin(id: number, command: Command): void {
    mm.trace(EV.sim_command, id);
    if (command.type === 'signal') {
      userland.signal(SIGNALS[command.signal.slice(3) as keyof typeof SIGNALS]);
      end(id, 0);
    } else if (command.type === 'qmp') queue.start(KACPI_HOTPLUGD, 'kworker', hostCommand(id, command));
    else userland.run(command.line, command.fresh === true, (status) => end(id, status));
    charge();
  }

  const machine: Machine = {
    kernel, journal, qemu,
    submit(command) {
      const id = journal.length;
      journal.push({ id, seq: header[H_SEQ] as EventSeq, turn: queue.steps(), command });
      within(memory, () => begin(id, command));
      return { ok: true, id };
    },
    turn: queue.steps,
    watch: (to, each = false) => {
      listener = to;
      single = each;
    },
    halt: () => {
      halted = true;
    },
    run(events, until = Number.POSITIVE_INFINITY, turns = MAX_TURNS) {
      target = (header[H_SEQ] as number) + events;
      halted = false;
      return within(memory, () => queue.run(turns, until, () => {
        charge();
        return halted || (header[H_SEQ] as number) >= target;
      }));
    },
    keyframe() {
      const threads = queue.threads();
      if (threads.some(({ ready }) => ready === undefined)) return undefined;
      const tables = images.capture();
      const heap = captureHeap(memory, opaque);
      const lists = holdHeap(heap);
      ledger.bytes += lists;
      return { seq: header[H_SEQ] as number, turn: queue.steps(), commands: journal.length, bytes: tables.bytes + lists, tables, heap, threads: threads.map((task) => ({ task, stands: task.stands(), again: queue.waits(task) ? task.again : undefined })) };
    },
    restore({ threads, tables, heap }, same) {
      const gone = threads.filter(({ task, stands }) => !same(task.stands(), stands));
      if (gone.some(({ again }) => again === undefined)) return false;
      const putBack = (): void => {
        images.restore(tables);
        heap.restore();
      };
      putBack();
      if (gone.length === 0) return true;
      within(memory, () => {
        for (const { task, stands, again } of gone) if (again) queue.renew(task, again, stands);
      });
      // Their first turns were lived long ago.
      putBack();
      return true;
    },
    onLine: queue.onLine,
    release({ tables, heap }) {
      images.release(tables);
      ledger.bytes -= dropHeap(heap);
    },
    held: () => ledger.bytes,
    idle: () => !queue.busy(),
    advance(ns) {
      queue.charge(ns);
      charge();
    },
    status: (id) => statuses.get(id),
    reply: (id) => replies.get(id),
    read(path) {
      const found = walk(userland.root, rootPlace(userland.root), path, 0, true);
      const node = typeof found === 'number' ? undefined : found.node;
      const text = typeof found === 'number' ? found : node === undefined ? -ERRNO.ENOENT : node.kind === 'file' ? node.read(0, 1 << 24) : -ERRNO.EISDIR;
      return typeof text === 'number' ? { ok: false, errno: -text, reason: `${path}: ${strerror(text)}` } : { ok: true, text };
    },
    complete: userland.complete, incomplete: userland.incomplete, prompt: userland.prompt,
    digest: () => digest.now(journal.length), largeDigest: digest.large,
  };
  return { ok: true, machine };
}
