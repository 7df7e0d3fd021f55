/** `lab import`: somebody's files → a machine file and its dumps. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { importMachine } from '../../import/import.ts';
import type { ImportFile } from '../../import/files.ts';
import type { ImportSummary } from '../../uapi/engine.ts';
import { unpack } from '../unpack.ts';
import { type LabCommand, readArguments, UsageError } from './command.ts';

const MIB = 2 ** 20;

/** A file, or every file below a folder (links as empty files: memory7/node0). */
function filesAt(path: string, name = path): ImportFile[] {
  if (!statSync(path).isDirectory()) return [{ name: basename(name), bytes: new Uint8Array(readFileSync(path)) }];
  const found: ImportFile[] = [];
  const visit = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const at = `${prefix}/${entry.name}`;
      if (entry.isDirectory()) visit(join(folder, entry.name), at);
      else if (entry.isFile()) found.push({ name: at, bytes: readable(join(folder, entry.name)) });
      else if (entry.isSymbolicLink()) found.push({ name: at, bytes: new Uint8Array(0) });
    }
  };
  visit(path, path.replace(/^\/+|\/+$/g, '').replace(/(^|\/)\.\.?(?=\/|$)/g, '') || 'folder');
  return found;
}
/** In a folder of /sys some files are for writing only: those say nothing. */
function readable(path: string): Uint8Array {
  try {
    return new Uint8Array(readFileSync(path));
  } catch {
    return new Uint8Array(0);
  }
}

export function summaryLines({ name, ram, blocks, offline, given, synthesised, notes }: ImportSummary): string[] {
  const list = (title: string, items: readonly string[]): string[] => (items.length === 0 ? [] : [title, ...items.map((item) => `  ${item}`)]);
  return [
    `${name}: ${Math.round(ram / MIB)} MiB of RAM in ${blocks} memory blocks, ${offline} of them offline.`,
    ...list('Given:', given), ...list('Made up to match:', synthesised), ...list('Not used:', notes),
  ];
}

export const importCommand: LabCommand = {
  usage: 'FILE… [-o MACHINE.json] [--name TEXT]',
  about: 'Reads what is known of a real machine (lsmem --json, iomem, zoneinfo …, archives and folders of them, or what public/collect.sh printed) and writes a machine file.',
  async run(argv) {
    const { positionals, values } = readArguments(argv, { output: { type: 'string', short: 'o' }, name: { type: 'string' } }, { min: 1, max: 100_000, what: 'A file' });
    const plain = await unpack(positionals.flatMap((path) => filesAt(path)));
    const imported = plain.ok ? importMachine(plain.files, values.name) : plain;
    if (!imported.ok) {
      console.error([imported.reason, imported.rule && `Rule: ${imported.rule}.`, imported.remedy && `Try: ${imported.remedy}.`].filter(Boolean).join('\n'));
      return 1;
    }
    for (const line of summaryLines(imported.summary)) console.log(line);
    const { output } = values;
    if (output === undefined) return 0;
    if (!output.endsWith('.json')) throw new UsageError(`-o takes the name of a machine file, MACHINE.json, not "${output}".`);
    const { description, kpageflags, kpagecount, migratetypes } = imported.request;
    const stem = output.slice(0, -'.json'.length);
    const write = (part: string, data: Uint32Array | Uint8Array | undefined): Record<string, string> => {
      if (data === undefined) return {};
      writeFileSync(`${stem}.${part}.gz`, gzipSync(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), { level: 6 }));
      return { [part]: `${basename(stem)}.${part}.gz` };
    };
    const picture = { ...write('kpageflags', kpageflags), ...write('kpagecount', kpagecount), ...write('migratetypes', migratetypes) };
    writeFileSync(output, `${JSON.stringify({ ...description, ...('kpageflags' in picture ? { picture } : {}) }, null, 1)}\n`);
    console.log(`Written: ${output}; open it with lab sh --machine ${output} -c lsmem`);
    return 0;
  },
};
