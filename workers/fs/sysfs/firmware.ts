/** Mirrors: the files of drivers/firmware/memmap.c and of drivers/acpi/sysfs.c (6.1): /sys/firmware/memmap and the switches of ACPI's hotplug handlers. */
import { ACPI_HOTPLUG_PROFILES, acpi_force_hot_remove, acpi_hotplug_enabled, set_acpi_force_hot_remove, set_acpi_hotplug_enabled } from '../../drivers/acpi/acpi_memhotplug.ts';
import type { Kernel } from '../../mm/kernel.ts';
import type { Mm } from '../../mm/mm.ts';
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

/** strtobool(): the first character decides; undefined: neither. */
const strtobool = (text: string): boolean | undefined => (/^[yY1]/.test(text) ? true : /^[nN0]/.test(text) ? false : undefined);
/**
 * force_remove: an eject goes on although a block of the device stayed online. Kernels since 4.12 refuse to be told so, and say it in the log. -EINVAL: neither yes nor no.
 * Source: force_remove_store(), 3.11 and 6.1.
 */
function forceRemove(mm: Mm): VNode {
  const { may_force_remove } = mm.edition.hotplug.acpi_reports;
  return attr(0o644, () => `${acpi_force_hot_remove(mm) ? 1 : 0}\n`, (text) => {
    const value = strtobool(text);
    if (value === undefined) return -ERRNO.EINVAL;
    if (value && may_force_remove === 0) {
      mm.printk(3, 'Enabling force_remove is not supported anymore. Please report to linux-acpi@vger.kernel.org if you depend on this functionality');
      return -ERRNO.EINVAL;
    }
    set_acpi_force_hot_remove(mm, value);
    return text.length;
  });
}
const profileDir = (mm: Mm, profile: (typeof ACPI_HOTPLUG_PROFILES)[number]): DirNode => kdir({
  enabled: attr(0o644, () => `${acpi_hotplug_enabled(mm, profile) ? 1 : 0}\n`, (text) => {
    const m = /^\+?0*([01])\n?$/.exec(text);
    if (!m) return -ERRNO.EINVAL;
    set_acpi_hotplug_enabled(mm, profile, m[1] === '1');
    return text.length;
  }),
});
/** firmware/acpi/hotplug. A profile's `enabled` is a decimal 0 or 1; anything else: -EINVAL. Source: hotplug_enabled_store(). */
export const hotplugProfilesDir = ({ mm }: Kernel): DirNode =>
  kdir(present(mm, 'sys/firmware/acpi/hotplug', { force_remove: forceRemove(mm), ...Object.fromEntries(ACPI_HOTPLUG_PROFILES.map((profile) => [profile, profileDir(mm, profile)])) }));
