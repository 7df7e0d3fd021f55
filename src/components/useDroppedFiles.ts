/** Files may be dropped anywhere on the page: the browser would leave it otherwise. */
import { useEffect } from 'react';
import { droppedFiles } from '../engine/dropped.ts';
import { showImport } from '../state/importing.ts';
import { useSession } from './SessionContext.ts';

export function useDroppedFiles(): void {
  const { engine } = useSession();
  useEffect(() => {
    const carriesFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') === true;
    const onDragOver = (event: DragEvent): void => { if (carriesFiles(event)) event.preventDefault(); };
    const onDrop = (event: DragEvent): void => {
      if (!carriesFiles(event) || event.defaultPrevented || !event.dataTransfer) return;
      event.preventDefault();
      showImport(true);
      const dropped = droppedFiles(event.dataTransfer);
      void import('../engine/import_files.ts').then(async ({ readFiles }) => readFiles(engine, await dropped));
    };
    window.addEventListener('dragover', onDragOver);
    window.addEventListener('drop', onDrop);
    return () => {
      window.removeEventListener('dragover', onDragOver);
      window.removeEventListener('drop', onDrop);
    };
  }, [engine]);
}
