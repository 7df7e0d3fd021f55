/** Mirrors: lib/kobject_uevent.c (6.1): user space is told that a device came, went or changed. */
import { EV, UEVENT_ACTIONS, UEVENT_SUBSYSTEMS } from '../uapi/trace.ts';

interface Tracer {
  trace(type: number, a: number, b: number, c: number): void;
  uevent?: ((action: string, subsystem: string, id: number, more?: Readonly<Record<string, string>>) => void) | undefined;
}
/** `id`: N of memoryN or nodeN. `more`: keys beyond the usual ones. */
export function kobject_uevent(mm: Tracer, action: (typeof UEVENT_ACTIONS)[number], subsystem: (typeof UEVENT_SUBSYSTEMS)[number], id: number, more: Readonly<Record<string, string>> = {}): void {
  mm.trace(EV.uevent, UEVENT_ACTIONS.indexOf(action), UEVENT_SUBSYSTEMS.indexOf(subsystem), id);
  mm.uevent?.(action, subsystem, id, more);
}
