/** Divides pixels among kinds in proportion to their frames: largest remainder, ties to the kind listed first. Colours are never mixed; a mixed colour would be another kind. */

/**
 * Writes to `out[i]` how many of `pixels` go to counts[i], for the first `n`; they sum to `pixels` unless all counts are 0. `out[i]` is within one of the exact share.
 * Exact while sum × pixels < 2⁵³.
 */
export function apportion(counts: Int32Array, n: number, pixels: number, out: Int32Array): void {
  let total = 0;
  for (let i = 0; i < n; i++) total += counts[i] as number;
  if (total === 0) {
    out.fill(0, 0, n);
    return;
  }
  let left = pixels;
  for (let i = 0; i < n; i++) {
    const whole = Math.floor(((counts[i] as number) * pixels) / total);
    out[i] = whole;
    left -= whole;
  }
  // Fewer rounds than kinds: each hands one pixel to the largest remainder that has not had one.
  while (left > 0) {
    let best = -1;
    let largest = 0;
    for (let i = 0; i < n; i++) {
      const remainder = (counts[i] as number) * pixels - (out[i] as number) * total;
      if (remainder > largest) {
        largest = remainder;
        best = i;
      }
    }
    out[best] = (out[best] as number) + 1;
    left--;
  }
}
