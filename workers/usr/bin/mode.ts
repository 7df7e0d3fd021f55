/** Permission bits as people write and read them. */

/** '644', 'u+x,go-w', 'a=r' applied to `old`; undefined: not a mode. X counts for directories and for what somebody may execute. */
export function parseMode(text: string, old: number, dir: boolean, umask: number): number | undefined {
  if (/^[0-7]{1,4}$/.test(text)) return Number.parseInt(text, 8);
  let mode = old & 0o7777;
  for (const clause of text.split(',')) {
    const m = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
    if (!m) return undefined;
    const who = m[1] === '' || m[1]?.includes('a') ? 'ugo' : (m[1] as string);
    const masked = m[1] === '' ? ~umask : ~0;
    for (const [, op = '', perms = ''] of (m[2] as string).matchAll(/([-+=])([rwxXst]*|[ugo])/g)) {
      let bits = 0;
      let field = 0;
      for (const w of who) {
        const shift = w === 'u' ? 6 : w === 'g' ? 3 : 0;
        field |= 7 << shift;
        if (/^[ugo]$/.test(perms)) bits |= ((mode >> (perms === 'u' ? 6 : perms === 'g' ? 3 : 0)) & 7) << shift;
        for (const c of perms) {
          if (c === 'r') bits |= 4 << shift;
          else if (c === 'w') bits |= 2 << shift;
          else if (c === 'x' || (c === 'X' && (dir || (mode & 0o111) !== 0))) bits |= 1 << shift;
          else if (c === 's') bits |= w === 'u' ? 0o4000 : w === 'g' ? 0o2000 : 0;
          else if (c === 't') bits |= 0o1000;
        }
      }
      bits &= masked;
      mode = op === '+' ? mode | bits : op === '-' ? mode & ~bits : (mode & ~field) | bits;
    }
  }
  return mode;
}
/** '-rw-r--r--'. */
export function modeString(kind: 'dir' | 'file' | 'link', mode: number, special?: 'fifo' | 'char' | 'block'): string {
  const type = special === 'fifo' ? 'p' : special === 'char' ? 'c' : special === 'block' ? 'b' : kind === 'dir' ? 'd' : kind === 'link' ? 'l' : '-';
  const triple = (shift: number, set: boolean, mark: string): string => {
    const x = ((mode >> shift) & 1) !== 0;
    return `${(mode >> shift) & 4 ? 'r' : '-'}${(mode >> shift) & 2 ? 'w' : '-'}${set ? (x ? mark : mark.toUpperCase()) : x ? 'x' : '-'}`;
  };
  return type + triple(6, (mode & 0o4000) !== 0, 's') + triple(3, (mode & 0o2000) !== 0, 's') + triple(0, (mode & 0o1000) !== 0, 't');
}
