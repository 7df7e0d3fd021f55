import { describe, expect, it } from 'vitest';
import { guest } from '../../testing/guest.ts';

const T = '/sys/kernel/tracing';
/** Events of the trace by name, with how often each came. */
const COUNT = `sed -n 's/^[^#].*: \\([a-z_]*\\): .*/\\1/p' ${T}/trace | sort | uniq -c | sed 's/^ *//'`;

describe('/sys/kernel/tracing', () => {
  it('nobody listens to begin with, and the trace is empty', () => {
    const g = guest('512M');
    expect(g.run(`cat ${T}/events/kmem/enable ${T}/tracing_on ${T}/current_tracer; workload anon size=1M > /tmp/x; grep -c -v '^#' ${T}/trace`)).toBe('0\n1\nnop\n0');
  });
  it('allocations and frees have Linux\'s names and fields', () => {
    const g = guest('512M');
    g.run(`echo 1 > ${T}/events/kmem/enable; mh anonkb 64 nothp > /tmp/p; echo 0 > ${T}/tracing_on`);
    const lines = g.run(`grep -v '^#' ${T}/trace`).split('\n');
    expect(lines.find((line) => line.includes('mm_page_alloc:'))).toMatch(/^ +\S+-\d+ +\[000\] \.{5} +\d+\.\d{6}: mm_page_alloc: page=00000000[0-9a-f]{8} pfn=0x[0-9a-f]+ order=0 migratetype=\d gfp_flags=GFP_\S+$/);
    expect(lines.filter((line) => /mm_page_alloc: .* migratetype=1 gfp_flags=GFP_HIGHUSER_MOVABLE$/.test(line)).length).toBeGreaterThanOrEqual(16);
    expect(lines.every((line) => / (mm_page_alloc|mm_page_free|mm_page_free_batched|mm_page_alloc_zone_locked|mm_page_pcpu_drain|mm_page_alloc_extfrag): page=/.test(line))).toBe(true);
    expect(g.run(`cat ${T}/events/kmem/mm_page_alloc_zone_locked/format | grep field | sed -n 5,8p`)).toBe([
      '\tfield:unsigned long pfn;\toffset:8;\tsize:8;\tsigned:0;', '\tfield:unsigned int order;\toffset:16;\tsize:4;\tsigned:0;', '\tfield:int migratetype;\toffset:20;\tsize:4;\tsigned:1;',
      '\tfield:int percpu_refill;\toffset:24;\tsize:4;\tsigned:1;',
    ].join('\n'));
  });
  it('what is allocated while somebody listens is what would be allocated anyway', () => {
    const [told, untold] = [1, 0].map((on) => {
      const g = guest('512M');
      g.run(`echo ${on} > ${T}/events/enable; workload heap size=8M seed=3; workload thp size=8M; kill $(pgrep workload); echo 0 > ${T}/events/enable`);
      return g.file('/proc/pagetypeinfo') + g.file('/proc/zoneinfo');
    });
    expect(told).toBe(untold);
  });
  it('splits and merges are events of ours', () => {
    const g = guest('512M');
    g.run(`echo 1 > ${T}/events/sim/enable; workload thp size=8M; kill $(pgrep workload); echo 0 > ${T}/tracing_on`);
    expect(g.run(COUNT)).toMatch(/^\d+ sim_page_merge\n\d+ sim_page_split$|^\d+ sim_page_split$/);
  });
  it('events of the machine\'s own trace come by Linux\'s name: migration, compaction', () => {
    const g = guest('1G,slots=1,maxmem=2G', { cmdline: 'movablecore=512M' });
    g.run(`echo migrate:* > ${T}/set_event; mh anon 4 nothp pin > /tmp/p`);
    expect(g.run(`cat ${T}/set_event; grep -o 'mm_migrate_pages: .*' ${T}/trace | tail -1`)).toMatch(/^migrate:mm_migrate_pages\nmm_migrate_pages: nr_succeeded=1024 nr_failed=0 nr_thp_succeeded=0 nr_thp_failed=0 nr_thp_split=0 mode=MIGRATE_SYNC reason=longterm_pin$/);
  });
  it('trace_pipe gives each line once and waits for more; the trace is cleared by writing to it', () => {
    const g = guest('512M');
    g.run(`echo 1 > ${T}/events/kmem/mm_page_free/enable; true | cat; echo 0 > ${T}/tracing_on`);
    const lines = Number(g.run(`grep -c mm_page_free ${T}/trace`));
    expect(lines).toBeGreaterThan(0);
    expect(g.run(`timeout 1 cat ${T}/trace_pipe | grep -c mm_page_free`)).toBe(String(lines));
    expect(g.run(`echo > ${T}/trace; grep -c mm_page_free ${T}/trace; echo nonsense > ${T}/set_event`)).toBe('0\nbash: line 1: echo: write error: Invalid argument');
  });
  it('the buffer keeps the newest', () => {
    const g = guest('512M');
    g.run(`echo 4 > ${T}/buffer_size_kb; echo 1 > ${T}/events/kmem/enable; workload anon size=2M > /tmp/x; echo 0 > ${T}/tracing_on`);
    expect(g.run(`sed -n 3p ${T}/trace; grep -c -v '^#' ${T}/trace`)).toMatch(/^# entries-in-buffer\/entries-written: 64\/\d{3,} {3}#P:1\n64$/);
  });
});
