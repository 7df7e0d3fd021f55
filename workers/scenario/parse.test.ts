import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arbitraryScenario } from './arbitrary.ts';
import { diagnosticLine, nearest } from './diagnostic.ts';
import { parseScenario } from './parse.ts';
import { printScenario } from './print.ts';
import { noteOf, titleOf } from './scenario.ts';
import { upgrade } from './upgrade.ts';

const LESSON = `# what a teacher writes
scenario 1
title A pinned page keeps its block online
note Pages that somebody holds a reference to cannot move.
note The kernel tries again without end; a signal stops it.
tags offline loop
memory 1G
sockets 4 maxmem=8G
boot movablecore=512M quiet

caption First somebody takes the memory.
workload 40M splice
$ cat <<EOF
> two
>
> lines
> EOF
  expect stdout is "two\\n\\nlines\\n"
plug dimm0 256M addr=0x100000000
qemu device_add driver=pc-dimm id=d1 memdev="a b" list=[1, {"deep": true}] size=128M
fresh $ echo offline > /sys/devices/system/memory/memory6/state
wait 200 events
  expect running
  expect memory6 going-offline
signal SIGINT
wait end
  expect EINTR "signal backoff"
  expect memory6 online Movable
  expect /sys/devices/system/memory/memory99 absent
view block=6 zoom=2
start step
moment 3+120 digest=00c0ffee
`;

describe('the text of a scenario', () => {
  it('is read into statements, in order', () => {
    const parsed = parseScenario(LESSON);
    if (!parsed.ok) throw new Error(parsed.errors.map(diagnosticLine).join('\n'));
    const { scenario } = parsed;
    expect(titleOf(scenario)).toBe('A pinned page keeps its block online');
    expect(noteOf(scenario)).toBe('Pages that somebody holds a reference to cannot move. The kernel tries again without end; a signal stops it.');
    expect(scenario.statements).toContainEqual({ type: 'shell', line: 'cat <<EOF\ntwo\n\nlines\nEOF', fresh: false });
    expect(scenario.statements).toContainEqual({ type: 'qemu', execute: 'device_add', arguments: { driver: 'pc-dimm', id: 'd1', memdev: 'a b', list: [1, { deep: true }], size: 2 ** 27 } });
    expect(scenario.statements).toContainEqual({ type: 'expect', expectation: { what: 'errno', errno: 'EINTR', reason: 'signal backoff' } });
    expect(scenario.statements.at(-1)).toEqual({ type: 'moment', command: 3, events: 120, settled: false, digest: 0xc0ffee });
    expect(parsed.lines[0]).toBe(1);
  });

  it('is printed again with every comment and blank line', () => {
    const parsed = parseScenario(LESSON);
    if (!parsed.ok) throw new Error('unread');
    const head = '# what a teacher writes\nscenario 1\n';
    // Only the version moves to the top, sizes and values take their shortest form.
    expect(printScenario(parsed.scenario)).toBe(LESSON.replace(head, 'scenario 1\n# what a teacher writes\n').replace('[1, {"deep": true}]', '[1,{"deep":true}]').replace('>\n', '> \n'));
  });

  it('parse ∘ print ∘ parse is the identity (seed 20261121)', () => {
    fc.assert(fc.property(arbitraryScenario, (scenario) => {
      const text = printScenario(scenario);
      const parsed = parseScenario(text);
      if (!parsed.ok) throw new Error(`${parsed.errors.map(diagnosticLine).join('\n')}\n${text}`);
      expect(parsed.scenario).toEqual(scenario);
      expect(printScenario(parsed.scenario)).toBe(text);
    }), { seed: 20261121, numRuns: 2000 });
  });

  it('never throws, whatever stands in it (seed 7)', () => {
    const fragment = fc.oneof(fc.string({ unit: 'binary', maxLength: 12 }), fc.constantFrom('scenario 1\n', '\n', 'expect ', 'view ', 'qemu x a=', '[', '{"', '"', '$ ', '> ', 'node ', '0x', 'wait ', '='));
    fc.assert(fc.property(fc.array(fragment, { maxLength: 30 }), (parts) => {
      const parsed = parseScenario(`scenario 1\n${parts.join('')}`);
      expect(parsed.ok || parsed.errors.length > 0).toBe(true);
    }), { seed: 7, numRuns: 5000 });
  });
});

