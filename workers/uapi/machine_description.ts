/** What a machine is before it boots: stated, not derived. The same shape for the recorded machines and for one written by hand. */
import type { Arch } from './arch.ts';

/** A line of the firmware's memory map (e820); addresses in bytes, end exclusive. */
export interface FirmwareRange {
  readonly start: number;
  readonly end: number;
  readonly type: 'usable' | 'reserved' | 'ACPI data' | 'ACPI NVS' | 'persistent' | 'unusable';
}
/** A line of the SRAT; addresses in bytes, end exclusive. */
export interface NumaRange {
  readonly nid: number;
  readonly start: number;
  readonly end: number;
  readonly hotplug?: boolean;
}
/** A virtio-mem device of the board; sizes in bytes. */
export interface VirtioMemDescription {
  readonly id: string;
  readonly memdev: string;
  /** Size of its region. */
  readonly size: number;
  readonly blockSize: number;
  /** Wanted at power-on. */
  readonly requestedSize: number;
  readonly node: number;
}
/** A zone as /proc/zoneinfo prints it; pfn and pages. `zone`: its index inside the node (uapi/mmzone.ts). */
export interface StatedZone {
  readonly nid: number;
  readonly zone: number;
  readonly start_pfn: number;
  readonly spanned: number;
  readonly present: number;
}
/** Memory blocks first to last, alike. `zone`: index of the one zone an online block is in, -1: none ("none" in valid_zones); absent: not known. */
export interface StatedBlocks {
  readonly first: number;
  readonly last: number;
  readonly online: boolean;
  readonly zone?: number;
}
export type Edition = '2.6.12-mhp' | '3.11' | '6.1';

/** A device of the namespace that holds others: a module (ACPI0004) or an older kind of it. */
export interface ContainerDescription {
  readonly hid: 'ACPI0004' | 'PNP0A05' | 'PNP0A06';
  /** Sockets in it. */
  readonly slots: readonly number[];
  /** Node of what is plugged into it. */
  readonly node: number;
}
export type EjectAnswer = 'gone' | 'keeps' | 'fails';
export const EJECT_ANSWERS: readonly EjectAnswer[] = ['gone', 'keeps', 'fails'];

export interface MachineDescription {
  readonly format: 'hotplug-lab machine';
  readonly version: 1;
  /** As shown in the list of machines. */
  readonly name: string;
  /** One sentence: where it comes from. */
  readonly about?: string;
  readonly edition: Edition;
  readonly arch: Arch;
  /** Bytes, where the architecture has a choice (arm64: 4096, 16384, 65536). */
  readonly pageSize?: number;
  readonly memory: readonly FirmwareRange[];
  readonly numa: readonly NumaRange[];
  /** Kernel command line; parameters that the edition does not know are kept and ignored, as Linux does. */
  readonly cmdline: string;
  readonly cpus: number;
  /** CPUID hypervisor bit: part of the memory block size rule on large machines. */
  readonly hypervisor: boolean;
  /** Initrd as the loader placed it, bytes, end exclusive. */
  readonly ramdisk?: { readonly start: number; readonly end: number };
  /** Whose early reservations to make: the recorded Debian kernel on QEMU's q35, the recorded 3.11 on QEMU's pc, a usual i386 of 2005, or none but the memory map's. */
  readonly profile: 'debian-6.1-q35' | 'linux-3.11-pc' | 'linux-2.6.12-i386' | 'bare';
  /** Which patches of 2005 the edition 2.6.12-mhp has; absent: those of 2.6.12-rc1-mhp1. */
  readonly patchSet?: '2005-02' | '2005-08';
  /** DIMM sockets and the board's limit in bytes (QEMU: slots=, maxmem=). */
  readonly slots?: { readonly count: number; readonly maxmem: number; readonly ram: number };
  /** s390x: memory that the hypervisor holds in readiness behind RAM, and the increments in which it gives and takes it; bytes. */
  readonly standby?: { readonly size: number; readonly increment: number };
  /** ACPI containers of the board: sockets whose DIMMs come and go together. */
  readonly containers?: readonly ContainerDescription[];
  /** What the firmware does when a DIMM is to be let go (_EJ0); absent: it does. `keeps`: nothing, and _STA says enabled still; `fails`: the method returns an error. */
  readonly eject?: EjectAnswer;
  /** virtio-mem devices, in the order they were given; they take their place in the window before any DIMM. */
  readonly virtioMem?: readonly VirtioMemDescription[];
  /** Id of the virtio-balloon device, if the board has one. */
  readonly balloon?: string;
  /** uname -a: release and version. */
  readonly release?: string;
  readonly kernelVersion?: string;
  /** Options of the kernel's configuration that differ from the edition's usual ones (kconfig.ts), without CONFIG_: { MOVABLE_NODE: true }. */
  readonly config?: Readonly<Record<string, boolean>>;
  /** Kernel modules loaded before anybody logs in. */
  readonly modules?: readonly string[];
  /** Dumps of /proc/kpageflags and /proc/kpagecount (u64 little endian per pfn, gzip), relative to the machine file. */
  readonly picture?: { readonly kpageflags: string; readonly kpagecount?: string; readonly migratetypes?: string };
  /** Size of a memory block in bytes, where it is known; else the kernel's rule decides. */
  readonly blockSize?: number;
  /** A machine that was running when it was described: its zones instead of those that boot would make, and the states of its memory blocks. What is not listed is as boot leaves it. */
  readonly zones?: readonly StatedZone[];
  readonly blocks?: readonly StatedBlocks[];
  /** Its /proc/iomem. */
  readonly iomem?: string;
  /** What somebody gave of this machine, and what was made up to match it: sentences for the person who looks at it. */
  readonly origin?: { readonly given: readonly string[]; readonly synthesised: readonly string[] };
  /** What the dump shows that a bare boot would not have: processes, by name, for the labels of owners. */
  readonly seed?: number;
}

/** Where QEMU's q35 puts PCI configuration space: its firmware reserves it, and RAM below 4 GiB never reaches beyond. An i440FX has none. */
export const MMCONFIG = { start: 0xb0000000, end: 0xc0000000 } as const;
/** Is this firmware map a q35's? */
export const hasMmconfig = (memory: readonly FirmwareRange[]): boolean => memory.some((r) => r.type === 'reserved' && r.start === MMCONFIG.start);

/** Where standby memory begins, in bytes: RAM takes whole increments. */
export const standbyStart = ({ memory }: Pick<MachineDescription, 'memory'>, increment: number): number =>
  Math.ceil(Math.max(0, ...memory.map(({ end }) => end)) / increment) * increment;

/** A file (or, its path ending in '/', a directory) that is there from the start. Contents are bytes: one char a byte. */
export interface GuestFile {
  readonly path: string;
  readonly data: string;
  /** Permission bits. */
  readonly mode: number;
}

/** Everything `boot` needs: the description, and the dumps unpacked (one u64 per pfn as two u32: low, high). */
export interface BootRequest {
  readonly description: MachineDescription;
  readonly kpageflags?: Uint32Array;
  readonly kpagecount?: Uint32Array;
  /** Migrate type (MIGRATE_*) of each pageblock, where more is known of them than their frames say. */
  readonly migratetypes?: Uint8Array;
  /** Files the machine finds when it boots, beside its own. */
  readonly files?: readonly GuestFile[];
}
