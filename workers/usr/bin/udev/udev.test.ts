/** Rules for memory, run as they are printed where they come from. S3: seed 003; K: Documentation/admin-guide/mm/memory-hotplug.rst (6.1); R7.5, R7.6: RHEL's 40-redhat.rules; D: Debian's 40-vm-hotadd.rules. */
import { describe, expect, it } from 'vitest';
import { guest, type Guest } from '../../../testing/guest.ts';
import { parseRules } from './rules.ts';

const MIB = 2 ** 20;
const DIR = '/sys/devices/system/memory';
function machine(rules: string, hypervisor = true): Guest {
  const g = guest('512M,slots=3,maxmem=4G', { more: { hypervisor } });
  g.run(`cat > /etc/udev/rules.d/40-test.rules <<'END'\n${rules}\nEND\nsystemd-udevd --daemon`);
  return g;
}
/** Plugs 256 MiB: memory22 and memory23; waits for udev. */
function plug(g: Guest): string[] {
  g.host('object-add', { 'qom-type': 'memory-backend-ram', id: 'mem0', size: 256 * MIB });
  g.host('device_add', { driver: 'pc-dimm', id: 'dimm0', memdev: 'mem0' });
  expect(g.run('udevadm settle; echo $?')).toBe('0');
  return ['memory32', 'memory33'].map((name) => `${g.file(`${DIR}/${name}/state`).trim()} ${g.file(`${DIR}/${name}/valid_zones`).trim()}`);
}

describe('hot-added memory goes online by the rule', () => {
  it('K: SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"', () => {
    expect(plug(machine('SUBSYSTEM=="memory", ACTION=="add", ATTR{state}=="offline", ATTR{state}="online"'))).toEqual(['online Normal', 'online Normal']);
  });
  it('without udevd it stays offline', () => {
    const g = guest('512M,slots=3,maxmem=4G');
    expect(plug(g)).toEqual(['offline Normal Movable', 'offline Normal Movable']);
  });
  it('R7.5: PROGRAM="/bin/uname -p", RESULT!="s390*"', () => {
    expect(plug(machine('SUBSYSTEM=="memory", ACTION=="add", PROGRAM="/bin/uname -p", RESULT!="s390*", ATTR{state}=="offline", ATTR{state}="online"'))).toEqual(['online Normal', 'online Normal']);
  });
  const REDHAT = [
    '# Memory hotadd request', 'SUBSYSTEM!="memory", GOTO="memory_hotplug_end"', 'ACTION!="add", GOTO="memory_hotplug_end"', 'PROGRAM="/bin/uname -p", RESULT=="s390*", GOTO="memory_hotplug_end"', '',
    'ENV{.state}="online"', 'PROGRAM="/bin/systemd-detect-virt", RESULT=="none", ENV{.state}="online_movable"', 'ATTR{state}=="offline", ATTR{state}="$env{.state}"', '',
    'LABEL="memory_hotplug_end"',
  ].join('\n');
  it('R7.6: online in a virtual machine; on bare metal systemd-detect-virt fails, and a PROGRAM that fails does not match', () => {
    expect(plug(machine(REDHAT))).toEqual(['online Normal', 'online Normal']);
    expect(plug(machine(REDHAT, false))).toEqual(['online Normal', 'online Normal']);
  });
  it('D: TEST, other devices\' attributes, GOTO: nothing happens where the vendor is another', () => {
    const g = machine([
      'ATTR{[dmi/id]sys_vendor}=="Microsoft Corporation", ATTR{[dmi/id]product_name}=="Virtual Machine", GOTO="vm_hotadd_apply"', 'ATTR{[dmi/id]sys_vendor}=="Xen", GOTO="vm_hotadd_apply"', 'GOTO="vm_hotadd_end"', '',
      'LABEL="vm_hotadd_apply"', '', '# Memory hotadd request',
      'SUBSYSTEM=="memory", ACTION=="add", DEVPATH=="/devices/system/memory/memory[0-9]*", TEST=="state", ATTR{state}!="online", ATTR{state}="online"', '', 'LABEL="vm_hotadd_end"',
    ].join('\n'));
    expect(plug(g)).toEqual(['offline Normal Movable', 'offline Normal Movable']);
  });
  it('S3: both rules as printed; the service that systemctl restarts has the event in its environment', () => {
    const g = guest('512M,slots=3,maxmem=4G');
    g.run(`mkdir -p /etc/systemd/system; printf '[Service]\\nType=oneshot\\nExecStart=echo "$ACTION $DEVPATH" >> /tmp/asked\\n' > /etc/systemd/system/kdump.service
cat > /usr/lib/udev/rules.d/98-kexec.rules <<'END'
SUBSYSTEM=="memory", ACTION=="online", PROGRAM="/bin/systemctl try-restart kdump.service"
SUBSYSTEM=="memory", ACTION=="offline", PROGRAM="/bin/systemctl try-restart kdump.service"
END
systemd-udevd --daemon`);
    g.run(`echo offline > ${DIR}/memory2/state; echo online > ${DIR}/memory2/state; udevadm settle`);
    expect(g.file('/tmp/asked')).toBe('offline /devices/system/memory/memory2\nonline /devices/system/memory/memory2\n');
  });
});

