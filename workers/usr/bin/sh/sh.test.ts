// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these strings are shell text
import { describe, expect, test } from 'vitest';
import { dirOf, textFile } from '../../../kernel/vnode.ts';
import type { RunQueue } from '../../../kernel/sched.ts';
import { SIGNALS } from '../../../kernel/signal.ts';
import { ERRNO } from '../../../uapi/errno.ts';
import { createHarness, recorder } from './harness.ts';

/** A tree with one file that notes every write(2). */
function withState(answer?: (data: string) => number) {
  const state = recorder(0o644, answer);
  const readonly = recorder(0o444);
  const entries = { state, valid_zones: readonly, secret: { ...recorder(0o200) } };
  return { state, sys: dirOf(0o755, () => entries) };
}

describe('one line of output is one write(2), as bash and its line-buffered stdio do it', () => {
  test.each([
    ['echo offline > /sys/state', ['offline\n']],
    ['{ echo offline; echo online; } > /sys/state', ['offline\n', 'online\n']],
    ["printf 'a\\nb\\nc' > /sys/state", ['a\n', 'b\n', 'c']],
    ['echo -n offline > /sys/state', ['offline']],
    ['echo "a\nb" > /sys/state', ['a\n', 'b\n']],
    ['cat <<< offline > /sys/state', ['offline\n']],
    ['echo offline | tee /sys/state', ['offline\n']],
    ["printf '%5000s' x > /sys/state", [' '.repeat(4096), `${' '.repeat(903)}x`]],
    [': > /sys/state', []],
  ])('%s', (script, writes) => {
    const { state, sys } = withState();
    createHarness({}, { sys }).run(script);
    expect(state.writes).toEqual(writes);
  });
});

describe('what the kernel answers to a write', () => {
  test.each([
    ['echo offline > /sys/state', '', 'bash: line 1: echo: write error: Device or resource busy\n', 1],
    ['echo offline > /sys/state || echo failed $?', 'failed 1\n', 'bash: line 1: echo: write error: Device or resource busy\n', 0],
    ['echo offline | tee /sys/state', 'offline\n', 'tee: /sys/state: Device or resource busy\n', 1],
    ['cat <<< offline > /sys/state', '', 'cat: write error: Device or resource busy\n', 1],
    ['f() { echo offline > /sys/state; }; f', '', 'environment: line 1: echo: write error: Device or resource busy\n', 1],
    ['cd /sys; echo 1 > valid_zones', '', 'bash: line 1: valid_zones: Permission denied\n', 1],
    ['cat /sys/secret', '', 'cat: /sys/secret: Permission denied\n', 1],
    ['echo $(</sys/secret); echo $?', '\n0\n', 'bash: line 1: /sys/secret: Permission denied\n', 0],
    ['x=$(</sys/secret); echo $?', '1\n', 'bash: line 1: /sys/secret: Permission denied\n', 0],
    ['echo x > /sys/new', '', 'bash: line 1: /sys/new: Permission denied\n', 1],
    [
      'mkdir /sys/new; touch /sys/new; rm /sys/state',
      '',
      "mkdir: cannot create directory '/sys/new': Operation not permitted\ntouch: cannot touch '/sys/new': Permission denied\n" +
        "rm: cannot remove '/sys/state': Operation not permitted\n",
      1,
    ],
  ])('%s', (script, stdout, stderr, status) => {
    const { sys } = withState(() => -ERRNO.EBUSY);
    expect(createHarness({}, { sys }).run(script)).toEqual({ stdout, stderr, status });
  });
  test('a terminal is not told the line', () => {
    const { sys } = withState(() => -ERRNO.EBUSY);
    const { stderr } = createHarness({}, { sys, interactive: true }).run('echo offline > /sys/state');
    expect(stderr).toBe('bash: echo: write error: Device or resource busy\n');
  });
  test('a script file is named with the line', () => {
    const { sys } = withState(() => -ERRNO.EBUSY);
    const { stderr } = createHarness({ 'w/off.sh': '# take it away\n\noff() {\n  echo offline > /sys/state\n}\noff\n' }, { sys }).run('bash off.sh');
    expect(stderr).toBe('off.sh: line 4: echo: write error: Device or resource busy\n');
  });
});

describe('a file whose text is made when it is read', () => {
  const counter = () => {
    let n = 0;
    return dirOf(0o755, () => ({ n: textFile(0o444, () => `${++n}\n`) }));
  };
  test('is made anew for each reader', () => {
    expect(createHarness({}, { sys: counter() }).run('cat /sys/n; cat /sys/n; echo $(</sys/n)').stdout).toBe('1\n2\n3\n');
  });
  test('keeps its text while an open file reads on', () => {
    expect(createHarness({}, { sys: counter() }).run('exec 3< /sys/n; read -n1 a <&3; cat <&3; echo $a').stdout).toBe('\n1\n');
  });
});

