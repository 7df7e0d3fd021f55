import { expect, it } from 'vitest';
import { sketch } from '../testing/picture.ts';
import { SLOT_DEVICE } from '../uapi/layout.ts';
import { MMOP_ONLINE, SECTION_ONLINE, SECTION_PRESENT } from '../uapi/memory_block.ts';
import { ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../uapi/mmzone.ts';
import { ONLINE_POLICY_AUTO_MOVABLE, zone_for_pfn_range } from './memory_hotplug_zone.ts';
import { M_AUTO_MOVABLE_RATIO, M_ONLINE_POLICY } from './mm.ts';
import { zone_idx } from './mmzone.ts';

const BLOCK = 32768;
/** Block at which the device begins: where a unit of four does. */
const FIRST = 4;
/** Zones of `blocks` blocks brought online one after another, as letters; group: 'dynamic' (a device that grows by blocks), 'unit 4' (by four blocks), 'none'. */
function story(KE: number, ratio: number, blocks: number, group: 'dynamic' | 'unit 4' | 'none'): string {
  const { mm } = sketch([{ zone: ZONE_NORMAL, start: 0, end: (FIRST + blocks) * BLOCK }]);
  const { zone, slot, misc, section, pageblock } = mm.t;
  // Only the first block is there at boot.
  section.state.fill(0, 1);
  pageblock.zone.fill(0, BLOCK >>> 9);
  zone.present_pages[zoneRow(0, ZONE_NORMAL)] = zone.present_early_pages[zoneRow(0, ZONE_NORMAL)] = KE;
  misc.word[M_ONLINE_POLICY] = ONLINE_POLICY_AUTO_MOVABLE;
  misc.word[M_AUTO_MOVABLE_RATIO] = ratio;
  slot.state[1] = SLOT_DEVICE;
  slot.unit_pages[1] = group === 'none' ? 0 : group === 'dynamic' ? BLOCK : 4 * BLOCK;
  let letters = '';
  for (let n = 0; n < blocks; n++) {
    const start = (FIRST + n) * BLOCK;
    const row = zone_for_pfn_range(mm, MMOP_ONLINE, 0, group === 'none' ? -1 : 1, start, BLOCK);
    const movable = zone_idx(row) === ZONE_MOVABLE;
    letters += movable ? 'M' : 'N';
    zone.present_pages[row] = (zone.present_pages[row] as number) + BLOCK;
    const column = movable ? slot.present_movable_pages : slot.present_kernel_pages;
    if (group !== 'none') column[1] = (column[1] as number) + BLOCK;
    section.state[start >>> 15] = SECTION_PRESENT | SECTION_ONLINE;
    pageblock.zone[start >>> 9] = row + 1;
  }
  return letters;
}

// Source: editions.md, "auto-movable policy", test vectors.
it.each([
  [1048576, 'dynamic', 'M'.repeat(96) + 'NMMM'.repeat(3)], [1048000, 'dynamic', 'M'.repeat(96) + 'NMMM'.repeat(2)], [262144, 'dynamic', 'M'.repeat(24) + 'NMMM'.repeat(4)],
  [1048576, 'none', 'M'.repeat(96) + 'N'.repeat(8)],
] as const)('%i early kernel pages, group %s, ratio 301 %%', (KE, group, expected) => { expect(story(KE, 301, expected.length, group)).toBe(expected); });

it('a unit of several blocks goes one way: with its first block', () => {
  expect(story(16 * BLOCK, 100, 32, 'unit 4')).toBe('MMMM'.repeat(4) + 'NNNNMMMM'.repeat(2));
});
it('another dynamic group uses its own kernel memory first', () => {
  const { mm } = sketch([{ zone: ZONE_NORMAL, start: 0, end: BLOCK }]);
  const { zone, slot, misc } = mm.t;
  zone.present_pages[zoneRow(0, ZONE_NORMAL)] = zone.present_early_pages[zoneRow(0, ZONE_NORMAL)] = 4 * BLOCK;
  zone.present_pages[zoneRow(0, ZONE_MOVABLE)] = 3 * BLOCK;
  misc.word[M_ONLINE_POLICY] = ONLINE_POLICY_AUTO_MOVABLE;
  misc.word[M_AUTO_MOVABLE_RATIO] = 100;
  slot.unit_pages[1] = BLOCK;
  slot.present_movable_pages[1] = 3 * BLOCK;
  const choose = (): number => zone_idx(zone_for_pfn_range(mm, MMOP_ONLINE, 0, -1, BLOCK, 2 * BLOCK));
  // Three of its blocks lean on three of four kernel blocks: one is left, two are asked for.
  expect(choose()).toBe(ZONE_NORMAL);
  slot.present_kernel_pages[1] = 2 * BLOCK;
  expect(choose()).toBe(ZONE_MOVABLE);
});
