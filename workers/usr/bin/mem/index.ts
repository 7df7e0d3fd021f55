/** The memory tools by the names they are called. */
import type { Program } from '../../program.ts';
import { chmem } from './chmem.ts';
import { dmesg } from './dmesg.ts';
import { free } from './free.ts';
import { lsmem } from './lsmem.ts';
import { mhProgram } from './mh.ts';
import type { WorkloadApi } from './mh-kernel.ts';
import { numactl } from './numactl.ts';
import { page_types } from './page-types.ts';
import { slabtop } from './slabtop.ts';
import { mkswap, swapoff, swapon } from './swap.ts';
import { sysctl } from './sysctl.ts';
import { vmstat } from './vmstat.ts';
import { workloadProgram } from './workload.ts';

/** @param api memory of processes, for mh and workload */
export const memPrograms = (api?: WorkloadApi): Readonly<Record<string, Program>> => ({
  chmem, dmesg, free, lsmem, mh: mhProgram(api), mkswap, numactl, 'page-types': page_types, slabtop, swapoff, swapon, sysctl, vmstat, workload: workloadProgram(api),
});
/** Without a machine's memory behind mh. */
export const MEM_PROGRAMS: Readonly<Record<string, Program>> = memPrograms();
