/** The list of machines and the machines themselves, as files under public/machines. A file that cannot be used is refused in one sentence that names it. */
import * as v from 'valibot';
import { ARCHES } from '../../workers/uapi/arch.ts';
import type { BootRequest, MachineDescription } from '../../workers/uapi/machine_description.ts';
import { shownLanguage, t } from '../strings/index.ts';
import { Failure } from './failure.ts';

const bytes = v.pipe(v.number(), v.integer(), v.minValue(0));
const rangeOf = { start: bytes, end: bytes };
const description = v.object({
  format: v.literal('hotplug-lab machine'),
  version: v.literal(1),
  name: v.string(),
  about: v.optional(v.string()),
  edition: v.picklist(['2.6.12-mhp', '3.11', '6.1']),
  arch: v.picklist(ARCHES),
  pageSize: v.optional(bytes),
  memory: v.pipe(v.array(v.object({ ...rangeOf, type: v.picklist(['usable', 'reserved', 'ACPI data', 'ACPI NVS', 'persistent', 'unusable']) })), v.minLength(1)),
  numa: v.array(v.object({ ...rangeOf, nid: bytes, hotplug: v.optional(v.boolean()) })),
  cmdline: v.string(),
  cpus: v.pipe(bytes, v.minValue(1)),
  hypervisor: v.boolean(),
  ramdisk: v.optional(v.object(rangeOf)),
  profile: v.picklist(['debian-6.1-q35', 'linux-3.11-pc', 'linux-2.6.12-i386', 'bare']),
  patchSet: v.optional(v.picklist(['2005-02', '2005-08'])),
  config: v.optional(v.record(v.string(), v.boolean())),
  modules: v.optional(v.array(v.string())),
  slots: v.optional(v.object({ count: bytes, maxmem: bytes, ram: bytes })),
  release: v.optional(v.string()),
  kernelVersion: v.optional(v.string()),
  picture: v.optional(v.object({ kpageflags: v.string(), kpagecount: v.optional(v.string()), migratetypes: v.optional(v.string()) })),
  seed: v.optional(v.number()),
});
const words = { name: v.string(), about: v.optional(v.string()) };
const index = v.object({
  /** `translations`: by language; the entry's own words are English. */
  machines: v.pipe(v.array(v.object({ id: v.string(), file: v.string(), ...words, translations: v.optional(v.record(v.string(), v.object(words))) })), v.minLength(1)),
});
/** `imported`: from somebody's files, not from this site. */
export type MachineEntry = Omit<v.InferOutput<typeof index>['machines'][number], 'translations'> & { readonly imported?: boolean };

/** Relative to the page, so that the site works under any sub-path. */
const ROOT = 'machines/';

async function get(url: string): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new Failure(t.failure.unreachable(url), error);
  }
  if (!response.ok) throw new Failure(t.failure.missing(url), `HTTP ${response.status}`);
  return response;
}

async function json(url: string): Promise<unknown> {
  const response = await get(url);
  try {
    return await response.json();
  } catch (error) {
    throw new Failure(t.failure.notJson(url), error);
  }
}

/** Where in a file something is wrong: 'memory.0.end'. */
const where = (issue: v.BaseIssue<unknown>): string => `${v.getDotPath(issue) ?? ''}: ${issue.message}`;

/** Machines that can be chosen, in the language of the page where they have words in it. */
export async function listMachines(): Promise<readonly MachineEntry[]> {
  const url = `${ROOT}index.json`;
  const parsed = v.safeParse(index, await json(url));
  if (!parsed.success) throw new Failure(t.failure.badIndex(url), where(parsed.issues[0]));
  return parsed.output.machines.map(({ translations, ...entry }) => ({ ...entry, ...translations?.[shownLanguage] }));
}

/** Checks a machine file's content. Throws a Failure that says what is wrong with it. */
export function parseMachine(value: unknown, url: string): MachineDescription {
  const parsed = v.safeParse(description, value);
  if (!parsed.success) throw new Failure(t.failure.badMachine(url), where(parsed.issues[0]));
  // The schema has an optional key where the type has an absent one (exactOptionalPropertyTypes): JSON cannot hold undefined, so the two agree.
  return parsed.output as MachineDescription;
}

/** A dump of u64 per page frame, gzip or plain (a host that sends Content-Encoding has unpacked it already). */
export async function unpackDump(body: ArrayBuffer, url: string): Promise<Uint32Array> {
  const head = new Uint8Array(body, 0, Math.min(2, body.byteLength));
  let plain = body;
  if (head[0] === 0x1f && head[1] === 0x8b) {
    try {
      plain = await new Response(new Blob([body]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
    } catch (error) {
      throw new Failure(t.failure.badDump(url), error);
    }
  }
  if (plain.byteLength === 0 || plain.byteLength % 8 !== 0) throw new Failure(t.failure.badDump(url), `${plain.byteLength} bytes are not a whole number of 64-bit words`);
  return new Uint32Array(plain);
}

const dump = async (url: string): Promise<Uint32Array> => unpackDump(await (await get(url)).arrayBuffer(), url);

/** Fetches a machine and the dumps that belong to it. */
export async function loadMachine(entry: Pick<MachineEntry, 'file'>): Promise<BootRequest> {
  const url = `${ROOT}${entry.file}`;
  const machine = parseMachine(await json(url), url);
  const folder = url.slice(0, url.lastIndexOf('/') + 1);
  if (machine.picture === undefined) return { description: machine };
  const { kpageflags, kpagecount } = machine.picture;
  const [flags, counts] = await Promise.all([dump(folder + kpageflags), kpagecount === undefined ? undefined : dump(folder + kpagecount)]);
  return { description: machine, kpageflags: flags, ...(counts && { kpagecount: counts }) };
}
