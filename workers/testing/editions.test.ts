/**
 * Spec editions.md, (b) 3.11 and (c) 6.1, row by row: each test quotes its row and does what it says at the shell. 2.6.12 is in editions/2.6.12; ORDER of calls in call-graph.test.ts; zones in 3.11 in editions/3.11.
 * Where the recordings of 3.11 correct a row, the row is quoted as corrected (linux-3.11/FINDINGS.md, letter and number).
 */
import { describe, expect, it } from 'vitest';
import type { Edition } from '../uapi/machine_description.ts';
import { makeCold } from '../mm/page_flags.ts';
import { guest, type Guest, plugged } from './guest.ts';
import { MMOP_OFFLINE } from '../uapi/memory_block.ts';
import { ZONE_MOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { KIND_HUGETLB, KIND_MASK } from '../uapi/page_kind.ts';

const DIR = '/sys/devices/system/memory';
const PARAMETERS = '/sys/module/memory_hotplug/parameters';
const machine = (edition: Edition, more: { cmdline?: string; qemu?: readonly string[]; memory?: string } = {}): Guest => guest(more.memory ?? '1G,slots=8,maxmem=16G', { edition, cmdline: more.cmdline ?? '', ...(more.qemu && { qemu: more.qemu }) });
/** A DIMM of so many blocks from memory32 on, or behind the one before, all offline. */
function dimm(g: Guest, id: string, blocks: number, node = 0): void {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: `m${id}`, size: blocks * 2 ** 27 });
  expect(g.host('device_add', { driver: 'pc-dimm', id, memdev: `m${id}`, node })).toEqual({ return: {} });
}
const write = (g: Guest, id: number, text: string): string => g.run(`printf '${text}' > ${DIR}/memory${id}/state`).replace(/^.*error: /, '');
const state = (g: Guest, id: number): string => g.file(`${DIR}/memory${id}/state`).trim();
const zone = (g: Guest, id: number): string => g.file(`${DIR}/memory${id}/valid_zones`).trim();
const EINVAL = 'Invalid argument';
const EBUSY = 'Device or resource busy';
const NODES = ['-numa', 'node,nodeid=0,mem=1G', '-numa', 'node,nodeid=1'];

describe('(c) 6.1, sysfs', () => {
  const g = machine('6.1');
  dimm(g, 'd0', 1);
  it.each([
    ['block_size_bytes (hex no 0x)', 'block_size_bytes', 444, '8000000'], ['auto_online_blocks (RW: offline|online|online_kernel|online_movable)', 'auto_online_blocks', 644, 'offline'],
    ['phys_index (%08lx, block id)', 'memory32/phys_index', 444, '00000020'], ['state RW', 'memory32/state', 644, 'offline'], ['phys_device (0 except s390)', 'memory32/phys_device', 444, '0'],
    ['removable (constant 1 with CONFIG_MEMORY_HOTREMOVE)', 'memory0/removable', 444, '1'], ['valid_zones (with HOTREMOVE)', 'memory32/valid_zones', 444, 'Normal Movable'], ['online (0/1)', 'memory32/online', 644, '0'],
  ])('"%s"', (_, file, mode, text) => { expect(g.run(`stat -c %a ${DIR}/${file}; cat ${DIR}/${file}`)).toBe(`${mode}\n${text}`); });
  it('"soft_offline_page, hard_offline_page (WO, config)", "uevent, power/", "nodeM", "end_phys_index is gone"', () => {
    expect(g.run(`cd ${DIR}; stat -c '%a %n' soft_offline_page hard_offline_page; ls -d power uevent memory32/uevent memory32/node0 memory32/end_phys_index 2>&1`)).toMatch(/^200 soft_offline_page\n200 hard_offline_page\n.*memory32\/end_phys_index.*No such file.*\nmemory32\/node0\nmemory32\/uevent\npower\nuevent$/);
  });
  it('"memmap_on_memory (0444, Y/N), online_policy (0644: contig-zones|auto-movable), auto_movable_ratio (0644 uint, default 301), auto_movable_numa_aware (0644, default Y)"', () => {
    expect(g.run(`cd ${PARAMETERS}; for f in memmap_on_memory online_policy auto_movable_ratio auto_movable_numa_aware; do stat -c '%a %n' $f; cat $f; done`)).toBe('444 memmap_on_memory\nN\n644 online_policy\ncontig-zones\n644 auto_movable_ratio\n301\n644 auto_movable_numa_aware\nY');
  });
});

