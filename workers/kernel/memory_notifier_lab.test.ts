/** The rules of spec notifiers.md, heard by listeners of one's own: N1 … are the numbered chain rules, S1 … the worked sequences. */
import { describe, expect, it } from 'vitest';
import { makeCold } from '../mm/page_flags.ts';
import { guest, type Guest } from '../testing/guest.ts';
import { H_TRACE_HEAD } from '../uapi/layout.ts';
import { MEM_ACTION_NAMES } from '../uapi/memory_block.ts';
import { MIGRATE_UNMOVABLE, ZONE_NORMAL } from '../uapi/mmzone.ts';
import { notifyWord } from '../uapi/notifiers.ts';
import { KIND_SLAB } from '../uapi/page_kind.ts';
import type { Edition } from '../uapi/machine_description.ts';
import { decodeEvent } from '../uapi/trace.ts';

const DIR = '/sys/kernel/debug/memory-notifier-lab';
const STATE = '/sys/devices/system/memory/memory2/state';
/** memory2 of this machine can go offline; in 3.11 the last block, which is Movable. */
const MACHINES: Readonly<Record<string, { readonly cmdline: string; readonly state: string }>> = {
  '6.1': { cmdline: '', state: STATE }, '3.11': { cmdline: 'movablecore=256M', state: '/sys/devices/system/memory/memory4/state' },
};
function machine(listeners: readonly string[], edition: Edition = '6.1'): Guest & { readonly state: string } {
  const { cmdline, state } = MACHINES[edition] as { cmdline: string; state: string };
  const g = guest(edition === '6.1' ? '512M' : '768M', { edition, cmdline });
  expect(g.run(['modprobe memory-notifier-lab', ...listeners.map((l) => `echo '${l}' > ${DIR}/register`)].join('\n'))).toBe('');
  return { ...g, state };
}
/** What the chain was told and who answered what since `from`: 'GOING_OFFLINE: ksm_memory_callback OK, mine BAD'. */
function heard(g: Guest, from: number, only?: readonly string[]): string[] {
  const { t } = g.machine.kernel.mm;
  const rounds: string[] = [];
  const { w0, w1, w2, w3, w4, w5, w6, w7 } = t.trace;
  const names = new Map(g.machine.kernel.memory_chain.blocks.map((b) => [b.id, b.name]));
  for (let at = from; at < (t.header[H_TRACE_HEAD] as number); at++) {
    const e = decodeEvent(Int32Array.from([w0, w1, w2, w3, w4, w5, w6, w7], (w) => w[at % w0.length] as number));
    if (e.type === 'notify') rounds.push(`${MEM_ACTION_NAMES[e.action]?.slice(4)}:`);
    else if (e.type === 'sim_notifier_call' && (only === undefined || only.includes(names.get(e.callback) ?? ''))) {
      rounds[rounds.length - 1] += `${rounds.at(-1)?.endsWith(':') ? '' : ','} ${names.get(e.callback)} ${notifyWord(e.ret)}`;
    }
  }
  return rounds;
}
const head = (g: Guest): number => g.machine.kernel.mm.t.header[H_TRACE_HEAD] as number;
const IN_TREE_6_1 = 'ksm_memory_callback OK, memtier_hotplug_callback OK, cpuset_track_online_nodes OK, mm_compute_batch_notifier OK, hmat_callback OK, slab_memory_callback OK';

describe('the chain', () => {
  it('N2: higher priority first, equals in order of registration', () => {
    const g = machine(['late 0', 'early 200', 'between 5']);
    expect(g.file(`${DIR}/chain`).split('\n').map((line) => line.trim())).toEqual([
      '200 early (own)', '100 ksm_memory_callback', '100 memtier_hotplug_callback', '10 cpuset_track_online_nodes', '10 mm_compute_batch_notifier', '5 between (own)', '2 hmat_callback', '1 slab_memory_callback',
      '0 reserve_mem_notifier', '0 kcore_callback', '0 late (own)', '',
    ]);
  });
  it('3.11: ksm → cpuset, compute_batch, ipc (10) → node(2) → slub(1) → page_cgroup/reserve_mem/kcore(0)', () => {
    const names = machine([], '3.11').file(`${DIR}/chain`).split('\n').flatMap((line) => line.trim().split(' ')[1] ?? []);
    expect(names.slice(0, 9)).toEqual([
      'ksm_memory_callback', 'cpuset_track_online_nodes', 'mm_compute_batch_notifier', 'ipc_memory_callback', 'node_memory_callback', 'slab_memory_callback', 'page_cgroup_callback', 'reserve_mem_notifier', 'kcore_callback',
    ]);
  });
});

