/** Each statement of the seeds and of the spec's tables about 2.6.12 as a test that quotes its row. S0 … S2: seeds 000 to 002; T: spec editions.md (a) and its difference table; C: hotplug-callgraph.md, "2005"; N: notifiers.md. */
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../machine/invariants.ts';
import { createMachine } from '../../machine/machine.ts';
import { guest, type Guest } from '../../testing/guest.ts';
import { FUNCTIONS } from '../../uapi/functions.ts';
import { H_TRACE_HEAD } from '../../uapi/layout.ts';
import type { MachineDescription } from '../../uapi/machine_description.ts';
import { decodeEvent, EV } from '../../uapi/trace.ts';
import { ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';

const DIR = '/sys/devices/system/memory';
/** 1 GiB of which Linux is told 512 MiB: the rest can be probed, sections 2 and 3. */
const machine = (more: Partial<MachineDescription> = {}, cmdline = 'mem=512M'): Guest => guest('1G', { edition: '2.6.12-mhp', cmdline, more });
const probe = (g: Guest, address: string): string => g.run(`printf '%s' ${address} > ${DIR}/probe`);
const state = (g: Guest, id: number, word: string): string => g.run(`printf '%s' '${word}' > ${DIR}/memory${id}/state`);
const read = (g: Guest, path: string): string => g.file(`${DIR}/${path}`);
const list = (g: Guest, path = ''): string => g.run(`ls ${DIR}/${path}`).replaceAll('\n', ' ');
/** A machine with section 2 online. */
function online2(more: Partial<MachineDescription> = {}): Guest {
  const g = machine(more);
  probe(g, '0x20000000');
  expect(state(g, 2, 'online\n')).toBe('');
  g.story();
  return g;
}
/** Names of functions entered since the head of the ring was `from`. */
function calls(g: Guest, from: number): string[] {
  const { t } = g.machine.kernel.mm;
  const names: string[] = [];
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  for (let at = from; at < (t.header[H_TRACE_HEAD] as number); at++) {
    const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % w0.length] as number));
    if (e.type === 'sim_func_entry') names.push(FUNCTIONS[e.fn - 1]?.[0] ?? '');
  }
  return names;
}
const head = (g: Guest): number => g.machine.kernel.mm.t.header[H_TRACE_HEAD] as number;
const invariants = (g: Guest): string[] => checkInvariants(g.machine.kernel.mm);
const OPENS_FOR_WRITE = 'Invalid argument';

