/** Mirrors: include/linux/memory.h, include/linux/memory_hotplug.h (6.1). States of a memory block, notifier actions, online types. */

/** MEMORY_BLOCK.state; 0 means that no such device exists. */
export const MEM_ABSENT = 0;
export const MEM_STATE_ONLINE = 1;
export const MEM_STATE_GOING_OFFLINE = 2;
export const MEM_STATE_OFFLINE = 4;

/** The words of memoryN/state. */
export const stateWord = (state: number): string => (state === MEM_STATE_ONLINE ? 'online' : state === MEM_STATE_GOING_OFFLINE ? 'going-offline' : 'offline');

/** Actions of the memory notifier chain, with the kernel's bit values. */
export const MEM_ONLINE = 1;
export const MEM_GOING_OFFLINE = 2;
export const MEM_OFFLINE = 4;
export const MEM_GOING_ONLINE = 8;
export const MEM_CANCEL_ONLINE = 16;
export const MEM_CANCEL_OFFLINE = 32;
/** 2.6.12 only: the kernel's mapping of a section is gone. There its value is 8, which later kernels gave to MEM_GOING_ONLINE; here every action has a number of its own. */
export const MEM_MAPPING_INVALID = 64;
export const MEM_ACTION_NAMES: Readonly<Record<number, string>> = {
  [MEM_ONLINE]: 'MEM_ONLINE',
  [MEM_GOING_OFFLINE]: 'MEM_GOING_OFFLINE',
  [MEM_OFFLINE]: 'MEM_OFFLINE',
  [MEM_GOING_ONLINE]: 'MEM_GOING_ONLINE',
  [MEM_CANCEL_ONLINE]: 'MEM_CANCEL_ONLINE',
  [MEM_CANCEL_OFFLINE]: 'MEM_CANCEL_OFFLINE',
  [MEM_MAPPING_INVALID]: 'MEM_MAPPING_INVALID',
};

/** The six of the chain since 2.6.24, and the four of 2005. */
export const MEM_ACTIONS = { MEM_GOING_ONLINE, MEM_ONLINE, MEM_CANCEL_ONLINE, MEM_GOING_OFFLINE, MEM_OFFLINE, MEM_CANCEL_OFFLINE } as const;
export const MEM_ACTIONS_2005 = { MEM_ONLINE, MEM_GOING_OFFLINE, MEM_OFFLINE, MEM_MAPPING_INVALID } as const;

export const MMOP_OFFLINE = 0;
export const MMOP_ONLINE = 1;
export const MMOP_ONLINE_KERNEL = 2;
export const MMOP_ONLINE_MOVABLE = 3;
/** online_type_to_str[] of drivers/base/memory.c: index is the MMOP_* value. */
export const MMOP_WORDS = ['offline', 'online', 'online_kernel', 'online_movable'] as const;

/** SECTION.state bits. */
export const SECTION_PRESENT = 1;
export const SECTION_ONLINE = 2;
/** Present since boot (SECTION_IS_EARLY). */
export const SECTION_EARLY = 4;
/** Caged (2.6.12): every page freed in it is kept for whoever takes the section away. */
export const SECTION_GOING_OFFLINE = 8;
