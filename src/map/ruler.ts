/** Ticks of the address ruler: powers of two, so that they fall on blocks, sections and zones at every scale. */
import { pageblock_nr_pages } from '../../workers/uapi/mmzone.ts';
import { PAGE_SIZE } from '../../workers/uapi/units.ts';
import { type Camera, pfnAt, pixelOf, type Viewport } from './geometry.ts';

export interface Tick {
  /** CSS pixels from the left edge of the picture. */
  readonly x: number;
  readonly pfn: number;
  /** '4 GiB', '3.5 GiB', '640 MiB'; hexadecimal where that would take many digits. */
  readonly label: string;
}

/** Least distance of two ticks, CSS pixels; in proportion where letters are larger. */
const SPACING = 84;
const MIB = 2 ** 20;
const GIB = 2 ** 30;
const TIB = 2 ** 40;

/** Frames between two ticks; at least a pageblock, inside which addresses run in rows. */
export function tickStep(camera: Camera, { dpr, letters = 1 }: Viewport): number {
  let step = pageblock_nr_pages;
  while (step / camera.pfnPerPixel < SPACING * dpr * letters) step *= 2;
  return step;
}

/** Both in bytes. */
function label(at: number, step: number): string {
  if (at === 0) return '0';
  if (step < 16 * MIB || (at > GIB && step < 128 * MIB)) return `0x${at.toString(16)}`;
  if (at < GIB) return `${at / MIB} MiB`;
  return at < TIB ? `${at / GIB} GiB` : `${at / TIB} TiB`;
}

export function rulerTicks(camera: Camera, viewport: Viewport, pageSize = PAGE_SIZE): Tick[] {
  const step = tickStep(camera, viewport);
  const ticks: Tick[] = [];
  const end = pfnAt(camera, viewport.width);
  for (let pfn = Math.ceil(pfnAt(camera, 0) / step) * step; pfn < end; pfn += step) ticks.push({ x: pixelOf(camera, pfn) / viewport.dpr, pfn, label: label(pfn * pageSize, step * pageSize) });
  // Between two ticks: where it began, which lies to the left.
  if (ticks.length === 0) {
    const pfn = Math.floor(pfnAt(camera, 0) / step) * step;
    ticks.push({ x: 0, pfn, label: `‹ ${label(pfn * pageSize, step * pageSize)}` });
  }
  return ticks;
}
