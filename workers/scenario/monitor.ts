/** A host command as one types it at QEMU's monitor: shorter than the JSON of QMP, and the same thing. */
import type { Command } from '../uapi/command.ts';

/** `device_add pc-dimm,id=dimm0,memdev=mem0`; the driver or type, which HMP takes without its name, comes first. */
export function monitorLine({ execute, arguments: args = {} }: Extract<Command, { type: 'qmp' }>): string {
  const { driver, 'qom-type': type, id, ...rest } = args;
  const first = driver ?? type;
  const name = execute.replaceAll('-', '_');
  const options = [...(first === undefined ? [] : [String(first)]), ...(id === undefined ? [] : [first === undefined ? String(id) : `id=${String(id)}`]), ...Object.entries(rest).map(([key, value]) => `${key}=${String(value)}`)];
  return options.length === 0 ? name : `${name} ${options.join(',')}`;
}
