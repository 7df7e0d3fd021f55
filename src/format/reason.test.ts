import { describe, expect, it } from 'vitest';
import { MEM_STATE_OFFLINE } from '../../workers/uapi/memory_block.ts';
import type { OfflineReason } from '../../workers/uapi/offline_reason.ts';
import { OFFLINE_REASONS } from '../../workers/uapi/trace.ts';
import type { Pfn } from '../../workers/uapi/units.ts';
import type { Never } from '../gestures/plan.ts';
import { later as de } from '../strings/later.de.ts';
import { later as en } from '../strings/later.en.ts';
import { neverLine, reasonLine } from './reason.ts';

const pfn = 0x140000 as Pfn;
/** One of each code; a code that is missing here does not compile. */
const REASONS: { readonly [C in OfflineReason['code']]: Omit<Extract<OfflineReason, { code: C }>, 'code'> } = {
  not_configured: { option: 'MEMORY_HOTREMOVE' }, state: { state: MEM_STATE_OFFLINE }, two_zones: {}, memory_holes: {}, last_normal: {}, bootmem: {}, unmovable_page: {}, not_written: {}, not_highmem: {},
  isolate: { pfn }, no_lru: { pfn }, capture: { pfn, is: 'held' }, referenced: { how: 'endless', pages: 3 }, no_room: { how: 'two_minutes', pages: 4096, room: 17 },
};
const NEVER: { readonly [R in Never['rule']]: Omit<Extract<Never, { rule: R }>, 'rule'> } = { soldered: {}, going: {}, to_highmem: {}, node_fixed: { nid: 1 }, to_kernel: { pfn, zone: 'Normal' } };
const lines: readonly (readonly [string, english: string, german: string])[] = [
  ...Object.entries(REASONS).map(([code, more]) => [code, { code, ...more } as OfflineReason] as const).map(([code, reason]) => [code, reasonLine(reason, en.reasons), reasonLine(reason, de.reasons)] as const),
  ...Object.entries(NEVER).map(([rule, more]) => [rule, { rule, ...more } as Never] as const).map(([rule, why]) => [rule, neverLine(why, en.never), neverLine(why, de.never)] as const),
];
/** What the kernel logs stands as it is in every language, before a colon. */
const LOGGED = new RegExp(`^(${OFFLINE_REASONS.filter((words) => words !== '').join('|')}|failed to capture page range): `);

describe('why a block stays', () => {
  it('names what stands in the way: the page, the numbers, how long the kernel tries', () => {
    expect(reasonLine({ code: 'isolate', pfn })).toBe('failure to isolate range: unmovable page at pfn 0x140000');
    expect(reasonLine({ code: 'no_room', how: 'idle_round', pages: 4096, room: 17 })).toBe('4\u202f096 pages to move, room for 17 elsewhere: gives up when a round moves nothing');
    expect(neverLine({ rule: 'to_kernel', pfn, zone: 'Normal' })).toBe('Kernel zones go by address: pfn 0x140000 belongs to Normal.');
    expect(reasonLine(undefined)).toBe('');
  });
  it.each(lines)('%s: German has words of its own for all that the kernel does not log', (_, english, german) => {
    const own = german.replace(LOGGED, '');
    expect(own).not.toBe(english.replace(LOGGED, ''));
    expect(own).not.toMatch(/\b(the|is|are|of|to|and|pages?|no|while|when|by|it)\b/);
    // Names and numbers are the same in both.
    for (const name of english.match(/0x\w+|CONFIG_\w+|\w+_notifier|\d+/g) ?? []) expect(german).toContain(name);
  });
});
