import { describe, expect, it } from 'vitest';
import { runToEnd } from '../../kernel/kthread.ts';
import { notifier_from_errno } from '../../kernel/notifier.ts';
import { checkInvariants } from '../../machine/invariants.ts';
import { compound_head } from '../../mm/mmzone.ts';
import { del_page_from_lru_list, removeOwner, unmapPage } from '../../mm/rmap.ts';
import { set_pageblock_range } from '../../mm/mmzone.ts';
import { block, LOW, log, type Machine311, machine, spans, stateOf, story } from '../../testing/linux-3.11/machine.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { FN } from '../../uapi/functions.ts';
import { H_TIME_HI, H_TIME_LO, STATE_LRU } from '../../uapi/layout.ts';
import { MEM_GOING_OFFLINE, MEM_GOING_ONLINE } from '../../uapi/memory_block.ts';
import { MIGRATE_MOVABLE, MIGRATE_RECLAIMABLE, MIGRATE_UNMOVABLE, ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { KIND_ANON, KIND_SLAB } from '../../uapi/page_kind.ts';
import { NOTIFIER_USER_BASE, NOTIFIERS, NOTIFY_OK } from '../../uapi/notifiers.ts';
import { store_mem_state } from './memory.ts';
import { linux_3_11 } from './edition.ts';

const NORMAL_ZONE = { zone: ZONE_NORMAL, start: block(2), end: block(4) };
const MOVABLE_ZONE = { zone: ZONE_MOVABLE, start: block(4), end: block(6) };
const ZONES = [LOW, NORMAL_ZONE, MOVABLE_ZONE];
/** The pageblock with this frame is of a type that is looked into. */
const typed = (m: Machine311, pfn: number, row: number, type = MIGRATE_UNMOVABLE): void => set_pageblock_range(m.mm, pfn & ~511, (pfn & ~511) + 512, row, type);
const INJECT = NOTIFIER_USER_BASE;
const inject = (m: Machine311, notifier_call: (action: number) => number): void => m.k.memory_chain.register({ id: INJECT, name: 'notifier_err_inject_callback', priority: 0, notifier_call });
const veto = (m: Machine311, action: number, errno: number): void => inject(m, (a) => (a === action ? notifier_from_errno(-errno) : NOTIFY_OK));
const count = (m: Machine311, letter: string, id: number): number => [...m.mm.t.memmap.state.subarray(block(id), block(id + 1)).keys()].filter((i) => m.draw(block(id) + i, 1) === letter).length;

describe('an offline', () => {
  it('isolates, tells, moves, says so, tells again: the line of the log comes before the zonelists, those before the notifier', () => {
    const m = machine({ zones: [LOW, NORMAL_ZONE, { zone: ZONE_MOVABLE, start: block(4), end: block(5) }], pictures: { [block(4)]: 'aaaa ff AA' } });
    expect(m.step('4 offline')).toBe('ok');
    expect(story(m)).toEqual([
      'GOING_OFFLINE 4', '"Offlined Pages 32768"', expect.stringMatching(/^"Built 1 zonelists in (Node|Zone) order, mobility grouping on\. {2}Total pages: \d+"$/), '"Policy zone: Normal"', 'OFFLINE 4', 'offline memory4',
    ]);
    expect([stateOf(m, 4), spans(m)]).toEqual(['offline', 'Normal [2,4) 2, Movable [4,5) 0']);
    expect(checkInvariants(m.mm)).toEqual([]);
  });
  it('listeners hear of it by priority, those of one priority as they were registered', () => {
    const m = machine({ zones: ZONES });
    veto(m, -1, 0);
    m.step('4 offline');
    const heard = m.events().flatMap((e) => (e.type === 'sim_notifier_call' ? [m.k.memory_chain.blocks.find((b) => b.id === e.callback)] : []));
    expect(heard.slice(0, 10).map((b) => `${b?.name} ${b?.priority}`)).toEqual([
      'ksm_memory_callback 100', 'cpuset_track_online_nodes 10', 'mm_compute_batch_notifier 10', 'ipc_memory_callback 10', 'node_memory_callback 2', 'slab_memory_callback 1', 'page_cgroup_callback 0',
      'reserve_mem_notifier 0', 'kcore_callback 0', 'notifier_err_inject_callback 0',
    ]);
  });
  it('a page that cannot be isolated: EBUSY, and nobody hears or reads of it', () => {
    const m = machine({ zones: ZONES, pictures: { [block(2) + 700]: 's' } });
    typed(m, block(2) + 700, zoneRow(0, ZONE_NORMAL));
    expect(m.step('2 offline')).toBe('EBUSY');
    expect([story(m), log(m)]).toEqual([[], []]);
    expect([stateOf(m, 2), checkInvariants(m.mm)]).toEqual(['online', []]);
  });
  it('a pageblock typed Movable is taken at its word: the page in the way is met when the rest has moved', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4)]: 'aa s aa' } });
    expect(m.step('4 offline')).toBe('EBUSY');
    expect(story(m)).toEqual(['GOING_OFFLINE 4', '"memory offlining [mem 0x20000000-0x27ffffff] failed"', 'CANCEL_OFFLINE 4']);
    expect([stateOf(m, 4), checkInvariants(m.mm)]).toEqual(['online', []]);
  });
  it('every failure behind GOING_OFFLINE is logged, then cancelled, and only then undone', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4)]: 'a' } });
    let isolated = -1;
    inject(m, (action) => {
      isolated = m.mm.t.zone.nr_isolate_pageblock[zoneRow(0, ZONE_MOVABLE)] as number;
      return action === MEM_GOING_OFFLINE ? notifier_from_errno(-ERRNO.ENOMEM) : NOTIFY_OK;
    });
    expect(m.step('4 offline')).toBe('ENOMEM');
    expect(story(m)).toEqual(['GOING_OFFLINE 4', '"memory offlining [mem 0x20000000-0x27ffffff] failed"', 'CANCEL_OFFLINE 4']);
    expect([isolated, m.mm.t.zone.nr_isolate_pageblock[zoneRow(0, ZONE_MOVABLE)]]).toEqual([64, 0]);
  });
  it('firmware at the end of the last block is no hole: a Movable one tries and gives up (A6)', () => {
    const m = machine({ zones: ZONES, pictures: { [block(6) - 32]: 'R'.repeat(32) } });
    expect(m.step('5 offline')).toBe('EBUSY');
    expect(story(m).filter((line) => !line.startsWith('"'))).toEqual(['GOING_OFFLINE 5', 'CANCEL_OFFLINE 5']);
  });
  it('one page in 1024 decides whether a block lies in one zone: less than that behind the end of RAM is not seen (A6)', () => {
    const zones = (missing: number) => [LOW, NORMAL_ZONE, { zone: ZONE_MOVABLE, start: block(4), end: block(5) - missing }];
    expect(machine({ zones: zones(512) }).step('4 offline')).toBe('ok');
    const m = machine({ zones: zones(1024) });
    expect([m.step('4 offline'), story(m)]).toEqual(['EINVAL', []]);
  });
  it('a block on both sides of a border: EINVAL, silent', () => {
    const m = machine({ zones: [LOW, { zone: ZONE_NORMAL, start: block(2), end: block(3) + 1024 }, { zone: ZONE_MOVABLE, start: block(3) + 1024, end: block(5) }] });
    expect([m.step('3 offline'), story(m)]).toEqual(['EINVAL', []]);
  });
  it('a signal ends it: EINTR', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4)]: 'p' } });
    m.signal.pending = true;
    expect(m.step('4 offline')).toBe('EINTR');
    expect(story(m)).toEqual(['GOING_OFFLINE 4', '"memory offlining [mem 0x20000000-0x27ffffff] failed"', 'CANCEL_OFFLINE 4']);
  });
  it('a page somebody holds: EAGAIN after two minutes', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4)]: 'a p a' } });
    const path = store_mem_state(m.k, 4, 'offline\n');
    const { header } = m.mm.t;
    let ms = 0;
    let next = path.next();
    for (; next.done !== true && ms < 200_000; next = path.next()) {
      ms += 20;
      header[H_TIME_LO] = (ms * 1e6) | 0;
      header[H_TIME_HI] = Math.floor((ms * 1e6) / 2 ** 32);
    }
    expect(next.value).toBe(-ERRNO.EAGAIN);
    // It is looked at between two rounds only, each of which takes a while.
    expect(ms).toBeGreaterThanOrEqual(120_000);
    expect(ms).toBeLessThan(130_000);
    expect([m.draw(block(4), 4), story(m).at(-1), checkInvariants(m.mm)]).toEqual(['.p..', 'CANCEL_OFFLINE 4', []]);
  });
  it('an offline block, or one that is offline already: EINVAL', () => {
    const m = machine({ zones: ZONES });
    expect(m.steps('4 online; 4 offline; 4 offline')).toMatch(/^EINVAL ok EINVAL/);
  });
});

