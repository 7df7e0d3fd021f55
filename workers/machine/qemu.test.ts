import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Kthread } from '../kernel/kthread.ts';
import { runToEnd } from '../kernel/kthread.ts';
import { formatMachine, placeTables, SLOT_ADDED, SLOT_EMPTY, SLOT_PLUGGED } from '../uapi/layout.ts';
import type { FirmwareRange, MachineDescription } from '../uapi/machine_description.ts';
import { EV } from '../uapi/trace.ts';
import { type Acpi, createQemu, type Qemu, type QmpEvent, type QmpReply } from './qemu.ts';

const M = 2 ** 20;
const G = 2 ** 30;
/** _OST status: ejection in progress. */
const IN_PROGRESS = 0x84;
const bytes = (text: string): number => Number.parseInt(text, 10) * { K: 1024, M, G }[text.slice(-1) as 'K' | 'M' | 'G'];

/** `-m 1G,slots=6,maxmem=8G` on q35: RAM splits at 2816 MiB. */
function board(memory: string, nodes = 1): MachineDescription {
  const [ram = '', ...more] = memory.split(',');
  const options = Object.fromEntries(more.map((part) => part.split('='))) as { slots?: string; maxmem?: string };
  const m = bytes(ram);
  const low = m < 2816 * M ? m : 2 * G;
  const usable = (start: number, end: number): FirmwareRange => ({ start, end, type: 'usable' });
  return {
    format: 'hotplug-lab machine', version: 1, name: memory, edition: '6.1', arch: 'x86_64', cmdline: '', cpus: 1, hypervisor: true, profile: 'bare',
    memory: [usable(0, low), ...(m > low ? [usable(4 * G, 4 * G + m - low)] : [])],
    numa: Array.from({ length: nodes }, (_, nid) => ({ nid, start: 0, end: low })),
    ...(options.maxmem && { slots: { count: Number(options.slots), maxmem: bytes(options.maxmem), ram: m } }),
  };
}

/** A guest that does what the test says: how each device check and each eject request ends, in the order of _OST codes and '_EJ0'. */
class Guest implements Acpi {
  answers: (number | '_EJ0')[] = [];
  readonly trace: number[][] = [];
  readonly qemu: Qemu;
  readonly slot: { readonly state: Uint8Array; readonly start_pfn: Int32Array };

  constructor(memory: string, nodes = 1) {
    const sizes = { max_pfn: 512, section_shift: 15, block_shift: 15, nodes, slots: 16, trace_rows: 8, text_rows: 8, text_bytes: 64 };
    const t = formatMachine(new ArrayBuffer(placeTables(sizes).bytes), sizes);
    this.slot = t.slot;
    this.qemu = createQemu({ t, description: board(memory, nodes), trace: (...record: number[]) => { this.trace.push(record); } }, () => this);
  }
  /** This board has no containers. */
  *containerCheck(): Kthread<void> {}
  *containerEject(): Kthread<void> {}
  *deviceCheck(slot: number): Kthread<void> {
    expect(this.slot.state[slot]).toBe(SLOT_PLUGGED);
    this.slot.state[slot] = SLOT_ADDED;
    this.qemu.ost(slot, 1, this.answers.shift() as number);
  }
  *ejectRequest(slot: number): Kthread<void> {
    this.qemu.ost(slot, 3, IN_PROGRESS);
    for (const answer of this.answers.splice(0)) if (answer === '_EJ0') this.qemu.ejected(slot); else this.qemu.ost(slot, 3, answer);
  }
  /** Runs a host command and all the work the guest has from it. */
  host(command: string, args: Record<string, unknown> = {}, answers: (number | '_EJ0')[] = []): QmpReply {
    this.answers = answers;
    const { reply, work } = this.qemu.execute(command, args);
    if (work) runToEnd(work);
    return reply;
  }
  plug(id: string, size: number, more: Record<string, unknown> = {}): QmpReply {
    this.host('object-add', { 'qom-type': 'memory-backend-ram', id: `m_${id}`, size });
    return this.host('device_add', { driver: 'pc-dimm', id, memdev: `m_${id}`, ...more }, [0]);
  }
}

const refusal = (reply: QmpReply): string => ('error' in reply ? reply.error.desc : 'no refusal');