describe('sysfs layout (T: "sysfs layout")', () => {
  it('"block_size_bytes | 0444 | one section size, hex, no 0x, newline (e.g. 10000000 for 256 MiB)"; S0: "The size of each memory section (in hex)"', () => {
    const g = machine();
    expect(read(g, 'block_size_bytes')).toBe('10000000\n');
    expect(g.run(`stat -c %a ${DIR}/block_size_bytes`)).toBe('444');
  });
  it('"probe (only CONFIG_ARCH_MEMORY_PROBE) | 0700"', () => {
    expect(machine().run(`stat -c %a ${DIR}/probe`)).toBe('700');
    expect(list(machine({ config: { ARCH_MEMORY_PROBE: false } }))).not.toContain('probe');
  });
  it('"parsed with base auto-detect (0x…, 0…, decimal); garbage parses as far as it goes (0 if nothing)"', () => {
    for (const text of ['0x20000000', '04000000000', '536870912', '536870912bytes']) {
      const g = machine();
      expect([text, probe(g, text)]).toEqual([text, '']);
      expect(list(g)).toContain('memory2');
    }
    // Address 0 is section 0, which is there: the write succeeds, and nothing changes.
    const g = machine();
    const before = list(g);
    expect(probe(g, 'garbage')).toBe('');
    expect(list(g)).toBe(before);
  });
  it('"online ([A] only) | 0700 | … rejects valid sections with -EINVAL"', () => {
    const g = machine();
    expect(g.run(`stat -c %a ${DIR}/online`)).toBe('700');
    expect(g.run(`echo 0x0 > ${DIR}/online`)).toContain(OPENS_FOR_WRITE);
    expect(g.run(`echo 0x30000000 > ${DIR}/online`)).toBe('');
    expect(list(machine({ patchSet: '2005-08' }))).not.toContain('online');
  });
  it('"memoryN/phys_index | 0444 | section number, format 8-digit zero padded hex + newline"; S0: "multiply this by block_size_bytes and you can calculate the starting physical address"', () => {
    const g = machine();
    probe(g, '0x20000000');
    expect(read(g, 'memory2/phys_index')).toBe('00000002\n');
    expect(Number.parseInt(read(g, 'memory2/phys_index'), 16) * Number.parseInt(read(g, 'block_size_bytes'), 16)).toBe(0x20000000);
  });
  it('"memoryN/state | 0644 | online / offline / going-offline", "memoryN/phys_device | 0444 | decimal, always 0 here"', () => {
    const g = machine();
    expect(g.run(`stat -c '%a %n' ${DIR}/memory0/*`)).toBe(`444 ${DIR}/memory0/phys_device\n444 ${DIR}/memory0/phys_index\n644 ${DIR}/memory0/state`);
    expect(read(g, 'memory0/phys_device')).toBe('0\n');
    expect(read(g, 'memory0/state')).toBe('online\n');
    probe(g, '0x20000000');
    expect(read(g, 'memory2/state')).toBe('offline\n');
  });
  it('"No removable, no end_phys_index, no valid_zones, no uevent-driven online/offline events …; no node symlinks"', () => {
    const g = online2();
    expect(list(g, 'memory2')).toBe('phys_device phys_index state');
    state(g, 2, 'offline\n');
    expect(g.story().filter((line) => line.startsWith('uevent'))).toEqual(['uevent remove 2']);
  });
  it('"One directory per section … N equals the section number"', () => {
    expect(list(machine())).toBe('block_size_bytes memory0 memory1 online probe');
  });
  it('"Boot sections appear as online. [A] stops at the first invalid section (so sections after a hole get no directory); [B] skips invalid ones"', () => {
    const M = 2 ** 20;
    const holed: Partial<MachineDescription> = {
      memory: [{ start: 0, end: 640 * 1024, type: 'usable' }, { start: M, end: 512 * M, type: 'usable' }, { start: 1024 * M, end: 1280 * M, type: 'usable' }],
    };
    expect(list(machine(holed, ''))).toBe('block_size_bytes memory0 memory1 online probe');
    expect(list(machine({ ...holed, patchSet: '2005-08' }, ''))).toBe('block_size_bytes memory0 memory1 memory4 probe');
  });
  it('"i386 section size: 28 bits = 256 MiB in [A2] (so 0x20000000 → memory2, 0x30000000 → memory3)"', () => {
    const g = machine();
    probe(g, '0x20000000');
    probe(g, '0x30000000');
    expect(list(g)).toBe('block_size_bytes memory0 memory1 memory2 memory3 online probe');
  });
});

