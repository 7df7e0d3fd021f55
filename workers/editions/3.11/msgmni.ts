/**
 * Mirrors: ipc_memory_callback() of ipc/util.c, recompute_msgmni() of ipc/msg.c, ipc/ipc_sysctl.c (3.11): how many message queues there may be follows from lowmem, anew whenever memory comes or goes,
 * until somebody writes a number of their own. Later kernels have a constant. Left out: the queues; namespaces (there is one).
 * Source: the boot log of the recorded 3.11 ("msgmni has been set to 2005" with 1 GiB), which says it before the kernel's init code is freed.
 */
import type { Kthread } from '../../kernel/kthread.ts';
import { textFile, type VNode } from '../../kernel/vnode.ts';
import { remember } from '../../lib/remember.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { registerListener } from '../../mm/memory_listeners.ts';
import type { Mm } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { H_TOTALRAM } from '../../uapi/layout.ts';
import { MEM_OFFLINE, MEM_ONLINE } from '../../uapi/memory_block.ts';
import { NOTIFY_OK } from '../../uapi/notifiers.ts';
import { INIT, isRecorded } from './boot.ts';

/** One 32nd of memory for queues, each of at most so many bytes; at least 16 of them, at most as many as there are identifiers. */
const MSG_MEM_SCALE = 32;
const MSGMNB = 16_384;
const MSGMNI = 16;
const IPCMNI = 32_768;
const INT_MAX = 2 ** 31 - 1;

/** @param pages of RAM */
const recompute_msgmni = (pages: number): number => Math.min(IPCMNI, Math.max(MSGMNI, Math.floor((pages * 4096) / MSG_MEM_SCALE / MSGMNB)));
interface Ipc {
  msgmni: number;
  auto: boolean;
}
const known = new WeakMap<Mm, Ipc>();
function ipcOf(mm: Mm): Ipc {
  const notYetFree = isRecorded(mm.description) ? INIT.end - INIT.start : 0;
  const ipc = known.get(mm) ?? remember({ msgmni: recompute_msgmni((mm.t.header[H_TOTALRAM] as number) - notYetFree), auto: true });
  known.set(mm, ipc);
  return ipc;
}

export function register_ipc_memory_callback({ mm, memory_chain }: Kernel): void {
  const ipc = ipcOf(mm);
  registerListener(memory_chain, 'ipc_memory_callback', (action) => {
    if (ipc.auto && (action === MEM_ONLINE || action === MEM_OFFLINE)) ipc.msgmni = recompute_msgmni(mm.t.header[H_TOTALRAM] as number);
    return NOTIFY_OK;
  });
}

/** /proc/sys/kernel/msgmni, auto_msgmni: a number written to the first ends the recomputing, 1 to the second begins it again. Source: proc_ipc_callback_dointvec(), ipc_auto_callback(). */
export function msgmniFiles({ mm }: Kernel): Readonly<Record<string, VNode>> {
  const ipc = ipcOf(mm);
  const file = (show: () => number, most: number, store: (value: number) => void): VNode => textFile(0o644, () => `${show()}\n`, {
    *write(data): Kthread<number> {
      const value = /^\s*(\d+)(?:\s|$)/.exec(data)?.[1];
      if (value === undefined || Number(value) > most) return -ERRNO.EINVAL;
      store(Number(value));
      return data.length;
    },
    truncate: () => 0,
  });
  return {
    auto_msgmni: file(() => Number(ipc.auto), 1, (on) => {
      ipc.auto = on === 1;
      if (ipc.auto) ipc.msgmni = recompute_msgmni(mm.t.header[H_TOTALRAM] as number);
    }),
    msgmni: file(() => ipc.msgmni, INT_MAX, (value) => {
      ipc.msgmni = value;
      ipc.auto = false;
    }),
  };
}
