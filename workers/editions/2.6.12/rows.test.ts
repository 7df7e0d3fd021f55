/** Rows of the tables about 2.6.12 that need a machine in a rare state, or both patch sets side by side. Letters as in edition.test.ts; A and B are the postings of February and August 2005. */
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../machine/invariants.ts';
import { guest, type Guest } from '../../testing/guest.ts';
import type { MachineDescription } from '../../uapi/machine_description.ts';
import { MEM_STATE_OFFLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_HIGHMEM, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { KIND_SLAB } from '../../uapi/page_kind.ts';
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
});
