/** The file and string tests that `test`, `[` and `[[` share. */
import type { Sys } from '../../program.ts';

const UNARY_FILE = 'abcdefghkprstuwxGLNOS';
export const isUnary = (op: string): boolean => /^-[a-zA-Z]$/.test(op) && `${UNARY_FILE}nzovR`.includes(op.charAt(1));
export const FILE_BINARY: readonly string[] = ['-nt', '-ot', '-ef'];
export const NUMBER_BINARY: readonly string[] = ['-eq', '-ne', '-lt', '-le', '-gt', '-ge'];

/** -e, -f, -d … of a path; -t of a descriptor. */
export function fileTest(sys: Sys, op: string, path: string): boolean {
  if (op === '-t') return /^\d+$/.test(path) && (sys.isatty?.(Number(path)) ?? false);
  const stat = op === '-h' || op === '-L' ? sys.lstat(path) : sys.stat(path);
  if (typeof stat === 'number') return false;
  switch (op) {
    case '-a':
    case '-e':
      return true;
    case '-f':
      return stat.kind === 'file' && stat.special === undefined;
    case '-d':
      return stat.kind === 'dir';
    case '-h':
    case '-L':
      return stat.kind === 'link';
    case '-s':
      return stat.size > 0;
    case '-r':
      return sys.access(path, 4) === 0;
    case '-w':
      return sys.access(path, 2) === 0;
    case '-x':
      return sys.access(path, 1) === 0;
    case '-p':
      return stat.special === 'fifo';
    case '-c':
      return stat.special === 'char';
    case '-O':
      return stat.uid === sys.getuid();
    case '-G':
      return stat.gid === sys.getuid();
    case '-g':
      return (stat.mode & 0o2000) !== 0;
    case '-u':
      return (stat.mode & 0o4000) !== 0;
    case '-k':
      return (stat.mode & 0o1000) !== 0;
    default:
      return false;
  }
}
/** -nt, -ot, -ef. */
export function compareFiles(sys: Sys, op: string, left: string, right: string): boolean {
  const a = sys.stat(left);
  const b = sys.stat(right);
  if (op === '-ef') return typeof a !== 'number' && typeof b !== 'number' && a.node === b.node;
  if (op === '-ot') return compareFiles(sys, '-nt', right, left);
  return typeof a !== 'number' && (typeof b === 'number' || a.mtime > b.mtime);
}
export function compareNumbers(op: string, a: bigint, b: bigint): boolean {
  switch (op) {
    case '-eq':
      return a === b;
    case '-ne':
      return a !== b;
    case '-lt':
      return a < b;
    case '-le':
      return a <= b;
    case '-gt':
      return a > b;
    default:
      return a >= b;
  }
}
