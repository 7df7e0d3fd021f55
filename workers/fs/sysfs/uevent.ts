/** Mirrors: kobject_synth_uevent() of lib/kobject_uevent.c (6.1): an action word written to a uevent file makes that event happen again. */
import { kobject_uevent } from '../../lib/kobject_uevent.ts';
import type { Mm } from '../../mm/mm.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { UEVENT_ACTIONS, type UEVENT_SUBSYSTEMS } from '../../uapi/trace.ts';

/** Words the kernel takes and the event stream has no number for: accepted, nothing is seen of them. */
const SILENT = ['move', 'bind', 'unbind'];
/** Bytes taken, or -EINVAL for a word that is no action. `id` -1: the subsystem itself, of which no event is kept. */
export function kobject_synth_uevent(mm: Mm, subsystem: (typeof UEVENT_SUBSYSTEMS)[number], id: number, text: string): number {
  const word = text.split(/[\s\0]/, 1)[0] as string;
  const action = UEVENT_ACTIONS.find((a) => a === word);
  if (action === undefined) return SILENT.includes(word) ? text.length : -ERRNO.EINVAL;
  if (id >= 0) kobject_uevent(mm, action, subsystem, id, { SYNTH_UUID: '0' });
  return text.length;
}
/** As 6.1 has it: a word that is no action gives two lines in the log. Source: uevent_store() of drivers/base/core.c. */
export function uevent_store(mm: Mm, subsystem: (typeof UEVENT_SUBSYSTEMS)[number], id: number, text: string): number {
  const ret = kobject_synth_uevent(mm, subsystem, id, text);
  if (ret >= 0) return ret;
  mm.printk(4, `synth uevent: /devices/system/${subsystem}${id < 0 ? '' : `/${subsystem}${id}`}: unknown uevent action string`);
  if (id >= 0) mm.printk(3, `${subsystem} ${subsystem}${id}: uevent: failed to send synthetic uevent: ${ret}`);
  return ret;
}
