/** Mirrors: fs/pipe.c (6.1): a buffer with two ends. Ends are counted by whoever opens and closes files. */
import { ERRNO } from '../uapi/errno.ts';
import type { Kthread } from './kthread.ts';

/** 16 pages. */
export const PIPE_SIZE = 65536;
/** Writes up to this size never mix with others. */
const PIPE_BUF = 4096;

export interface Pipe {
  data: string;
  readers: number;
  writers: number;
  /** A FIFO waits for its first partner; an anonymous pipe has both from the start. */
  hadReader: boolean;
  hadWriter: boolean;
  readonly capacity: number;
  /** Nobody reads before the writers are done: a full buffer is an error (ENOSPC) instead of a wait. */
  readonly gathered: boolean;
}
export const makePipe = (capacity = PIPE_SIZE, gathered = false): Pipe => ({
  data: '',
  readers: 0,
  writers: 0,
  hadReader: false,
  hadWriter: false,
  capacity,
  gathered,
});

/** What a pipe needs from the process that waits on it. */
export interface PipeWaiter {
  park(ready: () => boolean): Kthread<void>;
  /** A signal interrupts the wait. */
  interrupted(): boolean;
}

/** Up to `count` bytes; '' when all writers are gone; -EINTR. */
export function* pipe_read(pipe: Pipe, count: number, waiter: PipeWaiter): Kthread<string | number> {
  const ready = () => pipe.data !== '' || (pipe.hadWriter && pipe.writers === 0);
  while (!ready()) {
    if (waiter.interrupted()) return -ERRNO.EINTR;
    yield* waiter.park(() => ready() || waiter.interrupted());
  }
  const got = pipe.data.slice(0, count);
  pipe.data = pipe.data.slice(count);
  return got;
}

/** All bytes written, or fewer with a signal after some; -EPIPE without readers; -EINTR. */
export function* pipe_write(pipe: Pipe, bytes: string, waiter: PipeWaiter): Kthread<number> {
  let done = 0;
  const broken = () => pipe.hadReader && pipe.readers === 0;
  while (done < bytes.length) {
    if (broken()) return done > 0 ? done : -ERRNO.EPIPE;
    const left = bytes.length - done;
    const need = left <= PIPE_BUF && done === 0 ? left : 1;
    const room = () => pipe.capacity - pipe.data.length >= need;
    if (room()) {
      const chunk = bytes.slice(done, done + pipe.capacity - pipe.data.length);
      pipe.data += chunk;
      done += chunk.length;
    } else if (pipe.gathered) return -ERRNO.ENOSPC;
    else {
      if (waiter.interrupted()) return done > 0 ? done : -ERRNO.EINTR;
      yield* waiter.park(() => room() || broken() || waiter.interrupted());
    }
  }
  return done;
}