describe('keys and operators', () => {
  /** What an event "change" of memory1 leaves in /tmp/out by RUN of these lines. */
  function out(rules: string): string {
    const g = machine(rules);
    g.run(`printf '#!/bin/sh\\necho "$*" >> /tmp/out\\n' > /tmp/say; chmod +x /tmp/say; touch /tmp/out; udevadm trigger --subsystem-match=memory --sysname-match=memory1 -w`);
    return g.file('/tmp/out');
  }
  it.each([
    ['SUBSYSTEM=="memory", RUN+="/tmp/say $kernel $number %p"', 'memory1 1 /devices/system/memory/memory1\n'],
    ['KERNEL=="memory[0-3]|cpu*", ACTION=="add|change", RUN+="/tmp/say globs"', 'globs\n'],
    ['KERNEL!="memory*", RUN+="/tmp/say no"\nKERNEL=="memory1", RUN+="/tmp/say $attr{phys_index} %s{state}"', '00000001 online\n'],
    ['KERNEL=="memory1", ENV{X}="a"\nENV{X}+="b"\nENV{X}=="a b", RUN+="/tmp/say $env{X} %E{ACTION}"', 'a b change\n'],
    ['KERNEL=="memory1", RUN+="/tmp/say one", RUN="/tmp/say two"', 'two\n'],
    ['KERNEL=="memory1", RUN:="/tmp/say final"\nKERNEL=="memory1", RUN+="/tmp/say more"', 'final\n'],
    ['KERNEL=="memory1", TAG+="a", TAG+="b", TAG-="a"\nTAG=="b", RUN+="/tmp/say tagged"', 'tagged\n'],
    ['KERNEL=="memory1", PROGRAM=="/bin/echo one two three", RESULT=="one*", RUN+="/tmp/say $result{2+} %c{1}"', 'two three one\n'],
    ['KERNEL=="memory1", PROGRAM!="/bin/false", RUN+="/tmp/say failed as it should"', 'failed as it should\n'],
    ['KERNEL=="memory1", IMPORT{program}="/bin/echo A=\'b c\'", RUN+="/tmp/say $env{A}"', 'b c\n'],
    ['KERNEL=="memory1", KERNELS=="memory", ATTRS{block_size_bytes}=="8000000", RUN+="/tmp/say parent"', 'parent\n'],
    ['KERNEL=="memory1", TEST=="state", TEST!="nothing", RUN+="/tmp/say tested"', 'tested\n'],
    ['KERNEL=="memory1", GOTO="end"\nRUN+="/tmp/say skipped"\nLABEL="end"\nKERNEL=="memory1", RUN+="/tmp/say end"', 'end\n'],
    ['KERNEL=="memory1", \\\n  RUN+="/tmp/say continued"', 'continued\n'],
    ['KERNEL=="memory1", RUN+="/tmp/say 100%% $$"', '100% $\n'],
  ])('%s', (rules, expected) => { expect(out(rules)).toBe(expected); });

  it('complaints have file and line, and only the line is lost', () => {
    const said: string[] = [];
    const { lines } = parseRules('/etc/udev/rules.d/x.rules', [
      'ACTION=="add" RUN+="/bin/true"', 'ACTION="add"', 'FOO=="x", RUN+="y"', 'ATTR=="x", RUN+="y"', 'ACTION=="add', 'KERNEL=="x", GOTO="nowhere"', 'KERNEL=="x"', '# comment', '', 'RESULT="x"', 'LABEL{x}="y"',
    ].join('\n'), (message) => { said.push(message); });
    expect(said).toEqual([
      '/etc/udev/rules.d/x.rules:2 Invalid operator for ACTION.', "/etc/udev/rules.d/x.rules:3 Invalid key 'FOO'.", '/etc/udev/rules.d/x.rules:4 Invalid attribute for ATTR.',
      '/etc/udev/rules.d/x.rules:5 Invalid key/value pair, ignoring.', '/etc/udev/rules.d/x.rules:7 The line takes no effect, ignoring.', '/etc/udev/rules.d/x.rules:10 Invalid operator for RESULT.',
      '/etc/udev/rules.d/x.rules:11 Invalid attribute for LABEL.', '/etc/udev/rules.d/x.rules:6 GOTO="nowhere" has no matching label, ignoring.',
    ]);
    expect(lines.map(({ line }) => line)).toEqual([1, 6]);
  });
  it('a write that the kernel refuses is said with file and line in the log', () => {
    const g = machine('KERNEL=="memory1", ACTION=="change", ATTR{state}="sideways"');
    g.log();
    g.run('udevadm trigger -y memory1 -w');
    expect(g.log().map((line) => line.replace(/\[\d+\]/, '[N]'))).toEqual(['systemd-udevd[N]: memory1: /etc/udev/rules.d/40-test.rules:1 Failed to write ATTR{/sys/devices/system/memory/memory1/state}="sideways", ignoring: Invalid argument']);
  });
});