describe('an offline', () => {
  it('S1, N3, N5: a veto ends the round, and CANCEL_OFFLINE goes to the whole chain, also to those behind; write() → EPERM', () => {
    const g = machine(['veto 0 MEM_GOING_OFFLINE=BAD', 'behind -5']);
    const from = head(g);
    expect(g.run(`echo offline > ${g.state}`)).toMatch(/Operation not permitted$/);
    expect(heard(g, from)).toEqual([
      `GOING_OFFLINE: ${IN_TREE_6_1}, reserve_mem_notifier OK, kcore_callback OK, veto BAD`,
      `CANCEL_OFFLINE: ${IN_TREE_6_1}, reserve_mem_notifier OK, kcore_callback OK, veto OK, behind OK`,
    ]);
    expect(g.file(g.state)).toBe('online\n');
  });
  it('N3: an errno is carried; N4: a STOP at OFFLINE changes nothing but keeps it from those behind', () => {
    const g = machine(['first 300 MEM_GOING_OFFLINE=ENOMEM']);
    expect(g.run(`echo offline > ${g.state}`)).toMatch(/Cannot allocate memory$/);
    g.run(`echo first > ${DIR}/unregister; echo 'first 300 MEM_OFFLINE=BAD' > ${DIR}/register; echo 'last -1' > ${DIR}/register`);
    const from = head(g);
    expect(g.run(`echo offline > ${g.state}`)).toBe('');
    expect(heard(g, from, ['first', 'last'])).toEqual(['GOING_OFFLINE: first OK, last OK', 'OFFLINE: first BAD']);
  });
  it('S2: isolation fails: no notifier at all, EBUSY', () => {
    const g = machine(['ear 300']);
    const { buddy, mm } = g.machine.kernel;
    // A page of slab in memory1.
    for (let pfn = -1; pfn >>> mm.PFN_BLOCK_SHIFT !== 1; ) pfn = buddy.alloc_pages({ order: 9, migratetype: MIGRATE_UNMOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    const from = head(g);
    expect(g.run('echo offline > /sys/devices/system/memory/memory1/state')).toMatch(/Device or resource busy$/);
    expect(heard(g, from)).toEqual([]);
  });
  it('S3: a signal during migration: GOING_OFFLINE, …, un-isolate, CANCEL_OFFLINE; write() → EINTR', () => {
    const g = machine(['ear 0']);
    const { mm } = g.machine.kernel;
    g.run('mh anon 200 nothp');
    // Somebody holds a page of the block: it cannot move, and the offline tries on.
    const at = mm.t.memmap.owner.findIndex((slot, pfn) => pfn >>> mm.PFN_BLOCK_SHIFT === 2 && slot > 0);
    makeCold(mm, at);
    mm.t.cold.pincount[at] = 1;
    const isolated: number[] = [];
    g.machine.kernel.memory_chain.register({ id: 200, name: 'eye', priority: 400, notifier_call: () => isolated.push(mm.t.zone.nr_isolate_pageblock.reduce((sum, n) => sum + n, 0)) && 1 });
    const from = head(g);
    expect(g.run(`mh writesig ${g.state} 'offline\\n' 100 10`)).toMatch(/^write ret=-1 errno=4 EINTR /);
    expect(heard(g, from, ['ear'])).toEqual(['GOING_OFFLINE: ear OK', 'CANCEL_OFFLINE: ear OK']);
    expect([isolated, g.file(g.state)]).toEqual([[64, 0], 'online\n']);
  });
  it('N6: what fails before GOING_OFFLINE cancels nothing; the veto itself does', () => {
    const g = machine(['ear 300']);
    const from = head(g);
    // memory0 lies in two zones.
    expect(g.run('echo offline > /sys/devices/system/memory/memory0/state')).toMatch(/Invalid argument$/);
    expect(heard(g, from)).toEqual([]);
    g.run(`echo 'veto 400 MEM_GOING_OFFLINE=BAD' > ${DIR}/register`);
    expect(g.run(`echo offline > ${g.state}`)).toMatch(/Operation not permitted$/);
    expect(heard(g, from, ['ear', 'veto'])).toEqual(['GOING_OFFLINE: veto BAD', 'CANCEL_OFFLINE: veto OK, ear OK']);
  });
  it('3.11: CANCEL_OFFLINE is sent before the isolation is undone; 6.1: after', () => {
    for (const [edition, expected] of [['6.1', ['undo', 'CANCEL']], ['3.11', ['CANCEL', 'undo']]] as const) {
      const g = machine(['veto 0 MEM_GOING_OFFLINE=BAD'], edition);
      g.story();
      const isolated = (): number => g.machine.kernel.mm.t.zone.nr_isolate_pageblock.reduce((sum, n) => sum + n, 0);
      let atCancel = -1;
      g.machine.kernel.memory_chain.register({ id: 200, name: 'eye', priority: 400, notifier_call: (action) => {
        if (MEM_ACTION_NAMES[action] === 'MEM_CANCEL_OFFLINE') atCancel = isolated();
        return 1;
      } });
      g.run(`echo offline > ${g.state}`);
      expect([edition, atCancel > 0 ? 'CANCEL' : 'undo']).toEqual([edition, expected[0]]);
    }
  });
});

describe('an online', () => {
  it('S1: veto: CANCEL_ONLINE to all, the block stays offline, and the zone is as it was', () => {
    const g = machine(['veto 50']);
    g.run(`echo offline > ${g.state}; echo veto > ${DIR}/unregister; echo 'veto 50 MEM_GOING_ONLINE=-16' > ${DIR}/register`);
    const zones = g.run('grep -E "spanned|present" /proc/zoneinfo');
    const from = head(g);
    expect(g.run(`echo online > ${g.state}`)).toMatch(/Device or resource busy$/);
    expect(heard(g, from, ['veto', 'kcore_callback'])).toEqual(['GOING_ONLINE: veto errno 16', 'CANCEL_ONLINE: veto OK, kcore_callback OK']);
    expect([g.file(g.state), g.run('grep -E "spanned|present" /proc/zoneinfo')]).toEqual(['offline\n', zones]);
  });
  it('S4: the first block of node 1 into Movable: status_change_nid is 1, _normal is -1', () => {
    const g = guest('512M,slots=2,maxmem=4G', { qemu: ['-numa', 'node,nodeid=0,mem=512M', '-numa', 'node,nodeid=1'] });
    g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'm', size: 2 ** 27 });
    g.host('device_add', { driver: 'pc-dimm', id: 'd', memdev: 'm', node: 1 });
    const heardOf: string[] = [];
    g.machine.kernel.memory_chain.register({ id: 200, name: 'ear', priority: 0, notifier_call: (action, arg) => {
      heardOf.push(`${MEM_ACTION_NAMES[action]} ${arg.status_change_nid_normal} ${arg.status_change_nid}`);
      return 1;
    } });
    g.run('echo online_movable > /sys/devices/system/memory/memory32/state');
    g.run('echo offline > /sys/devices/system/memory/memory32/state');
    expect(heardOf).toEqual(['MEM_GOING_ONLINE -1 1', 'MEM_ONLINE -1 1', 'MEM_GOING_OFFLINE -1 1', 'MEM_OFFLINE -1 1']);
  });
});