describe('state writes (T: "state writes")', () => {
  it('"compares only min(bytes written, 6) characters against online … Hence o (without newline) means online; online_movable is accepted as online"', () => {
    for (const word of ['o', 'onl', 'online', 'online\n', 'online_movable\n', 'onlineX']) {
      const g = machine();
      probe(g, '0x20000000');
      expect([word, state(g, 2, word), read(g, 'memory2/state')]).toEqual([word, '', 'online\n']);
    }
  });
  it('"then min(bytes, 7) against offline"', () => {
    for (const word of ['of', 'offline', 'offline\n', 'offline_now']) {
      const g = online2();
      expect([word, state(g, 2, word)]).toEqual([word, '']);
      expect(list(g)).not.toContain('memory2');
    }
  });
  it('"Precondition mismatch … → -EINVAL. Unknown text → -EINVAL." and nothing changes', () => {
    const g = online2();
    const before = g.run('cat /proc/buddyinfo /proc/meminfo');
    for (const word of ['online\n', 'invalid\n', 'going-offline\n', 'O', 'x', '1']) expect([word, state(g, 2, word)]).toEqual([word, expect.stringContaining('Invalid argument')]);
    expect(g.run('cat /proc/buddyinfo /proc/meminfo')).toBe(before);
  });
  it('"[A] also requires CAP_SYS_ADMIN (-EACCES otherwise)": another user does not get past open(2)', () => {
    const g = machine();
    probe(g, '0x20000000');
    expect(g.run(`mh asuid 65534 mh write ${DIR}/memory2/state online`)).toBe('open ret=-1 errno=13 EACCES (Permission denied)');
  });
  it('"A per-block semaphore (state_sem) serialises transitions": of two writes at once the second finds the new state', () => {
    const g = machine();
    probe(g, '0x20000000');
    expect(g.run(`echo online > ${DIR}/memory2/state & echo online > ${DIR}/memory2/state; wait`)).toMatch(/^bash: line 1: echo: write error: Invalid argument$/);
    expect(read(g, 'memory2/state')).toBe('online\n');
  });
});

describe('probe → add (T: "probe → add", C)', () => {
  it('"needs at least one page of the section to be hotpluggable RAM … in the untruncated BIOS e820 map … else -EINVAL"', () => {
    const g = machine();
    expect(probe(g, '0x40000000')).toContain('Invalid argument');
    expect(probe(g, '0x30000000')).toBe('');
  });
  it('"[B]: no such check"', () => {
    expect(probe(machine({ patchSet: '2005-08' }), '0x40000000')).toBe('');
  });
  it('"i386 always adds to the highest zone (HighMem)", wherever it lies', () => {
    const g = online2();
    const { zone } = g.machine.kernel.mm.t;
    expect(zone.zone_start_pfn[zoneRow(0, ZONE_HIGHMEM)]).toBe(0x20000);
    expect(zone.spanned_pages[zoneRow(0, ZONE_HIGHMEM)]).toBe(0x10000);
    expect(g.file('/proc/buddyinfo')).toMatch(/zone +HighMem +\d/);
  });
  it('"No alignment check and no resource (/proc/iomem) registration"; difference table: "iomem entry | none"', () => {
    const g = machine();
    const iomem = g.file('/proc/iomem');
    expect(probe(g, '0x20001000')).toBe('');
    expect(list(g)).toContain('memory2');
    expect(g.file('/proc/iomem')).toBe(iomem);
  });
  it('"memmap allocated (contiguous pages, else vmalloc)": 32 bytes a page are 2 MiB a section, from lowmem', () => {
    const g = machine();
    const normal = zoneRow(0, ZONE_NORMAL);
    const free = (): number => g.machine.kernel.mm.t.zone.nr_free_pages[normal] as number;
    const before = free();
    probe(g, '0x20000000');
    expect(before - free()).toBe(512);
  });
  it('"section gets a directory in state offline, hotplug event add raised"', () => {
    const g = machine();
    g.story();
    probe(g, '0x20000000');
    expect(g.story()).toEqual(['uevent add 2']);
    expect(read(g, 'memory2/state')).toBe('offline\n');
  });
  it('C: "already present → new memmap freed, treated as success"', () => {
    const g = machine();
    probe(g, '0x20000000');
    const before = g.file('/proc/buddyinfo');
    g.story();
    expect(probe(g, '0x20000000')).toBe('');
    expect([g.file('/proc/buddyinfo'), g.story()]).toEqual([before, []]);
  });
  it('S0: the calls of an add, in the order of the seed', () => {
    const g = machine();
    const from = head(g);
    probe(g, '0x20000000');
    expect(calls(g, from)).toEqual(['memory_probe_store', 'add_memory', '__add_pages', '__add_section', 'register_new_memory', 'add_memory_block', 'register_memory', 'sysdev_register']);
  });
});

