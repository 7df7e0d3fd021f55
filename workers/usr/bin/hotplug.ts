/**
 * /sbin/hotplug of 2004: what the kernel of 2005 starts for every event. Runs the programs of /etc/hotplug.d/SUBSYSTEM and /etc/hotplug.d/default whose names end in .hotplug,
 * with the kernel's environment (ACTION, DEVPATH, SUBSYSTEM, SEQNUM) and SYSFS, the place of sysfs, as the hotplug scripts of that time had it.
 */
import { program } from './text/io.ts';

const DIR = '/etc/hotplug.d';

export const hotplug = program(function* (tool) {
  const { spawn, env, sys } = tool.proc;
  const [subsystem = ''] = tool.args;
  if (!spawn) return 1;
  for (const dir of [`${DIR}/${subsystem}`, `${DIR}/default`]) {
    const names = sys.readdir(dir);
    if (typeof names === 'number') continue;
    for (const name of [...names].sort()) {
      const path = `${dir}/${name}`;
      if (name.endsWith('.hotplug') && sys.access(path, 1) === 0) yield* spawn([path, subsystem], { env: new Map([...env, ['SYSFS', '/sys']]) });
    }
  }
  return 1;
});