describe('time is the simulated clock', () => {
  test('sleep lets it pass, and nothing else does', () => {
    const h = createHarness();
    expect(h.run('a=$SECONDS; sleep 100; echo $((SECONDS-a)); date +%T').stdout).toBe('100\n00:01:40\n');
    expect(h.queue.monotonic()).toBe(100e9);
  });
  test('background jobs sleep at the same time', () => {
    expect(createHarness().run('sleep 3 & sleep 2 & (sleep 1; echo one) & wait; echo $SECONDS').stdout).toBe('one\n3\n');
  });
  test('a background job outlives its shell', () => {
    const h = createHarness();
    expect(h.run('(sleep 4; echo late) & echo early').stdout).toBe('early\nlate\n');
    expect(h.queue.monotonic()).toBe(4e9);
  });
  test('read -t waits for it', () => {
    expect(createHarness().run('mkfifo p; exec 3<>p; read -t 2 x <&3; echo $? $SECONDS').stdout).toBe('142 2\n');
  });
});

describe('signals', () => {
  test('kill -9 of a job: what bash says, and the status', () => {
    const { stdout, stderr } = createHarness().run('sleep 9 & kill -9 $!; wait $!; echo "exit=$?"');
    expect([stdout, stderr]).toEqual(['exit=137\n', 'bash: line 1:   101 Killed                  sleep 9\n']);
  });
  test('a writer that is told to stop gets EINTR from the kernel, not before', () => {
    const queueOf: RunQueue[] = [];
    const sys = dirOf(0o755, () => ({
      state: {
        kind: 'file' as const,
        mode: 0o644,
        size: () => 0,
        read: () => '',
        *write() {
          for (const queue of queueOf) {
            while (queue.pendingSignal(queue.current()) === 0) {
              queue.charge(1e6);
              yield;
            }
          }
          return -ERRNO.EINTR;
        },
      },
    }));
    const h = createHarness({}, { sys });
    queueOf.push(h.queue);
    const { stdout, stderr } = h.run('trap "echo usr1" USR1; (sleep 1; kill -USR1 $$) & echo offline > /sys/state; echo $?');
    expect([stdout, stderr]).toEqual(['usr1\n1\n', 'bash: line 1: echo: write error: Interrupted system call\n']);
  });
  test('SIGPIPE ends a writer nobody listens to', () => {
    expect(createHarness().run('yes | head -1; echo ${PIPESTATUS[@]}').stdout).toBe('y\n141 0\n');
  });
  test.each([
    ['a loop of builtins', 'while :; do :; done'],
    ['a program that never ends', 'yes > /dev/null'],
    ['a sleeper', 'sleep infinity'],
    ['a pipeline', 'yes | cat > /dev/null'],
    ['a subshell in a substitution', 'x=$(while :; do :; done)'],
    ['a function that calls itself', 'f() { :; g; }; g() { for ((;;)); do (:); done; }; f'],
    ['wait', 'mkfifo p; cat p'],
  ])('^C stops %s at the terminal, and the shell goes on', (_, script) => {
    const h = createHarness({}, { interactive: true });
    const going = h.begin(`${script}; echo not reached`);
    for (let i = 0; i < 300; i++) going.step(1);
    expect(going.outcome().status).toBeUndefined();
    h.shell.interrupt(SIGNALS.INT);
    going.step(20_000);
    expect([going.outcome().stdout, going.outcome().status]).toEqual(['', 130]);
    // What the kernel asks before it waits: the next line's writes must not end with EINTR.
    expect(h.queue.pendingSignal(h.shell.process.pid)).toBe(0);
    expect(h.run('echo still here').stdout).toBe('still here\n');
  });
  test('^C ends bash -c', () => {
    const h = createHarness();
    const going = h.begin('trap "echo cleaned" EXIT; while :; do :; done');
    going.step(100);
    h.shell.interrupt(SIGNALS.INT);
    going.step(1000);
    expect(going.outcome().status).toBe(130);
  });
  test('a trap for INT runs instead', () => {
    const h = createHarness();
    const going = h.begin('trap "echo no; exit 3" INT; while :; do :; done');
    going.step(100);
    h.shell.interrupt(SIGNALS.INT);
    going.step(1000);
    expect(going.outcome()).toMatchObject({ stdout: 'no\n', status: 3 });
  });
});

