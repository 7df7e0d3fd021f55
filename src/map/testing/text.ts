/** A framebuffer as text: one letter for what is drawn at each sampled pixel. */
import { KIND_NAMES } from '../../../workers/uapi/page_kind.ts';
import type { Framebuffer } from '../framebuffer.ts';
import type { Rect } from '../geometry.ts';
import { KIND_LABELS } from '../palette.data.ts';
import { INK, INK_GLYPH, INK_ZONE } from '../palette.ts';

const OWN: Readonly<Record<number, string>> = {
  [INK.bg]: ' ', [INK.laneA]: ' ', [INK.laneB]: ' ', [INK.raised]: '_', [INK.hole]: '/', [INK.line]: '|', [INK.cage]: '#', [INK.quiet]: '+', [INK.lineStrong]: '=',
};

function letter(byte: number): string {
  const name = KIND_NAMES[byte];
  if (name === 'free') return '.';
  if (name === 'isolated') return 'i';
  if (name === 'pinned') return 'O';
  if (name === 'hwpoison') return 'X';
  if (name !== undefined) return KIND_LABELS[name][1];
  if (byte >= INK_GLYPH) return '*';
  if (byte >= INK_ZONE) return '-';
  return OWN[byte] ?? '?';
}

/** Every `stepX`-th and `stepY`-th pixel of a rectangle, its right-hand blanks cut. */
export function asText(fb: Framebuffer, at: Rect, stepX = 1, stepY = 1): string[] {
  const lines: string[] = [];
  for (let y = at.y; y < at.y + at.height; y += stepY) {
    let line = '';
    for (let x = at.x; x < at.x + at.width; x += stepX) line += letter(fb.index[y * fb.width + x] as number);
    lines.push(line.trimEnd());
  }
  return lines;
}
