/** Files that were dropped, chosen or pasted → what the kernel's worker makes of them. Everything stays in this page. */
import { transfer } from 'comlink';
import type { GivenFile } from '../../workers/uapi/engine.ts';
import { bytes as size } from '../format/numbers.ts';
import { setStage } from '../state/importing.ts';
import { t } from '../strings/later.ts';
import type { Engine } from './connect.ts';
import type { Named } from './dropped.ts';

/** What import/files.ts would refuse as well, known before a byte is read. */
const MAX_BYTES = 2 ** 30;

export const chosenFiles = (list: FileList): Named[] => [...list].map((file) => ({ name: file.webkitRelativePath === '' ? file.name : file.webkitRelativePath, file }));

/** Reads the files and has them looked at; the outcome is a stage of the dialog. */
export async function readFiles(engine: Engine, named: readonly Named[]): Promise<void> {
  const total = named.reduce((sum, { file }) => sum + file.size, 0);
  if (total > MAX_BYTES) {
    setStage({ at: 'failed', refusal: { reason: t.importing.tooLarge(size(total)) } });
    return;
  }
  const files: GivenFile[] = [];
  let read = 0;
  for (const { name, file } of named) {
    setStage({ at: 'reading', files: named.length, bytes: total, read });
    try {
      files.push({ name, bytes: new Uint8Array(await file.arrayBuffer()) });
    } catch {
      setStage({ at: 'failed', refusal: { reason: t.importing.unreadable(name) } });
      return;
    }
    read += file.size;
  }
  const [first] = named;
  await look(engine, files, named.length === 1 && first ? first.name : undefined);
}
export const readPasted = (engine: Engine, text: string): Promise<void> => look(engine, [{ name: '', bytes: new TextEncoder().encode(text) }]);

async function look(engine: Engine, files: readonly GivenFile[], name?: string): Promise<void> {
  setStage({ at: 'parsing' });
  const answer = await engine.api.importMachine(transfer([...files], files.map(({ bytes }) => bytes.buffer as ArrayBuffer)), name);
  setStage(answer.ok ? { at: 'found', request: answer.request, summary: answer.summary } : { at: 'failed', refusal: answer });
}
