/** Seeded pseudo-random integers (xorshift32, Marsaglia 2003): the same sequence on every computer. */
export interface Prng {
  /** 0 … n − 1. */
  below(n: number): number;
  /** The state, to store with the machine. */
  readonly state: () => number;
}
export function createPrng(seed: number): Prng {
  let x = (seed | 0) === 0 ? 0x9e3779b9 | 0 : seed | 0;
  return {
    below(n) {
      x ^= x << 13;
      x ^= x >>> 17;
      x ^= x << 5;
      return (x >>> 0) % n;
    },
    state: () => x,
  };
}
