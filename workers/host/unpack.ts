/** Files as somebody gave them → plain files: gzip is undone here, where there is a stream for it (browser and Node alike); archives are opened by import/files.ts. */
import { type ImportFile, MAX_BYTES, openArchives, tooLarge } from '../import/files.ts';
import { Problem, refusalOf, shown } from '../import/problem.ts';
import type { Reply } from '../uapi/command.ts';

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** At most `limit` bytes, else a Problem: a small file can unpack to anything. */
async function gunzip({ name, bytes }: ImportFile, limit: number): Promise<ImportFile> {
  const plain = name.replace(/\.t?gz$/i, (end) => (end.toLowerCase() === '.tgz' ? '.tar' : ''));
  const parts: Uint8Array[] = [];
  let total = 0;
  const reader = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream('gzip')).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      parts.push(value);
      total += value.length;
      if (total > limit) throw tooLarge(name);
    }
  } catch (error) {
    if (error instanceof Problem) {
      // The stream is given up; that it complains changes nothing.
      await reader.cancel().catch(() => undefined);
      throw error;
    }
    throw new Problem(`${shown(name)} is damaged: it does not unpack as gzip.`, 'a gzip file ends with its checksum and its length', 'copy or download it again');
  }
  const all = new Uint8Array(total);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return { name: plain, bytes: all };
}

async function gunzipAll(files: readonly ImportFile[], limit: number): Promise<ImportFile[]> {
  const out: ImportFile[] = [];
  let total = 0;
  for (const file of files) {
    const plain = isGzip(file.bytes) ? await gunzip(file, limit - total) : file;
    total += plain.bytes.length;
    if (total > limit) throw tooLarge('What was given');
    out.push(plain);
  }
  return out;
}

/** Undoes gzip around archives and around files inside them. Refused: what is damaged, or too large. */
export async function unpack(files: readonly ImportFile[], limit = MAX_BYTES): Promise<Reply<{ files: ImportFile[] }>> {
  try {
    return { ok: true, files: await gunzipAll(openArchives(await gunzipAll(files, limit)), limit) };
  } catch (error) {
    if (error instanceof Problem) return refusalOf(error);
    throw error;
  }
}