describe('online (T: "online")', () => {
  it('"every page of the section must be PG_reserved, otherwise prints `section number %ld page number %d not reserved, was it already online? ` … and fails -EBUSY"', () => {
    const g = machine();
    probe(g, '0x20000000');
    g.machine.kernel.mm.t.memmap.kind[0x20005] = 0;
    g.log();
    expect(state(g, 2, 'online\n')).toContain('Device or resource busy');
    expect(g.log()).toEqual(['online_pages: section number 2 page number 5 not reserved, was it already online? ']);
    expect(read(g, 'memory2/state')).toBe('offline\n');
  });
  it('"each page that is hotpluggable RAM is un-reserved …": the firmware\'s pages at the end of section 3 stay reserved', () => {
    const g = machine();
    probe(g, '0x30000000');
    state(g, 3, 'online\n');
    const { zone } = g.machine.kernel.mm.t;
    const row = zoneRow(0, ZONE_HIGHMEM);
    // 0x3ffe0000 to 0x40000000 are reserved by the firmware: 32 pages.
    expect([zone.present_pages[row], zone.managed_pages[row]]).toEqual([65536, 65504]);
    expect(invariants(g)).toEqual([]);
  });
  it('"freed one page at a time, ascending"; difference table: "LIFO head, order-0 frees merging": whole chunks, the last one first', () => {
    const g = machine();
    probe(g, '0x20000000');
    const { buddy } = g.machine.kernel;
    const order10 = (): number => buddy.nr_free(zoneRow(0, ZONE_HIGHMEM), 10);
    expect(order10()).toBe(0);
    state(g, 2, 'online\n');
    const highest = buddy.alloc_pages({ order: 10, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: 1 });
    expect(highest).toBeGreaterThanOrEqual(0x2f000);
  });
  it('"totalram, num_physpages (and totalhigh) +1 each", "zone present_pages += all pages of the section"', () => {
    const kB = (g: Guest, name: string): number => Number(new RegExp(`${name}: +(\\d+)`).exec(g.file('/proc/meminfo'))?.[1]);
    const g = machine();
    probe(g, '0x20000000');
    const before = kB(g, 'MemTotal');
    state(g, 2, 'online\n');
    expect([kB(g, 'MemTotal') - before, kB(g, 'HighTotal')]).toEqual([262144, 262144]);
  });
  it('"zone/pgdat span is grown at add time in [A], at online time in [B]"', () => {
    const spanned = (g: Guest): number => g.machine.kernel.mm.t.zone.spanned_pages[zoneRow(0, ZONE_HIGHMEM)] as number;
    for (const [patchSet, afterAdd] of [['2005-02', 65536], ['2005-08', 0]] as const) {
      const g = machine({ patchSet });
      probe(g, '0x20000000');
      expect(spanned(g)).toBe(afterAdd);
      state(g, 2, 'online\n');
      expect(spanned(g)).toBe(65536);
    }
  });
  it('"Watermarks recomputed (setup_per_zone_pages_min)": HighMem keeps a thousandth, 32 to 128 pages', () => {
    const { watermark_min, watermark_low, watermark_high } = online2().machine.kernel.mm.t.zone;
    const row = zoneRow(0, ZONE_HIGHMEM);
    expect([watermark_min[row], watermark_low[row], watermark_high[row]]).toEqual([64, 80, 96]);
  });
  it('"state becomes online. No uevent for online in this edition."', () => {
    const g = machine();
    probe(g, '0x20000000');
    g.story();
    state(g, 2, 'online\n');
    expect(g.story()).toEqual(['ONLINE 0']);
  });
  it('S0: the calls of an online, in the order of the seed', () => {
    const g = machine();
    probe(g, '0x20000000');
    const from = head(g);
    state(g, 2, 'online\n');
    expect(calls(g, from).filter((name) => name !== 'memory_notify')).toEqual(['store_mem_state', 'memory_block_change_state', 'memory_block_action', 'online_pages', 'online_page', 'setup_per_zone_pages_min']);
  });
});

