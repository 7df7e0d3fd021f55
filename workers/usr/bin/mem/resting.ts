/** What a process does that keeps its memory and nothing else: sleeps until a signal ends it. ^C is not for it. */
import type { Program } from '../../program.ts';

const SIGINT = 2;

export const resting: Program = function* ({ sys, catchSignal, rests }) {
  rests?.(resting);
  const interrupts = catchSignal?.(SIGINT);
  for (;;) {
    yield* sys.nanosleep(Number.POSITIVE_INFINITY);
    interrupts?.();
  }
};