describe('nothing grows without bound', () => {
  test.each([
    ['recursion', 'f() { f; }; f', /f: maximum function nesting level exceeded/],
    ['recursion through substitution', 'f() { x=$(f); }; f', /maximum function nesting level exceeded/],
    ['processes', 'f() { echo | f; }; f', /fork: Resource temporarily unavailable/],
    ['a variable', 'x=a; while :; do x=$x$x$x$x; done', /xrealloc: cannot allocate \d+ bytes/],
    ['a file', 'yes > f; wc -c < f', /No space left on device/],
  ])('%s', (_, script, message) => {
    expect(createHarness().run(script).stderr).toMatch(message);
  });
});

test('SIGKILL from the terminal ends everything, a fork bomb included', () => {
  const h = createHarness({}, { interactive: true });
  const going = h.begin('b() { b | b & }; b');
  going.step(6000);
  expect(h.processes.byPid.size).toBeGreaterThan(200);
  h.shell.interrupt(SIGNALS.KILL);
  expect(going.step(30_000)).toBe(false);
  expect(h.processes.byPid.size).toBe(1);
  expect(h.run('echo calm').stdout).toBe('calm\n');
});

describe('a terminal', () => {
  const terminal = () => createHarness({}, { interactive: true });
  test('keeps variables, functions, directory and open files from line to line', () => {
    const h = terminal();
    for (const line of ['x=1; f() { echo $x $PWD; }', 'cd /tmp; exec 3> o', 'echo kept >&3; x=2', 'set -u']) h.run(line);
    expect(h.run('f; cat o').stdout).toBe('2 /tmp\nkept\n');
    expect(h.run('echo $nope; echo no').stderr).toBe('bash: nope: unbound variable\n');
    expect(h.run('echo on').stdout).toBe('on\n');
  });
  test('does not hear SIGTERM, but what it starts does; what `trap ""` ignores stays ignored', () => {
    const h = terminal();
    expect(h.run('kill -TERM $$; echo still here').stdout).toBe('still here\n');
    /** As soon as there is a process of that name. */
    const killOnceStarted = (name: string, going: { step(steps: number): boolean }): void => {
      const found = () => [...h.processes.byPid.values()].find((p) => p.name === name);
      while (found() === undefined && going.step(1));
      expect(h.processes.kill(found()?.pid ?? 0, SIGNALS.TERM)).toBe(0);
    };
    const asleep = h.begin('sleep 5; echo $?');
    killOnceStarted('sleep', asleep);
    expect(asleep.step(30_000)).toBe(false);
    expect(asleep.outcome().stdout).toBe('143\n');
    const deaf = h.begin("trap '' TERM; sleep 5; echo $?");
    killOnceStarted('sleep', deaf);
    expect(deaf.step(30_000)).toBe(false);
    expect(deaf.outcome().stdout).toBe('0\n');
  });
  test('tells about jobs', () => {
    const h = terminal();
    expect(h.run('sleep 5 &').stderr).toMatch(/^\[1\] \d+\n$/);
    const { stdout, stderr } = h.run('sleep 6 & jobs -r');
    expect(stdout).toBe('[2]+  Running                 sleep 6 &\n');
    expect(stderr).toMatch(/^\[2\] \d+\n\[1\]- {2}Done {20}sleep 5\n$/);
    expect(h.run(':').stderr).toBe('[2]+  Done                    sleep 6\n');
  });
  test('syntax errors have no line', () => {
    expect(terminal().run('echo )').stderr).toBe("bash: syntax error near unexpected token `)'\n");
  });
  test('has aliases', () => {
    const h = terminal();
    h.run("alias ll='ls -d' hi='echo hi '");
    expect(h.run('ll /tmp; hi there').stdout).toBe('/tmp\nhi there\n');
  });
  test('ls writes columns there, a line a name elsewhere', () => {
    const h = terminal();
    h.run('touch a b c');
    expect(h.run('ls; ls | cat').stdout).toBe('a  b  c\na\nb\nc\n');
  });
});

describe('what is not here is said by name', () => {
  test.each([
    ['fc', 'bash: line 1: fc: no editor here: fc -l lists, fc -s runs again\n'],
    ['enable -f x y', 'bash: line 1: enable: dynamic loading not available\n'],
    ['curl example.org', 'bash: line 1: curl: command not found\n'],
  ])('%s', (script, stderr) => {
    expect(createHarness().run(script).stderr).toBe(stderr);
  });
});