describe('(c) 6.1, state write', () => {
  it('"exact match with optional trailing newline of one of the four words; else -EINVAL", "compared up to its first NUL byte", "zero-length writes return 0"', () => {
    const g = machine('6.1');
    dimm(g, 'd0', 5);
    for (const text of ['onlin', 'online_', ' online', 'online ', 'Online', 'offline_now', '1']) expect([text, write(g, 32, text)]).toEqual([text, EINVAL]);
    expect([write(g, 32, ''), state(g, 32)]).toEqual(['', 'offline']);
    for (const [i, text] of ['online', 'online\\n', 'online_kernel', 'online_movable\\n', 'online\\0garbage'].entries()) expect([text, write(g, 32 + i, text), state(g, 32 + i)]).toEqual([text, '', 'online']);
    expect([write(g, 35, 'offline\\0'), state(g, 35)]).toEqual(['', 'offline']);
  });
  it('"online* on an online block → -EINVAL; offline on an offline block → -EINVAL … The online file instead returns success in these cases"', () => {
    const g = machine('6.1');
    dimm(g, 'd0', 1);
    expect([write(g, 32, 'offline'), g.run(`echo 0 > ${DIR}/memory32/online`)]).toEqual([EINVAL, '']);
    write(g, 32, 'online');
    expect([...['online', 'online_kernel', 'online_movable'].map((word) => write(g, 32, word)), g.run(`echo 1 > ${DIR}/memory32/online`)]).toEqual([EINVAL, EINVAL, EINVAL, '']);
  });
  it('not followed, as a refused write leaves the machine as it was: "a failed online_movable on an already-online block leaves the stored online_type behind; a later offline + echo 1 > online then uses that type (not recorded)"', () => {
    const g = machine('6.1');
    dimm(g, 'd0', 1);
    write(g, 32, 'online_movable');
    expect([write(g, 32, 'online_kernel'), g.machine.kernel.mm.t.memory_block.online_type[32]]).toEqual([EINVAL, MMOP_OFFLINE]);
  });
});

describe('(c) 6.1, auto online', () => {
  it.each(['offline', 'online', 'online_kernel', 'online_movable'])('"boot memhp_default_state=…": %s', (word) => {
    const g = machine('6.1', { cmdline: `memhp_default_state=${word}` });
    dimm(g, 'd0', 2);
    expect([g.file(`${DIR}/auto_online_blocks`), zone(g, 32), zone(g, 33)]).toEqual([`${word}\n`, ...(word === 'offline' ? ['Normal Movable', 'Normal Movable'] : word === 'online_movable' ? ['Movable', 'Movable'] : ['Normal', 'Normal'])]);
  });
  it('"block by block ascending; a failing block aborts the walk; the failure is not reported to the adder"', () => {
    const g = machine('6.1', { cmdline: 'memhp_default_state=online' });
    let heard = 0;
    g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: (action) => (action === 8 && ++heard === 2 ? 0x8002 : 1) });
    dimm(g, 'd0', 3);
    expect([32, 33, 34].map((id) => state(g, id))).toEqual(['online', 'offline', 'offline']);
    expect(g.run('cat /sys/bus/acpi/devices/PNP0C80:00/status')).toBe('15');
  });
});

describe('(c) 6.1, zone selection (zone_for_pfn_range)', () => {
  const words = (g: Guest, plan: string): string => plan.split(' ').map((step) => {
    const [id, word] = step.split(':') as [string, string];
    expect([step, write(g, Number(id), word)]).toEqual([step, '']);
    return word === 'offline' ? '-' : zone(g, Number(id));
  }).join(' ');
  it.each([
    ['1. "online_kernel → default_kernel_zone … else ZONE_NORMAL"', '', '32:online_movable 33:online_kernel', 'Movable Normal'],
    ['2. "online_movable → ZONE_MOVABLE, always (no adjacency rule since 4.13)"', '', '32:online_kernel 34:online_kernel 33:online_movable', 'Normal Normal Movable'],
    ['4. "If exactly one of them intersects the range → that one": a gap of Movable\'s span is Movable', '', '32:online_movable 34:online_movable 33:online', 'Movable Movable Movable'],
    ['4. "If none …: … else kz"', '', '32:online', 'Normal'],
    ['4. "If none …: MOVABLE if movable_node boot option"', 'movable_node', '32:online', 'Movable'],
    ['4. "If … both: … else kz"', '', '32:online_kernel 35:online_kernel 33:online_movable 34:online_movable 33:offline 33:online_kernel 33:offline 33:online', 'Normal Normal Movable Movable - Normal - Normal'],
  ])('%s', (_, cmdline, plan, zones) => {
    const g = machine('6.1', { cmdline });
    dimm(g, 'd0', 4);
    expect(words(g, plan)).toBe(zones);
  });
});

