/**
 * systemctl, as far as rules call it: a service is a file of /etc/systemd/system or /usr/lib/systemd/system; starting it runs its ExecStart= lines to their end.
 * Left out: everything else of systemd. Why: rules restart one-shot services such as kdump.service, and nothing here stays running.
 */
import { readFile } from '../../program.ts';
import { program } from '../text/io.ts';

const DIRS = ['/etc/systemd/system', '/usr/lib/systemd/system'];
const RUNS = ['start', 'restart', 'try-restart', 'reload-or-restart', 'reload', 'try-reload-or-restart'];
/** EXIT_NOTINSTALLED of an init script. */
const NOT_FOUND = 5;
/** Nothing stays running, so no unit ever is active; and what each question about that answers then. */
const ASKS: Readonly<Record<string, { readonly status: number; readonly out?: string }>> = {
  'is-active': { status: 3, out: 'inactive' }, 'is-failed': { status: 1, out: 'inactive' }, 'is-enabled': { status: 1 }, status: { status: 4 },
};

export const systemctl = program(function* (tool) {
  const [verb = '', ...names] = tool.args.filter((word) => !word.startsWith('-'));
  if (verb === '' || verb === 'list-units') {
    tool.put('  UNIT LOAD ACTIVE SUB DESCRIPTION\n0 loaded units listed.\n');
    return 0;
  }
  if (verb === 'daemon-reload') return 0;
  if (![...RUNS, ...Object.keys(ASKS), 'stop', 'cat'].includes(verb)) return yield* tool.die(`Unknown command verb ${verb}.`);
  if (names.length === 0) return yield* tool.die('Too few arguments.');
  const asked = ASKS[verb];
  let status = asked?.status ?? 0;
  const quiet = tool.args.includes('-q') || tool.args.includes('--quiet');
  for (const name of names) {
    const unit = name.includes('.') ? name : `${name}.service`;
    if (asked) {
      if (asked.out !== undefined && !quiet) tool.put(`${asked.out}\n`);
      else if (verb === 'status') yield* tool.stderr(`Unit ${unit} could not be found.\n`);
      else if (verb === 'is-enabled') yield* tool.stderr(`Failed to get unit file state for ${unit}: No such file or directory\n`);
      continue;
    }
    let text: string | number = -1;
    for (const dir of DIRS) if (typeof text === 'number') text = yield* readFile(tool.sys, `${dir}/${unit}`);
    if (typeof text === 'number') {
      yield* tool.stderr(`Failed to ${verb} ${unit}: Unit ${unit} not found.\n`);
      status = NOT_FOUND;
    } else if (verb === 'cat') tool.put(text);
    else if (RUNS.includes(verb)) {
      for (const [, command = ''] of text.matchAll(/^ExecStart=[-@:+!]*(.*)$/gm)) {
        const done = tool.proc.spawn ? yield* tool.proc.spawn(['/bin/sh', '-c', command]) : 1;
        if (done === 0) continue;
        yield* tool.stderr(`Job for ${unit} failed because the control process exited with error code.\n`);
        status = 1;
      }
    }
  }
  return status;
});
