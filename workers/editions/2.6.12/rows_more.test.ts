/** The rows and sentences about 2.6.12 that edition.test.ts and rows.test.ts leave. Letters as in edition.test.ts; K is crashkernel-kdump.md, S4 seed 004. */
import { describe, expect, it } from 'vitest';
import { checkInvariants } from '../../machine/invariants.ts';
import { guest, type Guest } from '../../testing/guest.ts';
import { FUNCTIONS } from '../../uapi/functions.ts';
import { H_TRACE_HEAD } from '../../uapi/layout.ts';
import { SECTION_GOING_OFFLINE } from '../../uapi/memory_block.ts';
import { ZONE_HIGHMEM, zoneRow } from '../../uapi/mmzone.ts';
import { decodeEvent, type TraceEvent } from '../../uapi/trace.ts';

const DIR = '/sys/devices/system/memory';
const machine = (cmdline = 'mem=512M'): Guest => guest('1G', { edition: '2.6.12-mhp', cmdline });
const probe = (g: Guest, address: string): string => g.run(`echo ${address} > ${DIR}/probe`);
const write = (g: Guest, id: number, word: string): string => g.run(`echo ${word} > ${DIR}/memory${id}/state`);
function online2(): Guest {
  const g = machine();
  expect([probe(g, '0x20000000'), write(g, 2, 'online')]).toEqual(['', '']);
  return g;
}
/** What the machine told since the head of the ring was `from`. */
function told(g: Guest, from: number): TraceEvent[] {
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = g.machine.kernel.mm.t.trace;
  const at = (i: number): TraceEvent => decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[i % w0.length] as number));
  return Array.from({ length: head(g) - from }, (_, i) => at(from + i));
}
const head = (g: Guest): number => g.machine.kernel.mm.t.header[H_TRACE_HEAD] as number;
const total = (g: Guest): number => Number(/MemTotal: +(\d+)/.exec(g.file('/proc/meminfo'))?.[1]);

describe('S0, the document about files', () => {
  it('"The number associated with the memory section is arbitrary, and should not be used for any calculations, it is a useless tag": phys_index alone gives the address', () => {
    const g = online2();
    expect(g.run(`cd ${DIR}; for d in memory[0-9]*; do cat $d/phys_index; done`)).toBe('00000000\n00000001\n00000002');
  });
  it('"probe: The user may write a physical address into this file to initate a hot-addition of a new memory section": one write, one section', () => {
    const g = machine();
    const directories = (): string => g.run(`cd ${DIR}; echo memory[0-9]*`);
    expect([directories(), probe(g, '0x30000000'), directories()]).toEqual(['memory0 memory1', '', 'memory0 memory1 memory3']);
  });
  it('"we already have a concept of active and non-active physical memory: we call it online and offline": what is added is nobody\'s until it is online', () => {
    const g = machine();
    const before = total(g);
    probe(g, '0x20000000');
    expect(total(g)).toBe(before);
    write(g, 2, 'online');
    expect(total(g) - before).toBe(262144);
  });
  it('the script: "if [ "$ACTION" != "add" ]; then exit 0" — a section that goes away wakes it, and it does nothing; "echo online" brings the next one', () => {
    const g = machine();
    g.run(`mkdir -p /etc/hotplug.d/memory; cat > /etc/hotplug.d/memory/onlinenow.hotplug <<'END'
#!/bin/sh
echo "$ACTION" >> /tmp/heard
if [ "$ACTION" != "add" ]; then
exit 0;
fi
while ! [ -f $SYSFS/$DEVPATH/state ]; do
sleep 0.1;
done
echo online > "$SYSFS/$DEVPATH/state"
END
chmod +x /etc/hotplug.d/memory/onlinenow.hotplug`);
    probe(g, '0x20000000');
    expect([g.run('sleep 1'), g.file(`${DIR}/memory2/state`)]).toEqual(['', 'online\n']);
    write(g, 2, 'offline');
    expect(g.run(`sleep 1; ls -d ${DIR}/memory2; cat /tmp/heard`)).toMatch(/No such file or directory\nadd\nremove$/);
  });
});

describe('C: "create files phys_index, state, phys_device", "Partial adds are not rolled back"', () => {
  it('a section that was added has the three, and no others', () => {
    const g = machine();
    probe(g, '0x20000000');
    expect(g.run(`ls ${DIR}/memory2`)).toBe('phys_device\nphys_index\nstate');
  });
  it('a write adds one section, so that of an add there is no part: behind the machine\'s end there is none', () => {
    const g = machine();
    expect([probe(g, '0x40000000'), g.run(`cd ${DIR}; echo memory[0-9]*`)]).toEqual([expect.stringContaining('Invalid argument'), 'memory0 memory1']);
  });
});