describe('(c) 6.1, auto-movable policy', () => {
  const GiB = 8;
  /** Zones of DIMMs of these many blocks, brought online whole, one after another. */
  const story = (dimms: readonly number[], settings: string): string[] => {
    const g = machine('6.1');
    g.run(`cd ${PARAMETERS}; echo auto-movable > online_policy; ${settings}; echo online > ${DIR}/auto_online_blocks`);
    let next = 32;
    return dimms.map((blocks, i) => {
      dimm(g, `d${i}`, blocks);
      next += blocks;
      return [...new Set(Array.from({ length: blocks }, (_, b) => zone(g, next - 1 - b)))].join('+');
    });
  };
  it.each([
    ['one after another → Movable, Movable, Normal (393216 + 524288 > limit), Movable', ':', ['Movable', 'Movable', 'Normal', 'Movable']], ['ratio 1000: all Movable', 'echo 1000 > auto_movable_ratio', ['Movable', 'Movable', 'Movable', 'Movable']],
    ['numa_aware=0: as 301', 'echo 0 > auto_movable_numa_aware', ['Movable', 'Movable', 'Normal', 'Movable']], ['ratio 0 → kernel zone', 'echo 0 > auto_movable_ratio', ['Normal', 'Normal', 'Normal', 'Normal']],
  ])('"dimms of 1 GiB, 512 MiB, 2 GiB, 128 MiB …": "%s"', (_, settings, zones) => { expect(story([GiB, 4, 2 * GiB, 1], settings)).toEqual(zones); });
  it('"static group …: if the group has any present kernel pages → kernel zone"', () => {
    const g = machine('6.1');
    g.run(`echo auto-movable > ${PARAMETERS}/online_policy`);
    dimm(g, 'd0', 2);
    expect([write(g, 32, 'online_kernel'), write(g, 33, 'online'), zone(g, 33)]).toEqual(['', '', 'Normal']);
  });
  it('"Non-group or static: 96 M then all N": KE of a quarter, 24 blocks: hot-added kernel memory never increases KE', () => {
    // 262014 early kernel pages: ⌊301·KE/100⌋ = 788662 pages, 24 blocks of 32768 fit.
    const zones = story(Array.from({ length: 7 }, () => 4), ':');
    expect(zones).toEqual([...Array.from({ length: 6 }, () => 'Movable'), 'Normal']);
  });
});

describe('(c) 6.1, valid_zones', () => {
  it('"online: name of mem->zone, or none when the block spans several zones/nodes"', () => {
    const g = machine('6.1');
    expect([zone(g, 0), zone(g, 1)]).toEqual(['none', 'DMA32']);
  });
  it('"offline: default zone for plain online right now, then kernel zone if different, then Movable if different"', () => {
    const g = machine('6.1');
    dimm(g, 'd0', 3);
    expect(zone(g, 33)).toBe('Normal Movable');
    write(g, 32, 'online_movable');
    write(g, 34, 'online_movable');
    expect(zone(g, 33)).toBe('Movable Normal');
  });
});

describe('(c) 6.1, memmap_on_memory', () => {
  const g = machine('6.1', { cmdline: 'memory_hotplug.memmap_on_memory=Y' });
  it('"128 MiB block: 512 pages of memmap at block start, 32256 pages handed to the buddy, present_pages counts 32768, managed 32256"', () => {
    dimm(g, 'd0', 1);
    write(g, 32, 'online_movable');
    expect(g.zone('Movable')).toEqual({ present: 32768, managed: 32256 });
  });
  it('"size added == exactly one memory block": a DIMM of two blocks takes its memmap elsewhere', () => {
    dimm(g, 'd1', 2);
    write(g, 33, 'online_movable');
    expect(g.zone('Movable')).toEqual({ present: 2 * 32768, managed: 32256 + 32768 });
  });
});

