/** The text tools by the names they are called. */
import type { Program } from '../../program.ts';
import { awk } from './awk/awk.ts';
import { bc } from './bc/bc.ts';
import { cut } from './cut.ts';
import { dd } from './dd.ts';
import { cmp, diff } from './diff.ts';
import { expr } from './expr.ts';
import { find } from './find.ts';
import { grep } from './grep.ts';
import { hexdump } from './hexdump.ts';
import { comm, nl, paste, rev, tac } from './lines.ts';
import { od } from './od.ts';
import { sed } from './sed.ts';
import { sort } from './sort.ts';
import { strings } from './strings.ts';
import { tr } from './tr.ts';
import { uniq } from './uniq.ts';
import { xargs } from './xargs.ts';

export const TEXT_PROGRAMS: Readonly<Record<string, Program>> = {
  awk, bc, cmp, comm, cut, dd, diff, egrep: grep, expr, fgrep: grep, find, gawk: awk, grep, hd: hexdump, hexdump, mawk: awk, nl, od, paste, rev, sed, sort,
  strings, tac, tr, uniq, xargs,
};