describe('offline = remove, one step (T: "offline = remove", S0, S2)', () => {
  it('"on success the section directory disappears (unplug event) and the section is unmarked present"', () => {
    const g = online2();
    expect(state(g, 2, 'offline\n')).toBe('');
    expect(list(g)).toBe('block_size_bytes memory0 memory1 online probe');
    expect(g.machine.kernel.mm.t.section.state[2]).toBe(0);
    expect(invariants(g)).toEqual([]);
    // And back again.
    expect([probe(g, '0x20000000'), state(g, 2, 'online\n'), read(g, 'memory2/state')]).toEqual(['', '', 'online\n']);
  });
  it('S0: the calls of a removal, in the order of the seed; S2: offline_section() and what it does inside', () => {
    const g = online2();
    const from = head(g);
    state(g, 2, 'offline\n');
    const names = calls(g, from).filter((name) => name !== 'memory_notify');
    expect(names.filter((name, i) => name !== names[i - 1])).toEqual([
      'store_mem_state', 'memory_block_change_state', 'memory_block_action', 'remove_memory', '__remove_pages', 'capture_page_range', 'offline_section', 'mark_section_going_offline', 'some_alloc_pages',
      ...(names.includes('try_to_migrate_pages') ? ['try_to_migrate_pages', 'some_alloc_pages'] : []), 'mark_section_offline', 'unregister_memory_section', 'sysdev_unregister',
    ]);
  });
  it('"block state is going-offline during the attempt; restored on failure"', () => {
    const g = online2();
    const pfn = pinnedPage(g);
    const seen: string[] = [];
    g.machine.submit({ type: 'shell', line: `echo offline > ${DIR}/memory2/state`, fresh: true });
    while (g.machine.run(1)) {
      const word = g.machine.read(`${DIR}/memory2/state`);
      if (word.ok && seen.at(-1) !== word.text) seen.push(word.text);
    }
    expect(seen).toEqual(['online\n', 'going-offline\n', 'online\n']);
    expect(pfn >>> 16).toBe(2);
  });
  it('"range must lie in one zone and that zone must be HighMem → else -EINVAL"', () => {
    const g = machine();
    expect([state(g, 0, 'offline\n'), state(g, 1, 'offline\n')]).toEqual([expect.stringContaining('Invalid argument'), expect.stringContaining('Invalid argument')]);
    // Section 3 of a whole GiB: 896 MiB is the border of HighMem.
    expect(state(machine({}, ''), 3, 'offline\n')).toContain('Invalid argument');
  });
  it('"CONFIG_MEMORY_REMOVE must be set → else -EINVAL"', () => {
    expect(state(online2({ config: { MEMORY_REMOVE: false } }), 2, 'offline\n')).toContain('Invalid argument');
  });
  it('"capture_page_range(start, order) must succeed → else warning `__remove_pages(): failed to capture page range: %ld -> %ld` and -EAGAIN"', () => {
    const g = online2();
    pinnedPage(g);
    g.log();
    expect(state(g, 2, 'offline\n')).toContain('Resource temporarily unavailable');
    expect(g.log()).toEqual([`__remove_pages(): failed to capture page range: ${0x20000} -> ${0x30000}`]);
    expect(read(g, 'memory2/state')).toBe('online\n');
    expect(invariants(g)).toEqual([]);
  });
  it('"In [B] removal is … returning -ENOSYS"', () => {
    expect(state(online2({ patchSet: '2005-08' }), 2, 'offline\n')).toContain('Function not implemented');
  });
  it('a section of boot memory that nobody uses goes as well, where it is HighMem as a whole', () => {
    const g = guest('2G', { edition: '2.6.12-mhp' });
    expect(state(g, 5, 'offline\n')).toBe('');
    expect(list(g)).not.toContain('memory5');
    expect(invariants(g)).toEqual([]);
  });
  it('difference table: "zone span shrinks | never"; "zone decided | at add"', () => {
    const g = online2();
    state(g, 2, 'offline\n');
    const { zone } = g.machine.kernel.mm.t;
    const row = zoneRow(0, ZONE_HIGHMEM);
    expect([zone.zone_start_pfn[row], zone.spanned_pages[row], zone.present_pages[row]]).toEqual([0x20000, 65536, 0]);
  });
  it('seed 001, future work: "memmap removing at memory offline": in 2005 it stays', () => {
    const g = online2();
    const normal = zoneRow(0, ZONE_NORMAL);
    const before = g.machine.kernel.mm.t.zone.nr_free_pages[normal];
    state(g, 2, 'offline\n');
    expect(g.machine.kernel.mm.t.zone.nr_free_pages[normal]).toBeLessThanOrEqual(before as number);
  });
});

