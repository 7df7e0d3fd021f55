/** What was dropped, as files. Small and there from the beginning: a drop that nobody takes makes the browser leave the page. */

export interface Named {
  readonly name: string;
  readonly file: File;
}

/** Files of a drop, those inside folders included. Must be called while the event is handled: afterwards the list is empty. */
export async function droppedFiles(data: DataTransfer): Promise<Named[]> {
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry() ?? []);
  const loose = [...data.files];
  const found: Named[] = [];
  async function visit(entry: FileSystemEntry): Promise<void> {
    if (entry.isFile) {
      const file = await new Promise<File>((resolve, reject) => { (entry as FileSystemFileEntry).file(resolve, reject); });
      found.push({ name: entry.fullPath.replace(/^\/+/, ''), file });
      return;
    }
    const reader = (entry as FileSystemDirectoryEntry).createReader();
    // A reader gives a hundred at a time, and nothing when it is through.
    for (;;) {
      const part = await new Promise<FileSystemEntry[]>((resolve, reject) => { reader.readEntries(resolve, reject); });
      if (part.length === 0) return;
      for (const each of part) await visit(each);
    }
  }
  for (const entry of entries) await visit(entry);
  return found.length > 0 ? found : loose.map((file) => ({ name: file.name, file }));
}
