import { describe, expect, test } from 'vitest';
import { dirOf, type FileNode, textFile } from '../../../kernel/vnode.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import { runProgram } from '../../../testing/run-program.ts';
import type { Program } from '../../program.ts';
import { mhProgram } from './mh.ts';
import type { MhApi } from './mh-kernel.ts';

const mh = mhProgram();
/** A sysfs-like file that answers each write with a number. */
const state = (answer: number): FileNode => ({ kind: 'file', mode: 0o644, size: () => 4096, read: () => 'online\n', *write() { yield; return answer; } });
const run = (args: readonly string[], answer = 0, programs: Record<string, Program> = { mh }) =>
  runProgram(mh, ['mh', ...args], { root: dirOf(0o755, () => ({ state: state(answer), locked: textFile(0o444, () => 'x') })), programs, uid: 0 });

describe('mh', () => {
  test('write: exactly these bytes, the count told', () => {
    expect(runProgram(mh, ['mh', 'write', '/f', 'a\\n\\0b'], { files: { f: '' } })).toMatchObject({ stdout: 'write ret=4\n', status: 0 });
  });
  test('write: errno by number, name and text', () => {
    expect(run(['write', '/state', 'offline\\n'], -ERRNO.EBUSY)).toMatchObject({ stdout: 'write ret=-1 errno=16 EBUSY (Device or resource busy)\n',
      status: 1 });
  });
  test('open that fails', () => {
    expect(run(['write', '/nosuch', 'x'])).toMatchObject({ stdout: 'open ret=-1 errno=2 ENOENT (No such file or directory)\n', status: 1 });
  });
  test('read shows the count, then the text', () => {
    expect(run(['read', '/state'])).toMatchObject({ stdout: 'read ret=7\nonline\n', status: 0 });
  });
  test('time runs a command and tells the milliseconds of the simulated clock', () => {
    expect(run(['time', 'mh', 'write', '/state', 'offline\\n'], -ERRNO.EINVAL))
      .toMatchObject({ stdout: 'write ret=-1 errno=22 EINVAL (Invalid argument)\n[0 ms]\n', status: 1 });
    expect(run(['time', 'nosuch'])).toMatchObject({ stdout: '[0 ms]\n', stderr: 'nosuch: No such file or directory\n', status: 127 });
  });
  test('asuid: another user may not write', () => {
    expect(run(['asuid', '65534', 'mh', 'write', '/state', 'x'])).toMatchObject({ stdout: 'open ret=-1 errno=13 EACCES (Permission denied)\n', status: 1 });
  });
  test('writesig: a signal comes during the write and is counted', () => {
    const slow: FileNode = { ...state(0), *write() { for (let i = 0; i < 9; i++) yield; return -ERRNO.EINTR; } };
    expect(runProgram(mh, ['mh', 'writesig', '/state', 'offline\\n', '0', '10'], { root: dirOf(0o755, () => ({ state: slow })) })).toMatchObject({
      stdout: 'write ret=-1 errno=4 EINTR (Interrupted system call) ms=0\nsignal_seen=10\n', status: 1,
    });
  });
  test('where: no workload of that number', () => {
    expect(run(['where', '97'])).toMatchObject({ stdout: 'no /tmp/mh.97\n', status: 1 });
  });
  test('anon: a process that keeps its memory, its blocks on the ready line', () => {
    const api: MhApi = {
      *atomic(_pid, _order, count) { yield; return count; },
      *anon(_pid, bytes, options) { yield; return options.mlock ? { failed: 'mlock', errno: -ERRNO.ENOMEM } : { address: bytes }; },
      *where() { yield; return { pages: 3, pfns: [0x100006, 0x100007], swapped: 0, page_size: 4096 }; },
    };
    const files = { 'tmp/': '', 'sys/devices/system/memory/block_size_bytes': '8000000\n' };
    expect(runProgram(mhProgram(api), ['mh', 'anonkb', '12', 'nothp'], { files }).stdout)
      .toMatch(/^pid=\d+ pages=3 firstpfn=0x100006 block32:2 notpresent:1\n$/);
    expect(runProgram(mhProgram(api), ['mh', 'anonkb', '12', 'mlock'], { files })).toMatchObject({ stdout: 'mlock errno=12 ENOMEM\n', status: 1 });
  });
});