describe('the board', () => {
  it('puts DIMMs into the lowest socket and at the lowest address of the window', () => {
    const guest = new Guest('4G,slots=8,maxmem=32G');
    expect([guest.plug('d0', 128 * M), guest.plug('d1', G)]).toEqual([{ return: {} }, { return: {} }]);
    expect([...guest.slot.start_pfn.slice(0, 2)]).toEqual([0x18_0000, 0x18_8000]);
    expect([...guest.slot.state.slice(0, 3)]).toEqual([SLOT_ADDED, SLOT_ADDED, SLOT_EMPTY]);
  });

  it('steps over a DIMM at an odd 64 MiB and so shifts every later address', () => {
    const guest = new Guest('1G,slots=6,maxmem=8G');
    guest.plug('low', 128 * M, { addr: 4 * G });
    guest.plug('odd', 128 * M, { addr: 4 * G + 192 * M });
    guest.plug('next', 256 * M);
    guest.plug('fits', 64 * M);
    expect([...guest.slot.start_pfn.slice(0, 4)].map((pfn) => (pfn * 4096 - 4 * G) / M)).toEqual([0, 192, 320, 128]);
  });

  it('lets a DIMM go only when the guest ejects it, and then forgets its name', () => {
    const guest = new Guest('1G,slots=4,maxmem=8G');
    guest.plug('d0', 128 * M);
    guest.qemu.takeEvents();
    guest.host('device_del', { id: 'd0' }, [0x82]);
    expect(guest.qemu.takeEvents().map((e) => JSON.stringify(e.data))).toEqual([
      '{"info":{"device":"d0","source":3,"status":132,"slot":"0","slot-type":"DIMM"}}', '{"info":{"device":"d0","source":3,"status":130,"slot":"0","slot-type":"DIMM"}}',
    ]);
    guest.host('device_del', { id: 'd0' }, ['_EJ0', 0]);
    expect(guest.qemu.takeEvents().slice(1)).toEqual([
      { event: 'DEVICE_DELETED', data: { device: 'd0', path: '/machine/peripheral/d0' } },
      { event: 'ACPI_DEVICE_OST', data: { info: { source: 3, status: 0, slot: '0', 'slot-type': 'DIMM' } } },
    ]);
    expect(guest.slot.state[0]).toBe(SLOT_EMPTY);
    expect(guest.host('object-del', { id: 'm_d0' })).toEqual({ return: {} });
  });

  it('tells the page what it tells the socket', () => {
    const guest = new Guest('1G,slots=4,maxmem=8G');
    guest.plug('d0', 128 * M);
    guest.host('device_del', { id: 'd0' }, ['_EJ0', 0]);
    const OST = 0;
    const DELETED = 1;
    expect(guest.trace).toEqual([[OST, 0, 1, 0], [OST, 0, 3, 0x84], [DELETED, 0, 0, 0], [OST, 0, 3, 0]].map((args) => [EV.sim_qmp_event, ...args]));
  });

  it('says what is plugged, by address', () => {
    const guest = new Guest('1G,slots=4,maxmem=8G');
    guest.plug('high', 256 * M, { addr: 5 * G });
    guest.plug('low', 128 * M);
    expect(guest.host('query-memory-devices')).toMatchObject({ return: [{ data: { id: 'low', slot: 1, addr: 4 * G } }, { data: { id: 'high', slot: 0, addr: 5 * G } }] });
    expect(guest.host('query-memory-size-summary')).toEqual({ return: { 'base-memory': G, 'plugged-memory': 384 * M } });
    expect(guest.host('qom-get', { path: '/machine/peripheral/high', property: 'size' })).toEqual({ return: 256 * M });
  });

  it('does not touch the guest for a plug it refuses', () => {
    const guest = new Guest('1G,slots=2,maxmem=2G');
    expect([
      guest.host('device_add', { driver: 'pc-dimm', id: 'x', memdev: 'nothing' }), guest.plug('big', 2 * G), guest.plug('far', 128 * M, { slot: 2 }), guest.plug('fine', 128 * M, { slot: 1 }),
      guest.plug('same', 128 * M, { slot: 1 }), guest.host('device_add', { driver: 'virtio-mem-pci' }), guest.host('system_reset'),
    ].map(refusal)).toEqual([
      'Device \'nothing\' not found', 'not enough space, currently 0x0 in use of total space for memory devices 0x40000000', 'invalid slot number 2, valid range is [0-1]', 'no refusal',
      'slot 1 is busy', 'Bus \'pcie.0\' does not support hotplugging', 'The command system_reset has not been found',
    ]);
    expect([...guest.slot.state.slice(0, 2)]).toEqual([SLOT_EMPTY, SLOT_ADDED]);
  });

  it('has no sockets on a machine without slots=', () => {
    expect(refusal(new Guest('1G').plug('d0', 128 * M))).toBe('no slots where allocated, please specify the \'slots\' option');
  });
});

interface HostCommand { qmp: string; arguments: Record<string, unknown>; return?: unknown; error?: unknown }
interface Step { host?: HostCommand[]; qmp_events?: QmpEvent[] }
interface Recording { id: string; qemu_args: string[]; steps: Step[] }

/** How the recorded guest ended its work of a step, as the board saw it. */
const guestAnswers = (events: readonly QmpEvent[] = []): (number | '_EJ0')[] => events.flatMap((e): (number | '_EJ0')[] => {
  const info = (e.data as { info?: { status: number } }).info;
  return info === undefined ? ['_EJ0'] : info.status === IN_PROGRESS ? [] : [info.status];
});

describe('against QEMU 7.2: every host command of the recordings with DIMMs is answered as recorded', () => {
  const folder = new URL('../testing/linux-6.1/', import.meta.url);
  const recordings = readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Recording)
    .filter((r) => r.steps?.some((step) => step.host) && !r.qemu_args.some((arg) => /virtio-(mem|balloon)/.test(arg)));
  it.each(recordings.map((r) => [r.id, r] as const))('%s', (_, r) => {
    const guest = new Guest(r.qemu_args[r.qemu_args.indexOf('-m') + 1] as string, r.qemu_args.filter((arg) => /^node\b/.test(arg)).length || 1);
    for (const step of r.steps) {
      // Which answers of the guest follow which command is not recorded; the last command of a step is the one that reaches the guest.
      const answers = guestAnswers(step.qmp_events);
      // An eject that ends in a later step, or that somebody asked for inside the guest.
      const slot = (step.qmp_events ?? []).map((e) => (e.data as { info?: { slot: string } }).info?.slot).find((n) => n !== undefined);
      if (!step.host) for (const answer of answers) if (answer === '_EJ0') guest.qemu.ejected(Number(slot)); else guest.qemu.ost(Number(slot), 3, answer);
      for (const { qmp, arguments: args, ...reply } of step.host ?? []) expect(guest.host(qmp, args, [...answers]), `${qmp} ${JSON.stringify(args)}`).toEqual(reply);
    }
  });
  it('are many', () => { expect(recordings.length).toBeGreaterThan(60); });
});
