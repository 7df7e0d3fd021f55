/** A small machine of the 3.11 edition for tests: one block of DMA32, and whatever is added to it. Steps are written as in the recordings: "add 8 9", "8 online_movable" (a newline is added, as echo does: without it "online" would be a beginning of "online_kernel"). */
import { store_mem_state } from '../../editions/3.11/memory.ts';
import { memory_probe_store } from '../../editions/3.11/memory_hotplug_add.ts';
import { dirOf } from '../../kernel/vnode.ts';
import { createFirmwareMap } from '../../kernel/firmware_map.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { runToEnd } from '../../kernel/kthread.ts';
import { createNotifierChain } from '../../kernel/notifier.ts';
import { createIomem, newResource, request_resource } from '../../kernel/resource.ts';
import { type Sketch, sketch, type ZoneSketch } from '../picture.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { MEM_ACTION_NAMES, MEM_STATE_ONLINE, stateWord } from '../../uapi/memory_block.ts';
import { ZONE_DMA32, ZONE_MOVABLE, ZONE_NAMES, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { readText, STREAM_KERNEL } from '../../uapi/text.ts';
import { UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../../uapi/trace.ts';
import { H_TEXT_HEAD } from '../../uapi/layout.ts';
import { linux_3_11 } from '../../editions/3.11/edition.ts';
import { mark_initialized } from '../../editions/3.11/zone.ts';

export const PAGES = 1 << 15;
/** First frame of block N. */
export const block = (n: number): number => n << 15;
export const LOW: ZoneSketch = { zone: ZONE_DMA32, start: block(1), end: block(2) };
const ROOM = block(24);

export interface Machine311 extends Sketch {
  readonly k: Kernel;
  readonly signal: { pending: boolean };
  /** One step: "ok", or the name of the errno. */
  step(line: string): string;
  /** Steps parted by ';': what each answered, and where the zones are now. */
  steps(lines: string): string;
}

const errnoName = (ret: number): string => (ret >= 0 ? 'ok' : Object.entries(ERRNO).find(([, n]) => n === -ret)?.[0] ?? String(ret));

export function machine(options: { zones?: readonly ZoneSketch[]; pictures?: Readonly<Record<number, string>>; movable_node?: boolean } = {}): Machine311 {
  const { zones = [LOW], pictures = {}, movable_node = false } = options;
  const signal = { pending: false };
  const s = sketch(zones, signal, linux_3_11, ROOM);
  Object.assign(s.mm, { description: { ...s.mm.description, config: { MOVABLE_NODE: movable_node } } });
  s.fill(pictures);
  const iomem = createIomem();
  for (const { zone, start, end, nid = 0 } of zones) {
    mark_initialized(s.mm, zoneRow(nid, zone), true);
    request_resource(iomem, newResource('System RAM', start * 4096, end * 4096 - 1, true));
    const { memory_block } = s.mm.t;
    for (let id = start >>> 15; id < Math.ceil(end / PAGES); id++) [memory_block.state[id], memory_block.zone[id], memory_block.slot[id], memory_block.nid[id]] = [MEM_STATE_ONLINE, zone, -1, nid];
  }
  const k: Kernel = { mm: s.mm, buddy: s.buddy, memory_chain: createNotifierChain(), iomem, acpi_memory_devices: new Map(), memmap_chunks: new Map(), firmware_map: createFirmwareMap([]), root: dirOf(0o755, () => ({})) };
  s.mm.edition.register_listeners(k);
  s.events();
  const step = (line: string): string => {
    const [first = '', ...rest] = line.trim().split(' ');
    if (first !== 'add') return errnoName(runToEnd(store_mem_state(k, Number(first), `${rest.join(' ')}\n`)));
    return rest.map((id) => errnoName(runToEnd(memory_probe_store(k, `0x${(block(Number(id)) * 4096).toString(16)}`)))).find((word) => word !== 'ok') ?? 'ok';
  };
  const m = { ...s, k, signal, step };
  return { ...m, steps: (lines) => `${lines.split(';').map(step).join(' ')} | ${spans(m)}` };
}

/** "Normal [8,10) 2, Movable [10,12) 0": spans and present pages in blocks; what is no whole number of blocks is written as pages. */
export function spans({ mm }: Sketch, nid = 0): string {
  const z = mm.t.zone;
  const blocks = (pages: number): string => (pages % PAGES === 0 ? String(pages / PAGES) : `0x${pages.toString(16)}`);
  return [ZONE_NORMAL, ZONE_MOVABLE].map((zone) => {
    const row = zoneRow(nid, zone);
    const [start, spanned, present] = [z.zone_start_pfn[row], z.spanned_pages[row], z.present_pages[row]] as [number, number, number];
    const span = start === 0 && spanned === 0 ? '-' : `[${blocks(start)},${blocks(start + spanned)})`;
    return `${ZONE_NAMES[zone]} ${span} ${blocks(present)}`;
  }).join(', ');
}
export const stateOf = ({ mm }: Sketch, id: number): string => stateWord(mm.t.memory_block.state[id] as number);

/** What the recorded kernel tells of, in order: notifiers, uevents, and lines of the log in quotes. */
export function story(s: Sketch): string[] {
  return s.events().flatMap((e) => {
    switch (e.type) {
      case 'notify': return [`${MEM_ACTION_NAMES[e.action]?.slice('MEM_'.length)} ${e.start_pfn / PAGES}`];
      case 'uevent': return [`${UEVENT_ACTIONS[e.action]} ${UEVENT_SUBSYSTEMS[e.subsystem]}${e.id}`];
      case 'log': return [`"${textOf(s, e.text)}"`];
      default: return [];
    }
  });
}
const textOf = ({ mm }: Sketch, id: number): string => readText(mm.t, id)?.text ?? '';
/** Lines of the kernel's log so far. */
export function log({ mm }: Sketch): string[] {
  const rows = Array.from({ length: mm.t.header[H_TEXT_HEAD] as number }, (_, id) => readText(mm.t, id));
  return rows.flatMap((row) => (row?.stream === STREAM_KERNEL ? [row.text] : []));
}
