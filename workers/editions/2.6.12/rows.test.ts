/** Rows of the tables about 2.6.12 that need a machine in a rare state, or both patch sets side by side. Letters as in edition.test.ts; A and B are the postings of February and August 2005. */
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../machine/invariants.ts';
import { guest, type Guest } from '../../testing/guest.ts';
import type { MachineDescription } from '../../uapi/machine_description.ts';
import { MEM_STATE_OFFLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { KIND_BALLOON, KIND_MASK, KIND_RESERVED, KIND_SLAB } from '../../uapi/page_kind.ts';
import { linux_2_6_12 } from './edition.ts';

const DIR = '/sys/devices/system/memory';
const AUGUST: Partial<MachineDescription> = { patchSet: '2005-08' };
/** 1 GiB of which Linux is told 512 MiB: sections 2 and 3 can be probed. */
function probed(more: Partial<MachineDescription> = {}, id = 2): Guest {
  const g = guest('1G', { edition: '2.6.12-mhp', cmdline: 'mem=512M', more });
  expect(g.run(`echo 0x${id}0000000 > ${DIR}/probe`)).toBe('');
  return g;
}
const write = (g: Guest, id: number, word: string): string => g.run(`echo ${word} > ${DIR}/memory${id}/state`);

describe('T: "memoryN/state | … [A] fallback ERROR; [B] fallback ERROR-UNKNOWN-<n>"', () => {
  it.each([[{}, 'ERROR\n'], [AUGUST, 'ERROR-UNKNOWN-9\n']])('%o: %j', (more, text) => {
    const g = probed(more);
    g.machine.kernel.mm.t.memory_block.state[2] = 9;
    expect(g.file(`${DIR}/memory2/state`)).toBe(text);
    g.machine.kernel.mm.t.memory_block.state[2] = MEM_STATE_OFFLINE;
    expect(g.file(`${DIR}/memory2/state`)).toBe('offline\n');
  });
});

describe('T: "probe → add"', () => {
  it('"memmap allocated (contiguous pages, else vmalloc)": lowmem without a chunk of 2 MiB gives single pages; without those the write fails, and nothing was added', () => {
    const g = guest('1G', { edition: '2.6.12-mhp', cmdline: 'mem=512M' });
    const { mm, buddy } = g.machine.kernel;
    const take = (order: number): number => buddy.alloc_pages({ order, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    const singles = Array.from({ length: 4096 }, () => take(0));
    while (take(9) >= 0);
    for (const pfn of singles) if (pfn % 2 === 0) buddy.free_pages(pfn, 0);
    while (take(1) >= 0);
    expect(g.run(`echo 0x20000000 > ${DIR}/probe`)).toBe('');
    expect([g.file(`${DIR}/memory2/state`), checkInvariants(mm)]).toEqual(['offline\n', []]);
    while (take(0) >= 0);
    // What a shell needs, which else is killed before it writes: less than the 512 pages of a memmap.
    for (const pfn of singles.filter((single) => single % 2 === 1).slice(0, 128)) buddy.free_pages(pfn, 0);
    expect(g.run(`echo 0x30000000 > ${DIR}/probe`)).toContain('Cannot allocate memory');
    expect(g.run(`ls ${DIR}`)).not.toContain('memory3');
  });
});

describe('T: "online"', () => {
  it('"[A] prefixes the function name": [B] does not', () => {
    const g = probed(AUGUST);
    g.machine.kernel.mm.t.memmap.kind[0x20005] = 0;
    g.log();
    expect(write(g, 2, 'online')).toContain('Device or resource busy');
    expect(g.log()).toEqual(['section number 2 page number 5 not reserved, was it already online? ']);
  });
  it('"each page that is hotpluggable RAM is un-reserved …; [B] frees all": the firmware\'s 32 pages at the end of section 3 come, too', () => {
    const managed = (more: Partial<MachineDescription>): number => {
      const g = probed(more, 3);
      write(g, 3, 'online');
      return g.machine.kernel.mm.t.zone.managed_pages[zoneRow(0, ZONE_HIGHMEM)] as number;
    };
    expect([managed({}), managed(AUGUST)]).toEqual([65536 - 32, 65536]);
  });
});

describe('T: "notifiers"', () => {
  it('N: "[B]: state constants ONLINE=1, GOING_OFFLINE=2, OFFLINE=4, MAPPING_INVALID=8": the four actions a listener can hear of', () => {
    expect(Object.entries(linux_2_6_12.memory_actions)).toHaveLength(4);
    const heard: number[] = [];
    const g = probed();
    g.machine.kernel.memory_chain.register({ id: 64, name: 'ear', priority: 0, notifier_call: (action) => { heard.push(action); return 1; } });
    write(g, 2, 'online');
    write(g, 2, 'offline');
    const { memory_actions } = linux_2_6_12;
    expect(heard).toEqual(['MEM_ONLINE', 'MEM_GOING_OFFLINE', 'MEM_MAPPING_INVALID', 'MEM_OFFLINE'].map((name) => memory_actions[name]));
  });
  it('"GOING_OFFLINE before removal …", "In [B] removal is a stub returning -ENOSYS", "Failures notify nobody": one action, and the section is online as before', () => {
    const g = probed(AUGUST);
    write(g, 2, 'online');
    g.story();
    expect(write(g, 2, 'offline')).toContain('Function not implemented');
    expect([g.story(), g.file(`${DIR}/memory2/state`)]).toEqual([['GOING_OFFLINE 0', 'offline_pages -38'], 'online\n']);
  });
});

describe('difference table, column 2.6.12-mhp', () => {
  it('"unit of state | section": of one section and its neighbour each has its own', () => {
    const g = probed();
    g.run(`echo 0x30000000 > ${DIR}/probe`);
    write(g, 3, 'online');
    expect(g.run(`cat ${DIR}/memory[23]/state`)).toBe('offline\nonline');
  });
  it('"timeout | none", "retries | none visible": a page that is held ends the removal in the same breath', () => {
    const g = probed();
    write(g, 2, 'online');
    const { mm, buddy } = g.machine.kernel;
    const pfn = buddy.alloc_pages({ order: 0, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: KIND_SLAB });
    mm.t.memmap.owner[pfn] = -1;
    expect(g.run(`s=$(date +%s); echo offline > ${DIR}/memory2/state; echo $(($(date +%s) - s)) s`)).toMatch(/temporarily unavailable\n[01] s$/);
  });
  it('"adjacency rule | n/a": sections come online and go in any order, one in the middle first', () => {
    // Of 2 GiB, so that no section has pages of the firmware's.
    const g = guest('2G', { edition: '2.6.12-mhp', cmdline: 'mem=256M' });
    for (const id of [1, 2, 3]) expect(g.run(`echo 0x${id}0000000 > ${DIR}/probe`)).toBe('');
    for (const id of [2, 3, 1]) expect([id, write(g, id, 'online')]).toEqual([id, '']);
    for (const id of [2, 1, 3]) expect([id, write(g, id, 'offline')]).toEqual([id, '']);
    expect([g.run(`ls -d ${DIR}/memory[0-9]*`), checkInvariants(g.machine.kernel.mm)]).toEqual([`${DIR}/memory0`, []]);
  });
  it('"offline vs remove | one step": no directory is left to be brought online again', () => {
    const g = probed();
    write(g, 2, 'online');
    expect(g.run(`echo offline > ${DIR}/memory2/state; echo online > ${DIR}/memory2/state`)).toMatch(/memory2\/state: (No such file or directory|Permission denied)$/);
  });
  it('"signal | n/a": an alarm that goes off during the removal changes nothing', () => {
    const g = probed();
    write(g, 2, 'online');
    g.run('mh anon 64M &\nsleep 0.1');
    expect(g.run(`mh writesig ${DIR}/memory2/state 'offline\\n' 1 1`)).toMatch(/^write ret=8/);
    expect(g.run(`ls ${DIR}`)).not.toContain('memory2');
  });
  it('"non-LRU movable | no": a page that a driver could move is as good as held', () => {
    const g = probed();
    write(g, 2, 'online');
    const { mm, buddy } = g.machine.kernel;
    const pfn = buddy.alloc_pages({ order: 0, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: KIND_BALLOON });
    mm.t.memmap.owner[pfn] = -1;
    expect([pfn >>> 16, write(g, 2, 'offline')]).toEqual([2, expect.stringContaining('temporarily unavailable')]);
  });
  it('"hugetlb in range | n/a": this kernel keeps no huge pages', () => {
    expect(probed().run('cat /proc/sys/vm/nr_hugepages; grep -c Huge /proc/meminfo')).toMatch(/No such file or directory\n0$/);
  });
  it('"CANCEL_OFFLINE order | n/a": nobody can hear of a cancel', () => {
    expect(Object.keys(linux_2_6_12.memory_actions).filter((name) => name.includes('CANCEL'))).toEqual([]);
  });
});

describe('S0, sentence by sentence', () => {
  it('"echo 0x00000000 > /sys/devices/system/memory/probe": typed as it stands, it names a section that is there: nothing changes', () => {
    const g = guest('1G', { edition: '2.6.12-mhp', cmdline: 'mem=512M' });
    const before = g.run(`ls ${DIR}; cat /proc/meminfo /proc/buddyinfo`);
    g.story();
    expect([g.run('echo 0x00000000 > /sys/devices/system/memory/probe'), g.run(`ls ${DIR}; cat /proc/meminfo /proc/buddyinfo`), g.story()]).toEqual(['', before, []]);
  });
  it('"any memory hotplug changes generate hotplug events, just like all other hardware": add and remove, numbered', () => {
    const g = probed();
    expect(g.file('/sys/kernel/hotplug_seqnum')).toBe('1\n');
    write(g, 2, 'online');
    write(g, 2, 'offline');
    expect(g.file('/sys/kernel/hotplug_seqnum')).toBe('2\n');
  });
  it('"We effectively dump out the physical layout of the system, but in sysfs": every section by its address, and the two kinds of memory, online and offline', () => {
    const g = probed();
    expect(g.run(`size=$((0x$(cat ${DIR}/block_size_bytes))); for d in ${DIR}/memory[0-9]*; do printf '%x %s\\n' $((0x$(cat $d/phys_index) * size)) $(cat $d/state); done`)).toBe('0 online\n10000000 online\n20000000 offline');
  });
  it('"This is so that you can directly correlate the memoryXXXX directory with any probe that you\'ve issued": from the address that was written to the directory', () => {
    const g = probed({}, 3);
    expect(g.run(`cd ${DIR}; for d in memory*; do [ $((0x$(cat $d/phys_index) * 0x$(cat block_size_bytes))) = $((0x30000000)) ] && echo $d; done`)).toBe('memory3');
  });
});

describe('C: hotplug-callgraph.md, "2005"', () => {
  it('"[A] grow zone span, init zone if new, build_zonelists": the first HighMem of a machine that had none is a zone before it is online', () => {
    const zones = (g: Guest): string[] => g.file('/proc/buddyinfo').split('\n').flatMap((line) => /zone +(\w+)/.exec(line)?.[1] ?? []);
    const g = guest('1G', { edition: '2.6.12-mhp', cmdline: 'mem=512M' });
    expect(g.machine.kernel.mm.t.zone.spanned_pages[zoneRow(0, ZONE_HIGHMEM)]).toBe(0);
    g.run(`echo 0x20000000 > ${DIR}/probe`);
    expect([g.machine.kernel.mm.t.zone.spanned_pages[zoneRow(0, ZONE_HIGHMEM)], g.machine.kernel.mm.t.zone.present_pages[zoneRow(0, ZONE_HIGHMEM)]]).toEqual([65536, 0]);
    write(g, 2, 'online');
    expect(zones(g)).toEqual(['DMA', 'Normal', 'HighMem']);
  });
  it('"init struct pages (reserved)": a section that was added is all reserved, and free of users', () => {
    const { memmap } = probed().machine.kernel.mm.t;
    expect(new Set(memmap.owner.subarray(0x20000, 0x30000))).toEqual(new Set([0]));
    expect(new Set([...memmap.kind.subarray(0x20000, 0x30000)].map((kind) => kind & KIND_MASK))).toEqual(new Set([KIND_RESERVED]));
  });
  it('"Watermarks recomputed (… in [B] via patch 10/12)": with either posting', () => {
    const min = (more: Partial<MachineDescription>): number => {
      const g = probed(more);
      write(g, 2, 'online');
      return g.machine.kernel.mm.t.zone.watermark_min[zoneRow(0, ZONE_HIGHMEM)] as number;
    };
    expect([min({}), min(AUGUST)]).toEqual([64, 64]);
  });
});
