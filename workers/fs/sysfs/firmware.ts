/** Mirrors: the files of drivers/firmware/memmap.c and of drivers/acpi/sysfs.c (6.1): /sys/firmware/memmap and the switches of ACPI's hotplug handlers. */
import { ACPI_HOTPLUG_PROFILES, acpi_hotplug_enabled, set_acpi_hotplug_enabled } from '../../drivers/acpi/acpi_memhotplug.ts';
import type { Kernel } from '../../mm/kernel.ts';
import { ERRNO } from '../../uapi/errno.ts';
import { present } from '../present.ts';
import type { DirNode, VNode } from '../../kernel/vnode.ts';
import { attr, kdir, kept } from './kernfs.ts';

/** One directory an entry, named by its number. */
export function memmapDir({ firmware_map: { entries } }: Kernel): DirNode {
  const at = (nr: number) => entries.find((e) => e.nr === nr);
  const hex = (n: number): string => `0x${n.toString(16)}\n`;
  const entry = kept<number, DirNode>((nr) => at(nr) !== undefined, (nr) => {
    const file = (of: 'start' | 'end' | 'type'): VNode => attr(0o444, () => {
      const value = at(nr)?.[of];
      return typeof value === 'number' ? hex(value) : value === undefined ? -ERRNO.ENODEV : `${value}\n`;
    });
    return kdir({ end: file('end'), start: file('start'), type: file('type') });
  });
  return kdir({}, { list: () => entries.map((e) => `${e.nr}`), lookup: (name) => (/^(0|[1-9]\d*)$/.test(name) ? entry(Number(name)) : undefined) });
}

/** firmware/acpi/hotplug: a decimal 0 or 1; anything else: -EINVAL. Source: hotplug_enabled_store(). */
export const hotplugProfilesDir = ({ mm }: Kernel): DirNode => kdir(present(mm, 'sys/firmware/acpi/hotplug', Object.fromEntries(ACPI_HOTPLUG_PROFILES.map((profile) => [profile, kdir({
  enabled: attr(0o644, () => `${acpi_hotplug_enabled(mm, profile) ? 1 : 0}\n`, (text) => {
    const m = /^\+?0*([01])\n?$/.exec(text);
    if (!m) return -ERRNO.EINVAL;
    set_acpi_hotplug_enabled(mm, profile, m[1] === '1');
    return text.length;
  }),
})]))));