describe('a text that is not understood', () => {
  const told = (body: string): string[] => {
    const parsed = parseScenario(body.startsWith('!') ? body.slice(1) : `scenario 1\n${body}`);
    return parsed.ok ? parsed.warnings.map(diagnosticLine) : parsed.errors.map(diagnosticLine);
  };
  it.each([
    ['memry 4G', '2:1: "memry" is not a statement. Did you mean "memory"?'],
    ['memory much', '2:8: "much" is not the size of the memory (a size such as 128M, 4G or 0x8000000). (memory SIZE)'],
    ['memory 99T', '2:8: 99T is more than a machine can have here: at most 4T. (memory SIZE)'],
    ['edition 6.2', '2:9: "6.2" is not an edition: expected 6.1, 3.11 or 2.6.12-mhp. Did you mean "6.1"? (edition 6.1|3.11|2.6.12-mhp)'],
    ['memory 1G 2G', '2:11: "2G" is too much: memory ends before it. (memory SIZE)'],
    ['$ true\n  expect exti 1', '3:10: "exti" cannot be expected: expected exit, running, ended, digest, stdout, stderr, log, events, reply, an errno, memoryN or a path. Did you mean "exit"? (expect SUBJECT …)'],
    ['$ true\nexpect stdout is two', '3:18: "two" stands where the text in quotation marks was expected. Write "two". (expect SUBJECT …)'],
    ['$ true\nexpect stdout is "two', '3:18: The quotation mark is not closed: the text ends with ". (expect SUBJECT …)'],
    ['$ true\nmemory 1G', '3:1: memory describes the machine and is expected before the first step (line 2).'],
    ['memory 1G\nmemory 2G', '3:1: memory stands twice; once is expected.'],
    ['recorded 4G\ncpus 2\nmemory 1G', '4:1: A recorded machine brings its memory along: memory cannot be stated beside it.'],
    ['expect exit 0', '2:1: There is no command before this line that "exit" could be about.'],
    ['> more', '2:1: "> " continues a command; none stands on the line before.'],
    ['title a\u202eb', '2:8: The character U+202E cannot be seen and is not taken.'],
    ['view colour=zone', '2:1: warning: This page does not know "colour" of a view; it is kept and not shown. Did you mean "colours"?'],
    ['qemu device_add id=x,driver', '2:1: ok'],
    ['!', '1:1: The text is empty; expected "scenario 1" on the first line.'],
    ['!title x', '1:1: The text begins with "title x"; expected "scenario 1" on the first line.'],
    ['!scenario 2\ntitel x', '1:10: This scenario is written in form 2; this page reads up to form 1. A newer Hotplug Lab opens it.'],
    ['!scenario 0', '1:10: There is no form 0: the first was 1.'],
  ])('%j', (body, sentence) => { expect(told(body)).toEqual(sentence.endsWith(': ok') ? [] : [sentence]); });

  /** As people write who have not read the manual: line 2 or 3, and what the sentence ends with before the usage. */
  it.each([
    ['ram 1G', 'Did you mean "memory"?'], ['memory: 1G', 'Did you mean "memory"?'], ['memory 1GB', 'Did you mean "1G"?'], ['memory 1 GB', 'Did you mean "1G"?'], ['memory 1.5GiB', 'Did you mean "1536M"?'], ['memory 1G # one', 'A comment has a line of its own.'],
    ['// one', 'A comment begins with #.'], ['echo hello', 'A command for the shell stands after "$ ".'], ['$lsmem', 'A command stands after $ and a blank.'], ['root@lab:~# lsmem', 'A command stands after "$ ", the monitor\'s after "qemu ", without the prompt.'],
    ['plug d0 128M node 1', 'Did you mean "node=1"?'], ['plug d0 size=128M', 'Did you mean "128M"?'], ['sockets 4 8G', 'Did you mean "maxmem=8G"?'], ['view block 32', 'Did you mean "block=32"?'], ['view memory32', 'Did you mean "block=32"?'],
    ['$ true\nexpect memory 33 online', 'Did you mean "memory33"?'], ['$ true\nexpect memory33 is online', 'The state follows the block at once.'], ['$ true\nexpect stdout contains "x"', 'Did you mean "has"?'], ['$ true\nexpect stdout is \'x\'', 'Write "x".'],
    ['$ true\nexpect status 0', 'Did you mean "exit"?'], ['$ true\nexpect 0', 'Did you mean "exit 0"?'], ['$ true\nexpect -EBUSY', 'Did you mean "EBUSY"?'], ['$ true\nexpect EBUSY "failure to isolate"', 'Did you mean "failure to isolate range"?'], ['$ true\nexpect /proc exists', 'Did you mean "present"?'],
    ['$ true\nwait 2', 'Did you mean "2 events" or "2s"?'], ['$ true\nwait 2 seconds', 'Did you mean "2s"?'], ['$ true\nsignal INT', 'Did you mean "SIGINT"?'], ['edition linux-6.1', 'Did you mean "6.1"?'],
    ['qemu device_add pc-dimm,id=d0', 'Arguments stand apart and each has a name: "…=pc-dimm id=d0".'],
  ])('%j is answered with what was meant: %s', (body, hint) => {
    const [sentence, ...more] = told(body);
    expect([sentence?.replace(/ \([a-z-]+ [^()]*(\([^()]*\))?[^()]*\)$/, '').endsWith(hint), more]).toEqual([true, []]);
    expect(sentence).toMatch(/^[23]:\d+: /);
  });

  it('tells every line, up to a bound', () => {
    expect(told('one\ntwo\nmemory 1G\nthree').map((line) => line.slice(0, 4))).toEqual(['2:1:', '3:1:', '5:1:']);
    expect(told('x\n'.repeat(1000))).toHaveLength(20);
  });
  it('is refused by its size before it is read', () => {
    expect(told(`# ${'x'.repeat(300_000)}`)[0]).toMatch(/at most 262144 are read/);
    expect(told('\n'.repeat(9000))[0]).toMatch(/at most 8192 are read/);
  });
});

describe('the nearest word', () => {
  it.each([['onlien', ['online', 'offline'], 'online'], ['xyz', ['online', 'offline'], undefined], ['offlin', ['online', 'offline'], 'offline']])('%s', (word, known, best) => { expect(nearest(word, known)).toBe(best); });
});

describe('an older form', () => {
  it('is brought up step by step', () => {
    const steps = { 1: (text: string) => text.replace('scenario 1', 'scenario 2').replace('ram', 'memory'), 2: (text: string) => text.replace('scenario 2', 'scenario 3') };
    expect(upgrade('scenario 1\nram 1G', 1, 3, steps)).toBe('scenario 3\nmemory 1G');
    expect(upgrade('scenario 3\nmemory 1G', 3, 3, steps)).toBe('scenario 3\nmemory 1G');
  });
});
