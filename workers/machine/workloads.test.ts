import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../testing/guest.ts';
import { H_SEQ } from '../uapi/layout.ts';
import { WORKLOAD_NAMES } from '../uapi/workloads.ts';
import { checkAgreements } from './agreements.ts';
import { digestOf } from './digest.ts';
import { createHistory } from './history.ts';
import { checkInvariants } from './invariants.ts';

/** Lines of /proc/meminfo, kB. */
const meminfo = (g: Guest, name: string): number => Number(new RegExp(`^${name.replace(/[()]/g, '\\$&')}: +(\\d+)`, 'm').exec(g.file('/proc/meminfo'))?.[1]);
const findings = ({ machine }: Guest): string[] => [
  ...checkInvariants(machine.kernel.mm), ...checkAgreements(machine.kernel),
  ...(machine.digest() === digestOf(machine.kernel.mm.t, machine.journal.length) ? [] : ['a frame changed, and no mark says so']),
];
/** What a line of shell changes in /proc/meminfo, kB. */
function change(g: Guest, names: readonly string[], line: string): number[] {
  const before = names.map((name) => meminfo(g, name));
  g.run(line);
  return names.map((name, i) => meminfo(g, name) - (before[i] as number));
}
/** They live by the hour: tests of their own. */
const LONG: readonly string[] = ['web', 'cache', 'batch', 'builds'];

describe('each workload, seed 7', () => {
  it.each(WORKLOAD_NAMES.filter((name) => !LONG.includes(name)))('%s leaves a sound machine, and when it is killed takes its memory with it', (name) => {
    const g = guest('1G');
    g.run('echo 20 > /proc/sys/vm/nr_hugepages');
    const [anon, mapped] = [meminfo(g, 'AnonPages'), meminfo(g, 'Mapped')];
    const said = g.run(`workload ${name} seed=7`);
    expect(said).toMatch(new RegExp(`^pid=\\d+ ${name} .*seed=7 .*rss=\\d+K$`));
    expect(findings(g)).toEqual([]);
    g.run(`kill ${/\d+/.exec(said)?.[0]}; sleep 0.1; sync; rm -f /srv/data* /srv/mapped*; echo 3 > /proc/sys/vm/drop_caches`);
    expect(findings(g)).toEqual([]);
    expect([meminfo(g, 'AnonPages') - anon, meminfo(g, 'Mapped') - mapped, meminfo(g, 'Dirty'), meminfo(g, 'HugePages_Free')]).toEqual([0, 0, 0, 20]);
  });
});