describe('where pages go', () => {
  it('never to Movable, even if Movable has all the room', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4)]: 'a'.repeat(600), [block(2)]: 'a'.repeat(32) } });
    m.step('4 offline');
    expect([count(m, 'a', 5), count(m, 'a', 2) + count(m, 'a', 3) + count(m, 'a', 1)]).toEqual([0, 632]);
  });
  it('256 at a time', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4)]: 'a'.repeat(600) } });
    m.step('4 offline');
    expect(m.events().filter((e) => e.type === 'sim_func_entry' && e.fn === FN.do_migrate_range).map((e) => (e.type === 'sim_func_entry' ? e.a - block(4) : 0))).toEqual([0, 256, 512]);
  });
  it('mlocked pages and page cache go too, contents and owners stay right', () => {
    const m = machine({ zones: ZONES, pictures: { [block(4) + 100]: 'AAAA ffff aaaa' } });
    expect(m.step('4 offline')).toBe('ok');
    expect(checkInvariants(m.mm)).toEqual([]);
  });
  it('no room: the process with the most memory is killed, the offline succeeds, and pages it lost on the way are freed (A12)', () => {
    // All of DMA32 is in use but for its reserve; the same process has the pages that should move.
    const m = machine({ zones: [LOW, MOVABLE_ZONE], pictures: { [block(1)]: 'a'.repeat(32768), [block(4)]: 'a'.repeat(300) } });
    const { owner, memmap } = m.mm.t;
    const victim = memmap.owner[block(4)] as number;
    const row = m.mm.t.pte.owner[victim] as number;
    const pages = 32768 + 300;
    m.k.tasks = () => [{ pid: 100, ppid: 1, name: 'process', uid: 0, started: 0, mapped: pages, anon: pages, file: 0, shmem: 0, swapents: 0, tables: 65, oom_score_adj: 0 }];
    m.k.kill = (pid) => {
      expect(pid).toBe(100);
      for (const [start, end] of [[block(1), block(2)], [block(4), block(6)]] as const) {
        for (let pfn = start; pfn < end; pfn++) {
          if ((memmap.owner[pfn] as number) <= 0) continue;
          unmapPage(m.mm, pfn);
          if (((memmap.state[compound_head(m.mm, pfn)] as number) & STATE_LRU) === 0) continue;
          del_page_from_lru_list(m.mm, pfn);
          m.buddy.free_pages(pfn, 0);
        }
      }
      removeOwner(m.mm, row);
    };
    expect(m.step('4 offline')).toBe('ok');
    expect(owner.pid.includes(100)).toBe(false);
    const lines = log(m);
    expect(lines[0]).toMatch(/invoked oom-killer: gfp_mask=0x200d8, order=0, oom_score_adj=0$/);
    expect(lines.find((line) => line.startsWith('Out of memory'))).toMatch(/^Out of memory: Kill process 100 \(process\) score \d+ or sacrifice child$/);
    expect(lines.at(-1)).toMatch(/^Offlined Pages 32768$/);
    expect(checkInvariants(m.mm)).toEqual([]);
  });
});

