/**
 * Words at one moment, as images keep them: told as runs of equal steps where that is short (a chunk's head and nothing behind it, slots that follow one another), else as they are.
 * Many images hold the same piece; what all of them hold together is counted once for each.
 */

/** Runs that tell words in so much less room than the words themselves. */
const SHORTER = 8;
/** Bytes of a number in `runs`, and of what every piece takes beside its words. */
const RUN_BYTES = 8;
const PIECE_BYTES = 64;

export interface Piece {
  /** As they are; absent: see `runs`. */
  readonly words: Int32Array | undefined;
  /** Pairs: so many words, each so much more than the one before it, the first more than 0. */
  readonly runs: readonly number[];
  readonly bytes: number;
  /** Holders: images, or groups that images hold. */
  refs: number;
}

/** Undefined: all of them are zero. */
export function pieceOf(words: Int32Array, from: number, to: number): Piece | undefined {
  const runs: number[] = [];
  const most = ((to - from) / SHORTER) | 0;
  let [before, step, begun] = [0, words[from] as number, from];
  for (let i = from; i < to; i++) {
    const word = words[i] as number;
    if (((word - before) | 0) !== step) {
      runs.push(i - begun, step);
      if (runs.length > most) {
        const copy = words.slice(from, to);
        return { words: copy, runs: [], bytes: copy.byteLength + PIECE_BYTES, refs: 0 };
      }
      step = (word - before) | 0;
      begun = i;
    }
    before = word;
  }
  if (runs.length === 0 && step === 0) return undefined;
  runs.push(to - begun, step);
  return { words: undefined, runs, bytes: runs.length * RUN_BYTES + PIECE_BYTES, refs: 0 };
}

/** Are these words what a piece says? */
export function samePiece(words: Int32Array, from: number, to: number, piece: Piece | undefined): boolean {
  if (piece === undefined) {
    let i = from;
    for (; i + 7 < to; i += 8) if ((words[i]! | words[i + 1]! | words[i + 2]! | words[i + 3]! | words[i + 4]! | words[i + 5]! | words[i + 6]! | words[i + 7]!) !== 0) return false;
    for (; i < to; i++) if (words[i] !== 0) return false;
    return true;
  }
  const { words: as, runs } = piece;
  if (as !== undefined) {
    let i = from;
    let k = 0;
    for (; i + 3 < to; i += 4, k += 4) if (((words[i]! ^ as[k]!) | (words[i + 1]! ^ as[k + 1]!) | (words[i + 2]! ^ as[k + 2]!) | (words[i + 3]! ^ as[k + 3]!)) !== 0) return false;
    for (; i < to; i++, k++) if (words[i] !== as[k]) return false;
    return true;
  }
  for (let r = 0, i = from, word = 0; r < runs.length; r += 2) {
    const step = runs[r + 1] as number;
    for (const end = i + (runs[r] as number); i < end; i++) {
      word = (word + step) | 0;
      if (words[i] !== word) return false;
    }
  }
  return true;
}

/** Writes a piece back. */
export function writePiece(words: Int32Array, from: number, to: number, piece: Piece | undefined): void {
  if (piece === undefined) words.fill(0, from, to);
  else if (piece.words !== undefined) words.set(piece.words, from);
  else {
    const { runs } = piece;
    for (let r = 0, i = from, word = 0; r < runs.length; r += 2) {
      const step = runs[r + 1] as number;
      const end = i + (runs[r] as number);
      if (step === 0) words.fill(word, i, end);
      else for (let k = i; k < end; k++) words[k] = word = (word + step) | 0;
      i = end;
    }
  }
}

/** What is counted once, however many hold it. */
export interface Ledger {
  bytes: number;
}
/** Somebody holds these, or does no longer. */
export function hold(ledger: Ledger, pieces: readonly (Piece | undefined)[]): void {
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece !== undefined && piece.refs++ === 0) ledger.bytes += piece.bytes;
  }
}
export function drop(ledger: Ledger, pieces: readonly (Piece | undefined)[]): void {
  for (let i = 0; i < pieces.length; i++) {
    const piece = pieces[i];
    if (piece !== undefined && --piece.refs === 0) ledger.bytes -= piece.bytes;
  }
}
