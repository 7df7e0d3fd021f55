import { expect, it } from 'vitest';
import { plugCommands, unplugCommands } from '../gestures/plan.ts';
import { monitorLine } from '../../workers/scenario/monitor.ts';

it('prints host commands as the monitor takes them', () => {
  const commands = [...plugCommands(3, 2 ** 30, 1, 7), ...unplugCommands(3)];
  expect(commands.map((command) => (command.type === 'qmp' ? monitorLine(command) : ''))).toEqual([
    'object_add memory-backend-ram,id=mem3_7,size=1073741824', 'device_add pc-dimm,id=dimm3,memdev=mem3_7,slot=3,node=1', 'device_del dimm3',
  ]);
});