describe('an online', () => {
  it('tells before and after, without a line of its own', () => {
    const m = machine({ zones: ZONES });
    m.step('4 offline');
    story(m);
    expect([m.step('4 online'), story(m)]).toEqual(['ok', ['GOING_ONLINE 4', 'ONLINE 4', 'online memory4']]);
  });
  it('vetoed: CANCEL_ONLINE, the errno, no uevent, and a border that moved stays where it is (A3)', () => {
    const m = machine();
    m.steps('add 8 9 10 11; 8 online');
    veto(m, MEM_GOING_ONLINE, ERRNO.EBUSY);
    story(m);
    expect(m.steps('11 online_movable; 10 online_movable')).toBe('EBUSY EBUSY | Normal [8,10) 1, Movable [10,12) 0');
    expect(story(m)).toEqual(['GOING_ONLINE 11', 'CANCEL_ONLINE 11', 'GOING_ONLINE 10', 'CANCEL_ONLINE 10']);
    m.k.memory_chain.unregister(INJECT);
    expect(m.steps('11 online'), 'plain online, but the pages are Movable already').toBe('ok | Normal [8,10) 1, Movable [10,12) 1');
    veto(m, MEM_GOING_ONLINE, ERRNO.EBUSY);
    expect(m.steps('10 online_kernel')).toBe('EBUSY | Normal [8,11) 1, Movable [11,12) 1');
  });
  it('memory that comes online is used first: chunks go to the head of their list', () => {
    const m = machine({ zones: [LOW, NORMAL_ZONE] });
    m.steps('2 offline; 2 online');
    const take = (): number => Math.floor(m.buddy.alloc_pages({ order: 10, migratetype: 1, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: 1 }) / block(1));
    // Only the pageblock that the zone's reserve gave back, when it moved to the new memory, comes before it.
    expect([take(), take(), take()]).toEqual([3, 2, 2]);
  });
});

