/** `--mount HOSTDIR:/path`: a folder of this computer, copied into the machine before it boots. Nothing is ever written back. */
import { lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { GuestFile } from '../../uapi/machine_description.ts';
import { UsageError } from './command.ts';

/** Bytes that the machine's files may hold: fs/tmpfs.ts. */
const MAX_BYTES = 2 ** 25;

export function hostFile(file: string, path: string): GuestFile {
  return { path, data: readFileSync(file).toString('latin1'), mode: statSync(file).mode & 0o777 };
}
export function mounted(option: string): GuestFile[] {
  const m = /^(.+):(\/.*)$/.exec(option);
  if (!m) throw new UsageError(`--mount takes HOSTDIR:/path, not "${option}".`);
  const [, folder = '', place = ''] = m;
  if (!statSync(folder).isDirectory()) throw new UsageError(`--mount: ${folder} is not a folder.`);
  const files: GuestFile[] = [];
  let bytes = 0;
  const walk = (from: string, to: string): void => {
    files.push({ path: `${to}/`, data: '', mode: 0o755 });
    for (const name of readdirSync(from).sort()) {
      const path = join(from, name);
      const stat = lstatSync(path);
      if (stat.isDirectory()) walk(path, `${to}/${name}`);
      else if (stat.isFile()) {
        bytes += stat.size;
        if (bytes > MAX_BYTES) throw new UsageError(`--mount: ${folder} holds more than ${MAX_BYTES / 2 ** 20} MiB; mount a smaller folder.`);
        files.push(hostFile(path, `${to}/${name}`));
      }
    }
  };
  walk(folder, place.replace(/\/+$/, ''));
  return files;
}
