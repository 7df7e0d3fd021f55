/** Mirrors: proc_dointvec_minmax() of kernel/sysctl.c (6.1): a file of /proc/sys that holds one int. Left out: further numbers of a vector. Why: the files here have one. */
import { ERRNO } from '../../uapi/errno.ts';
import { type FileNode, textFile } from '../../kernel/vnode.ts';

const INT_MAX = 2 ** 31 - 1;
/** strtoul_lenient() with base 0, white space around it: undefined where the kernel says EINVAL. */
function parseInteger(text: string): number | undefined {
  const [, minus, digits] = /^[ \t\n]*(-?)(0[xX][0-9a-fA-F]+|\d+)(?:[ \t\n\0]|$)/.exec(text) ?? [];
  if (digits === undefined) return undefined;
  const octal = /^0\d/.test(digits);
  // 08 is no number of base 8.
  if (octal && /[89]/.test(digits)) return undefined;
  const value = octal ? Number.parseInt(digits, 8) : Number(digits);
  return minus === '' ? value : -value;
}

/** A number from `min` to `max` that `store` keeps. EINVAL: no number, or one outside; what was there stays. */
export const proc_dointvec_minmax = (show: () => number, store: (value: number) => void, min = 0, max = INT_MAX): FileNode => textFile(0o644, () => `${show()}\n`, {
  *write(data) {
    const value = parseInteger(data);
    if (value === undefined || value < min || value > max) return -ERRNO.EINVAL;
    store(value);
    return data.length;
  },
  truncate: () => 0,
});
