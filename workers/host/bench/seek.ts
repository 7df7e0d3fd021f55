import { createHistory, type History } from '../../machine/history.ts';
import type { Machine } from '../../machine/types.ts';
import type { Bench } from './bench.ts';
import { bootQemu } from './boot.ts';

const MEMORY = '4G';
const CMDLINE = 'movablecore=2G';
/** Commands of a session of some minutes: blocks go and come, processes fill and free memory, files are read, and time passes. */
const COMMANDS = 60;
const STATE = '/sys/devices/system/memory';
const line = (i: number): string => [
  `mh anon ${20 + i}`, `echo offline > ${STATE}/memory${24 + (i % 12)}/state`, 'lsmem | tail -3; cat /proc/buddyinfo', 'sleep 10; dmesg | tail -2',
  `echo online_movable > ${STATE}/memory${24 + ((i * 5) % 12)}/state`, 'kill -9 $(ls /tmp/mh.* | sed s/.*mh.// | tail -1)',
][i % 6] as string;

function live(machine: Machine): void {
  for (let i = 0; i < COMMANDS; i++) {
    const reply = machine.submit({ type: 'shell', line: line(i) });
    if (reply.ok) while (machine.status(reply.id) === undefined && machine.run(4096));
  }
}
function lived(): History {
  const history = createHistory(bootQemu(MEMORY, CMDLINE));
  live(history.machine);
  return history;
}
/** Places all over the session, in no order. */
const SEEKS = 20;

export const seekBench: Bench = {
  name: 'seek-4G',
  about: `Twenty ways to events all over a session of ${COMMANDS} commands on a ${MEMORY} machine against living through that session once.`,
  baseline: () => {
    const machine = bootQemu(MEMORY, CMDLINE);
    return { run: () => { live(machine); } };
  },
  subject: () => {
    const history = lived();
    const { seq } = history.position();
    return { run: () => { for (let i = 1; i <= SEEKS; i++) history.seek(Math.floor((seq * ((i * 7) % SEEKS)) / SEEKS)); } };
  },
};
