/**
 * A large table at one moment. An image shares with the one before everything that did not change meanwhile: units of 512 rows, column by column, in groups, so that taking an image
 * and going to one cost what changed, not what the machine has.
 */
import { FOR_IMAGES, type Marks } from './changes.ts';
import { unitsOf, type WordColumn } from './rows.ts';

/** Units of a group. */
const GROUP = 64;
/** Pieces by unit and column; absent: all zero. */
type Group = readonly (Int32Array | undefined)[];
export type RowImage = readonly (Group | undefined)[];

export interface RowImages {
  /** `bytes`: what this image does not share with the one before. */
  capture(): { readonly image: RowImage; readonly bytes: number };
  /** Writes an image back. `changed` hears of each unit and column that is different then. */
  restore(image: RowImage, changed: (unit: number, column: number) => void): void;
}

/** Are these words of a column what a piece says? */
function same(words: Int32Array, from: number, to: number, piece: Int32Array | undefined): boolean {
  if (piece === undefined) {
    for (let i = from; i < to; i++) if (words[i] !== 0) return false;
  } else for (let i = from, k = 0; i < to; i++, k++) if (words[i] !== piece[k]) return false;
  return true;
}

export function createRowImages(columns: readonly WordColumn[], marks: Marks): RowImages {
  const width = columns.length;
  const units = unitsOf(columns);
  /** What the table held when it was last looked at. */
  let base: RowImage = Array.from({ length: Math.ceil(units / GROUP) });
  const pending = new Uint8Array(units);

  return {
    capture() {
      let bytes = 0;
      const groups = base.slice();
      marks.each(FOR_IMAGES, (unit) => {
        const g = Math.floor(unit / GROUP);
        const at = (unit % GROUP) * width;
        for (let c = 0; c < width; c++) {
          const { words, per } = columns[c] as WordColumn;
          const from = unit * per;
          const to = Math.min(words.length, from + per);
          const group = groups[g];
          if (same(words, from, to, group?.[at + c])) continue;
          // A group of this image only is written on, one that is shared is copied.
          const own = (group === base[g] ? (group?.slice() ?? Array.from({ length: GROUP * width })) : group) as (Int32Array | undefined)[];
          own[at + c] = words.slice(from, to);
          groups[g] = own;
          bytes += (to - from) * 4;
        }
      });
      base = groups;
      return { image: groups, bytes };
    },
    restore(image, changed) {
      marks.each(FOR_IMAGES, (unit) => { pending[unit] = 1; });
      for (let g = 0; g < image.length; g++) {
        const [now, next] = [base[g], image[g]];
        for (let unit = g * GROUP; unit < Math.min(units, (g + 1) * GROUP); unit++) {
          if (now === next && pending[unit] === 0) continue;
          const at = (unit % GROUP) * width;
          for (let c = 0; c < width; c++) {
            const piece = next?.[at + c];
            if (pending[unit] === 0 && now?.[at + c] === piece) continue;
            const { words, per } = columns[c] as WordColumn;
            const from = unit * per;
            const to = Math.min(words.length, from + per);
            if (same(words, from, to, piece)) continue;
            changed(unit, c);
            marks.rewritten(unit);
            if (piece === undefined) words.fill(0, from, to);
            else words.set(piece, from);
          }
          pending[unit] = 0;
        }
      }
      base = image;
    },
  };
}
