/** Finding a command by what is typed: all words must occur, in any order; earlier and whole-word hits come first. */

/** 0: does not match; else the larger the better. */
export function score(title: string, typed: string): number {
  const text = title.toLowerCase();
  let sum = 1;
  for (const word of typed.toLowerCase().split(/\s+/)) {
    if (word === '') continue;
    const at = text.indexOf(word);
    if (at < 0) return 0;
    const begins = at === 0 || !/[\p{L}\p{N}]/u.test(text[at - 1] ?? '');
    const ends = !/[\p{L}\p{N}]/u.test(text[at + word.length] ?? '');
    sum += 100 - Math.min(at, 60) + (begins ? 200 : 0) + (begins && ends ? 100 : 0);
  }
  return sum;
}

/** The best `most` of the list, best first; ties stay in order. */
export function best<T extends { readonly title: string }>(all: readonly T[], typed: string, most: number): T[] {
  return all.map((item, i) => ({ item, i, value: score(item.title, typed) })).filter(({ value }) => value > 0).sort((a, b) => b.value - a.value || a.i - b.i).slice(0, most).map(({ item }) => item);
}
