/**
 * The board's monitor: QEMU 7.2's answers to host commands, and the DIMM sockets behind them. It owns the rows of SLOT; the guest's driver is told of a plug or an eject
 * request through `Acpi` and answers through `AcpiBoard`. Texts seen in the recordings are theirs word for word; the rest follows the same source and is inferred.
 * Left out: plugging virtio devices at run time. Why: the recorded board's bus refuses it.
 */
import type { Kthread } from '../kernel/kthread.ts';
import { remember } from '../lib/remember.ts';
import { EJECT_ANSWERS, type EjectAnswer } from '../uapi/machine_description.ts';
import type { Mm } from '../mm/mm.ts';
import { SLOT_DEVICE, SLOT_EMPTY, SLOT_PLUGGED } from '../uapi/layout.ts';
import { PAGE_SHIFT } from '../uapi/units.ts';
import { EV, QMP_EVENTS } from '../uapi/trace.ts';
import { deviceMemory, DIMM_ALIGN, freeAddress, freeSlot, type Denied, type Region } from './memory_device.ts';
import { createThrottle, type Timers } from './qmp_throttle.ts';
import { createBalloon, type HostBalloon } from './balloon_device.ts';
import { createVirtioMem, type HostVirtioMem } from './virtio_mem_device.ts';

/** What the guest's ACPI driver does when the board raises an event. Runs as a kernel thread of the guest. */
export interface Acpi {
  /** Notify(slot, 1): a DIMM was plugged; its address, size and node stand in the SLOT row (_CRS, _PXM). The driver sets SLOT_ADDED when Linux took the memory. */
  deviceCheck(slot: number): Kthread<void>;
  /** Notify(slot, 3): the board asks for the DIMM back. */
  ejectRequest(slot: number): Kthread<void>;
  /** Notify of a container, by its number on the board: its DIMMs are plugged, or asked back. */
  containerCheck(container: number): Kthread<void>;
  containerEject(container: number): Kthread<void>;
}
/** What the guest's ACPI driver can do to the board. */
export interface AcpiBoard {
  /** _EJ0: the socket lets the DIMM go. QEMU's never refuses; another board's may. */
  ejected(slot: number): EjectAnswer;
  /** _CRS: the ranges of a socket's device, in pages. */
  crs(slot: number): { readonly start_pfn: number; readonly nr_pages: number }[];
  /** _OST: the driver reports how far it is. */
  ost(slot: number, sourceEvent: number, status: number): void;
}

interface QmpError {
  readonly class: 'GenericError' | 'DeviceNotFound' | 'DeviceNotActive' | 'CommandNotFound';
  readonly desc: string;
}
export interface QmpEvent {
  readonly event: (typeof QMP_EVENTS)[number];
  readonly data: Readonly<Record<string, unknown>>;
}
export type QmpReply = { readonly return: unknown } | { readonly error: QmpError };

interface Backend {
  readonly size: number;
  /** Slot of the DIMM that uses it. */
  slot: number | undefined;
}
/** A further range of a memory device, behind the one in its SLOT row: backend and address. */
interface Part {
  readonly memdev: string;
  readonly addr: number;
}
/** Names by number; all else about a DIMM is in its SLOT row. Plain data: can be copied with the machine. */
export interface QemuState {
  /** What _EJ0 does: the property x-eject of /machine. */
  eject: EjectAnswer;
  /** Does the hypervisor give what it holds in readiness (s390x storage, ppc64 memory blocks)? The property x-grants of /machine. */
  grants: boolean;
  readonly backends: Map<string, Backend>;
  /** Device id and backend id by slot; undefined: empty socket. */
  readonly dimms: ({ readonly id: string; readonly memdev: string; readonly more?: readonly Part[] } | undefined)[];
}

export interface Qemu extends AcpiBoard {
  readonly state: QemuState;
  /** virtio-mem devices, in the order of the board; device n has the SLOT row behind the sockets. */
  readonly virtioMem: readonly HostVirtioMem[];
  /** The balloon, if the board has one. */
  readonly balloon: HostBalloon | undefined;
  /** Runs one command. `work`: what the guest now has to do about it, to be run as a kernel worker. */
  execute(command: string, args?: Readonly<Record<string, unknown>>): { readonly reply: QmpReply; readonly work?: Kthread<void> };
  /** Events for whoever listens at the socket, oldest first; each is handed out once. Without a listener only the last MAX_EVENTS are kept. */
  takeEvents(): QmpEvent[];
}

