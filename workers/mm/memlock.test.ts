import { describe, expect, it } from 'vitest';
import { guest } from '../testing/guest.ts';

/** What locking or pinning `MiB` said, for a user who is not root. */
const USER = 'mh asuid 1000';

describe('RLIMIT_MEMLOCK: what may be kept in memory', () => {
  it('is 8 MiB since 5.16, 64 KiB before, for everybody but root', () => {
    const g = guest('1G');
    expect([g.run('ulimit -l'), guest('1G', { edition: '3.11' }).run('ulimit -l')]).toEqual(['8192', '64']);
    expect(g.run(`${USER} mh anon 8 nothp mlock`)).toMatch(/^pid=/);
    expect(g.run(`${USER} mh anonkb 8196 nothp mlock`)).toBe('mlock errno=12 ENOMEM');
    expect(g.run('mh anon 16 nothp mlock'), 'root has CAP_IPC_LOCK').toMatch(/^pid=/);
  });
  it('a shell changes it for what it starts; who may lock nothing gets EPERM; only root raises the hard limit', () => {
    const g = guest('1G');
    expect(g.run(`ulimit -l 1024; ulimit -l; ${USER} mh anonkb 1028 nothp mlock; ${USER} mh anonkb 1024 nothp mlock`)).toMatch(/^1024\nmlock errno=12 ENOMEM\npid=/);
    expect(g.run(`ulimit -l 0; ${USER} mh anonkb 4 nothp mlock`)).toBe('mlock errno=1 EPERM');
    expect(g.run('ulimit -S -l 64; ulimit -l; ulimit -H -l; ulimit -l unlimited; ulimit -l')).toBe('64\n8192\nunlimited');
    expect(g.run('ulimit -H -l 32')).toMatch(/ulimit: max locked memory: cannot modify limit: Invalid argument$/);
    expect(g.run(`${USER} bash -c 'ulimit -l 8193'`)).toMatch(/ulimit: max locked memory: cannot modify limit: Operation not permitted$/);
  });
  it('binds pins too: io_uring counts what all processes of a user pin, RDMA each process for itself', () => {
    const g = guest('1G');
    const pin = (driver: string): string => g.run(`${USER} workload ${driver} size=5M`).replace(/ .*/, '').replace(/\d+/, 'N');
    expect([pin('io_uring'), pin('io_uring'), pin('rdma'), pin('rdma'), pin('vfio')]).toEqual(['pid=N', 'workload:', 'pid=N', 'pid=N', 'pid=N']);
    expect(g.run(`${USER} workload rdma size=9M`)).toBe('workload: rdma: Cannot allocate memory');
    expect(g.run('workload rdma size=9M')).toMatch(/^pid=/);
  });
});