/** An offline of a block in which somebody holds a page, and a signal a little later. */
function signalled(g: Guest): string {
  g.run('mh anon 20 nothp &\nsleep 0.1');
  const { mm } = g.machine.kernel;
  const at = mm.t.memmap.owner.findIndex((slot, pfn) => pfn >>> 15 >= 4 && slot > 0);
  makeCold(mm, at);
  mm.t.cold.pincount[at] = 1;
  return g.run(`mh writesig ${DIR}/memory${at >>> 15}/state 'offline\\n' 5 1`);
}
describe('(c) 6.1, offline result table', () => {
  it.each<[string, string, (g: Guest) => string, string]>([
    ['mem->zone NULL (mixed zone/node, boot only) | -EINVAL', '', (g) => write(g, 0, 'offline'), EINVAL],
    ['holes: … the last boot block with firmware-reserved pages is EINVAL although it also holds reserved pages', '', (g) => write(g, 7, 'offline'), EINVAL],
    ['unmovable page found / pageblock already isolated | -EBUSY', '', (g) => { dimm(g, 'd0', 1); write(g, 32, 'online_kernel'); g.machine.kernel.mm.t.memmap.kind[32 * 32768 + 5] = 11; return write(g, 32, 'offline'); }, EBUSY],
    ['notifier vetoed (NOTIFY_BAD ⇒ -EPERM) | notifier errno', '', (g) => { g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: (action) => (action === 2 ? 0x8002 : 1) }); return write(g, 4, 'offline'); }, 'Operation not permitted'],
    ['any signal pending (not only fatal) | -EINTR', 'movablecore=512M', (g) => /errno=4 EINTR/.exec(signalled(g))?.[0] ?? '', 'errno=4 EINTR'],
  ])('"%s"', (_, cmdline, work, answer) => { expect(work(machine('6.1', { cmdline }))).toBe(answer); });
  it('"The reason line … and success line Offlined Pages %ld are pr_debug (invisible by default)": nothing in the log of an offline that went well', () => {
    const g = machine('6.1');
    plugged(g, 1, 'online_movable');
    g.log();
    expect([write(g, 32, 'offline'), g.log().filter((line) => /offlin/i.test(line))]).toEqual(['', []]);
  });
});

describe('(b) 3.11, sysfs', () => {
  const g = machine('3.11');
  it.each([
    ['phys_index (%08lx of start section / sections_per_block)', 'memory3/phys_index', 444, '00000003'], ['end_phys_index … always equal to phys_index', 'memory3/end_phys_index', 444, '00000003'], ['state 0644', 'memory3/state', 644, 'online'],
    ['phys_device', 'memory3/phys_device', 444, '0'], ['removable', 'memory0/removable', 444, '0'], ['plus driver-core online', 'memory3/online', 644, '1'], ['block_size_bytes (hex, no 0x)', 'block_size_bytes', 444, '8000000'], ['A9: top directory also has uevent (0644)', 'uevent', 644, ''],
  ])('"%s"', (_, file, mode, text) => { expect(g.run(`stat -c %a ${DIR}/${file}; cat ${DIR}/${file}`)).toBe(`${mode}\n${text}`.trim()); });
  it('"probe (write only)", "soft_offline_page, hard_offline_page", A9: all 0200; "No auto_online_blocks, no valid_zones"; "the real name is phys_index"', () => {
    expect(g.run(`cd ${DIR}; stat -c '%a %n' probe soft_offline_page hard_offline_page; ls auto_online_blocks memory3/valid_zones memory3/start_phys_index 2>&1 | grep -c 'No such file'`)).toBe('200 probe\n200 soft_offline_page\n200 hard_offline_page\n3');
  });
});

