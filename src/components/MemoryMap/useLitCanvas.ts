/** A canvas over a picture, on which the frames that are lit stand out from a veil. */
import { type RefObject, useCallback, useEffect, useMemo, useRef } from 'react';
import { drawLit, type LitPlace, litRuns } from '../../map/lit.ts';
import { useLit } from '../../state/lit.ts';
import { useTheme } from '../../state/theme.ts';

/** CSS pixels of a mark. */
const MARK = 3;

/** Where the block's pageblocks are on the canvas (device pixels), for a canvas of that size; undefined: nothing is drawn. */
export type PlaceOn = (width: number, height: number) => Pick<LitPlace, 'first' | 'end' | 'boxOf'> | undefined;

/** Gives the canvas, and what draws it anew. `marks`: under pageblocks with lit frames. */
export function useLitCanvas(placeOn: PlaceOn, marks: boolean): { readonly canvas: RefObject<HTMLCanvasElement | null>; readonly draw: () => void } {
  const canvas = useRef<HTMLCanvasElement>(null);
  const latest = useRef(placeOn);
  latest.current = placeOn;
  const lit = useLit((s) => s.lit);
  useTheme((s) => s.theme);
  const runs = useMemo(() => (lit ? litRuns(lit.pfns) : undefined), [lit]);
  /** The canvas that something is drawn on. */
  const inked = useRef<HTMLCanvasElement>(undefined);
  const draw = useCallback(() => {
    const node = canvas.current;
    // Mostly nothing is lit: then nobody asks for a size, for which the browser would have to lay out the page at once.
    if (!node || (!runs && inked.current !== node)) return;
    const context = node.getContext('2d');
    if (!context) return;
    inked.current = runs && node;
    const [width, height] = [Math.round(node.clientWidth * devicePixelRatio), Math.round(node.clientHeight * devicePixelRatio)];
    if (node.width !== width) node.width = width;
    if (node.height !== height) node.height = height;
    context.clearRect(0, 0, width, height);
    const place = runs && latest.current(width, height);
    if (!runs || !place) return;
    const style = getComputedStyle(node);
    drawLit(context, runs, { ...place, veil: style.getPropertyValue('--veil'), mark: style.getPropertyValue('--mark'), markHeight: marks ? Math.round(MARK * devicePixelRatio) : 0 });
  }, [runs, marks]);
  useEffect(draw);
  return { canvas, draw };
}
