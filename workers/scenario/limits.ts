/** What a text from anywhere may ask for. Beyond it it is refused with a sentence: a link is opened by people who did not write it. */

/** Characters of a scenario. */
export const MAX_TEXT = 1 << 18;
export const MAX_LINES = 8192;
export const MAX_LINE = 8192;
/** Diagnostics shown for one text. */
export const MAX_DIAGNOSTICS = 20;
/** Bytes of RAM and of the room for DIMMs, and the end of a DIMM's address: frame numbers stay below 2³⁰ (units.ts). */
export const MAX_MEMORY = 2 ** 42;
/** End of what firmware may name: x86_64 has physical addresses of up to 52 bits. */
export const MAX_ADDRESS = 2 ** 52;
export const MAX_SOCKETS = 256;
export const MAX_NODES = 64;
export const MAX_RANGES = 512;
export const MAX_CPUS = 8192;
/** Branches beside the first one, and characters of a name of one. */
export const MAX_BRANCHES = 32;
export const MAX_BRANCH_NAME = 60;
/** Where a step is given up: events, and ns of simulated time. A loop without end is a lesson, but it has to be ended by a signal. */
export const MAX_STEP_EVENTS = 2_000_000;
export const MAX_STEP_NS = 600e9;