/** A page of a process in section 2 that somebody holds. */
function pinnedPage(g: Guest): number {
  const { mm, buddy } = g.machine.kernel;
  const pfn = buddy.alloc_pages({ order: 0, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: 8 });
  mm.t.memmap.owner[pfn] = -1;
  return pfn;
}

describe('caged pages (S2)', () => {
  it('"If you can alloc() a certain set of memory, then it\'s free to offline": a section nobody uses is taken in one piece', () => {
    const g = machine();
    probe(g, '0x20000000');
    state(g, 2, 'online\n');
    // What moved in is sent back first, so that the section is free.
    const { kernel } = g.machine;
    const from = head(g);
    const used = (): number => 65536 - (kernel.mm.t.zone.nr_free_pages[zoneRow(0, ZONE_HIGHMEM)] as number);
    expect(used()).toBeLessThan(2000);
    state(g, 2, 'offline\n');
    const captured = [...Array(head(g) - from).keys()].filter((i) => ((kernel.mm.t.trace.w2[(from + i) % kernel.mm.t.trace.w2.length] as number) & 0xff) === EV.sim_capture_page).length;
    expect(captured).toBeGreaterThanOrEqual(64);
  });
  it('"mark_section_going_offline() will be used by the __free_pages() path to intercept any page … from getting freed back into the page allocator"', () => {
    const g = online2();
    const { mm, buddy } = g.machine.kernel;
    const pfn = pinnedPage(g);
    const row = zoneRow(0, ZONE_HIGHMEM);
    const free = mm.t.zone.nr_free_pages[row] as number;
    mm.t.section.state[2] = (mm.t.section.state[2] as number) | 8;
    buddy.free_pages(pfn, 0);
    expect(mm.t.zone.nr_free_pages[row]).toBe(free);
    expect(buddy.alloc_pages({ order: 0, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: 1 })).not.toBe(pfn);
  });
  it('"else try smaller pieces": halves, down to what is used; pages of processes move, their frames are captured, nothing is lost', () => {
    const g = online2();
    g.run('mh anon 64M &\nsleep 0.1');
    const from = head(g);
    expect(state(g, 2, 'offline\n')).toBe('');
    expect(calls(g, from).filter((name) => name === 'some_alloc_pages').length).toBeGreaterThan(1);
    expect(invariants(g)).toEqual([]);
  });
});

