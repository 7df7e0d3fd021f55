/** Mirrors: include/uapi/asm-generic/signal.h (6.1, x86_64): numbers, names, and the words a shell prints when a process dies of one. */
export const SIGNALS = {
  HUP: 1,
  INT: 2,
  QUIT: 3,
  ILL: 4,
  TRAP: 5,
  ABRT: 6,
  BUS: 7,
  FPE: 8,
  KILL: 9,
  USR1: 10,
  SEGV: 11,
  USR2: 12,
  PIPE: 13,
  ALRM: 14,
  TERM: 15,
  STKFLT: 16,
  CHLD: 17,
  CONT: 18,
  STOP: 19,
  TSTP: 20,
  TTIN: 21,
  TTOU: 22,
  URG: 23,
  XCPU: 24,
  XFSZ: 25,
  VTALRM: 26,
  PROF: 27,
  WINCH: 28,
  IO: 29,
  PWR: 30,
  SYS: 31,
} as const;
export type SignalName = keyof typeof SIGNALS;

/** Signals whose default does not end a process; stopping is not modelled. */
const HARMLESS: readonly number[] = [SIGNALS.CHLD, SIGNALS.CONT, SIGNALS.STOP, SIGNALS.TSTP, SIGNALS.TTIN, SIGNALS.TTOU, SIGNALS.URG, SIGNALS.WINCH];
export const endsProcess = (signal: number): boolean => !HARMLESS.includes(signal);

const WORDS: Readonly<Record<number, string>> = {
  1: 'Hangup',
  2: 'Interrupt',
  3: 'Quit',
  4: 'Illegal instruction',
  5: 'Trace/breakpoint trap',
  6: 'Aborted',
  7: 'Bus error',
  8: 'Floating point exception',
  9: 'Killed',
  10: 'User defined signal 1',
  11: 'Segmentation fault',
  12: 'User defined signal 2',
  13: 'Broken pipe',
  14: 'Alarm clock',
  15: 'Terminated',
  31: 'Bad system call',
};
/** strsignal(3). */
export const strsignal = (signal: number): string => WORDS[signal] ?? `Unknown signal ${signal}`;

/** 'INT', 'sigint', '2' → 2; undefined for no signal; 0 (EXIT in traps) only as '0'. */
export function signalNumber(word: string): number | undefined {
  if (/^\d+$/.test(word)) return Number(word) <= 64 ? Number(word) : undefined;
  const name = word.toUpperCase().replace(/^SIG/, '');
  return Object.hasOwn(SIGNALS, name) ? SIGNALS[name as SignalName] : undefined;
}
/** 2 → 'INT'. */
export const signalName = (signal: number): string => Object.entries(SIGNALS).find(([, n]) => n === signal)?.[0] ?? String(signal);
