/** A file that a program did not find, and the option of the kernel's configuration that would bring it. Pure. */
import type { KernelOption } from '../../workers/uapi/kconfig.ts';
import { optionThatBrings } from '../../workers/uapi/kconfig_files.ts';

/** Nobody opens a file below /sys that is not there, and who would make it is not allowed to. */
const NOT_THERE = /: (?:No such file or directory|Permission denied)$/;
/** Quoted, or the word before what went wrong. */
const NAMES = /'([^']+)'|([^\s':]+)(?=: )/g;

/** What a line of error output found missing and which option of this machine's kernel would bring it; undefined: no such line, or no option would. */
export function missingIn(text: string, description: Parameters<typeof optionThatBrings>[0]): { readonly path: string; readonly option: KernelOption } | undefined {
  if (!NOT_THERE.test(text)) return undefined;
  for (const [, quoted, bare] of text.matchAll(NAMES)) {
    const path = quoted ?? bare ?? '';
    const option = optionThatBrings(description, path);
    if (option) return { path, option };
  }
  return undefined;
}