describe('workloads', () => {
  it('the same seed does the same, another seed does not', () => {
    const digest = (seed: number): number => {
      const g = guest('512M');
      g.run(`workload heap size=16M seed=${seed}`);
      return g.machine.digest();
    };
    expect([digest(7), digest(7) === digest(8)]).toEqual([digest(7), false]);
  });
  it('page cache: files that are read are cached once, and dropped while clean', () => {
    const g = guest('512M');
    const [cached = 0] = change(g, ['Cached'], 'workload read files=100');
    expect(cached).toBeGreaterThan(100 * 4);
    expect(change(g, ['Cached'], 'workload read files=100')).toEqual([0]);
    expect(change(g, ['Cached'], 'echo 1 > /proc/sys/vm/drop_caches')).toEqual([-cached]);
  });
  it('written pages are dirty until they are written back: by sync, or by the flusher half a minute later', () => {
    const g = guest('512M');
    expect(change(g, ['Cached', 'Dirty'], 'dd if=/dev/zero of=/srv/a bs=64k count=16 2>/dev/null')).toEqual([1024, 1024]);
    expect(change(g, ['Cached', 'Dirty'], 'echo 1 > /proc/sys/vm/drop_caches')).toEqual([0, 0]);
    expect(change(g, ['Cached', 'Dirty'], 'sync')).toEqual([0, -1024]);
    g.run('dd if=/dev/zero of=/srv/b bs=64k count=16 2>/dev/null');
    g.wait(36_000);
    expect(meminfo(g, 'Dirty')).toBe(0);
    expect(g.run('printf hello > /srv/c; echo 3 > /proc/sys/vm/drop_caches; sync; echo 3 > /proc/sys/vm/drop_caches; cat /srv/c')).toBe('hello');
  });
  it('slab: names that are looked up stay as dentries and inodes until drop_caches asks for them', () => {
    const g = guest('512M');
    const [grown = 0] = change(g, ['SReclaimable'], 'find /srv/tree -name f99 | wc -l');
    expect(grown).toBeGreaterThan(50_000);
    const [shrunk = 0] = change(g, ['SReclaimable'], 'echo 2 > /proc/sys/vm/drop_caches');
    expect(grown + shrunk).toBeLessThan(400);
  });
  it('fork: children share pages until they write to them', () => {
    const g = guest('512M');
    // 4096 pages and the program's own; of each of two children a quarter is copied while it lives.
    const pid = /\d+/.exec(g.run('workload fork size=16M children=2 rounds=2 write=25'))?.[0];
    expect(g.file(`/proc/${pid}/statm`)).toMatch(/^4112 /);
    expect(findings(g)).toEqual([]);
    g.run(`kill ${pid}`);
    expect(findings(g)).toEqual([]);
  });
  it('builds: inodes and names of the sources stay, what compilers had goes with them; names of their files stay as names that are not there', () => {
    const g = guest('512M');
    const [reclaimable = 0, unreclaimable = 0, anon = 0] = change(g, ['SReclaimable', 'SUnreclaim', 'AnonPages'], 'workload builds minutes=0 jobs=4 objects=12 files=3000 size=4M others=5 seed=1');
    // 3000 inodes and names of files, and of the directories they are in.
    expect(reclaimable).toBeGreaterThan((3000 * (1176 + 192)) / 1024);
    // Room for objects of at most jobs processes and theirs.
    expect(unreclaimable).toBeLessThan(2000);
    expect(anon).toBeGreaterThanOrEqual(Math.floor((0.05 * meminfo(g, 'MemTotal')) / 4) * 4 - 64);
    const names = (): number => Number(/^dentry +(\d+)/m.exec(g.file('/proc/slabinfo'))?.[1]);
    const before = names();
    g.run('echo x > /srv/name; rm /srv/name; cat /srv/none 2> /dev/null');
    expect(names() - before).toBe(2);
    g.run('echo x > /srv/name');
    expect(names() - before, 'the file that is made again gets the name that was not there').toBe(2);
    g.run('echo 2 > /proc/sys/vm/drop_caches');
    expect(names()).toBeLessThan(before / 10);
    expect(findings(g)).toEqual([]);
  });
  it('says what is wrong with a parameter', () => {
    const g = guest('512M');
    expect(g.run('workload heap sise=4M; workload heap size=4; workload hepa; echo $?')).toBe([
      'workload: heap has no parameter "sise": it has size, rounds, seed, every.', 'workload: size= takes whole pages from 4K to 1024G, such as 64M.',
      `workload: there is no workload 'hepa'; there are ${WORKLOAD_NAMES.join(', ')}`, '2',
    ].join('\n'));
  });
  it('^C while it starts takes the process with it', () => {
    const g = guest('512M');
    g.machine.submit({ type: 'shell', line: 'workload heap size=16M rounds=1000 every=1000' });
    g.machine.run(1_000_000, 15e9);
    g.machine.submit({ type: 'signal', signal: 'SIGINT' });
    g.machine.run(1_000_000, 40e9);
    expect(g.run('pgrep workload')).toBe('');
    expect(findings(g)).toEqual([]);
  });
  it.each([['heap size=8M rounds=6', 1], ['fork size=4M rounds=3', 2], ['read files=60', 3], ['write size=2M', 4], ['walk files=900', 5], ['sockets count=300', 6], ['io_uring size=2M', 7], ['hugealloc size=6M rounds=3', 8], ['builds minutes=0 jobs=2 objects=3 files=40 size=1M others=1', 9]])(
    '%s, seed %i: back to any moment of it and forth again is the straight run', (words, seed) => {
      const history = createHistory(guest('512M').machine);
      const { machine } = history;
      const seq = (): number => machine.kernel.mm.t.header[H_SEQ] as number;
      const seen: (readonly [seq: number, digest: number])[] = [];
      for (const line of [`workload ${words} seed=${seed}`, 'cat /proc/buddyinfo', 'sync; echo 3 > /proc/sys/vm/drop_caches', 'kill $(pgrep workload)', 'cat /proc/meminfo']) {
        machine.submit({ type: 'shell', line });
        // Places at which an event has happened, and no turn without one followed.
        let turn = 0;
        for (let before = seq(), more = true; more; before = seq()) {
          more = machine.run(1);
          if (seq() > before && more) {
            seen.push([seq(), machine.digest()]);
            turn = machine.turn();
          } else if (seq() === before && machine.turn() > turn) seen.pop();
        }
      }
      expect(seen.length).toBeGreaterThan(2);
      for (const [at, digest] of [...seen].reverse().concat(seen)) {
        history.seek(at);
        expect([at, history.machine.digest()]).toEqual([at, digest]);
      }
    });
});