describe('T: "offline = remove"', () => {
  it('"size must be a power of two pages": what is captured is a section, one chunk of order 16', () => {
    const g = online2();
    const from = head(g);
    write(g, 2, 'offline');
    expect(told(g, from).flatMap((e) => (e.type === 'sim_func_entry' && FUNCTIONS[e.fn - 1]?.[0] === 'capture_page_range' ? [[e.a, e.b]] : []))).toEqual([[0x20000, 16]]);
  });
  it('"that zone must be HighMem → else -EINVAL (KERN_DEBUG text)": no line that a console would show', () => {
    const g = machine();
    g.log();
    expect([write(g, 1, 'offline'), g.log()]).toEqual([expect.stringContaining('Invalid argument'), []]);
  });
  it('"LRU pages are stolen from the LRU and migrated (try_to_migrate_pages), repeat; success when every page is owned by the capturer": each page once, none left', () => {
    const g = online2();
    g.run('mh anon 32M &\nsleep 0.1');
    const from = head(g);
    expect(write(g, 2, 'offline')).toBe('');
    const pages = new Set<number>();
    let twice = 0;
    for (const e of told(g, from)) {
      if (e.type !== 'sim_capture_page') continue;
      for (let pfn = e.pfn; pfn < e.pfn + 2 ** e.order; pfn++) {
        if (pages.has(pfn)) twice++;
        pages.add(pfn);
      }
    }
    expect([pages.size, Math.min(...pages), twice, checkInvariants(g.machine.kernel.mm)]).toEqual([65536, 0x20000, 0, []]);
  });
  it('S2: "After being intercepted like this, the page can then be considered allocated for the removal process": what is freed while the section is caged is free for nobody', () => {
    const g = online2();
    const { mm, buddy } = g.machine.kernel;
    const row = zoneRow(0, ZONE_HIGHMEM);
    const freed: number[] = [];
    const held = buddy.alloc_pages({ order: 0, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: 8 });
    g.machine.submit({ type: 'shell', line: `echo offline > ${DIR}/memory2/state`, fresh: true });
    while (g.machine.run(1)) {
      if (freed.length > 0 || ((mm.t.section.state[2] as number) & SECTION_GOING_OFFLINE) === 0) continue;
      const before = mm.t.zone.nr_free_pages[row] as number;
      buddy.free_pages(held, 0);
      freed.push((mm.t.zone.nr_free_pages[row] as number) - before);
    }
    expect([held >>> 16, freed, g.run(`ls -d ${DIR}/memory2`)]).toEqual([2, [0], expect.stringMatching(/No such file/)]);
  });
});

describe('difference table, column 2.6.12-mhp', () => {
  it('"final check failing | -EAGAIN (capture failed)": one page that stays is enough', () => {
    const g = online2();
    const { mm, buddy } = g.machine.kernel;
    mm.t.memmap.owner[buddy.alloc_pages({ order: 0, migratetype: 0, highest_zoneidx: ZONE_HIGHMEM, nid: 0, kind: 8 })] = -1;
    expect(g.run(`mh write ${DIR}/memory2/state 'offline\\n'`)).toMatch(/errno=11 EAGAIN/);
  });
  it('"removable | —": no such file', () => { expect(machine().run(`cat ${DIR}/memory0/removable`)).toMatch(/No such file or directory$/); });
});

describe('K: "none: no kexec, no crashkernel … The seed\'s 2.6.12 product edition should offer strict X@Y only"', () => {
  const crash = (text: string): string => machine(`mem=512M crashkernel=${text}`).run('grep Crash /proc/iomem');
  it('S4: "the initial crashkernel syntax was crashkernel=X@Y. This meant allocated X amount of memory at location Y"', () => {
    const g = machine('mem=512M crashkernel=64M@256M');
    expect([g.run('grep Crash /proc/iomem'), total(machine()) - total(g)]).toEqual(['  10000000-13ffffff : Crash kernel', 65536]);
  });
  it.each(['64M', '64M@480M', '64M@1M', '64M@2G', '512M-2G:64M@256M', '64M,high'])('S4: "If it is not available just don\'t reserve": %s', (text) => { expect(crash(text)).toBe(''); });
  it('no kexec: its files are not there', () => { expect(machine('mem=512M crashkernel=64M@256M').run('ls /sys/kernel | grep -c kexec')).toBe('0'); });
});
