/** Any bytes to any file of 2005, in any order: the kernel answers, the invariants hold, and a refused write leaves everything as it was. */
import { describe, expect, it } from 'vitest';
import { createPrng } from '../../lib/prng.ts';
import { checkInvariants } from '../../machine/invariants.ts';
import { guest } from '../../testing/guest.ts';

const DIR = '/sys/devices/system/memory';
const WORDS = ['online', 'offline', 'o', 'of', 'on', 'off', 'online_movable', 'going-offline', 'invalid', '', '0x20000000', '0x30000000', '0x0', '0x20001000', '0xffffffffff', '-1', '\\x00\\xff', '%s'];
const STEPS = 120;

describe('random writes', () => {
  it.each([1, 2, 3])('seed %i', (seed) => {
    const { below } = createPrng(seed);
    const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
    const patchSet = pick([undefined, '2005-02', '2005-08'] as const);
    const g = guest('1G', { edition: '2.6.12-mhp', cmdline: 'mem=512M', ...(patchSet && { more: { patchSet } }) });
    const { mm } = g.machine.kernel;
    for (let step = 0; step < STEPS; step++) {
      if (below(8) === 0) {
        g.run(`mh anon ${1 + below(40)}M & sleep 0.0${1 + below(9)}`);
        continue;
      }
      const file = pick(['probe', 'probe', 'online', 'memory0/state', 'memory1/state', 'memory2/state', 'memory2/state', 'memory3/state', 'memory3/state', 'memory2/phys_index', 'block_size_bytes']);
      const word = pick(WORDS);
      const zones = (): string => [mm.t.zone.present_pages, mm.t.zone.managed_pages, mm.t.zone.spanned_pages, mm.t.memory_block.state, mm.t.section.state].map((column) => column.join()).join(';');
      const before = zones();
      const answer = g.run(`[ -e ${DIR}/${file} ] && printf '${word}' > ${DIR}/${file}`);
      if (/Invalid argument|Permission denied|Function not implemented|temporarily unavailable/.test(answer)) expect([step, file, word, zones()]).toEqual([step, file, word, before]);
      expect([step, file, word, checkInvariants(mm)]).toEqual([step, file, word, []]);
    }
  });
});
