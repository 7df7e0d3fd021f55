/** Completing a word at the cursor. Pure. */

/** Longest beginning that all words share. */
export function commonPrefix(words: readonly string[]): string {
  const [first = '', ...rest] = words;
  let length = first.length;
  for (const word of rest) {
    let same = 0;
    while (same < length && word[same] === first[same]) same++;
    length = same;
  }
  return first.slice(0, length);
}

/** The line with what stands between `start` and the cursor replaced, and where the cursor then is. */
export const replaceWord = (line: string, start: number, cursor: number, word: string): { text: string; cursor: number } => ({
  text: line.slice(0, start) + word + line.slice(cursor), cursor: start + word.length,
});
