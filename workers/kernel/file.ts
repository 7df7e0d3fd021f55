/** Mirrors: fs/file_table.c, fs/read_write.c (6.1): open files, shared by the descriptors that were duplicated or inherited. */
import type { DirNode, FileNode } from './vnode.ts';
import type { Pipe } from './pipe.ts';

interface OpenBase {
  /** Descriptors that refer to it; at 0 it closes. */
  refs: number;
  readonly readable: boolean;
  readonly writable: boolean;
  /** As it was opened, for messages and /proc. */
  readonly path: string;
}
/** A file of a file system, with its position. */
export interface OpenNode extends OpenBase {
  readonly kind: 'node';
  readonly node: FileNode | DirNode;
  readonly append: boolean;
  /** O_NONBLOCK: a read with nothing to give answers -EAGAIN instead of waiting. */
  readonly nonblock: boolean;
  offset: number;
  /** Text of a file whose text is made anew at each read from 0. */
  text: string;
}
/** One end of a pipe; a FIFO can be opened for both. */
export interface OpenPipe extends OpenBase {
  readonly kind: 'pipe';
  readonly pipe: Pipe;
}
export interface OpenTty extends OpenBase {
  readonly kind: 'tty';
  readonly stream: 1 | 2;
  /** isatty(3); a command whose output is recorded has none. */
  readonly terminal: boolean;
}
export type OpenFile = OpenNode | OpenPipe | OpenTty;

export const openNode = (
  node: FileNode | DirNode,
  path: string,
  how: { readable: boolean; writable: boolean; append: boolean; nonblock: boolean },
): OpenNode => ({
  kind: 'node',
  node,
  path,
  ...how,
  refs: 0,
  offset: 0,
  text: '',
});
export function openPipe(pipe: Pipe, readable: boolean, writable: boolean, path = 'pipe:'): OpenPipe {
  if (readable) {
    pipe.readers++;
    pipe.hadReader = true;
  }
  if (writable) {
    pipe.writers++;
    pipe.hadWriter = true;
  }
  return { kind: 'pipe', pipe, readable, writable, path, refs: 0 };
}
export const openTty = (stream: 1 | 2, terminal = true): OpenTty => ({
  kind: 'tty',
  stream,
  terminal,
  readable: true,
  writable: true,
  path: '/dev/tty',
  refs: 0,
});

/** fget and fput. */
export function get(file: OpenFile): OpenFile {
  file.refs++;
  return file;
}
export function put(file: OpenFile): void {
  if (--file.refs > 0 || file.kind !== 'pipe') return;
  if (file.readable) file.pipe.readers--;
  if (file.writable) file.pipe.writers--;
}

/** Descriptors of a process: number → open file. */
export type FdTable = Map<number, OpenFile>;
export const copyFds = (fds: FdTable): FdTable => new Map([...fds].map(([fd, file]) => [fd, get(file)]));
/** Puts a file at a number, closing what was there. */
export function install(fds: FdTable, fd: number, file: OpenFile): void {
  const old = fds.get(fd);
  fds.set(fd, get(file));
  if (old) put(old);
}
export function closeFd(fds: FdTable, fd: number): boolean {
  const old = fds.get(fd);
  if (!old) return false;
  fds.delete(fd);
  put(old);
  return true;
}
export function lowestFree(fds: FdTable, from: number): number {
  let fd = from;
  while (fds.has(fd)) fd++;
  return fd;
}