describe('nodes', () => {
  const NODE1 = [LOW, { zone: ZONE_NORMAL, start: block(4), end: block(6), nid: 1 }];
  /** The memory controller's table for a section that comes online would be taken from the node's other block, which then could not go. */
  const withoutTables = (m: Machine311): Machine311 => {
    m.k.memory_chain.unregister(NOTIFIERS.findIndex((n) => n.name === 'page_cgroup_callback'));
    return m;
  };
  const changes = (m: Machine311): string[] => m.events().flatMap((e) => (e.type === 'notify' ? [`${e.action}: normal ${e.status_change_nid_normal} any ${e.status_change_nid}`] : []));
  it('the last normal memory of a node stays while there is Movable memory on it', () => {
    const m = machine({ zones: NODE1 });
    expect(m.steps('5 offline; 5 online_movable; 4 offline')).toMatch(/^ok ok EINVAL/);
    expect(withoutTables(machine({ zones: NODE1, movable_node: true })).steps('5 offline; 5 online_movable; 4 offline')).toMatch(/^ok ok ok/);
  });
  it('and is the first to come: online_movable, and plain online into Movable, answer EINVAL before (A5)', () => {
    const m = machine({ zones: NODE1 });
    m.steps('5 offline; 5 online_movable; 5 offline; 4 offline');
    m.events();
    expect(m.steps('5 online_movable; 5 online; 4 online; 5 online')).toMatch(/^EINVAL EINVAL ok ok/);
    expect(changes(m)).toEqual(['8: normal 1 any 1', '1: normal 1 any 1', '8: normal -1 any -1', '1: normal -1 any -1']);
  });
  it('with MOVABLE_NODE Movable memory may come first; normal memory is told of on its own', () => {
    const m = withoutTables(machine({ zones: NODE1, movable_node: true }));
    m.steps('5 offline; 5 online_movable; 4 offline; 5 offline');
    expect(changes(m).filter((line) => /^[24]/.test(line))).toEqual([
      '2: normal -1 any -1', '4: normal -1 any -1', '2: normal 1 any -1', '4: normal 1 any -1', '2: normal -1 any 1', '4: normal -1 any 1',
    ]);
    expect(m.steps('5 online; 4 online')).toMatch(/^ok ok/);
    expect(changes(m).filter((line) => /^8/.test(line))).toEqual(['8: normal -1 any 1', '8: normal 1 any -1']);
  });
});

