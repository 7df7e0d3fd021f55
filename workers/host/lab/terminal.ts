/** The machine's shell in a real terminal: editing and history by Node, words by the machine. */
import process from 'node:process';
import { createInterface } from 'node:readline';
import { setImmediate as turn, setTimeout as pause } from 'node:timers/promises';
import type { Machine } from '../../machine/types.ts';
import { H_TEXT_HEAD } from '../../uapi/layout.ts';
import { bytesToText, readText, STREAM_STDERR, STREAM_STDOUT, textToBytes } from '../../uapi/text.ts';

/** Events between two looks at the keyboard. */
const SLICE = 4096;
/** ms between two looks at a machine that waits for something that only a key can bring. */
const IDLE_MS = 30;

/** What replaces the text before the cursor: candidates for readline, and how much of the line they stand for. */
export function candidates(machine: Machine, line: string, cursor: number): [string[], string] {
  const before = textToBytes(line.slice(0, cursor));
  const { start, words } = machine.complete(before + textToBytes(line.slice(cursor)), before.length);
  const [only] = words;
  const shown = words.length === 1 && only !== undefined && !/[/=,]$/.test(only) && cursor === line.length ? [`${only} `] : words;
  return [shown.map(bytesToText), bytesToText(before.slice(start))];
}

/** Reads lines until the end of input or `exit`; the status of the last command. */
export async function terminal(machine: Machine): Promise<number> {
  const { t } = machine.kernel.mm;
  const rl = createInterface({
    input: process.stdin, output: process.stdout, historySize: 1000,
    completer: (line: string): [string[], string] => candidates(machine, rl.line.startsWith(line) ? rl.line : line, line.length),
  });
  let shown = t.header[H_TEXT_HEAD] as number;
  function show(): void {
    for (const end = t.header[H_TEXT_HEAD] as number; shown < end; shown++) {
      const row = readText(t, shown);
      if (row?.stream === STREAM_STDOUT) process.stdout.write(Buffer.from(row.text, 'latin1'));
      else if (row?.stream === STREAM_STDERR) process.stderr.write(Buffer.from(row.text, 'latin1'));
    }
  }
  let running = false;
  async function run(line: string): Promise<number> {
    const accepted = machine.submit({ type: 'shell', line: textToBytes(line) });
    if (!accepted.ok) return 127;
    running = true;
    for (let status = machine.status(accepted.id); ; status = machine.status(accepted.id)) {
      show();
      if (status !== undefined) {
        running = false;
        return status;
      }
      if (machine.run(SLICE)) await turn();
      else await pause(IDLE_MS);
    }
  }
  let status = 0;
  let typed = '';
  const ask = (): void => {
    rl.setPrompt(typed === '' ? bytesToText(machine.prompt()) : '> ');
    rl.prompt();
  };
  rl.on('SIGINT', () => {
    if (running) {
      machine.submit({ type: 'signal', signal: 'SIGINT' });
      return;
    }
    process.stdout.write('^C\n');
    typed = '';
    rl.write(null, { ctrl: true, name: 'e' });
    rl.write(null, { ctrl: true, name: 'u' });
    ask();
  });
  ask();
  for await (const line of rl) {
    typed += typed === '' ? line : `\n${line}`;
    if (machine.incomplete(textToBytes(typed))) {
      ask();
      continue;
    }
    const whole = typed;
    typed = '';
    if (whole.trim() !== '') status = await run(whole);
    if (/^\s*(?:exit|logout)(?:\s+\d+)?\s*$/.test(whole)) break;
    ask();
  }
  rl.close();
  return status;
}
