/**
 * util-linux's own test data: dumps of /sys/devices/system/memory and the output its tests expect. They are GPL and not part of this project; tests read them
 * where they are:
 * the folder UTIL_LINUX_TESTS names, else ../shared/util-linux beside the project. Where they are absent the tests are skipped and say so.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type TmpfsDir, type TmpfsInode, tmpfsDir } from '../../fs/tmpfs.ts';

const folder = process.env.UTIL_LINUX_TESTS ?? fileURLToPath(new URL('../../../../shared/util-linux', import.meta.url));
const tar = spawnSync('tar', ['--version']).status === 0 && spawnSync('bzip2', ['--help']).status === 0;

/** Everything that the tests need is here. */
export const haveUtilLinuxData = tar && existsSync(join(folder, 'lsmem-x86_64-16g'));
export const expectedText = (name: string): string => readFileSync(join(folder, name), 'latin1');

const now = { uid: 0, gid: 0, mtime: 0 };
function inode(path: string): TmpfsInode {
  const stat = lstatSync(path);
  const mode = stat.mode & 0o777;
  if (stat.isSymbolicLink()) return { kind: 'link', mode, ...now, target: readlinkSync(path) };
  if (!stat.isDirectory()) return { kind: 'file', mode, ...now, data: readFileSync(path, 'latin1') };
  const dir: TmpfsDir = tmpfsDir(mode);
  for (const name of readdirSync(path)) dir.entries.set(name, inode(join(path, name)));
  return dir;
}
/** A folder of the host as a tree in memory. */
export const treeOf = (path: string): TmpfsDir => inode(path) as TmpfsDir;

/** Unpacks a dump (say 'chmem/x86_64_16g') to a temporary folder and hands its root to `use`. */
export function withDump<T>(name: string, use: (root: string) => T): T {
  const target = mkdtempSync(join(tmpdir(), 'sysfs-dump-'));
  try {
    const done = spawnSync('tar', ['-C', target, '--no-same-owner', '-xjf', join(folder, `${name}.tar.bz2`)]);
    if (done.status !== 0) throw new Error(done.stderr.toString());
    return use(join(target, name.replace(/^.*\//, '')));
  } finally {
    rmSync(target, { recursive: true, force: true });
  }
}
export const dump = (name: string): TmpfsDir => withDump(name, treeOf);
