/** Mirrors: lib/kobject_uevent.c (6.1): user space is told that a device came, went or changed. */
import { EV, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../uapi/trace.ts';

interface Tracer {
  trace(type: number, a: number, b: number, c: number): void;
}
/** `id`: N of memoryN or nodeN. */
export function kobject_uevent(mm: Tracer, action: (typeof UEVENT_ACTIONS)[number], subsystem: (typeof UEVENT_SUBSYSTEMS)[number], id: number): void {
  mm.trace(EV.uevent, UEVENT_ACTIONS.indexOf(action), UEVENT_SUBSYSTEMS.indexOf(subsystem), id);
}
