/** Mirrors: fs/open.c, fs/read_write.c, fs/namei.c (6.1): the system calls of one process over its files and the tree of names. */
import { ERESTARTNOINTR, ERRNO } from '../uapi/errno.ts';
import { type Found, mayOpen, permitted, type Place, placePath, walk, walkToDir } from './vfs.ts';
import type { DirNode, FileNode, VNode } from './vnode.ts';
import { closeFd, install, lowestFree, openNode, openPipe, openTty, type OpenFile } from './file.ts';
import type { Kthread } from './kthread.ts';
import { makePipe, type Pipe, pipe_read, pipe_write } from './pipe.ts';
import { inKernel, interrupted, type Process, type Processes } from './process.ts';
import { SIGNALS } from './signal.ts';
import type { OpenFlags, Stat, Sys } from './sys.ts';

const fifoOf = ({ fifos }: Processes, node: FileNode): Pipe => {
  let pipe = fifos.get(node);
  if (!pipe) {
    pipe = makePipe();
    fifos.set(node, pipe);
  }
  return pipe;
};

/** Names of descriptors: /dev/stdin, /dev/fd/3, /proc/self/fd/3. */
function fdOfPath(path: string): number | undefined {
  const named = { '/dev/stdin': 0, '/dev/stdout': 1, '/dev/stderr': 2 }[path];
  const numbered = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path);
  return named ?? (numbered ? Number(numbered[1]) : undefined);
}
const subdirs = (dir: DirNode): number => dir.list().filter((name) => dir.lookup(name)?.kind === 'dir').length;

function statOf(node: VNode, boot: number): Stat {
  return {
    kind: node.kind,
    mode: node.mode,
    uid: node.uid ?? 0,
    gid: node.gid ?? 0,
    node,
    mtime: node.mtime ?? boot,
    size: node.kind === 'file' ? node.size() : node.kind === 'link' && !node.kernfs ? node.target().length : 0,
    get nlink() {
      return node.kind === 'dir' ? 2 + subdirs(node) : 1;
    },
    ...(node.kind === 'file' && node.special && { special: node.special }),
  };
}

/** What a walk found, or why there is nothing: -ENOENT. */
const existing = (found: Found | number): VNode | number => (typeof found === 'number' ? found : (found.node ?? -ERRNO.ENOENT));

/** A tick of the clock (CONFIG_HZ=250), ns. */
const TICK_NS = 4_000_000;
/** When a sleeper of 5 ms that began at `now` is back: it sleeps whole ticks, one more than asked for, and one until its timer is looked at. */
const nextTry = (now: number): number => (Math.floor(now / TICK_NS) + 4) * TICK_NS;

