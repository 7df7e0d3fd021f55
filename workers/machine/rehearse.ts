/**
 * Going back is done for the first time when somebody waits for it, by code that nobody has compiled yet. Here it is done before, on tables and a list of nobody's: two states are put back in
 * turns until the compiler has seen what is written and how. A few hundredths of a second; whoever calls it does so when nothing else is to be done.
 */
import { contentsOf } from '../lib/remember.ts';
import type { Marks } from './changes.ts';
import { createRowImages, type RowImage } from './row_image.ts';
import { frameColumns, unitsOf, type WordColumn } from './rows.ts';

const UNITS = 128;
const FRAMES = UNITS * 512;
/** Longer than the lists that are kept as a whole, and of more than one piece. */
const LIST = 10_000;
const TURNS = 24;

/** Columns as frames have them. */
function columnsOfNobody(): readonly WordColumn[] {
  const memmap = {
    state: new Uint8Array(FRAMES), kind: new Uint8Array(FRAMES), tag: new Uint16Array(FRAMES), next: new Int32Array(FRAMES), prev: new Int32Array(FRAMES), owner: new Int32Array(FRAMES),
  };
  return frameColumns({ memmap, cold: { flags: new Uint32Array(FRAMES) } });
}
/** What is told by a few runs, what is not, and nothing, by unit. */
function fill(columns: readonly WordColumn[], seed: number): void {
  for (const [c, { words, per }] of columns.entries()) {
    for (let i = 0; i < words.length; i++) {
      const unit = Math.trunc(i / per);
      const kept = (unit + c + seed) % 4;
      words[i] = kept === 0 ? 0 : kept === 1 ? i * seed : kept === 2 ? seed : Math.imul(i + seed, 0x9e3779b1) >>> 1;
    }
  }
}
const sameWords = (columns: readonly WordColumn[], as: readonly Int32Array[]): boolean => columns.every(({ words }, c) => words.every((word, i) => word === (as[c] as Int32Array)[i]));

/** True: what was put back is what was there. */
export function rehearse(): boolean {
  const columns = columnsOfNobody();
  const all = Array.from({ length: unitsOf(columns) }, (_, unit) => unit);
  let pending: readonly number[] = all;
  const marks: Marks = {
    each: (_, visit) => {
      for (const unit of pending) visit(unit);
      pending = [];
    },
    rewritten: () => {}, seen: () => {},
  };
  const images = createRowImages(columns, marks, { bytes: 0 });
  const list: number[] = [];
  const states: { readonly image: RowImage; readonly words: readonly Int32Array[]; readonly list: () => void }[] = [];
  for (const seed of [3, 5]) {
    fill(columns, seed);
    for (let i = 0; i < LIST; i++) list[i] = i * seed;
    pending = all;
    states.push({ image: images.capture().image, words: columns.map(({ words }) => words.slice()), list: contentsOf(list) });
  }
  let exact = true;
  for (let turn = 0; turn < TURNS; turn++) {
    const to = states[turn % states.length] as (typeof states)[number];
    // Now and then as if the machine had lived on: then every part is looked at.
    if (turn % 4 === 3) pending = all;
    images.restore(to.image, { seen: 1, changed: () => {}, known: () => {} }, [], 0);
    to.list();
    if (turn >= TURNS - states.length) exact &&= sameWords(columns, to.words);
  }
  return exact;
}
