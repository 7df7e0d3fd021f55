/** Everything that runs above system calls, in one piece: importing it makes it available to machines. */
import { udevPrograms } from './udev/index.ts';
import { provideUserSpace } from '../user_space.ts';
import { hostPrograms } from './host/monitor.ts';
import { hotplug } from './hotplug.ts';
import { PROGRAMS } from './index.ts';
import { memPrograms } from './mem/index.ts';
import { createShell } from './sh/index.ts';

provideUserSpace({ programs: (workload, monitor, { hypervisor, hotplug: heardBy }) => ({ ...PROGRAMS, ...(heardBy ? { hotplug } : udevPrograms(hypervisor)), ...memPrograms(workload), ...hostPrograms(monitor) }), createShell });
