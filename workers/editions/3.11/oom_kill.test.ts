import { describe, expect, it } from 'vitest';
import { guest } from '../../testing/guest.ts';
import { oom_badness, oomKiller } from './oom_kill.ts';

it('oom_badness(): present memory and page tables, of which root is forgiven three percent of memory: the recorded process of 1000 MiB had a score of 692 of 1000', () => {
  // [   75]     0    75   256597   256131     505, on a machine of 355192 pages.
  const root = { uid: 0, oom_score_adj: 0 };
  expect(Math.floor((1000 * oom_badness(256131 + 505, root, 355192)) / 355192)).toBe(692);
  expect(oom_badness(53, root, 355192), 'nobody who may be killed has none').toBe(1);
  expect(oom_badness(256131, { uid: 0, oom_score_adj: -1000 }, 355192), 'who may not, has').toBe(0);
  expect(oom_badness(1000, { uid: 7, oom_score_adj: 100 }, 355192), 'a tenth of memory more').toBe(1000 + 100 * 355);
});

describe('a page fault that finds no page', () => {
  const g = guest('512M', { edition: '3.11' });
  it('ends the process with the most memory, not the one that asked', () => {
    const [pid] = /(?<=pid=)\d+/.exec(g.run('mh anon 200 nothp; mh anon 100 nothp')) ?? [];
    g.log();
    expect(g.run('mh anon 250 nothp > /dev/null && echo done')).toBe('done');
    const log = g.log();
    expect(log.slice(0, 2)).toEqual(['mh invoked oom-killer: gfp_mask=0x280da, order=0, oom_score_adj=0', 'mh cpuset=/ mems_allowed=0']);
    expect(log).toContain('[ pid ]   uid  tgid total_vm      rss nr_ptes swapents oom_score_adj name');
    // As the recorded one: 597 pages mapped and 131 present beside what it asked for, and five tables.
    expect(log).toContain(`[${pid?.padStart(5)}]     0 ${pid?.padStart(5)}    51797    51331     105        0             0 mh`);
    expect(log.at(-2)).toMatch(new RegExp(`^Out of memory: Kill process ${pid} \\(mh\\) score 37\\d or sacrifice child$`));
    expect(log.at(-1)).toBe(`Killed process ${pid} (mh) total-vm:207188kB, anon-rss:205152kB, file-rss:172kB`);
    expect(g.run(`ls -d /proc/${pid} 2>&1`)).toContain('No such file');
  });
  it('"or sacrifice child": of who was chosen the child that is worth most dies', () => {
    const { mm, buddy } = g.machine.kernel;
    const task = { uid: 0, started: 0, file: 0, shmem: 0, swapents: 0, tables: 3, oom_score_adj: 0 };
    const of = (pid: number, ppid: number, anon: number) => ({ ...task, pid, ppid, name: `p${pid}`, mapped: anon, anon });
    g.log();
    expect(oomKiller.out_of_memory(mm, buddy, { pid: 9, comm: 'p9' }, 'copy', [of(9, 1, 90_000), of(10, 9, 16), of(11, 9, 60_000), of(12, 1, 80_000)])?.pid).toBe(11);
    expect(g.log().filter((line) => /Kill/.test(line)).map((line) => line.replace(/ (score|total-vm).*/, ''))).toEqual(['Out of memory: Kill process 9 (p9)', 'Killed process 11 (p11)']);
  });
});
