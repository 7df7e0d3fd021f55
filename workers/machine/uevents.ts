/** Uevents on their way to user space: the numbered messages udevd and its monitor read, and in the edition of 2005 the program that is started for each. */
import { MEMORY_HOTPLUG_CONTROLLER } from '../drivers/acpi/acpi_memhotplug.ts';
import { containerName } from '../drivers/acpi/container.ts';
import { createUeventSocket, GROUP_KERNEL, GROUP_UDEV } from '../fs/netlink.ts';
import type { VNode } from '../kernel/vnode.ts';
import type { Kernel } from '../mm/kernel.ts';
import type { Mm } from '../mm/mm.ts';
import { remember } from '../lib/remember.ts';
import { NODE_ONLINE } from '../uapi/layout.ts';
import { MEM_ABSENT } from '../uapi/memory_block.ts';
import { execve, procOf, type System } from '../usr/exec.ts';

/** Of ACPI's own devices only containers say something. */
function devpath(mm: Mm, subsystem: string, id: number): string {
  if (subsystem === 'acpi') return `/devices/${MEMORY_HOTPLUG_CONTROLLER}/${containerName(mm, id)}`;
  return `/devices/system/${subsystem}/${subsystem === 'container' ? containerName(mm, id) : `${subsystem}${id}`}`;
}
/** The files of /run/udev that stand for sockets. From here on every uevent of the kernel is a message. */
export function createUevents(k: Kernel, now: () => number): Readonly<Record<string, VNode>> {
  const { mm } = k;
  const socket = createUeventSocket(now);
  const devices = mm.t.memory_block.state.filter((state) => state !== MEM_ABSENT).length + mm.t.node.state.filter((state) => (state & NODE_ONLINE) !== 0).length;
  // Each device of boot was an event nobody could hear.
  const seqnum = remember({ last: devices });
  k.uevent_seqnum = () => seqnum.last;
  mm.uevent = (action, subsystem, id, more = {}) => {
    socket.send(GROUP_KERNEL, { ACTION: action, DEVPATH: devpath(mm, subsystem, id), SUBSYSTEM: subsystem, ...more, SEQNUM: String(++seqnum.last) });
  };
  return { 'netlink.kernel': socket.file(GROUP_KERNEL), 'netlink.udev': socket.file(GROUP_UDEV, GROUP_UDEV), netlink: socket.file(GROUP_KERNEL + GROUP_UDEV) };
}

/** call_usermodehelper(): a program is started as a process of its own, with exactly this environment; where there is none, nobody hears of it. */
export function usermodehelper(userSpace: () => System): NonNullable<Kernel['call_usermodehelper']> {
  return (argv, envp) => {
    const system = userSpace();
    const { processes } = system;
    const process = processes.fork(undefined, true);
    const env = new Map(Object.entries(envp));
    const run = execve(system, process, argv[0] ?? '');
    if (typeof run === 'number') {
      processes.abandon(process);
      return;
    }
    process.background = true;
    processes.start(process, run.program(procOf(system, process, run.argv.length > 0 ? [...run.argv, ...argv.slice(1)] : argv, env)));
  };
}
