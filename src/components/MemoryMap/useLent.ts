/** A canvas beside the picture, painted by whoever paints that. */
import { type RefObject, useEffect, useRef } from 'react';
import { lend, type Lent } from '../../map/index.ts';
import { firstPicture } from '../../state/picture.ts';

/** `sized`: device pixels, whenever they change. */
export function useLent(place: Parameters<typeof lend>[0], sized?: (width: number, height: number) => void): { readonly canvas: RefObject<HTMLCanvasElement | null>; readonly lent: RefObject<Lent | undefined> } {
  const canvas = useRef<HTMLCanvasElement>(null);
  const lent = useRef<Lent>(undefined);
  const latest = useRef(sized);
  latest.current = sized;
  useEffect(() => {
    if (!canvas.current) return undefined;
    const made = lend(place, canvas.current, firstPicture, (width, height) => { latest.current?.(width, height); });
    lent.current = made;
    return () => { made.stop(); };
  }, [place]);
  return { canvas, lent };
}