describe('what is refused says why', () => {
  it.each([
    ['9bad 0', 'memory-notifier-lab: a listener\'s name is a letter or _, then up to 31 letters, digits, _ or -: not "9bad"'],
    ['mine high', 'memory-notifier-lab: a priority is a whole number, higher is called earlier: not "high"'],
    ['mine 0 MEM_GONE=OK', 'memory-notifier-lab: this chain has no action "MEM_GONE"; it has MEM_GOING_ONLINE MEM_ONLINE MEM_CANCEL_ONLINE MEM_GOING_OFFLINE MEM_OFFLINE MEM_CANCEL_OFFLINE'],
    ['mine 0 MEM_ONLINE=NO', 'memory-notifier-lab: a verdict is OK, DONE, BAD, STOP or an errno such as -12 or ENOMEM: not "NO"'],
    ['kcore_callback 0', 'memory-notifier-lab: kcore_callback is registered already; write its name to unregister first'],
  ])('%s', (text, line) => {
    const g = machine([]);
    g.log();
    expect(g.run(`echo '${text}' > ${DIR}/register`)).toMatch(/Invalid argument$/);
    expect(g.log()).toEqual([line]);
  });
  it('taking the module out takes its listeners along', () => {
    const g = machine(['a 1', 'b 2']);
    g.run('rmmod memory-notifier-lab');
    expect(g.machine.kernel.memory_chain.blocks.map(({ name }) => name)).not.toContain('a');
  });
});
