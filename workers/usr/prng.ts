/** Random numbers of programs: seeded, so that a run can be repeated. */
export { createPrng, type Prng } from '../lib/prng.ts';
