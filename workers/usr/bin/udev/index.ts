/** udev, and what its rules for memory call. */
import type { Program } from '../../program.ts';
import { UDEVADM_COMMANDS } from './commands.ts';
import { detectVirt } from './detect-virt.ts';
import { systemctl } from './systemctl.ts';
import { udevadmWith } from './udevadm.ts';
import { udevd } from './udevd.ts';

/** Programs of a machine with udev. `hypervisor`: the bit of CPUID. */
export const udevPrograms = (hypervisor: boolean): Readonly<Record<string, Program>> => ({
  systemctl, 'systemd-detect-virt': detectVirt(hypervisor), 'systemd-udevd': udevd, udevadm: udevadmWith(UDEVADM_COMMANDS), udevd,
});
