/** What moves with every frame of a zoom is moved by hand: no rendering, only a change of style. */
import { useLayoutEffect, useRef } from 'react';
import { type PictureState, usePicture } from '../../state/picture.ts';

/** Calls `move` when the picture has moved, and when what is to be moved has been rendered. */
export function useMoved(move: (picture: PictureState) => void): void {
  const latest = useRef(move);
  useLayoutEffect(() => {
    latest.current = move;
    move(usePicture.getState());
  }, [move]);
  useLayoutEffect(() => usePicture.subscribe((picture) => { latest.current(picture); }), []);
}