describe('(b) 3.11, state write parsing', () => {
  /** The zone a DIMM's last block is in when it was offline and this was written: Normal by online and online_kernel, Movable by online_movable. */
  const g = machine('3.11');
  dimm(g, 'd0', 4);
  write(g, 32, 'online\\n');
  it.each([
    ['"echo -n online (6 bytes, no newline) matches online_kernel first", FINDINGS B: "online_kernel = o on onl online online_ online_k online_kernel[anything]"', ['o', 'on', 'onl', 'online', 'online_', 'online_k', 'online_kernelX'], true],
    ['"echo online (7 bytes with newline) is plain online (KEEP)", "keep = online\\n, onlinefoo, online foo"', ['online\\n', 'onlinefoo', 'online foo', 'online\\0'], true],
    ['"online_movable(14)": "online_m, online_movable[anything]"', ['online_m', 'online_movable', 'online_movable\\n', 'online_movableX'], true],
    ['"unknown → -EINVAL": "o\\n on\\n onl\\n off\\n ONLINE OFFLINE 1 0 x f \\0"', ['o\\n', 'on\\n', 'onl\\n', 'off\\n', 'offl\\n', 'offlin\\n', 'ONLINE', 'OFFLINE', '1', '0', 'x', 'f', '\\0', ' online', '\\n'], false],
  ])('%s', (_, words, taken) => {
    for (const word of words) {
      expect([word, write(g, 35, word)]).toEqual([word, taken ? '' : EINVAL]);
      if (taken) expect([word, state(g, 35), write(g, 35, 'of')]).toEqual([word, 'online', '']);
    }
  });
  it('"echo -n of is offline": "offline = of off offlin offline[anything]"', () => {
    for (const word of ['of', 'off', 'offlin', 'offline', 'offline\\n', 'offlineX']) expect([word, write(g, 35, 'online\\n'), write(g, 35, word), state(g, 35)]).toEqual([word, '', '', 'offline']);
  });
  it('"Wrong current state → -EINVAL"; "uevent online/offline is sent by memory.c itself after the transition"', () => {
    g.story();
    expect([write(g, 35, 'offline\\n'), write(g, 35, 'online\\n'), write(g, 35, 'online\\n')]).toEqual([EINVAL, '', EINVAL]);
    expect(g.story()).toEqual(['GOING_ONLINE 35', 'ONLINE 35', 'uevent online 35']);
  });
});

describe('(b) 3.11, zone choice', () => {
  const valid = (g: Guest): string => g.run("awk '/^Node 0, zone/ { z = $4 } /spanned|present/ { print z, $1, $2 }' /proc/zoneinfo | grep -E 'Normal|Movable'");
  it('"Hot-added sections are assigned to a zone at add time: x86_64 … ZONE_NORMAL always", "Zone span grows at add"', () => {
    const g = machine('3.11');
    dimm(g, 'd0', 2);
    write(g, 32, 'online\\n');
    expect(valid(g)).toBe('Normal spanned 65536\nNormal present 32768');
  });
  it('"with NORMAL = A B C D (all offline hot-added, ascending), only D can go movable first, then C, …; a middle block always fails"', () => {
    const g = machine('3.11', { memory: '6G,slots=4,maxmem=16G' });
    dimm(g, 'd0', 4);
    const ids = g.run(`cd ${DIR}; grep -l offline memory*/state | sed 's/[^0-9]//g' | sort -n`).split('\n').map(Number);
    const [A = 0, B = 0, C = 0, D = 0] = ids;
    expect(ids).toHaveLength(4);
    expect([B, C, A].map((id) => write(g, id, 'online_movable'))).toEqual([EINVAL, EINVAL, EINVAL]);
    expect([D, B, C, B, A].map((id) => write(g, id, 'online_movable'))).toEqual(['', EINVAL, '', '', '']);
  });
  it('"On a block in DMA/DMA32 → no move happens and it is onlined in place"', () => {
    const g = machine('3.11');
    const before = g.zone('DMA32').present;
    const id = [6, 5, 4, 3].find((n) => write(g, n, 'offline\\n') === '') ?? -1;
    expect([g.zone('DMA32').present, write(g, id, 'online_movable'), g.zone('DMA32').present, g.zone('Movable').present]).toEqual([before - 32768, '', before, 0]);
  });
  it('"Without CONFIG_MOVABLE_NODE: onlining to a zone above NORMAL (or online_movable) requires the node to already have N_NORMAL_MEMORY, else -EINVAL"', () => {
    const g = machine('3.11', { qemu: NODES });
    dimm(g, 'd0', 2, 1);
    expect([write(g, 33, 'online_movable'), write(g, 32, 'online\\n'), write(g, 33, 'online_movable')]).toEqual([EINVAL, '', '']);
  });
});

