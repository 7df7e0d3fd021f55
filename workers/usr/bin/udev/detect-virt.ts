/** systemd-detect-virt: the hypervisor this machine runs under, or 'none' and status 1. Left out: containers. Why: nothing here runs in one. */
import type { Program } from '../../program.ts';
import { program } from '../text/io.ts';

/** @param hypervisor what CPUID says */
export const detectVirt = (hypervisor: boolean): Program => program(function* (tool) {
  if (!tool.args.includes('-q') && !tool.args.includes('--quiet')) tool.put(hypervisor ? 'qemu\n' : 'none\n');
  return hypervisor ? 0 : 1;
});
