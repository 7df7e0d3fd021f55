/** Words that some commands take as arguments: what completion offers where a path would be wrong. */
import { SIGNALS } from '../../../kernel/signal.ts';
import { isWorkload, WORKLOAD_NAMES, WORKLOADS, type WorkloadName } from '../../../uapi/workloads.ts';
import { SET_NAMES, SHOPTS } from './builtins/settings.ts';
import type { Sh } from './shell.ts';
import { visible } from './vars.ts';

const COLUMNS: readonly string[] = ['RANGE', 'SIZE', 'STATE', 'REMOVABLE', 'BLOCK', 'NODE', 'ZONES'];
const ZONES: readonly string[] = ['DMA', 'DMA32', 'Normal', 'Movable', 'Device'];
const MODULES: readonly string[] = ['hwpoison-inject', 'memory-notifier-error-inject', 'virtio-balloon', 'virtio-mem', 'virtio-pci'];
const programs = (sh: Sh): string[] => Object.keys(sh.system.programs);
const signals = (): string[] => Object.keys(SIGNALS);

/** Words by command; `before` is the word that stands in front of the one to be completed. undefined: files. */
const ARGUMENTS: Readonly<Record<string, (sh: Sh, before: string, count: number, words: readonly string[]) => readonly string[] | undefined>> = {
  chmem: (_, before) => (before === '-z' || before === '--zone' ? ZONES : undefined),
  command: (sh) => [...sh.interpreter.builtins.names(), ...programs(sh)],
  device_add: () => ['pc-dimm,id='],
  export: (sh) => [...visible(sh).keys()],
  help: (sh) => sh.interpreter.builtins.names(),
  info: () => ['balloon', 'memory-devices', 'memory_size_summary'],
  kill: (_, before) => (before === '-s' ? signals() : undefined),
  lsmem: (_, before) => (['-o', '--output', '-S', '--split'].includes(before) ? COLUMNS : before === '--summary' ? ['always', 'never', 'only'] : undefined),
  man: (sh) => [...programs(sh), ...sh.interpreter.builtins.names()],
  modprobe: () => MODULES,
  mount: (_, before) => (before === '-t' ? ['debugfs', 'devtmpfs', 'proc', 'sysfs', 'tmpfs'] : undefined),
  object_add: () => ['memory-backend-ram,id='],
  'qom-get': (_, __, count) => (count > 1 ? ['block-size', 'memaddr', 'node', 'requested-size', 'size'] : ['/machine/peripheral/']),
  'qom-set': (_, __, count) => (count > 1 ? ['requested-size'] : ['/machine/peripheral/']),
  rmmod: () => MODULES,
  set: (_, before) => (before === '-o' || before === '+o' ? SET_NAMES : undefined),
  shopt: () => SHOPTS,
  trap: (_, __, count) => (count > 1 ? ['EXIT', 'ERR', 'DEBUG', 'RETURN', ...signals()] : undefined),
  type: (sh) => [...sh.interpreter.builtins.names(), ...programs(sh)],
  udevadm: (_, __, count) => (count === 1 ? ['info', 'monitor', 'settle', 'trigger'] : undefined),
  unset: (sh) => [...visible(sh).keys()],
  virsh: (_, __, count) => (count === 1 ? ['list', 'qemu-monitor-command', 'setmem', 'update-memory-device'] : count === 2 ? ['lab'] : undefined),
  which: (sh) => programs(sh),
  workload: (_, __, count, words) => (count === 1 ? WORKLOAD_NAMES : isWorkload(words[1] ?? '') ? Object.keys(WORKLOADS[words[1] as WorkloadName].parameters).map((name) => `${name}=`) : undefined),
};

/** What can stand after these words of a command, or undefined where files can. */
export function argumentWords(sh: Sh, words: readonly string[]): readonly string[] | undefined {
  const [name = ''] = words;
  const known = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name] : undefined;
  return known?.(sh, words.at(-1) ?? '', words.length, words);
}