describe('notifiers (N, T: "notifiers")', () => {
  it('"GOING_OFFLINE before removal …, MAPPING_INVALID after successful removal, then OFFLINE; ONLINE after a successful online"', () => {
    const g = online2();
    state(g, 2, 'offline\n');
    expect(g.story()).toEqual(['GOING_OFFLINE 0', 'uevent remove 2', 'MAPPING_INVALID 0', 'OFFLINE 0']);
  });
  it('"(return value ignored)", "Failures notify nobody"', () => {
    const g = online2();
    g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: () => 0x8002 });
    expect(state(g, 2, 'offline\n')).toBe('');
    const failing = online2();
    pinnedPage(failing);
    state(failing, 2, 'offline\n');
    expect(failing.story()).toEqual(['GOING_OFFLINE 0', 'offline_pages -11']);
  });
  it('"[A] declares registration but never calls the chain"', () => {
    const g = machine({ patchSet: '2005-02' });
    probe(g, '0x20000000');
    state(g, 2, 'online\n');
    state(g, 2, 'offline\n');
    expect(g.story()).toEqual(['uevent add 2', 'uevent remove 2']);
  });
  it('N: "none: argument is NULL; callbacks cannot tell which section"', () => {
    const g = machine();
    const seen: unknown[] = [];
    g.machine.kernel.memory_chain.register({ id: 64, name: 'ear', priority: 0, notifier_call: (_action, arg) => seen.push(arg) });
    probe(g, '0x20000000');
    state(g, 2, 'online\n');
    expect(seen).toEqual([{ start_pfn: 0, nr_pages: 0, status_change_nid_normal: -1, status_change_nid: -1 }]);
  });
});

describe('/sbin/hotplug (T: "userland event path", S0)', () => {
  it('"ACTION=add through /sbin/hotplug before the state attribute file is created"', () => {
    const g = machine();
    const heard: string[] = [];
    g.machine.kernel.call_usermodehelper = (argv, envp) => {
      const there = g.machine.read(`${DIR}/memory2/state`).ok;
      heard.push(`${argv.join(' ')} ACTION=${envp.ACTION} DEVPATH=${envp.DEVPATH} SUBSYSTEM=${envp.SUBSYSTEM} SEQNUM=${envp.SEQNUM} state ${there ? 'there' : 'absent'}`);
    };
    probe(g, '0x20000000');
    state(g, 2, 'online\n');
    state(g, 2, 'offline\n');
    expect(heard).toEqual([
      '/sbin/hotplug memory ACTION=add DEVPATH=/devices/system/memory/memory2 SUBSYSTEM=memory SEQNUM=1 state absent',
      '/sbin/hotplug memory ACTION=remove DEVPATH=/devices/system/memory/memory2 SUBSYSTEM=memory SEQNUM=2 state absent',
    ]);
    expect(g.file('/sys/kernel/hotplug_seqnum')).toBe('2\n');
  });
  it('another program, or none, by /proc/sys/kernel/hotplug', () => {
    const g = machine();
    const heard: string[] = [];
    g.machine.kernel.call_usermodehelper = (argv) => heard.push(argv[0] ?? '');
    expect(g.file('/proc/sys/kernel/hotplug')).toBe('/sbin/hotplug\n');
    g.run('echo /sbin/mine > /proc/sys/kernel/hotplug');
    probe(g, '0x20000000');
    g.run('echo > /proc/sys/kernel/hotplug');
    probe(g, '0x30000000');
    expect(heard).toEqual(['/sbin/mine']);
  });
});

describe('the machine', () => {
  it('difference table: "zone decided | at add (HighMem on i386)": DMA, Normal up to 896 MiB, HighMem above', () => {
    expect(machine({}, '').file('/proc/buddyinfo').split('\n').map((line) => line.slice(0, 22).trim())).toEqual(['Node 0, zone      DMA', 'Node 0, zone   Normal', 'Node 0, zone  HighMem', '']);
  });
  it('has no file that came later', () => {
    const g = machine();
    expect(g.run('ls /proc').split('\n')).not.toContain('zoneinfo');
    expect(g.run('ls /sys /sys/devices/system')).not.toContain('bus');
    expect(g.run('ls /sys/devices/system')).toBe('memory');
  });
  it('cannot be built for another architecture, and says so', () => {
    const { description } = machine().machine.kernel.mm;
    const other = createMachine({ description: { ...description, config: { MOVABLE_NODE: true } } });
    expect(other).toMatchObject({ ok: false, reason: 'Linux 2.6.12-mhp for i386 has no CONFIG_MOVABLE_NODE.' });
  });
});
