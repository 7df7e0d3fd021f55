/** A modal dialog that is shown while `open` holds. The browser gives the focus back to where it was when it closes. */
import { type RefObject, useEffect, useRef } from 'react';

/** `light`: nothing in it can be lost, so that a press beside it closes it, as Escape does: a phone has no such key. */
export function useDialog(open: boolean, light = false): RefObject<HTMLDialogElement | null> {
  const node = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && node.current?.open === false) node.current.showModal();
    if (!open) node.current?.close();
  }, [open]);
  useEffect(() => {
    const dialog = node.current;
    if (!dialog || !light) return undefined;
    const press = ({ target, clientX, clientY }: PointerEvent): void => {
      const { left, right, top, bottom } = dialog.getBoundingClientRect();
      // What lies around it belongs to it, too.
      if (target === dialog && (clientX < left || clientX > right || clientY < top || clientY > bottom)) dialog.close();
    };
    dialog.addEventListener('pointerdown', press);
    return () => { dialog.removeEventListener('pointerdown', press); };
  }, [light]);
  return node;
}
