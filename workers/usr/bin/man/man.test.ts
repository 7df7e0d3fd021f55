import { describe, expect, test } from 'vitest';
import { guest } from '../../../testing/guest.ts';
import { hostPrograms } from '../host/monitor.ts';
import { PROGRAMS } from '../index.ts';
import { memPrograms } from '../mem/index.ts';
import { PAGES, pageOf } from './man.ts';
import { udevPrograms } from '../udev/index.ts';
import { formatPage } from './page.ts';

const programs = Object.keys({ ...PROGRAMS, ...memPrograms(), ...hostPrograms({ execute: () => ({ return: {} }) }), ...udevPrograms(true), hotplug: 0, bash: 0, sh: 0 });

describe('manual pages', () => {
  test('every program has one, and no page speaks of what is not here', () => {
    expect(programs.filter((name) => pageOf(name) === undefined)).toEqual([]);
    expect(Object.keys(PAGES).filter((name) => !programs.includes(name))).toEqual([]);
  });
  test('each fits a screen of 80 by 24', () => {
    const lines = Object.entries(PAGES).map(([name, page]) => [name, formatPage(name, page).split('\n')] as const);
    expect(lines.filter(([, text]) => text.length > 25 || text.some((l) => l.length > 80)).map(([name, text]) => `${name} ${text.length} ${Math.max(...text.map((l) => l.length))}`)).toEqual([]);
  });
  test('man shows it, -k finds it, builtins have one, too', () => {
    const g = guest('512M');
    expect(g.run('man chmem | head -5')).toBe(`CHMEM(8)                          Hotplug Lab                           CHMEM(8)

NAME
       chmem - bring memory online or offline
`);
    expect(g.run('man -k DIMM')).toBe('device_add (7)       - the host: plug a DIMM\ndevice_del (7)       - the host: ask for a DIMM back');
    expect(g.run('man pushd | sed -n 4p; man nosuch; echo $?')).toBe('       pushd - Add directories to stack (builtin of the shell)\nNo manual entry for nosuch\n16');
  });
});
