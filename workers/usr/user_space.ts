/**
 * Programs and the shell as the machine finds them: loaded after the kernel, before the first line is typed. In the page they are a piece of their own that is fetched
 * while the machine is already drawn; loading them takes no simulated time and is no event.
 */
import type { HostMonitor } from './bin/host/monitor.ts';
import type { WorkloadApi } from './bin/mem/mh-kernel.ts';
import type { Shell, ShellOptions } from './bin/sh/index.ts';
import type { Program } from './program.ts';

export interface UserSpace {
  /** All programs but the shell, by name. `hypervisor`: the bit of CPUID; `hotplug`: devices are heard of by /sbin/hotplug instead of udev. */
  programs(workload: WorkloadApi, monitor: HostMonitor, machine: { readonly hypervisor: boolean; readonly hotplug: boolean }): Readonly<Record<string, Program>>;
  createShell(options: ShellOptions): Shell;
}
let present: UserSpace | undefined;
/** Called once, by usr/bin/user_space.ts when it is imported. */
export function provideUserSpace(userSpace: UserSpace): void {
  present = userSpace;
}
export function userSpace(): UserSpace {
  if (present === undefined) throw new Error('user space is not loaded: import workers/usr/bin/user_space.ts before a line is typed');
  return present;
}
