/** What can lie over the page: keys and palette, importing, plugging, comparing. Each is loaded when it is asked for. */
import { lazy, useEffect } from 'react';
import { droppedFiles, readFiles } from '../engine/import_files.ts';
import { useGesture } from '../state/gesture.ts';
import { showImport, useImport } from '../state/importing.ts';
import { useTime } from '../state/time.ts';
import { Asked } from './later.tsx';
import { Commands } from './Palette/Commands.tsx';
import { useSession } from './SessionContext.ts';

const Compare = lazy(async () => ({ default: (await import('./Compare/Compare.tsx')).Compare }));
const ImportDialog = lazy(async () => ({ default: (await import('./ImportDialog/ImportDialog.tsx')).ImportDialog }));
const PlugDialog = lazy(async () => ({ default: (await import('./PlugDialog/PlugDialog.tsx')).PlugDialog }));

/** Files may be dropped anywhere on the page: the browser would leave it otherwise. */
function useDroppedFiles(): void {
  const { engine } = useSession();
  useEffect(() => {
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const onDragOver = (event: DragEvent): void => { if (carriesFiles(event)) event.preventDefault(); };
    const onDrop = (event: DragEvent): void => {
      if (!carriesFiles(event) || event.defaultPrevented || !event.dataTransfer) return;
      event.preventDefault();
      showImport(true);
      void droppedFiles(event.dataTransfer).then((named) => readFiles(engine, named));
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('drop', onDrop);
    };
  }, [engine]);
}

export function Dialogs() {
  useDroppedFiles();
  const importing = useImport((s) => s.open);
  const board = useGesture((s) => s.dialog !== undefined);
  const comparing = useTime((s) => s.comparison !== undefined);
  return (
    <>
      <Commands />
      <Asked wanted={importing} of={ImportDialog} />
      <Asked wanted={board} of={PlugDialog} />
      <Asked wanted={comparing} of={Compare} />
    </>
  );
}