describe('udevadm', () => {
  it('monitor prints the kernel\'s event, then udev\'s, with the properties that rules added', () => {
    const g = machine('SUBSYSTEM=="memory", ENV{NOTE}="seen", ENV{.inside}="hidden"');
    const printed = g.run(`udevadm monitor -p -s memory > /tmp/m & sleep 0.1; echo offline > ${DIR}/memory2/state; udevadm settle; sleep 0.1; kill %1; wait; cat /tmp/m`).replace(/\[\d+\.\d{6}\]/g, '[T]').replace(/SEQNUM=\d+/g, 'SEQNUM=N');
    const environment = 'ACTION=offline\nDEVPATH=/devices/system/memory/memory2\nSUBSYSTEM=memory\nSEQNUM=N\n';
    expect(printed).toContain(`monitor will print the received events for:\nUDEV - the event which udev sends out after rule processing\nKERNEL - the kernel uevent\n\nKERNEL[T] offline  /devices/system/memory/memory2 (memory)\n${environment}\nUDEV  [T] offline  /devices/system/memory/memory2 (memory)\n${environment}NOTE=seen\n`);
    expect(printed).not.toContain('hidden');
  });
  it('a rule added later counts after control --reload; test shows what would happen and changes nothing', () => {
    const g = machine('# none');
    g.run(`echo 'KERNEL=="memory2", ACTION=="change", ATTR{state}="offline", RUN+="/bin/true $kernel"' > /etc/udev/rules.d/50-more.rules`);
    const test = g.run('udevadm test --action=change /sys/devices/system/memory/memory2');
    expect(test).toContain('Reading rules file: /etc/udev/rules.d/40-test.rules\nReading rules file: /etc/udev/rules.d/50-more.rules\n');
    expect(test).toContain("run: '/bin/true $kernel'");
    expect(g.file(`${DIR}/memory2/state`)).toBe('online\n');
    g.run('udevadm trigger -y memory2 -w');
    expect(g.file(`${DIR}/memory2/state`)).toBe('online\n');
    g.run('udevadm control --reload; udevadm trigger -y memory2 -w');
    expect(g.file(`${DIR}/memory2/state`)).toBe('offline\n');
  });
  it('control says when nobody runs; a second udevd is refused', () => {
    expect(guest('512M').run('udevadm control --reload; echo $?')).toBe('Failed to connect to udev daemon: Connection refused\n1');
    expect(machine('# none').run('systemd-udevd -d')).toBe('systemd-udevd: Failed to listen on fds: Address already in use');
  });
});

describe('2005: /sbin/hotplug', () => {
  it('the script of seed 000 runs as printed', () => {
    const g = guest('1G', { edition: '2.6.12-mhp', cmdline: 'mem=512M' });
    g.run(`mkdir -p /etc/hotplug.d/memory; cat > /etc/hotplug.d/memory/onlinenow.hotplug <<'END'
#!/bin/sh
# goes in /etc/hotplug.d/memory/onlinenow.hotplug
if [ "$ACTION" != "add" ]; then
exit 0;
fi
while ! [ -f $SYSFS/$DEVPATH/state ]; do
sleep 0.1;
done
echo online > "$SYSFS/$DEVPATH/state"
END
chmod +x /etc/hotplug.d/memory/onlinenow.hotplug`);
    g.run(`echo 0x20000000 > ${DIR}/probe; sleep 1`);
    expect(g.file(`${DIR}/memory2/state`)).toBe('online\n');
  });
});
