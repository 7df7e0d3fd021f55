/**
 * A large table at one moment. An image shares with the one before everything that did not change meanwhile: units of 512 rows, column by column, in groups, so that taking an image
 * and going to one cost what changed, not what the machine has.
 */
import { FOR_DIGEST, FOR_IMAGES, type Marks } from './changes.ts';
import { drop, hold, type Ledger, type Piece, pieceOf, samePiece, writePiece } from './pieces.ts';
import { emptyPart, hashUnit, unitsOf, type WordColumn, zeroHashes } from './rows.ts';

/** Units of a group. */
const GROUP = 64;
interface Group {
  /** Pieces by unit and column; absent: all zero. */
  readonly pieces: (Piece | undefined)[];
  /** By unit: what all of its columns hold, as a number; 0: nobody looked. */
  readonly hashes: Int32Array;
  /** Images that hold it. */
  refs: number;
}
export type RowImage = readonly (Group | undefined)[];

interface Listener {
  /** The column readers see, if any, and a unit that is different in it. */
  readonly seen: number;
  changed(unit: number): void;
  /** A unit was written back, and this is what it holds. */
  known(unit: number, hash: number): void;
}
export interface RowImages {
  /** `bytes`: what this image does not share with the one before. */
  capture(): { readonly image: RowImage; readonly bytes: number };
  /**
   * Writes an image back.
   * @param told first units of so many each that `known` hears of whether they were written or not
   */
  restore(image: RowImage, listener: Listener, told: readonly number[], each: number): void;
  /** An image is not needed any more. */
  release(image: RowImage): void;
}

export function createRowImages(columns: readonly WordColumn[], marks: Marks, ledger: Ledger): RowImages {
  const width = columns.length;
  const units = unitsOf(columns);
  /** What the table held when it was last looked at. */
  let base: RowImage = Array.from({ length: Math.ceil(units / GROUP) });
  const pending = new Uint8Array(units);
  const zeroHash = zeroHashes(columns);
  /** A group that holds nothing. */
  const nothing: readonly (Piece | undefined)[] = Array.from({ length: GROUP * width });

  return {
    capture() {
      let bytes = 0;
      const groups = base.slice();
      marks.each(FOR_IMAGES, (unit) => {
        const g = Math.floor(unit / GROUP);
        const at = unit % GROUP;
        let own = groups[g];
        let differs = false;
        for (let c = 0; c < width; c++) {
          const column = columns[c] as WordColumn;
          const { words, per } = column;
          const from = unit * per;
          const to = Math.min(words.length, from + per);
          const was = own?.pieces[at * width + c];
          if (was === undefined ? emptyPart(column, from, to) : samePiece(words, from, to, was)) continue;
          // A group of this image only is written on, one that is shared is copied.
          if (own === undefined) own = { pieces: Array.from({ length: GROUP * width }), hashes: new Int32Array(GROUP), refs: 0 };
          else if (own === base[g]) own = { pieces: own.pieces.slice(), hashes: own.hashes.slice(), refs: 0 };
          const piece = pieceOf(words, from, to);
          own.pieces[at * width + c] = piece;
          bytes += piece?.bytes ?? 0;
          differs = true;
        }
        if (own === undefined || !differs) return;
        groups[g] = own;
        own.hashes[at] = hashUnit(columns, unit);
      });
      for (const group of groups) if (group !== undefined && group.refs++ === 0) hold(ledger, group.pieces);
      base = groups;
      return { image: groups, bytes };
    },
    release(image) {
      for (const group of image) if (group !== undefined && --group.refs === 0) drop(ledger, group.pieces);
    },
    restore(image, { seen, changed, known }, told, each) {
      const tell = (unit: number): void => {
        const group = image[Math.floor(unit / GROUP)];
        const at = unit % GROUP;
        let holds = false;
        for (let c = 0; group !== undefined && !holds && c < width; c++) holds = group.pieces[at * width + c] !== undefined;
        const hash = holds ? ((group as Group).hashes[at] as number) : zeroHash(unit);
        if (hash !== 0) known(unit, hash);
        else marks.rewritten(FOR_DIGEST, unit);
      };
      marks.each(FOR_IMAGES, (unit) => { pending[unit] = 1; });
      for (let g = 0; g < image.length; g++) {
        const now = base[g];
        const next = image[g];
        const before = now?.pieces ?? nothing;
        const after = next?.pieces ?? nothing;
        for (let unit = g * GROUP, end = Math.min(units, unit + GROUP), first = 0; unit < end; unit++, first += width) {
          const looks = pending[unit] === 1;
          if (now === next && !looks) continue;
          pending[unit] = 0;
          let written = false;
          for (let c = 0; c < width; c++) {
            const piece = after[first + c];
            // What nobody marked is what it was: two pieces tell.
            if (!looks && before[first + c] === piece) continue;
            const column = columns[c] as WordColumn;
            const { words, per } = column;
            const from = unit * per;
            const to = Math.min(words.length, from + per);
            // Else it is written without a look, which takes longer, where a reader need not be told and memory is there.
            if (looks && (piece === undefined ? emptyPart(column, from, to) : c === seen && samePiece(words, from, to, piece))) continue;
            written = true;
            if (c === seen) changed(unit);
            writePiece(words, from, to, piece);
          }
          if (written || looks) tell(unit);
        }
      }
      for (const first of told) for (let unit = first; unit < Math.min(units, first + each); unit++) tell(unit);
      base = image;
    },
  };
}
