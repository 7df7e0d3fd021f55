/** PS1: what stands before a line at the terminal. */
import type { Sh } from './shell.ts';
import { getVar } from './vars.ts';

/** Debian's for root: user, host, directory, '#'. */
const DEFAULT = '\\u@\\h:\\w\\$ ';

export function promptOf(sh: Sh): string {
  const home = getVar(sh, 'HOME') ?? '';
  const cwd = getVar(sh, 'PWD') ?? sh.sys.getcwd();
  const shown = home !== '' && (cwd === home || cwd.startsWith(`${home}/`)) ? `~${cwd.slice(home.length)}` : cwd;
  const uid = sh.sys.getuid();
  const words: Readonly<Record<string, string>> = {
    u: uid === 0 ? 'root' : uid === 65534 ? 'nobody' : String(uid), h: 'lab', H: 'lab', w: shown, W: shown.slice(shown.lastIndexOf('/') + 1) || '/', $: uid === 0 ? '#' : '$',
    n: '\n', '\\': '\\', s: sh.state.name, e: '\x1b', '[': '', ']': '', '!': String(sh.state.history.length + 1),
  };
  return (getVar(sh, 'PS1') ?? DEFAULT).replace(/\\([uhHwW$n\\se[\]!])/g, (_, c: string) => words[c] ?? '');
}