describe('would this block go offline?', () => {
  const refusal = (m: Machine311, id: number) => linux_3_11.hotplug.offline_refusal(m.k, id);
  it.each([
    ['free', {}, 4, undefined],
    ['a slab page in a pageblock that is looked into', { [block(2) + 700]: 's' }, 2, ERRNO.EBUSY],
    ['a slab page in Movable', { [block(4) + 700]: 's' }, 4, ERRNO.EBUSY],
  ])('%s: as the write itself answers', (_, pictures, id, errno) => {
    const m = machine({ zones: ZONES, pictures });
    if (id === 2) typed(m, block(2) + 700, zoneRow(0, ZONE_NORMAL), MIGRATE_RECLAIMABLE);
    expect(refusal(m, id)?.errno).toBe(errno);
    expect(runToEnd(store_mem_state(m.k, id, 'offline'))).toBe(errno === undefined ? 7 : -errno);
  });
  it('in two zones, and the last normal memory of a node', () => {
    const m = machine({ zones: [LOW, { zone: ZONE_NORMAL, start: block(4), end: block(5), nid: 1 }, { zone: ZONE_MOVABLE, start: block(5), end: block(6), nid: 1 }, { zone: ZONE_DMA32, start: block(2), end: block(2) + 1024 }] });
    expect([refusal(m, 2)?.errno, refusal(m, 4)?.errno]).toEqual([ERRNO.EINVAL, ERRNO.EINVAL]);
  });
});

it('an online frees page by page: the first block of a zone goes to the free lists, of later ones the last pages wait on the per-cpu list and are used first', () => {
  const m = machine();
  m.step('add 8 9 10');
  const row = zoneRow(0, ZONE_NORMAL);
  const { pageset_count, pcp_high, nr_free_pages } = m.mm.t.zone;
  m.step('8 online');
  expect([pageset_count[row], nr_free_pages[row]]).toEqual([0, 32768]);
  m.steps('9 online; 10 online');
  expect(pcp_high[row]).toBeGreaterThan(0);
  expect(pageset_count[row]).toBeGreaterThan(0);
  expect(m.buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_ANON })).toBe(block(11) - 1);
  expect(checkInvariants(m.mm)).toEqual([]);
});

it('what is freed in an isolated block outside of its zone\'s span is counted by nobody, then and ever after (fuzz, seed 1258155161)', () => {
  const m = machine();
  m.steps('add 8 9 10; 8 online; 10 online_movable; 9 online_movable; add 11; 11 online; 9 offline');
  expect(m.steps('9 online_kernel'), 'block 11 is Normal, and outside of Normal (A2)').toBe('ok | Normal [8,10) 3, Movable [10,11) 1');
  const row = zoneRow(0, ZONE_NORMAL);
  const { nr_free_pages } = m.mm.t.zone;
  const pages: number[] = [];
  while (pages.length < 156) {
    const pfn = m.buddy.alloc_pages({ order: 0, migratetype: MIGRATE_MOVABLE, highest_zoneidx: ZONE_NORMAL, nid: 0, kind: KIND_SLAB });
    if (pfn >= block(11)) pages.push(pfn);
  }
  m.buddy.drain_all_pages();
  const before = nr_free_pages[row] as number;
  inject(m, (action) => {
    if (action !== MEM_GOING_OFFLINE) return NOTIFY_OK;
    for (const pfn of pages) m.buddy.free_pages(pfn, 0);
    return notifier_from_errno(-ERRNO.EBUSY);
  });
  expect(m.step('11 offline')).toBe('EBUSY');
  expect([nr_free_pages[row], checkInvariants(m.mm)]).toEqual([before, []]);
  m.k.memory_chain.unregister(INJECT);
  m.step('add 12');
  expect([spans(m), checkInvariants(m.mm)], 'the span is there again, the count is not').toEqual(['Normal [8,13) 3, Movable [10,11) 1', []]);
});
