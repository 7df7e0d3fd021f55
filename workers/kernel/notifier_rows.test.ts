/** Spec notifiers.md, the tables: what is passed, when status_change is set, the order of events, fault injection. The numbered chain rules and worked sequences are in memory_notifier_lab.test.ts; 2005 in editions/2.6.12. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import { MEM_ACTION_NAMES } from '../uapi/memory_block.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { NOTIFY_OK } from '../uapi/notifiers.ts';

const MEMORY = '/sys/devices/system/memory';
const INJECT = '/sys/kernel/debug/notifier-error-inject/memory/actions';
type Heard = readonly [action: string, start_pfn: number, nr_pages: number, normal: number, nid: number];
/** A DIMM of two blocks on node 1, which has no other memory; what an own listener hears. */
function machine(edition: Edition, more: { config?: Readonly<Record<string, boolean>>; cmdline?: string; blocks?: number } = {}): Guest & { readonly heard: Heard[] } {
  const g = guest('1G,slots=2,maxmem=4G', { edition, cmdline: more.cmdline ?? '', qemu: ['-numa', 'node,nodeid=0,mem=1G', '-numa', 'node,nodeid=1'], more: { config: more.config ?? {} } });
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm0', size: (more.blocks ?? 2) * 2 ** 27 });
  g.host('device_add', { driver: 'pc-dimm', id: 'd0', memdev: 'm0', node: 1 });
  const heard: Heard[] = [];
  g.machine.kernel.memory_chain.register({ id: 64, name: 'ear', priority: 0, notifier_call: (action, { start_pfn, nr_pages, status_change_nid_normal, status_change_nid }) => {
    heard.push([MEM_ACTION_NAMES[action] ?? String(action), start_pfn, nr_pages, status_change_nid_normal, status_change_nid]);
    return NOTIFY_OK;
  } });
  return { ...g, heard };
}
const write = (g: Guest, id: number, word: string): string => g.run(`echo ${word} > ${MEMORY}/memory${id}/state`).replace(/^.*error: /, '');
/** 'GOING_ONLINE normal=1 any=1', once for the two actions of one change. */
const changes = (g: { readonly heard: readonly Heard[] }): string[] => g.heard.filter(([action]) => action.startsWith('MEM_GOING')).map(([action, , , normal, nid]) => `${action.slice('MEM_'.length)} normal=${normal} any=${nid}`);

describe('"What is passed"', () => {
  it.each<Edition>(['3.11', '6.1'])('%s: "bit n: ONLINE 0, GOING_ONLINE 3"; rule 8: "The range is a whole memory block", and the fields "are computed once, before GOING_ONLINE"', (edition) => {
    const g = machine(edition);
    expect(Object.entries(g.machine.kernel.mm.edition.memory_actions).map(([name, bit]) => [name, Math.log2(bit)]).sort((a, b) => Number(a[1]) - Number(b[1]))).toEqual([
      ['MEM_ONLINE', 0], ['MEM_GOING_OFFLINE', 1], ['MEM_OFFLINE', 2], ['MEM_GOING_ONLINE', 3], ['MEM_CANCEL_ONLINE', 4], ['MEM_CANCEL_OFFLINE', 5],
    ]);
    write(g, 32, 'online');
    expect(g.heard).toEqual([['MEM_GOING_ONLINE', 0x100000, 32768, 1, 1], ['MEM_ONLINE', 0x100000, 32768, 1, 1]]);
  });
  it('6.1, rule 8: "minus the vmemmap part when memmap_on_memory: start_pfn/nr_pages exclude the altmap pages"', () => {
    const g = machine('6.1', { cmdline: 'memory_hotplug.memmap_on_memory=Y', blocks: 1 });
    write(g, 32, 'online_movable');
    expect(g.heard.map(([action, start, pages]) => [action, start, pages])).toEqual([['MEM_GOING_ONLINE', 0x100000 + 512, 32256], ['MEM_ONLINE', 0x100000 + 512, 32256]]);
  });
});

describe('"When the status_change fields are set"', () => {
  it.each<[Edition, Readonly<Record<string, boolean>>, string, readonly string[], readonly string[]]>([
    ['6.1', {}, '"zone index ≤ NORMAL and node not in N_NORMAL_MEMORY"; "Σ present(zones 0..NORMAL) ≤ nr_pages"', ['32 online_movable', '33 online_kernel', '33 offline', '32 offline'],
      ['GOING_ONLINE normal=-1 any=1', 'GOING_ONLINE normal=1 any=-1', 'GOING_OFFLINE normal=1 any=-1', 'GOING_OFFLINE normal=-1 any=1']],
    ['6.1', {}, '"node not in N_MEMORY": the second block of a node changes nothing', ['32 online_movable', '33 online_movable', '32 offline', '33 offline'],
      ['GOING_ONLINE normal=-1 any=1', 'GOING_ONLINE normal=-1 any=-1', 'GOING_OFFLINE normal=-1 any=-1', 'GOING_OFFLINE normal=-1 any=1']],
    ['3.11', {}, '"zone_last = … MOVABLE when the kernel has neither highmem nor CONFIG_MOVABLE_NODE (then N_MEMORY and N_NORMAL_MEMORY are the same set)"', ['32 online', '33 online_movable', '33 offline'],
      ['GOING_ONLINE normal=1 any=1', 'GOING_ONLINE normal=-1 any=-1', 'GOING_OFFLINE normal=-1 any=-1']],
    ['3.11', { MOVABLE_NODE: true }, '"first block into Movable gives nid=1, normal=−1"', ['33 online_movable', '33 offline'], ['GOING_ONLINE normal=-1 any=1', 'GOING_OFFLINE normal=-1 any=1']],
  ])('%s %j: %s', (edition, config, _, steps, expected) => {
    const g = machine(edition, { config });
    for (const step of steps) {
      const [id, word] = step.split(' ') as [string, string];
      expect([step, write(g, Number(id), word)]).toEqual([step, '']);
    }
    expect(changes(g)).toEqual(expected);
  });
});

