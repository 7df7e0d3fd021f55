import { describe, expect, it } from 'vitest';
import { ARCHES, geometryAt, geometryOf, pageSizes, X86_64 } from './arch.ts';
import { zoneNamesAt } from './arch_zones.ts';
import { bindMachine, formatMachine, placeTables } from './layout.ts';

const SIZES = { max_pfn: 8192, section_shift: 9, block_shift: 9, nodes: 1, slots: 1, trace_rows: 8, text_rows: 8, text_bytes: 64 };

describe('architectures', () => {
  it('each has sections of whole pages, and zones that ascend', () => {
    for (const arch of ARCHES) {
      for (const size of pageSizes(arch)) {
        const g = geometryOf(arch, size);
        expect(g?.section_size_bits).toBeGreaterThan(g?.page_shift ?? 99);
        // Pageblocks and the largest chunk lie in one section.
        expect(g?.pageblock_order).toBeLessThan(g?.MAX_ORDER ?? 0);
        expect((g?.MAX_ORDER ?? 99) - 1).toBeLessThanOrEqual((g?.section_size_bits ?? 0) - (g?.page_shift ?? 0));
        expect(g?.zones.every(({ end }, i, all) => i === 0 || end >= (all[i - 1]?.end ?? 0))).toBe(true);
        expect(g?.zones.every(({ zone }) => g.zone_names[zone] !== undefined)).toBe(true);
      }
    }
  });
  it('a machine\'s header names its architecture; one that does not say is x86_64', () => {
    const header = (more: { arch?: number; page_shift?: number }) => {
      const { bytes } = placeTables({ ...SIZES, ...more });
      return geometryAt(bindMachine(formatMachine(new ArrayBuffer(bytes), { ...SIZES, ...more }).buffer).sizes);
    };
    expect(header({})).toBe(X86_64);
    expect(header({ arch: ARCHES.indexOf('i386') }).zone_names[3]).toBe('HighMem');
    expect(header({ arch: ARCHES.indexOf('arm64'), page_shift: 16 }).page_size).toBe(65536);
  });

  it('names the zones as each architecture\'s kernel does, and leaves out those it has none of', () => {
    expect(Object.fromEntries(ARCHES.map((arch, i) => [arch, Array.from(zoneNamesAt({ arch: i }), (name) => name ?? '–').join(' ')]))).toEqual({
      x86_64: 'DMA DMA32 Normal Movable Device',
      i386: 'DMA – Normal HighMem –',
      ppc64: '– – Normal Movable Device',
      ia64: '– DMA32 Normal Movable –',
      s390x: 'DMA – Normal Movable –',
      arm64: 'DMA DMA32 Normal Movable Device',
    });
  });
});
