import { describe, expect, it } from 'vitest';
import { block, machine } from '../../testing/linux-3.11/machine.ts';
import { ZONE_DMA32, ZONE_MOVABLE, ZONE_NORMAL, zoneRow } from '../../uapi/mmzone.ts';
import { unsigned64 } from './proc.ts';
import { add_zone, remove_zone } from './zone.ts';

const MOVABLE = zoneRow(0, ZONE_MOVABLE);

describe('the border between Normal and Movable', () => {
  it('hot-added memory is Normal, and offline', () => {
    expect(machine().steps('add 8 9 10 11')).toBe('ok | Normal [8,12) 0, Movable - 0');
  });
  it('only the right-most block of Normal may go to Movable, only the left-most of Movable back', () => {
    const m = machine();
    m.step('add 8 9 10 11');
    expect(m.steps('8 online; 10 online_movable; 9 online_movable')).toMatch(/^ok EINVAL EINVAL \|/);
    expect(m.steps('11 online_movable')).toBe('ok | Normal [8,11) 1, Movable [11,12) 1');
    expect(m.steps('10 online_movable')).toBe('ok | Normal [8,10) 1, Movable [10,12) 2');
    expect(m.steps('11 offline; 11 online_kernel')).toBe('ok EINVAL | Normal [8,10) 1, Movable [10,12) 1');
    expect(m.steps('10 offline; 10 online_kernel')).toBe('ok ok | Normal [8,11) 2, Movable [11,12) 0');
  });
  it('plain online keeps the zone; offline changes no span', () => {
    const m = machine();
    m.step('add 8 9 10 11');
    expect(m.steps('11 online_movable; 11 offline; 11 online')).toBe('ok ok ok | Normal [8,11) 0, Movable [11,12) 1');
    expect(m.steps('8 online; 9 online; 9 offline; 8 offline')).toBe('ok ok ok ok | Normal [8,11) 0, Movable [11,12) 1');
  });
  it('Normal can be emptied completely, and come back', () => {
    const m = machine();
    m.step('add 8 9');
    expect(m.steps('9 online_movable; 8 online_movable')).toBe('ok ok | Normal - 0, Movable [8,10) 2');
    expect(m.steps('8 offline; 8 online_kernel')).toBe('ok ok | Normal [8,9) 1, Movable [9,10) 1');
  });
  it('a block of DMA32 stays there whatever the word says', () => {
    const m = machine({ zones: [{ zone: ZONE_DMA32, start: block(1), end: block(3) }] });
    expect(m.steps('1 offline; 1 online_movable; 1 offline; 1 online_kernel')).toBe('ok ok ok ok | Normal - 0, Movable - 0');
  });
  // q-0k1k2m and its like: three blocks in every order; a few of them.
  it.each([
    ['8 online_kernel; 9 online_kernel; 10 online_movable', 'ok ok ok | Normal [8,10) 2, Movable [10,11) 1'],
    ['8 online; 9 online_movable; 10 online_movable', 'ok EINVAL ok | Normal [8,10) 1, Movable [10,11) 1'],
    ['10 online_movable; 9 online_movable; 8 online_movable', 'ok ok ok | Normal - 0, Movable [8,11) 3'],
    ['8 online_movable; 9 online; 10 online_kernel', 'EINVAL ok ok | Normal [8,11) 2, Movable [8,8) 0'],
  ])('%s', (lines, expected) => {
    const m = machine();
    m.step('add 8 9 10');
    expect(m.steps(lines)).toBe(expected);
  });
});

describe('what goes wrong with spans', () => {
  it('online_movable right above Movable: its span becomes 0/0 although it has pages (A1)', () => {
    const m = machine();
    m.steps('add 8 9 10; 8 online; 10 online_movable');
    expect(m.steps('add 11')).toBe('ok | Normal [8,12) 1, Movable [10,11) 1');
    expect(m.steps('11 online_movable')).toBe('ok | Normal [8,11) 1, Movable - 2');
    expect(m.steps('9 online_movable; 9 online_kernel; 10 offline; 10 online_kernel'), 'no way back to Normal').toBe('EINVAL ok ok EINVAL | Normal [8,11) 2, Movable - 1');
  });
  it('further above: the span wraps around, and prints as what it is (A1)', () => {
    const m = machine();
    m.steps('add 8 9; 8 online; 9 online_movable; add 10 11 12');
    expect(m.steps('12 online_movable')).toBe('ok | Normal [8,12) 1, Movable [12,10) 2');
    expect(unsigned64(m.mm.t.zone.spanned_pages[MOVABLE] as number)).toBe('18446744073709486080');
  });
  it('an empty span is set anew by the next online_movable (A1)', () => {
    const m = machine();
    m.steps('add 8 9 10; 8 online; 10 online_movable; add 11; 11 online_movable');
    expect(m.steps('add 12; 12 online_movable')).toBe('ok ok | Normal [8,12) 1, Movable [12,13) 3');
  });
  it('online_kernel cuts Normal short where it reached further (A2)', () => {
    const m = machine();
    m.steps('add 10; 10 online_movable; add 9; 9 online; add 12; 12 online; 10 offline');
    expect(m.steps('10 online_kernel')).toBe('ok | Normal [9,11) 3, Movable - 0');
  });
  it('the first refused online_movable leaves a start without a span, later ones do not (A4)', () => {
    const m = machine();
    m.step('add 8 9 10 11');
    expect(m.steps('8 online; 10 online_movable')).toBe('ok EINVAL | Normal [8,12) 1, Movable [10,10) 0');
    expect(m.steps('9 online_movable')).toBe('EINVAL | Normal [8,12) 1, Movable [10,10) 0');
  });
});

describe('zones grow at add and shrink at removal', () => {
  const NORMAL = zoneRow(0, ZONE_NORMAL);
  const span = (m: ReturnType<typeof machine>): string => m.steps('add').split(',')[0]?.split('| ')[1] ?? '';
  it('an edge goes to the next section there is, a hole in the middle changes nothing, the last section leaves 0/0', () => {
    const m = machine();
    m.step('add 8 9 11 12');
    const gone = (id: number): void => {
      remove_zone(m.mm, NORMAL, id << 15);
      m.mm.t.section.state[id] = 0;
    };
    gone(11);
    expect(span(m)).toBe('Normal [8');
    expect(m.steps('add')).toBe('ok | Normal [8,13) 0, Movable - 0');
    gone(12);
    expect(m.steps('add')).toBe('ok | Normal [8,10) 0, Movable - 0');
    gone(8);
    expect(m.steps('add')).toBe('ok | Normal [9,10) 0, Movable - 0');
    gone(9);
    expect(m.steps('add')).toBe('ok | Normal - 0, Movable - 0');
  });
  it('the node ends at a whole section afterwards, wherever it ended before (A11)', () => {
    const m = machine();
    const { node, section } = m.mm.t;
    node.node_start_pfn[0] = 1 << 15;
    node.node_spanned_pages[0] = (1 << 15) - 32;
    section.state[8] = section.state[1] as number;
    add_zone(m.mm, NORMAL, 8 << 15, 1 << 15);
    expect((node.node_start_pfn[0] ?? 0) + (node.node_spanned_pages[0] ?? 0)).toBe(9 << 15);
    remove_zone(m.mm, NORMAL, 8 << 15);
    expect((node.node_start_pfn[0] ?? 0) + (node.node_spanned_pages[0] ?? 0)).toBe(2 << 15);
  });
});
