/** Mirrors: lib/ratelimit.c (6.1) for the one limit used here: ten reports of do_migrate_range in five seconds of simulated time; what was held back is counted and said. */
import { H_TIME_HI, H_TIME_LO } from '../uapi/layout.ts';
import { M_RATELIMIT_BEGIN, M_RATELIMIT_MISSED, M_RATELIMIT_PRINTED, type Mm } from './mm.ts';

const INTERVAL_MS = 5000;
const BURST = 10;

/** ms of simulated time. */
export const ratelimitClock = (mm: Mm): number => Math.floor(((mm.t.header[H_TIME_HI] as number) * 2 ** 32 + ((mm.t.header[H_TIME_LO] as number) >>> 0)) / 1e6);

/** So many more reports of the same moment, one of which was held back. */
export function hold_back(mm: Mm, reports: number): void {
  mm.t.misc.word[M_RATELIMIT_MISSED] = (mm.t.misc.word[M_RATELIMIT_MISSED] as number) + reports;
}
/** May the next report be printed? */
export function migrate_ratelimit(mm: Mm): boolean {
  const { word } = mm.t.misc;
  const now = ratelimitClock(mm);
  // 0 = no window yet; a window that began in the first millisecond is kept as 1.
  if (word[M_RATELIMIT_BEGIN] === 0 || now >= (word[M_RATELIMIT_BEGIN] as number) + INTERVAL_MS) {
    if ((word[M_RATELIMIT_MISSED] as number) > 0) mm.printk(4, `do_migrate_range: ${word[M_RATELIMIT_MISSED]} callbacks suppressed`);
    word[M_RATELIMIT_BEGIN] = Math.max(1, now);
    word[M_RATELIMIT_PRINTED] = 0;
    word[M_RATELIMIT_MISSED] = 0;
  }
  if ((word[M_RATELIMIT_PRINTED] as number) < BURST) {
    word[M_RATELIMIT_PRINTED] = (word[M_RATELIMIT_PRINTED] as number) + 1;
    return true;
  }
  word[M_RATELIMIT_MISSED] = (word[M_RATELIMIT_MISSED] as number) + 1;
  return false;
}
