/** mm/oom_kill.c of 2.6.12, rule by rule. Processes are drawn as 'pid<ppid pages'. */
import { describe, expect, it } from 'vitest';
import type { Task } from '../../mm/oom.ts';
import { guest } from '../../testing/guest.ts';
import { badness, oomKiller } from './oom_kill.ts';

const HOUR = 3600;
/** Pages include a program's text. */
function drawn(picture: string, more: Partial<Task> = {}): Task[] {
  return picture.split(', ').map((word) => {
    const [, pid, ppid, pages] = /^(\d+)<(\d+) (\d+)$/.exec(word) as unknown as [string, string, string, string];
    return { pid: Number(pid), ppid: Number(ppid), name: `p${pid}`, uid: 500, started: 0, mapped: Number(pages) - 581, anon: 0, file: 0, shmem: 0, swapents: 0, tables: 0, oom_score_adj: 0, ...more };
  });
}
const points = (picture: string, more: Partial<Task> = {}, uptime = 0): number[] => drawn(picture, more).map((task, _, all) => badness(task, all, uptime));

describe('badness()', () => {
  it('is the address space, present or not, and that of the children with it', () => {
    expect(points('10<1 5000, 11<10 1000, 12<10 2000')).toEqual([8000, 1000, 2000]);
  });
  it('of root a sixteenth: a quarter for the superuser, a quarter of that for who may touch hardware', () => {
    expect(points('10<1 5000', { uid: 0 })).toEqual([312]);
  });
  it('of who has run for long less: by the fourth root of its age in units of 1024 s', () => {
    expect([points('10<1 6000', {}, 4 * HOUR), points('10<1 6000', {}, 5 * HOUR), points('10<1 6000', {}, 24 * HOUR), points('10<1 6000', { started: 23 * HOUR * 1000 }, 24 * HOUR)]).toEqual([[6000], [3000], [2000], [6000]]);
  });
  it('oom_adj shifts it', () => {
    expect([points('10<1 5000', { oom_score_adj: 3 }), points('10<1 5000', { oom_score_adj: -16 })]).toEqual([[40_000], [0]]);
  });
});

describe('a page that nobody has', () => {
  const g = guest('512M', { edition: '2.6.12-mhp' });
  const kill = (picture: string) => oomKiller.out_of_memory(g.machine.kernel.mm, g.machine.kernel.buddy, { pid: 10, comm: 'p10' }, 'page', drawn(picture))?.pid;
  it('oom_kill_process(): who was chosen dies by its eldest child, however small that is', () => {
    expect(kill('10<1 900, 11<1 5000, 12<11 700, 13<11 4000')).toBe(12);
  });
  it('select_bad_process(): the first of equals', () => {
    expect(kill('10<1 900, 11<1 900')).toBe(10);
  });
  it('the log says for what, what memory looked like, and who was killed', () => {
    const [pid] = /(?<=pid=)\d+/.exec(g.run('mh anon 200; mh anon 100')) ?? [];
    g.log();
    expect(g.run('mh anon 250 > /dev/null && echo done')).toBe('done');
    const log = g.log();
    expect(log.slice(0, 4)).toEqual(['oom-killer: gfp_mask=0x80d2', 'DMA per-cpu:', 'cpu 0 hot: low 2, high 6, batch 1', 'cpu 0 cold: low 0, high 2, batch 1']);
    expect(log).toContain('HighMem per-cpu: empty');
    expect(log.find((line) => line.startsWith('Normal free'))).toMatch(/^Normal free:\d+kB min:\d+kB low:\d+kB high:\d+kB active:\d+kB inactive:\d+kB present:507776kB pages_scanned:\d+ all_unreclaimable\? (yes|no)$/);
    expect(log.at(-1)).toBe(`Out of Memory: Killed process ${pid} (mh).`);
  });
  it('oom_adj, from -16 to 15, takes the place of oom_score_adj', () => {
    expect(g.run('cd /proc/self; ls | grep oom_; echo 15 > oom_adj; cat oom_adj; for bad in 16 -17 x; do echo $bad > oom_adj; done 2>&1 | sed "s/.*: //"')).toBe('oom_adj\noom_score\n15\nInvalid argument\nInvalid argument\nInvalid argument');
  });
});