describe('state', () => {
  test('is plain data between commands, and a shell made from it goes on', () => {
    const first = createHarness();
    first.run('cd /tmp; x="a b"; a=(1 "2 3"); declare -A m=([k]=v); f() { echo "f:$1 $x"; }; set -u; umask 077; trap "echo bye" USR1; shopt -s nullglob');
    const snapshot = structuredClone(first.shell.snapshot());
    const second = createHarness({}, { state: snapshot });
    const { stdout } = second.run('f 1; echo "${a[1]}" ${m[k]} $PWD $(umask) *; trap -p; echo $nope');
    expect(stdout).toBe("f:1 a b\n2 3 v /tmp 0077\ntrap -- 'echo bye' SIGUSR1\n");
  });
  test('open files of exec are opened again where they were', () => {
    const first = createHarness({ 'w/in': 'one\ntwo\n' }, { interactive: true });
    first.run('exec 5< in; read x <&5');
    const second = createHarness({ 'w/in': 'one\ntwo\n' }, { interactive: true, state: structuredClone(first.shell.snapshot()) });
    expect(second.run('read y <&5; echo $x $y').stdout).toBe('one two\n');
  });
  test('a subshell changes nothing outside', () => {
    expect(createHarness().run('x=1; a=(1); (x=2; a[0]=2; cd /tmp; f() { :; }); echo $x ${a[0]} $PWD; type -t f').stdout).toBe('1 1 /w\n');
  });
});

describe('completion', () => {
  const h = createHarness(
    { 'sys/devices/system/memory/memory32/state': 'online\n', 'sys/devices/system/memory/memory33/state': '', 'w/a b': '', 'w/notes': '' },
    { interactive: true, sys: dirOf(0o755, () => ({ devices: dirOf(0o755, () => ({ 'a:b': textFile(0o444, () => '') })) })) },
  );
  const at = (line: string) => {
    const cursor = line.indexOf('⇥');
    return h.shell.complete(line.replace('⇥', ''), cursor);
  };
  test.each([
    ['ech⇥', 0, ['echo']],
    ['cat no⇥', 4, ['notes']],
    ['cat a⇥', 4, ['a\\ b']],
    ['cat < n⇥', 6, ['notes']],
    ['true; unam⇥', 6, ['uname']],
    ['echo $HOM⇥', 5, ['$HOME']],
    ['cd /dev⇥', 3, ['/dev/']],
    ['ls /sys/dev⇥', 3, ['/sys/devices/']],
    ['echo on⇥ > /sys/devices/system/memory/memory32/state', 5, ['online', 'online_kernel', 'online_movable']],
    ['echo off⇥ > /sys/devices/system/memory/auto_online_blocks', 5, ['offline']],
    ['for x in a; do ech⇥', 15, ['echo']],
    ['chmem -e -z mov⇥', 12, ['Movable']],
    ['lsmem -o RANGE,no⇥', 9, ['RANGE,NODE']],
    ['modprobe mem⇥', 9, ['memory-notifier-error-inject']],
    ['man lsm⇥', 4, ['lsmem']],
    ['kill -s TE⇥', 8, ['TERM']],
  ])('%s', (line, start, words) => {
    expect(at(line)).toEqual({ start, words });
  });
});

describe('a line that is not finished yet', () => {
  const { shell } = createHarness({}, { interactive: true });
  test.each([
    ['for i in 1 2; do', true],
    ['if true; then echo', true],
    ['echo "a', true],
    ['echo $(date', true],
    ['f() {', true],
    ['echo a &&', true],
    ['ls |', true],
    ['echo a \\', true],
    ['cat << END\nline', true],
    ['cat << END\nline\nEND', false],
    ['echo a', false],
    ['echo )', false],
    ['fi', false],
    ['for i in 1 2; do echo; done', false],
  ])('%s', (text, more) => {
    expect(shell.incomplete(text)).toBe(more);
  });
});

test('users: nobody may not what root may', () => {
  const h = createHarness({ 'w/f': 'x\n' }, { uid: 65534 });
  expect(h.run('id -u; echo y > f; echo z > g; cat f').stdout).toBe('65534\nx\n');
});

describe('history', () => {
  const h = createHarness({}, { interactive: true });
  const says = (line: string): string => h.run(line).stdout;
  test('keeps what was typed, lists it, runs a line again and forgets', () => {
    h.run('echo one');
    h.run('echo two');
    expect(says('history')).toBe('    1  echo one\n    2  echo two\n    3  history\n');
    expect(says('fc -ln 1 2')).toBe('\t echo one\n\t echo two\n');
    expect(h.run('fc -s one=three echo\\ o')).toMatchObject({ stdout: 'three\n', stderr: 'echo three\n' });
    expect(says('history -c; history')).toBe('');
  });
  test('help lists builtins and programs', () => {
    expect(says('help')).toMatch(/pushd[\s\S]*lsmem/);
    expect(says('help cd')).toBe('cd: cd [-L|[-P [-e]] [-@]] [dir]\n    Change the shell working directory.\n');
  });
});