describe('(b) 3.11, removable and printk', () => {
  it('"1 iff every pageblock … in ZONE_MOVABLE, or pageblock migratetype MOVABLE/CMA (no page is looked at!), or all pages are free/LRU/hwpoison": "removable=1 does not imply offline success"', () => {
    const g = machine('3.11', { cmdline: 'movablecore=512M hugepages=40' });
    const id = [5, 6].find((n) => g.file(`${DIR}/memory${n}/removable`) === '1\n') ?? -1;
    const { memmap, pageblock } = g.machine.kernel.mm.t;
    // A page of the kernel's in a pageblock that is typed Movable.
    expect(pageblock.migratetype[(id << 15) >>> 9]).toBe(1);
    const at = memmap.kind.findIndex((kind, pfn) => pfn >>> 15 === id && kind !== 0);
    expect(at === -1 || g.file(`${DIR}/memory${id}/removable`) === '1\n').toBe(true);
    expect(g.file(`${DIR}/memory0/removable`)).toBe('0\n');
  });
  it('"Offlined Pages %ld (KERN_INFO)": visible, before OFFLINE; "memory offlining [mem %#010llx-%#010llx] failed"', () => {
    const g = machine('3.11');
    dimm(g, 'd0', 1);
    write(g, 32, 'online_movable');
    g.log();
    write(g, 32, 'offline\\n');
    expect(g.log()[0]).toBe('Offlined Pages 32768');
    write(g, 32, 'online\\n');
    g.machine.kernel.memory_chain.register({ id: 64, name: 'veto', priority: 0, notifier_call: (action) => (action === 2 ? 0x8002 : 1) });
    g.log();
    write(g, 32, 'offline\\n');
    expect(g.log()).toEqual(['memory offlining [mem 0x100000000-0x107ffffff] failed']);
  });
});

describe('difference table, columns 3.11 and 6.1', () => {
  /** Pages that the spans of Normal and Movable have together. */
  const spanned = (g: Guest): number => (g.machine.kernel.mm.t.zone.spanned_pages[ZONE_NORMAL] as number) + (g.machine.kernel.mm.t.zone.spanned_pages[ZONE_MOVABLE] as number);
  it.each<[Edition, readonly number[]]>([['3.11', [32768, 32768, 32768, 0]], ['6.1', [0, 32768, 0, 0]]])('%s: "zone decided | at add, movable by adjacency at online | at online, free choice", "zone span shrinks | at remove | at offline": %j after add, online, offline, remove', (edition, spans) => {
    const g = machine(edition);
    dimm(g, 'd0', 1);
    const seen = [spanned(g)];
    for (const word of ['online_movable', 'offline']) {
      expect(write(g, 32, `${word}\\n`)).toBe('');
      seen.push(spanned(g));
    }
    g.host('device_del', { id: 'd0' });
    expect([...seen, spanned(g)]).toEqual(spans);
  });
  it.each<[Edition, string]>([['3.11', '0'], ['6.1', '1']])('%s: "removable | heuristic 0/1 | constant 1": block 0 says %s', (edition, text) => { expect(machine(edition).file(`${DIR}/memory0/removable`)).toBe(`${text}\n`); });
  it.each<Edition>(['3.11', '6.1'])('%s: "signal | any → -EINTR"', (edition) => { expect(signalled(machine(edition, { cmdline: 'movablecore=512M' }))).toMatch(/errno=4 EINTR/); });
  it.each<[Edition, string]>([['3.11', EBUSY], ['6.1', '']])('%s: "hugetlb in range | blocks | migrated + dissolved": %j', (edition, answer) => {
    const g = machine(edition, { cmdline: 'movablecore=512M' });
    g.run('echo 1 > /proc/sys/vm/hugepages_treat_as_movable; echo 120 > /proc/sys/vm/nr_hugepages');
    const { kind } = g.machine.kernel.mm.t.memmap;
    const id = [6, 5, 4].find((n) => kind.subarray(n << 15, (n + 1) << 15).some((k) => (k & KIND_MASK) === KIND_HUGETLB)) ?? -1;
    expect(id).toBeGreaterThan(0);
    expect(write(g, id, 'offline\\n')).toBe(answer);
  });
  it.each<[Edition, readonly string[]]>([['3.11', ['100000000-107ffffff : System RAM', '108000000-10fffffff : System RAM']], ['6.1', ['100000000-107ffffff : System RAM', '108000000-10fffffff : System RAM']]])('%s: "iomem entry | System RAM per add call"', (edition, lines) => {
    const g = machine(edition);
    dimm(g, 'd0', 1);
    dimm(g, 'd1', 1);
    expect(g.file('/proc/iomem').split('\n').filter((line) => /^10/.test(line))).toEqual(lines);
  });
});
