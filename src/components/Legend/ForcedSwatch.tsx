/** Where the user's own colours are forced, a class is told by its pattern: the picture's own, pixel for pixel. */
import { useEffect, useRef } from 'react';
import type { Lens } from '../../../workers/uapi/lens.ts';
import { INK, paletteFor, patternAt } from '../../map/index.ts';
import { useTheme } from '../../state/theme.ts';
import { mapTheme } from '../MemoryMap/stage.ts';
import styles from './Swatch.module.css';

const SIZE = 11;

export const coloursForced = (): boolean => matchMedia('(forced-colors: active)').matches;

export function ForcedSwatch({ value, lens }: { value: number; lens: Lens }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useTheme((s) => s.theme);
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    const { fill, ink, pattern } = paletteFor(mapTheme(theme), false, undefined, lens);
    const pixels = new Uint32Array(SIZE * SIZE);
    for (let i = 0; i < pixels.length; i++) {
      const [x, y] = [i % SIZE, Math.floor(i / SIZE)];
      const edge = x === 0 || y === 0 || x === SIZE - 1 || y === SIZE - 1;
      pixels[i] = (edge ? fill[INK.lineStrong] : patternAt(pattern[value] as number, x, y) ? ink[value] : fill[value]) as number;
    }
    context.putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), SIZE, SIZE), 0, 0);
  }, [value, lens, theme]);
  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas without tabindex takes no focus
  return <canvas ref={canvas} width={SIZE} height={SIZE} className={styles.swatch} aria-hidden="true" />;
}