export function sysOf(processes: Processes, process: Process): Sys {
  const { scheduler, root, tty } = processes;
  const waiter = { park: (ready: () => boolean) => scheduler.park(ready), interrupted: () => interrupted(process) };
  const find = (path: string, follow: boolean): Found | number => walk(root, process.cwd, path, process.uid, follow);
  const now = (): number => Math.floor(scheduler.realtime());
  const boot = (): number => Math.floor(scheduler.realtime() - scheduler.monotonic() / 1e9);

  const kernel = <T>(path: Kthread<T>): Kthread<T> => inKernel(process, path);

  /** The directory that holds (or would hold) the last name of a path, with write permission: for making and removing. */
  function parentFor(found: Found | number): { dir: DirNode; name: string; node: VNode | undefined } | number {
    if (typeof found === 'number') return found;
    const dir = (found.at.at(-1) as Found['at'][number]).node;
    return permitted(dir, process.uid, 3) ? { dir, name: found.name, node: found.node } : -ERRNO.EACCES;
  }
  /** Sticky directories: only the owner of a file or of the directory removes it. */
  const stuck = (dir: DirNode, node: VNode): boolean =>
    (dir.mode & 0o1000) !== 0 && process.uid !== 0 && process.uid !== (node.uid ?? 0) && process.uid !== (dir.uid ?? 0);
  const makeAt = (path: string, make: (dir: DirNode, name: string) => number): number => {
    const found = find(path, false);
    if (typeof found !== 'number' && found.node) return -ERRNO.EEXIST;
    const parent = parentFor(found);
    return typeof parent === 'number' ? parent : make(parent.dir, parent.name);
  };

  function openFile(path: string, flags: OpenFlags, mode: number): OpenFile | number {
    const fd = fdOfPath(path);
    if (fd !== undefined) return process.fds.get(fd) ?? -ERRNO.ENOENT;
    if (path === '/dev/tty') return openTty(1);
    const found = find(path, true);
    if (typeof found === 'number') return found;
    const readable = flags.read ?? false;
    const writable = (flags.write ?? false) || (flags.append ?? false);
    const how = { readable, writable, append: flags.append ?? false, nonblock: flags.nonblock ?? false };
    const node = found.node;
    if (!node) {
      if (!flags.create) return -ERRNO.ENOENT;
      if (found.slash) return -ERRNO.EISDIR;
      const parent = parentFor(found);
      if (typeof parent === 'number') return parent;
      const made = parent.dir.create?.(parent.name, mode & ~process.umask) ?? -ERRNO.EACCES;
      return typeof made === 'number' ? made : openNode(made, path, how);
    }
    if (node.kind === 'link') return -ERRNO.ELOOP;
    if (node.kind === 'dir' && (writable || flags.create)) return -ERRNO.EISDIR;
    if (!mayOpen(node, process.uid, (readable ? 4 : 0) | (writable ? 2 : 0))) return -ERRNO.EACCES;
    if (node.kind === 'file' && node.special === 'fifo') return openPipe(fifoOf(processes, node), readable, writable, path);
    if (node.kind === 'file' && flags.truncate && writable) {
      const cut = node.truncate?.(0) ?? 0;
      if (cut < 0) return cut;
    }
    return openNode(node, path, how);
  }
  function readNode(file: OpenFile & { kind: 'node' }, count: number): string | number {
    const { node } = file;
    if (node.kind === 'dir') return -ERRNO.EISDIR;
    if (node.snapshot && file.offset === 0) {
      const text = node.read(0, Number.MAX_SAFE_INTEGER, process.uid);
      if (typeof text === 'number') return text;
      file.text = text;
    }
    const got = node.snapshot ? file.text.slice(file.offset, file.offset + count) : node.read(file.offset, count, process.uid);
    if (typeof got === 'string') file.offset += got.length;
    return got;
  }
  function* writeNode(file: OpenFile & { kind: 'node' }, bytes: string): Kthread<number> {
    const { node } = file;
    if (node.kind === 'dir') return -ERRNO.EISDIR;
    if (!node.write) return -ERRNO.EIO;
    const done = yield* node.write(bytes, file.append ? node.size() : file.offset);
    if (done > 0) file.offset = (file.append ? node.size() - done : file.offset) + done;
    return done;
  }
  function* write(file: OpenFile, bytes: string): Kthread<number> {
    if (file.kind === 'node') return yield* writeNode(file, bytes);
    if (file.kind === 'pipe') {
      const done = yield* pipe_write(file.pipe, bytes, waiter);
      if (done === -ERRNO.EPIPE) processes.send(process, SIGNALS.PIPE);
      return done;
    }
    tty.write(file.stream, bytes);
    return bytes.length;
  }
  function* read(file: OpenFile, count: number): Kthread<string | number> {
    if (file.kind === 'node') {
      for (;;) {
        const got = readNode(file, count);
        if (got !== -ERRNO.EAGAIN || file.nonblock) return got;
        if (interrupted(process)) return -ERRNO.EINTR;
        // Whoever has nothing yet is asked again whenever the machine has moved on.
        yield* scheduler.park(() => interrupted(process) || readNode(file, 0) !== -ERRNO.EAGAIN);
      }
    }
    if (file.kind === 'pipe') return yield* pipe_read(file.pipe, count, waiter);
    return tty.read ? yield* tty.read(count) : '';
  }

  const sys: Sys = {
    open(path, flags, mode = 0o666) {
      const file = openFile(path, flags, mode);
      if (typeof file === 'number') return file;
      const fd = lowestFree(process.fds, 0);
      install(process.fds, fd, file);
      return fd;
    },
    close: (fd) => (closeFd(process.fds, fd) ? 0 : -ERRNO.EBADF),
    *read(fd, count) {
      const file = process.fds.get(fd);
      return file?.readable ? yield* kernel(read(file, count)) : -ERRNO.EBADF;
    },
    *write(fd, bytes) {
      const file = process.fds.get(fd);
      if (!file?.writable) return -ERRNO.EBADF;
      // Told before the call returns: a signal that ends the process lets nothing more of it run after that.
      return yield* kernel(
        (function* (): Kthread<number> {
          if (file.kind === 'node') scheduler.writeBegins?.(file.path);
          let done = yield* write(file, bytes);
          while (done === -ERESTARTNOINTR && file.kind === 'node') {
            yield* scheduler.park(() => false, nextTry(scheduler.monotonic()));
            scheduler.writeFailed?.(ERESTARTNOINTR, file.path);
            if (process.killed !== 0) return -ERRNO.EINTR;
            // On the way out of the kernel the handlers of signals that came have run; what is begun anew finds none pending.
            if (process.pending.length > 0) scheduler.signalPending(process.task, 0);
            done = yield* write(file, bytes);
          }
          if (done < 0 && file.kind === 'node') scheduler.writeFailed?.(-done, file.path);
          if (file.kind === 'node') scheduler.writeEnds?.(done, file.path);
          return done;
        })(),
      );
    },
    lseek(fd, offset) {
      const file = process.fds.get(fd);
      if (!file) return -ERRNO.EBADF;
      if (file.kind !== 'node') return -ERRNO.ESPIPE;
      if (offset < 0) return -ERRNO.EINVAL;
      file.offset = offset;
      return offset;
    },
    dup2(from, to) {
      const file = process.fds.get(from);
      if (!file) return -ERRNO.EBADF;
      if (from !== to) install(process.fds, to, file);
      return to;
    },
    readdir(path) {
      const node = existing(find(path, true));
      if (typeof node === 'number') return node;
      if (node.kind !== 'dir') return -ERRNO.ENOTDIR;
      return permitted(node, process.uid, 4) ? node.list() : -ERRNO.EACCES;
    },
    stat(path) {
      const fd = fdOfPath(path);
      if (fd !== undefined) return sys.fstat(fd);
      const node = existing(find(path, true));
      return typeof node === 'number' ? node : statOf(node, boot());
    },
    lstat(path) {
      const node = existing(find(path, false));
      return typeof node === 'number' ? node : statOf(node, boot());
    },
    fstat(fd) {
      const file = process.fds.get(fd);
      if (!file) return -ERRNO.EBADF;
      if (file.kind === 'node') return statOf(file.node, boot());
      const special = file.kind === 'pipe' ? 'fifo' : 'char';
      return { kind: 'file', mode: 0o620, uid: 0, gid: 0, size: 0, nlink: 1, node: file.kind === 'pipe' ? file.pipe : tty, special, mtime: boot() };
    },
    utime(path) {
      const node = existing(find(path, true));
      if (typeof node === 'number') return node;
      if (process.uid !== (node.uid ?? 0) && !permitted(node, process.uid, 2)) return -ERRNO.EACCES;
      return node.utime?.(now()) ?? 0;
    },
    mkfifo: (path, mode) =>
      makeAt(path, (dir, name) => {
        const made = dir.create?.(name, mode & ~process.umask, 'fifo') ?? -ERRNO.EPERM;
        return typeof made === 'number' ? made : 0;
      }),
    access(path, mode) {
      const node = existing(find(path, true));
      if (typeof node === 'number') return node;
      return permitted(node, process.uid, mode) ? 0 : -ERRNO.EACCES;
    },
    isatty(fd) {
      const file = process.fds.get(fd);
      return file?.kind === 'tty' && file.terminal;
    },
    umask(mask) {
      const old = process.umask;
      process.umask = mask & 0o777;
      return old;
    },
    readlink(path) {
      const node = existing(find(path, false));
      return typeof node === 'number' ? node : node.kind === 'link' ? node.target() : -ERRNO.EINVAL;
    },
    mkdir: (path, mode) => makeAt(path, (dir, name) => dir.mkdir?.(name, mode & ~process.umask) ?? -ERRNO.EPERM),
    symlink: (target, path) => makeAt(path, (dir, name) => dir.symlink?.(name, target) ?? -ERRNO.EPERM),
    rmdir(path) {
      const found = find(path, false);
      if (typeof found === 'number') return found;
      if (!found.node) return -ERRNO.ENOENT;
      if (found.node.kind !== 'dir') return -ERRNO.ENOTDIR;
      if (found.name === '') return path.endsWith('..') ? -ERRNO.ENOTEMPTY : path.endsWith('.') ? -ERRNO.EINVAL : -ERRNO.EBUSY;
      const parent = parentFor(found);
      if (typeof parent === 'number') return parent;
      return stuck(parent.dir, found.node) ? -ERRNO.EPERM : (parent.dir.remove?.(parent.name) ?? -ERRNO.EPERM);
    },
    unlink(path) {
      const found = find(path, false);
      if (typeof found === 'number') return found;
      if (!found.node) return -ERRNO.ENOENT;
      if (found.node.kind === 'dir') return -ERRNO.EISDIR;
      const parent = parentFor(found);
      if (typeof parent === 'number') return parent;
      return stuck(parent.dir, found.node) ? -ERRNO.EPERM : (parent.dir.remove?.(parent.name) ?? -ERRNO.EPERM);
    },
    link(from, to) {
      const node = existing(find(from, false));
      if (typeof node === 'number') return node;
      if (node.kind === 'dir') return -ERRNO.EPERM;
      return makeAt(to, (dir, name) => dir.link?.(name, node) ?? -ERRNO.EPERM);
    },
    rename(from, to) {
      const source = find(from, false);
      const target = find(to, false);
      if (typeof source === 'number') return source;
      if (typeof target === 'number') return target;
      if (!source.node) return -ERRNO.ENOENT;
      const out = parentFor(source);
      if (typeof out === 'number') return out;
      const into = parentFor(target);
      if (typeof into === 'number') return into;
      if (source.name === '' || target.name === '') return -ERRNO.EBUSY;
      if (stuck(out.dir, source.node)) return -ERRNO.EPERM;
      if (target.node === source.node) return 0;
      if (source.node.kind === 'dir' && target.at.some((p) => p.node === source.node)) return -ERRNO.EINVAL;
      if (target.node?.kind === 'dir' && source.node.kind !== 'dir') return -ERRNO.EISDIR;
      if (target.node && target.node.kind !== 'dir' && source.node.kind === 'dir') return -ERRNO.ENOTDIR;
      if (!into.dir.link || !out.dir.remove) return into.dir.link || out.dir.remove ? -ERRNO.EXDEV : -ERRNO.EPERM;
      if (target.node?.kind === 'dir' && target.node.list().length > 0) return -ERRNO.ENOTEMPTY;
      const linked = into.dir.link(into.name, source.node);
      return linked < 0 ? linked : out.dir.remove(out.name);
    },
    chmod(path, mode) {
      const node = existing(find(path, true));
      if (typeof node === 'number') return node;
      if (process.uid !== 0 && process.uid !== (node.uid ?? 0)) return -ERRNO.EPERM;
      return node.chmod?.(mode) ?? -ERRNO.EPERM;
    },
    truncate(path, length) {
      const node = existing(find(path, true));
      if (typeof node === 'number') return node;
      if (node.kind !== 'file') return node.kind === 'dir' ? -ERRNO.EISDIR : -ERRNO.EINVAL;
      return permitted(node, process.uid, 2) ? (node.truncate?.(length) ?? 0) : -ERRNO.EACCES;
    },
    chdir(path) {
      const place = walkToDir(root, process.cwd, path, process.uid);
      if (typeof place === 'number') return place;
      process.cwd = place;
      return 0;
    },
    getcwd: () => placePath(process.cwd),
    *nanosleep(ns) {
      const until = scheduler.monotonic() + ns;
      return yield* kernel(
        (function* (): Kthread<number> {
          while (scheduler.monotonic() < until) {
            if (interrupted(process)) return -ERRNO.EINTR;
            yield* scheduler.park(() => interrupted(process), until);
          }
          return 0;
        })(),
      );
    },
    clock_monotonic: () => scheduler.monotonic(),
    clock_realtime: () => scheduler.realtime(),
    sync: () => scheduler.sync?.(),
    kill: (pid, signal) => processes.kill(pid, signal, process.uid),
    init_module: (name, parameters) => (process.uid === 0 ? (scheduler.init_module?.(name, parameters) ?? -ERRNO.ENOSYS) : -ERRNO.EPERM),
    delete_module: (name) => (process.uid === 0 ? (scheduler.delete_module?.(name) ?? -ERRNO.ENOSYS) : -ERRNO.EPERM),
    swapon(path, flags) {
      if (process.uid !== 0) return -ERRNO.EPERM;
      const node = existing(find(path, true));
      return typeof node === 'number' ? node : (scheduler.swapon?.(node, path, flags) ?? -ERRNO.ENOSYS);
    },
    mount(source, target, type, options) {
      if (process.uid !== 0) return -ERRNO.EPERM;
      const place = walkToDir(root, process.cwd, target, process.uid);
      if (typeof place === 'number') return place;
      const device = existing(find(source, true));
      return scheduler.mounts?.mount(source, typeof device === 'number' ? undefined : device, place, type, options) ?? -ERRNO.ENOSYS;
    },
    umount(target) {
      if (process.uid !== 0) return -ERRNO.EPERM;
      const place = walkToDir(root, process.cwd, target, process.uid);
      if (typeof place === 'number') return place;
      const within = (at: Place, dir: DirNode): boolean => at.some(({ node }) => node === dir);
      return scheduler.mounts?.umount(place, (dir) => [...processes.byPid.values()].some(({ cwd }) => within(cwd, dir))) ?? -ERRNO.ENOSYS;
    },
    statfs(path) {
      const found = find(path, true);
      if (typeof found === 'number') return found;
      if (found.node === undefined) return -ERRNO.ENOENT;
      const place = found.node.kind === 'dir' && found.name !== '' ? [...found.at, { name: found.name, node: found.node }] : found.at;
      return scheduler.mounts?.statfs(place) ?? scheduler.statfs?.(place) ?? -ERRNO.ENOSYS;
    },
    *swapoff(path) {
      if (process.uid !== 0) return -ERRNO.EPERM;
      const node = existing(find(path, true));
      return typeof node === 'number' ? node : scheduler.swapoff === undefined ? -ERRNO.ENOSYS : yield* kernel(scheduler.swapoff(path));
    },
    getpid: () => process.pid,
    getuid: () => process.uid,
    uname_machine: () => scheduler.machine ?? 'x86_64',
  };
  return sys;
}
