/** `--machine FILE`, `-m SIZE` and `--cmdline TEXT`: the machine a subcommand works on. */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { editionNames } from '../../editions/index.ts';
import { describeMachine } from '../../init/firmware.ts';
import { createMachine } from '../../machine/machine.ts';
import type { Machine } from '../../machine/types.ts';
import '../../usr/bin/user_space.ts';
import type { BootRequest, GuestFile, MachineDescription } from '../../uapi/machine_description.ts';
import { UsageError } from './command.ts';

export const MACHINE_OPTIONS = {
  machine: { type: 'string' }, memory: { type: 'string', short: 'm' }, cmdline: { type: 'string' }, edition: { type: 'string' },
} as const;
export const MACHINE_USAGE = '[--machine FILE | -m SIZE[,slots=N,maxmem=SIZE] [--edition 6.1|3.11|2.6.12-mhp]] [--cmdline TEXT]';
const DEFAULT_MEMORY = '1G,slots=4,maxmem=8G';

interface Chosen {
  readonly machine?: string | undefined;
  readonly memory?: string | undefined;
  readonly cmdline?: string | undefined;
  readonly edition?: string | undefined;
}

/** A dump of /proc/kpageflags or /proc/kpagecount: u64 little endian per pfn, as pairs of u32. */
function dump(folder: string, name: string): Uint32Array {
  const bytes = gunzipSync(readFileSync(resolve(folder, name)));
  return new Uint32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + (bytes.byteLength & ~7)));
}

/** A machine file and the dumps beside it. */
export function machineFile(file: string): BootRequest {
  let description: MachineDescription;
  try {
    description = JSON.parse(readFileSync(file, 'utf8')) as MachineDescription;
  } catch (error) {
    throw new UsageError(`${file} cannot be read as a machine: ${(error as Error).message}.`);
  }
  if (description.format !== 'hotplug-lab machine' || description.version !== 1) throw new UsageError(`${file} is not a machine file of version 1 (its "format" should be "hotplug-lab machine").`);
  const { picture } = description;
  if (!picture) return { description };
  const folder = dirname(file);
  return { description, kpageflags: dump(folder, picture.kpageflags), ...(picture.kpagecount && { kpagecount: dump(folder, picture.kpagecount) }),
    ...(picture.migratetypes && { migratetypes: new Uint8Array(gunzipSync(readFileSync(resolve(folder, picture.migratetypes)))) }) };
}

/** Boots the machine that was asked for. */
export function bootChosen(chosen: Chosen, files: readonly GuestFile[] = []): Machine {
  if (chosen.machine !== undefined && (chosen.memory !== undefined || chosen.edition !== undefined)) throw new UsageError('--machine excludes -m and --edition: the file says both.');
  const editions: readonly string[] = editionNames();
  if (chosen.edition !== undefined && !editions.includes(chosen.edition)) throw new UsageError(`There is no edition ${chosen.edition}: --edition takes ${editions.join(', ')}.`);
  let request: BootRequest;
  if (chosen.machine !== undefined) request = machineFile(chosen.machine);
  else {
    const described = describeMachine({ title: 'command line', qemu_args: ['-m', chosen.memory ?? DEFAULT_MEMORY], ...(chosen.edition !== undefined && { edition: chosen.edition }) });
    if (!described.ok) throw new UsageError(described.reason);
    request = described;
  }
  if (files.length > 0) request = { ...request, files };
  const booted = createMachine(chosen.cmdline === undefined ? request : { ...request, description: { ...request.description, cmdline: chosen.cmdline } });
  if (!booted.ok) throw new UsageError(booted.reason);
  return booted.machine;
}