describe('"Event order"', () => {
  it.each<Edition>(['3.11', '6.1'])('%s: "online ok": GOING_ONLINE → ONLINE → uevent; "offline ok": GOING_OFFLINE → OFFLINE → uevent', (edition) => {
    const g = machine(edition, { config: edition === '3.11' ? { MOVABLE_NODE: true } : {} });
    g.story();
    write(g, 33, 'online_movable');
    write(g, 33, 'offline');
    expect(g.story()).toEqual(['GOING_ONLINE 33', 'ONLINE 33', 'uevent online 33', 'GOING_OFFLINE 33', 'OFFLINE 33', 'uevent offline 33']);
  });
  it('6.1: "Node-state bits are set after present_pages grew and before the pages are un-isolated, hence before MEM_ONLINE; cleared … before MEM_OFFLINE"', () => {
    const g = machine('6.1');
    const seen: string[] = [];
    g.machine.kernel.memory_chain.register({ id: 65, name: 'eye', priority: -1, notifier_call: (action) => {
      seen.push(`${MEM_ACTION_NAMES[action]}: ${g.file('/sys/devices/system/node/has_memory').trim()}`);
      return NOTIFY_OK;
    } });
    write(g, 32, 'online_movable');
    write(g, 32, 'offline');
    expect(seen).toEqual(['MEM_GOING_ONLINE: 0', 'MEM_ONLINE: 0-1', 'MEM_GOING_OFFLINE: 0-1', 'MEM_OFFLINE: 0']);
  });
  it.each<Edition>(['3.11', '6.1'])('%s, rule 7: "CANCEL_ONLINE is sent when GOING_ONLINE was vetoed" → error, no uevent, the block offline as before', (edition) => {
    const g = machine(edition);
    g.machine.kernel.memory_chain.register({ id: 65, name: 'veto', priority: -1, notifier_call: (action) => (MEM_ACTION_NAMES[action] === 'MEM_GOING_ONLINE' ? 0x8002 : NOTIFY_OK) });
    g.story();
    expect([write(g, 32, 'online'), g.story(), g.file(`${MEMORY}/memory32/state`)]).toEqual(['Operation not permitted', ['GOING_ONLINE 32', 'CANCEL_ONLINE 32'], 'offline\n']);
  });
});

describe('"Fault injection"', () => {
  it.each<Edition>(['3.11', '6.1'])('%s: "write a negative errno (0 disables; the value is clamped to −4095..0)"; "logs Injecting error (%%d) to MEM_GOING_ONLINE"', (edition) => {
    const g = machine(edition);
    g.run('modprobe memory-notifier-error-inject');
    const set = (text: string): string => g.run(`echo ${text} > ${INJECT}/MEM_GOING_ONLINE/error; cat ${INJECT}/MEM_GOING_ONLINE/error`);
    expect([set('-5000'), set('5'), set('-12')]).toEqual(['-4095', '0', '-12']);
    g.log();
    expect([write(g, 32, 'online'), g.log()[0]]).toEqual(['Cannot allocate memory', 'Injecting error (-12) to MEM_GOING_ONLINE']);
    expect([set('0'), write(g, 32, 'online')]).toEqual(['0', '']);
  });
  it('"Module param priority (int, default 0)"', () => {
    const g = guest('1G');
    g.run('modprobe memory-notifier-error-inject priority=50');
    expect(g.machine.kernel.memory_chain.blocks.find(({ name }) => name === 'notifier_err_inject_callback')?.priority).toBe(50);
    expect(g.run(`ls ${INJECT}`)).toBe('MEM_GOING_OFFLINE\nMEM_GOING_ONLINE');
  });
});

describe('"In-tree callbacks and priorities": who refuses, and on which machine', () => {
  it('"page_cgroup … GOING_ONLINE: allocate per-section tables (-ENOMEM)": 3.11 without 512 KiB in one piece refuses the block', () => {
    const g = machine('3.11');
    const { buddy } = g.machine.kernel;
    while (buddy.alloc_pages({ order: 7, migratetype: 0, highest_zoneidx: 2, nid: 0, kind: 7 }) >= 0);
    expect(write(g, 32, 'online')).toBe('Cannot allocate memory');
    expect(g.heard).toEqual([['MEM_CANCEL_ONLINE', 0x100000, 32768, 1, 1]]);
  });
});
