/** A step as commands of the machine. */
import type { Command } from '../uapi/command.ts';
import { WORKLOADS } from '../uapi/workloads.ts';
import type { Step } from './scenario.ts';

const MIB = 2 ** 20;

/** What is submitted for a step, in order; none: it is not about the machine. Plugging is two commands, as at QEMU's monitor. */
export function commandsOf(step: Step): readonly Command[] {
  switch (step.type) {
    case 'shell': return [{ type: 'shell', line: step.line, ...(step.fresh && { fresh: true }) }];
    case 'qemu': return [{ type: 'qmp', execute: step.execute, arguments: step.arguments }];
    case 'plug': {
      const memdev = `mem-${step.id}`;
      const { node, addr } = step;
      return [
        { type: 'qmp', execute: 'object-add', arguments: { 'qom-type': 'memory-backend-ram', id: memdev, size: step.size } },
        { type: 'qmp', execute: 'device_add', arguments: { driver: 'pc-dimm', id: step.id, memdev, ...(node !== undefined && { node }), ...(addr !== undefined && { addr }) } },
      ];
    }
    case 'unplug': return [{ type: 'qmp', execute: 'device_del', arguments: { id: step.id } }];
    case 'signal': return [{ type: 'signal', signal: step.signal }];
    case 'workload': {
      // Days of a server go by in the background.
      if ('name' in step) return [{ type: 'shell', line: ['workload', step.name, ...step.words, ...('hours' in WORKLOADS[step.name].parameters ? ['&'] : [])].join(' ') }];
      const whole = step.size % MIB === 0;
      return [{ type: 'shell', line: ['mh', whole ? 'anon' : 'anonkb', String(step.size / (whole ? MIB : 1024)), ...step.words].join(' ') }];
    }
    default: return [];
  }
}
