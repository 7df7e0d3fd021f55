/** The text tools by the names they are called. */
import type { Program } from '../../program.ts';
import { awk } from './awk/awk.ts';
import { bc } from './bc/bc.ts';
import { base64, cksum, md5sum, sha256sum } from './checksum.ts';
import { column } from './column.ts';
import { cut } from './cut.ts';
import { dd } from './dd.ts';
import { cmp, diff } from './diff.ts';
import { expr } from './expr.ts';
import { find } from './find.ts';
import { getoptProgram } from './getopt-program.ts';
import { grep } from './grep.ts';
import { hexdump } from './hexdump.ts';
import { comm, nl, paste, rev, tac } from './lines.ts';
import { numfmt } from './numfmt.ts';
import { od } from './od.ts';
import { sed } from './sed.ts';
import { expand, fold, join, unexpand } from './shape.ts';
import { sort } from './sort.ts';
import { strings } from './strings.ts';
import { tr } from './tr.ts';
import { uniq } from './uniq.ts';
import { xargs } from './xargs.ts';
import { xxd } from './xxd.ts';
import { zcat } from './zcat.ts';

export const TEXT_PROGRAMS: Readonly<Record<string, Program>> = {
  awk, base64, bc, cksum, cmp, column, comm, cut, dd, diff, egrep: grep, expand, expr, fgrep: grep, find, fold, gawk: awk, getopt: getoptProgram, grep, hd: hexdump, hexdump, join,
  mawk: awk, md5sum, nl, numfmt, od, paste, rev, sed, sha256sum, sort, strings, tac, tr, unexpand, uniq, xargs, xxd, zcat,
};
