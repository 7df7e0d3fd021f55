/** Scripts and rules that people have, as they are printed where they come from, on a machine. */
import { describe, expect, test } from 'vitest';
import { type Guest, guest } from './guest.ts';

const write = (g: Guest, path: string, text: string): string => g.run(`cat > ${path} <<'END-OF-FILE'\n${text}END-OF-FILE\nchmod +x ${path}`);

/** linux-kernel, 24 March 2005: the file of /etc/hotplug.d/memory of the memory-hotplug documentation. */
const ONLINENOW = `#!/bin/sh
# goes in /etc/hotplug.d/memory/onlinenow.hotplug
if [ "$ACTION" != "add" ]; then
exit 0;
fi
while ! [ -f $SYSFS/$DEVPATH/state ]; do
sleep 0.1;
done
echo online > "$SYSFS/$DEVPATH/state"
`;

describe('scripts as printed', () => {
  test('the hotplug script of 2005 brings a block online, and waits for one that is not there yet', () => {
    const g = guest('1G,slots=2,maxmem=4G');
    write(g, '/tmp/onlinenow.hotplug', ONLINENOW);
    expect(g.run('ACTION=remove DEVPATH=devices/system/memory/memory32 SYSFS=/sys /tmp/onlinenow.hotplug; echo $?')).toBe('0');
    expect(g.run(`(ACTION=add DEVPATH=devices/system/memory/memory32 SYSFS=/sys /tmp/onlinenow.hotplug; echo "ended $?") &
sleep 1; object_add memory-backend-ram,id=m0,size=128M; device_add pc-dimm,id=d0,memdev=m0; wait; cat /sys/devices/system/memory/memory32/state`)).toBe('ended 0\nonline');
  });
  test('what the rules of 2018 call when a block changes: the program is there and says that there is no such unit', () => {
    expect(guest('512M').run('/bin/systemctl try-restart kdump.service; echo $?; uname -p; systemd-detect-virt; systemctl is-active kdump')).toBe(
      'Failed to try-restart kdump.service: Unit kdump.service not found.\n5\nunknown\nqemu\ninactive',
    );
  });
  test('a loop over all blocks that offlines what it can and reports in a table', () => {
    const g = guest('1G', { cmdline: 'movablecore=512M' });
    write(g, '/tmp/report.sh', `#!/bin/bash
set -u
declare -i ok=0 busy=0
shopt -s nullglob
for block in /sys/devices/system/memory/memory*/; do
  n=\${block%/}; n=\${n##*memory}
  zones=$(< "\${block}valid_zones")
  [[ $zones == Movable* ]] || continue
  if { echo offline > "\${block}state"; } 2>/dev/null; then ok+=1; verdict=gone; else busy+=1; verdict=stays; fi
  printf '%-10s %-16s %s\\n' "memory$n" "\${zones// /,}" "$verdict"
done | sort -V | awk '{ print; n[$3]++ } END { for (k in n) print k, n[k] }'
grep -c offline /sys/devices/system/memory/memory*/state | awk -F: '{ s += $2 } END { print s " offline" }'
lsmem --summary=only | tail -1 | tr -s ' '
`);
    expect(g.run('/tmp/report.sh')).toBe('memory4    Movable          gone\nmemory5    Movable          gone\nmemory6    Movable          gone\nmemory7    Movable          stays\ngone 3\nstays 1\n3 offline\nTotal offline memory: 384M');
  });
  test('a script with options, functions, a here-document and a trap', () => {
    const g = guest('512M');
    write(g, '/tmp/mem.sh', `#!/bin/bash
usage() { cat <<EOF
Usage: \${0##*/} [-v] [-n COUNT] online|offline
EOF
}
cleanup() { rm -f "$tmp"; echo "removed"; }
tmp=$(mktemp) && trap cleanup EXIT
count=1 verbose=
while getopts 'hn:v' opt; do
  case $opt in
    h) usage; exit 0 ;;
    n) count=$OPTARG ;;
    v) verbose=1 ;;
    *) usage >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
case \${1:-} in
  offline) from=online ;;
  online) from=offline ;;
  *) usage >&2; exit 2 ;;
esac
grep -lx "$from" /sys/devices/system/memory/memory[0-9]*/state | sort -Vr > "$tmp"
done=0
while IFS= read -r file && ((done < count)); do
  if echo "$1" > "$file"; then ((done += 1)); [[ $verbose ]] && echo "$(basename "$(dirname "$file")") is $1"; fi
done < "$tmp"
((done == count)) || { echo "only $done of $count" >&2; exit 1; }
`);
    expect(g.run('cd /tmp; ./mem.sh; echo $?; ./mem.sh -v -n 2 offline; echo $?; ./mem.sh -n 2 online; echo $?')).toBe(`Usage: mem.sh [-v] [-n COUNT] online|offline
removed
2
./mem.sh: line 26: echo: write error: Invalid argument
memory2 is offline
memory1 is offline
removed
0
removed
0`);
  });
});
