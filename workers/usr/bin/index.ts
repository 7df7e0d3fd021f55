/** All programs by name, but for the shell: it is made by sh/index.ts, which the page loads when a line is typed. */
import type { Program } from '../program.ts';
import { cat, tee } from './cat.ts';
import { head, tail } from './ends.ts';
import { chmod, cp, ln, mkdir, mkfifo, mv, rm, rmdir, touch, truncate } from './files.ts';
import { ls, stat } from './ls.ts';
import { MAN } from './man/man.ts';
import { MEM_PROGRAMS } from './mem/index.ts';
import { MKFS } from './mkfs.ts';
import { modprobe, rmmod } from './modprobe.ts';
import { MORE } from './more.ts';
import { PAGERS } from './pager.ts';
import { PROCESSES } from './processes.ts';
import { RUN_AS } from './run-as.ts';
import { SMALL } from './small.ts';
import { SYSTEM } from './system.ts';
import { TEXT_PROGRAMS } from './text/index.ts';
import { udevadmWith } from './udev/udevadm.ts';
import { wc } from './wc.ts';

export const PROGRAMS: Readonly<Record<string, Program>> = {
  ...TEXT_PROGRAMS,
  ...MEM_PROGRAMS,
  ...MAN,
  ...MKFS,
  ...MORE,
  ...PAGERS,
  ...PROCESSES,
  ...RUN_AS,
  ...SMALL,
  ...SYSTEM,
  cat,
  chmod,
  cp,
  head,
  ln,
  ls,
  mkdir,
  mkfifo,
  modprobe,
  mv,
  rm,
  rmdir,
  rmmod,
  stat,
  tail,
  tee,
  touch,
  truncate,
  udevadm: udevadmWith({}),
  wc,
};
