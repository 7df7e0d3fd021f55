/**
 * The one file that the collector script writes (public/collect.sh): text, a heading for each file, and its content with a blank before every line, so that nothing in a file can
 * be taken for a heading.
 *   hotplug-lab collection 1
 *   == /proc/meminfo
 *    MemTotal: …
 *   == /proc/kpageflags od
 *    000000 0000000100000000 …
 *   == /proc/pagetypeinfo unreadable
 *   == end
 */
import type { ImportFile } from './files.ts';
import { textOf } from './files.ts';
import { Problem, shown } from './problem.ts';

export const COLLECTION = 'hotplug-lab collection 1';
export const isCollection = (bytes: Uint8Array): boolean => textOf(bytes, 0, COLLECTION.length) === COLLECTION;

export interface CollectedFile extends ImportFile {
  /** Where the content lies in `bytes`, if it was printed by od. */
  readonly od?: { readonly start: number; readonly end: number };
}

/** Sections of a collection as files; those that could not be read are named in `unreadable`. */
export function splitCollection(bytes: Uint8Array): { files: CollectedFile[]; unreadable: string[] } {
  const files: CollectedFile[] = [];
  const unreadable: string[] = [];
  let heading: { name: string; how: string; from: number } | undefined;
  let whole = false;
  const close = (end: number): void => {
    if (heading === undefined) return;
    const { name, how, from } = heading;
    if (how === 'unreadable') unreadable.push(name);
    else if (how === 'od') files.push({ name: name.slice(1), bytes, od: { start: from, end } });
    else files.push({ name: name.slice(1), bytes: unindent(bytes, from, end) });
  };
  for (let at = 0, nr = 1; at < bytes.length && !whole; nr++) {
    const stop = bytes.indexOf(0x0a, at);
    const eol = stop < 0 ? bytes.length : stop;
    if (bytes[at] === 0x3d) {
      close(at);
      const line = textOf(bytes, at, Math.min(eol, at + 300));
      const m = /^== (\/[!-~]+)(?: (od|unreadable|link))?\r?$/.exec(line);
      whole = /^== end\r?$/.test(line);
      // A last line without an end is no line yet.
      if (!m && !whole && stop < 0) break;
      if (!m && !whole) throw new Problem(`Line ${nr} of the collection is no heading: "${shown(line)}".`, 'a heading is == and the path of a file', 'give all that the collector script printed, unchanged');
      heading = m ? { name: m[1] as string, how: m[2] ?? '', from: eol + 1 } : undefined;
    } else if (at > 0 && eol > at && bytes[at] !== 0x20 && bytes[at] !== 0x23) {
      throw new Problem(`Line ${nr} of the collection stands outside of any file: "${shown(textOf(bytes, at, Math.min(eol, at + 80)))}".`, 'lines of a file begin with a blank', 'give all that the collector script printed, unchanged');
    }
    at = eol + 1;
  }
  if (!whole) throw new Problem('The collection breaks off before its end.', 'its last line is == end', 'run the collector script again, and give all that it printed');
  return { files, unreadable };
}

/** The lines between, without the blank before each. */
function unindent(bytes: Uint8Array, from: number, end: number): Uint8Array {
  const out = new Uint8Array(Math.max(0, end - from));
  let to = 0;
  for (let at = from; at < end; ) {
    const stop = bytes.indexOf(0x0a, at);
    const eol = stop < 0 || stop >= end ? end : stop + 1;
    const first = bytes[at] === 0x20 ? at + 1 : at;
    out.set(bytes.subarray(first, eol), to);
    to += eol - first;
    at = eol;
  }
  return out.subarray(0, to);
}