const MAX_EVENTS = 4096;
/** virtio-balloon counts in these, whatever the guest's pages are. */
const BALLOON_PAGE = 4096;
const PERIPHERAL = '/machine/peripheral/';

const ok = (value: unknown = {}): QmpReply => ({ return: value });
const generic = (desc: string): QmpReply => ({ error: { class: 'GenericError', desc } });
const notFound = (id: string): QmpReply => ({ error: { class: 'DeviceNotFound', desc: `Device '${id}' not found` } });
const noBalloon: QmpReply = { error: { class: 'DeviceNotActive', desc: 'No balloon device has been activated' } };
const bootRam = ({ description }: Pick<Mm, 'description'>): number => description.memory.reduce((sum, r) => sum + (r.type === 'usable' ? r.end - r.start : 0), 0);
/** qdev_unplug(), qdev_device_add(): the root bus of a q35 board takes nothing at run time. */
const noHotplug = generic("Bus 'pcie.0' does not support hotplugging");
const isDenied = (value: number | Denied): value is Denied => typeof value !== 'number';
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const integer = (value: unknown): number | undefined => (typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined);

/** A board with the sockets that the machine's description states, all empty. The guest's driver may be attached later: nothing is plugged before. */
export function createQemu(mm: Pick<Mm, 't' | 'description' | 'trace'>, acpi: () => Acpi, timers?: Timers): Qemu {
  const { slot: row } = mm.t;
  const pageSize = 2 ** (mm.t.sizes.page_shift ?? PAGE_SHIFT);
  const window = deviceMemory(mm.description);
  const nodes = mm.description.numa.reduce((most, range) => Math.max(most, range.nid + 1), 1);
  const state: QemuState = remember({ eject: mm.description.eject ?? 'gone', grants: true, backends: new Map(), dimms: Array.from({ length: window.slots }, () => undefined) });
  const outbox = remember<QmpEvent[]>([]);

  const throttle = createThrottle(timers);
  const emit = (event: QmpEvent, slot: number, sourceEvent = 0, status = 0): void => {
    mm.trace(EV.sim_qmp_event, QMP_EVENTS.indexOf(event.event), slot, sourceEvent, status);
    if (outbox.length >= MAX_EVENTS) outbox.shift();
    outbox.push(event);
  };
  const region = (slot: number): Region => ({
    id: state.dimms[slot]?.id ?? '', addr: (row.start_pfn[slot] as number) * pageSize, size: (row.nr_pages[slot] as number) * pageSize,
  });
  const sizeOf = (memdev: string): number => state.backends.get(memdev)?.size ?? 0;
  /** Ranges of a socket's device, in the order of its _CRS. */
  const regions = (slot: number): Region[] => {
    const dimm = state.dimms[slot];
    if (!dimm) return [];
    return [{ ...region(slot), size: sizeOf(dimm.memdev) }, ...(dimm.more ?? []).map(({ memdev, addr }) => ({ id: dimm.id, addr, size: sizeOf(memdev) }))];
  };
  const virtioMem: HostVirtioMem[] = [];
  for (const [index, described] of (mm.description.virtioMem ?? []).entries()) {
    const addr = freeAddress(window, virtioMem.map(({ id, addr: at, region_size }) => ({ id, addr: at, size: region_size })), described.size, undefined, Math.max(DIMM_ALIGN, described.blockSize));
    if (isDenied(addr)) continue;
    const slot = window.slots + index;
    row.state[slot] = SLOT_DEVICE;
    row.nid[slot] = described.node;
    row.start_pfn[slot] = addr / pageSize;
    row.nr_pages[slot] = described.size / pageSize;
    virtioMem.push(createVirtioMem(described, addr, (device) => {
      const data = { size: device.plugged_size(), 'qom-path': PERIPHERAL + device.id, id: device.id };
      throttle(device.id, () => emit({ event: 'MEMORY_DEVICE_SIZE_CHANGE', data }, slot));
    }));
  }
  const balloon = mm.description.balloon === undefined ? undefined : createBalloon(() => {
    const data = { actual: ram() - (balloon?.actual() ?? 0) * BALLOON_PAGE };
    throttle('BALLOON_CHANGE', () => emit({ event: 'BALLOON_CHANGE', data }, -1));
  });
  /** What the guest has of RAM and memory devices. */
  const ram = (): number => (mm.description.slots?.ram ?? bootRam(mm)) + pluggedBytes();
  const virtioAt = (path: string): HostVirtioMem | undefined => virtioMem.find(({ id }) => path === PERIPHERAL + id || path === id);
  /** What a partition of ppc64 gets memory by, bytes; any size suits the others. */
  const lmbBytes = (): number => (mm.description.arch === 'ppc64' ? pageSize * 2 ** mm.t.sizes.block_shift : 1);
  /** Regions of the window that are taken, DIMMs' and virtio-mem devices'. */
  const taken = (): Region[] => [...virtioMem.map(({ id, addr, region_size }) => ({ id, addr, size: region_size })), ...plugged().flatMap(regions)];
  const plugged = (): number[] => [...state.dimms.keys()].filter((slot) => state.dimms[slot] !== undefined);
  const slotOf = (id: string): number => state.dimms.findIndex((dimm) => dimm?.id === id);
  /** The part of OST info that names the device: absent once the socket is empty. Key order is that of QEMU's dictionary. */
  const ostInfo = (slot: number, source: number, status: number): Record<string, unknown> => {
    const dimm = state.dimms[slot];
    return { ...(dimm && { device: dimm.id }), source, status, slot: String(slot), 'slot-type': 'DIMM' };
  };

  /** A DIMM is in its socket; the guest has not been told yet. */
  function seat(slot: number, id: string, memdev: string, nid: number, addr: number, more: readonly Part[] = []): void {
    for (const { memdev: name } of [{ memdev }, ...more]) (state.backends.get(name) as Backend).slot = slot;
    state.dimms[slot] = { id, memdev, ...(more.length > 0 && { more }) };
    row.state[slot] = SLOT_PLUGGED;
    row.nid[slot] = nid;
    row.start_pfn[slot] = addr / pageSize;
    // The memory group is as large as all of its ranges.
    row.nr_pages[slot] = regions(slot).reduce((sum, { size }) => sum + size, 0) / pageSize;
  }

  /** The memory of a device that was there from the beginning. */
  const ofDevice = (id: string): boolean => virtioMem.some(({ memdev }) => memdev === id);
  type Args = Readonly<Record<string, unknown>>;
  type Result = ReturnType<Qemu['execute']>;
  const commands: Readonly<Record<string, (args: Args) => Result>> = {
    'object-add': (args) => {
      const id = text(args.id);
      const size = integer(args.size) ?? 0;
      if (args['qom-type'] !== 'memory-backend-ram') return { reply: generic(`Parameter 'qom-type' does not accept value '${text(args['qom-type'])}'`) };
      if (size <= 0) return { reply: generic('property \'size\' of memory-backend-ram doesn\'t take value \'0\'') };
      if (state.backends.has(id) || ofDevice(id)) return { reply: generic(`attempt to add duplicate property '${id}' to object (type 'container')`) };
      state.backends.set(id, { size, slot: undefined });
      return { reply: ok() };
    },
    'object-del': (args) => {
      const id = text(args.id);
      const backend = state.backends.get(id);
      if (!backend && !ofDevice(id)) return { reply: generic(`object '${id}' not found`) };
      if (!backend || backend.slot !== undefined) return { reply: generic(`object '${id}' is in use, can not be deleted`) };
      state.backends.delete(id);
      return { reply: ok() };
    },
    device_add: (args) => {
      const driver = text(args.driver);
      if (/^virtio-/.test(driver)) return { reply: noHotplug };
      if (driver !== 'pc-dimm') return { reply: generic(`'${driver}' is not a valid device model name`) };
      const id = text(args.id);
      const memdev = text(args.memdev);
      const backend = state.backends.get(memdev);
      if (slotOf(id) >= 0) return { reply: generic(`Duplicate ID '${id}' for device`) };
      if (!backend && args.memdev !== undefined) return { reply: notFound(memdev) };
      // The order of the checks is QEMU's: socket, then room and address, then what the DIMM itself refuses.
      const slot = freeSlot(window, (n) => state.dimms[n] !== undefined, integer(args.slot));
      if (isDenied(slot)) return { reply: generic(slot.desc) };
      if (!backend) return { reply: generic('\'memdev\' property must be set') };
      const lmb = lmbBytes();
      if (backend.size % lmb !== 0) return { reply: generic(`Hotplugged memory size must be a multiple of ${lmb / 2 ** 20} MB`) };
      const addr = freeAddress(window, taken(), backend.size, integer(args.addr) || undefined);
      if (isDenied(addr)) return { reply: generic(addr.desc) };
      if (backend.slot !== undefined) return { reply: generic(`can't use already busy memdev: ${memdev}`) };
      const nid = integer(args.node) ?? 0;
      if (nid >= nodes) return { reply: generic(`'DIMM property node has value ${nid}' which exceeds the number of numa nodes: ${nodes}`) };

      seat(slot, id, memdev, nid, addr);
      return { reply: ok(), work: acpi().deviceCheck(slot) };
    },
    /** Not QEMU's: one memory device whose _CRS names several ranges, each on a backend of its own, where it is said or at the lowest free place. */
    'x-memory-device-add': (args) => {
      const id = text(args.id);
      if (slotOf(id) >= 0) return { reply: generic(`Duplicate ID '${id}' for device`) };
      const slot = freeSlot(window, (n) => state.dimms[n] !== undefined, integer(args.slot));
      if (isDenied(slot)) return { reply: generic(slot.desc) };
      const parts = Array.isArray(args.ranges) ? (args.ranges as Readonly<Record<string, unknown>>[]) : [];
      if (parts.length === 0) return { reply: generic("Parameter 'ranges' is missing") };
      const seats: Part[] = [];
      for (const part of parts) {
        const memdev = text(part?.memdev);
        const backend = state.backends.get(memdev);
        if (!backend) return { reply: notFound(memdev) };
        if (backend.slot !== undefined || seats.some((seated) => seated.memdev === memdev)) return { reply: generic(`can't use already busy memdev: ${memdev}`) };
        const addr = freeAddress(window, [...taken(), ...seats.map((seated) => ({ id, addr: seated.addr, size: sizeOf(seated.memdev) }))], backend.size, integer(part.addr) || undefined);
        if (isDenied(addr)) return { reply: generic(addr.desc) };
        seats.push({ memdev, addr });
      }
      const nid = integer(args.node) ?? 0;
      if (nid >= nodes) return { reply: generic(`'DIMM property node has value ${nid}' which exceeds the number of numa nodes: ${nodes}`) };
      const [first, ...more] = seats as [Part, ...Part[]];
      seat(slot, id, first.memdev, nid, first.addr, more);
      return { reply: ok(), work: acpi().deviceCheck(slot) };
    },
    /** Not QEMU's: DIMMs on these backends go into a container's sockets, and the container is what the guest is told of. */
    'x-container-add': (args) => {
      const n = integer(args.container) ?? -1;
      const container = mm.description.containers?.[n];
      if (!container) return { reply: generic(`Container '${String(args.container)}' not found`) };
      const memdevs = Array.isArray(args.memdevs) ? args.memdevs.map(text) : [];
      const free = container.slots.filter((slot) => state.dimms[slot] === undefined);
      if (memdevs.length === 0 || memdevs.length > free.length) return { reply: generic(`Container ${n} has room for 1 to ${free.length} memory devices`) };
      const seats: { readonly slot: number; readonly addr: number }[] = [];
      for (const [i, memdev] of memdevs.entries()) {
        const backend = state.backends.get(memdev);
        if (!backend) return { reply: notFound(memdev) };
        if (backend.slot !== undefined || memdevs.indexOf(memdev) < i) return { reply: generic(`can't use already busy memdev: ${memdev}`) };
        const before = seats.map(({ addr }, j) => ({ id: '', addr, size: state.backends.get(memdevs[j] as string)?.size ?? 0 }));
        const addr = freeAddress(window, [...taken(), ...before], backend.size, undefined);
        if (isDenied(addr)) return { reply: generic(addr.desc) };
        seats.push({ slot: free[i] as number, addr });
      }
      for (const [i, { slot, addr }] of seats.entries()) seat(slot, `container${n}-dimm${slot}`, memdevs[i] as string, container.node, addr);
      return { reply: ok(), work: acpi().containerCheck(n) };
    },
    'x-container-del': (args) => {
      const n = integer(args.container) ?? -1;
      const container = mm.description.containers?.[n];
      if (!container?.slots.some((slot) => state.dimms[slot] !== undefined)) return { reply: generic(`Container '${String(args.container)}' not found, or empty`) };
      return { reply: ok(), work: acpi().containerEject(n) };
    },
    device_del: (args) => {
      const id = text(args.id);
      if (virtioAt(id) !== undefined) return { reply: noHotplug };
      const slot = slotOf(id.startsWith(PERIPHERAL) ? id.slice(PERIPHERAL.length) : id);
      return slot < 0 ? { reply: notFound(id) } : { reply: ok(), work: acpi().ejectRequest(slot) };
    },
    'query-memory-devices': () => ({
      reply: ok([...virtioMem.map((device) => ({ addr: device.addr, info: virtioInfo(device) })), ...plugged().map((slot) => ({ addr: region(slot).addr, info: dimmInfo(slot) }))]
        .toSorted((a, b) => a.addr - b.addr).map(({ info }) => info)),
    }),
    'query-memory-size-summary': () => ({
      reply: ok({ 'base-memory': mm.description.slots?.ram ?? 0, 'plugged-memory': pluggedBytes() }),
    }),
    'query-acpi-ospm-status': () => ({
      reply: ok(state.dimms.map((_, slot) => ostInfo(slot, row.ost_event[slot] as number, row.ost_status[slot] as number))),
    }),
    'qom-get': (args) => ({ reply: property(text(args.path), text(args.property)) }),
    'qom-set': (args) => {
      if (text(args.path) === '/machine' && text(args.property) === 'x-eject') return { reply: setEject(args.value) };
      if (text(args.path) === '/machine' && text(args.property) === 'x-grants') return { reply: setGrants(args.value) };
      const device = virtioAt(text(args.path));
      if (device !== undefined) return { reply: setVirtioProperty(device, text(args.property), args.value) };
      const found = property(text(args.path), text(args.property));
      if ('error' in found) return { reply: found };
      const id = text(args.path).split('/').at(-1);
      return { reply: generic(`Attempt to set property '${text(args.property)}' on device '${id}' (type 'pc-dimm') after it was realized`) };
    },
    balloon: (args) => {
      if (balloon === undefined) return { reply: noBalloon };
      const target = integer(args.value) ?? 0;
      if (target <= 0) return { reply: generic("Parameter 'target' expects a size") };
      balloon.setTarget(Math.max(0, Math.floor((ram() - target) / BALLOON_PAGE)));
      return { reply: ok() };
    },
    'query-balloon': () => ({ reply: balloon === undefined ? noBalloon : ok({ actual: ram() - balloon.actual() * BALLOON_PAGE }) }),
  };
  const pluggedBytes = (): number => plugged().reduce((sum, slot) => sum + region(slot).size, 0) + virtioMem.reduce((sum, device) => sum + device.plugged_size(), 0);
  const dimmInfo = (slot: number) => ({
    type: 'dimm',
    data: {
      memdev: `/objects/${state.dimms[slot]?.memdev}`, hotplugged: true, addr: region(slot).addr, hotpluggable: true,
      size: region(slot).size, slot, node: row.nid[slot] as number, id: region(slot).id,
    },
  });
  const virtioInfo = (device: HostVirtioMem) => ({
    type: 'virtio-mem',
    data: {
      memdev: `/objects/${device.memdev}`, 'requested-size': device.requested_size(), node: device.nid, 'max-size': device.region_size, size: device.plugged_size(),
      'block-size': device.block_size, memaddr: device.addr, id: device.id,
    },
  });
  const virtioValues = (device: HostVirtioMem): Readonly<Record<string, unknown>> => ({
    size: device.plugged_size(), 'requested-size': device.requested_size(), 'block-size': device.block_size, memaddr: device.addr, node: device.nid, memdev: `/objects/${device.memdev}`,
  });
  function setVirtioProperty(device: HostVirtioMem, name: string, value: unknown): QmpReply {
    if (!Object.hasOwn(virtioValues(device), name)) return generic(`Property 'virtio-mem-pci.${name}' not found`);
    if (name === 'size') return generic("Property 'virtio-mem.size' is not writable");
    if (name === 'block-size') return generic("'block-size' cannot be changed");
    if (name !== 'requested-size') return generic(`Attempt to set property '${name}' on anonymous device (type 'virtio-mem') after it was realized`);
    const bytes = integer(value);
    if (bytes === undefined) return generic("Invalid parameter type for 'requested-size', expected: integer");
    const denied = device.setRequested(bytes);
    return denied === undefined ? ok() : generic(denied);
  }

  /** Not QEMU's: the board whose firmware refuses. */
  function setEject(value: unknown): QmpReply {
    const answer = EJECT_ANSWERS.find((a) => a === value);
    if (answer === undefined) return generic(`Invalid parameter type for 'x-eject', expected: one of ${EJECT_ANSWERS.join(', ')}`);
    state.eject = answer;
    return ok();
  }
  /** Not QEMU's either: the hypervisor that has nothing to give. */
  function setGrants(value: unknown): QmpReply {
    if (typeof value !== 'boolean') return generic("Invalid parameter type for 'x-grants', expected: boolean");
    state.grants = value;
    return ok();
  }
  function property(path: string, name: string): QmpReply {
    if (path === '/machine' && name === 'x-eject') return ok(state.eject);
    if (path === '/machine' && name === 'x-grants') return ok(state.grants);
    const device = virtioAt(path);
    if (device !== undefined) {
      const values = virtioValues(device);
      return Object.hasOwn(values, name) ? ok(values[name]) : generic(`Property 'virtio-mem-pci.${name}' not found`);
    }
    const slot = path.startsWith(PERIPHERAL) ? slotOf(path.slice(PERIPHERAL.length)) : -1;
    if (slot < 0) return notFound(path);
    const { addr, size } = region(slot);
    const values: Readonly<Record<string, unknown>> = { addr, size, slot, node: row.nid[slot], memdev: `/objects/${state.dimms[slot]?.memdev}`, hotplugged: true, hotpluggable: true };
    return Object.hasOwn(values, name) ? ok(values[name]) : generic(`Property 'pc-dimm.${name}' not found`);
  }

  return {
    state, virtioMem, balloon,
    execute(command, args = {}) {
      const run = Object.hasOwn(commands, command) ? commands[command] : undefined;
      return run ? run(args) : { reply: { error: { class: 'CommandNotFound', desc: `The command ${command} has not been found` } } };
    },
    ejected(slot) {
      const dimm = state.dimms[slot];
      if (!dimm || state.eject !== 'gone') return state.eject;
      for (const { memdev } of [dimm, ...(dimm.more ?? [])]) {
        const backend = state.backends.get(memdev);
        if (backend) backend.slot = undefined;
      }
      state.dimms[slot] = undefined;
      row.state[slot] = SLOT_EMPTY;
      row.nid[slot] = 0;
      row.start_pfn[slot] = 0;
      row.nr_pages[slot] = 0;
      emit({ event: 'DEVICE_DELETED', data: { device: dimm.id, path: PERIPHERAL + dimm.id } }, slot);
      return 'gone';
    },
    crs: (slot) => regions(slot).map(({ addr, size }) => ({ start_pfn: addr / pageSize, nr_pages: size / pageSize })),
    ost(slot, sourceEvent, status) {
      row.ost_event[slot] = sourceEvent;
      row.ost_status[slot] = status;
      emit({ event: 'ACPI_DEVICE_OST', data: { info: ostInfo(slot, sourceEvent, status) } }, slot, sourceEvent, status);
    },
    takeEvents() {
      return outbox.splice(0);
    },
  };
}
