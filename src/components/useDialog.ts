/** A modal dialog that is shown while `open` holds. The browser gives the focus back to where it was when it closes. */
import { type RefObject, useEffect, useRef } from 'react';

export function useDialog(open: boolean): RefObject<HTMLDialogElement | null> {
  const node = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    if (open && node.current?.open === false) node.current.showModal();
    if (!open) node.current?.close();
  }, [open]);
  return node;
}
