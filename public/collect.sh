#!/bin/sh
# Writes down what Linux knows of this machine's memory, as one text on standard output, for Hotplug Lab.
#
#   sudo sh collect.sh > machine.txt          (or: sudo sh collect.sh | gzip > machine.txt.gz)
#
# It only reads, sends nothing anywhere, and needs a POSIX shell, ls, sed and od. As root, because the kernel
# shows addresses and page flags to nobody else. What it reads is all that is written, nothing is left out:
# the kernel's version and command line (which may name your disks: look at the file before you pass it on),
# the map of physical addresses, counters of zones and nodes, the state of every memory block, and for every
# page frame what kind of page it is and how often it is mapped. It does not read the content of any page.
#
# Without the last two (large, the slowest): sh collect.sh -n

# A heading, then the file with a blank before every line, so that nothing in it can look like a heading.
text() {
  if [ -r "$1" ] && : 2>/dev/null < "$1"; then
    echo "== $1"
    sed 's/^/ /' "$1"
  else
    echo "== $1 unreadable"
  fi
}
# One short file: the same, without starting a program.
line() {
  [ -e "$1" ] || return 0
  echo "== $1"
  while IFS= read -r content || [ -n "$content" ]; do
    printf ' %s\n' "$content"
  done 2>/dev/null < "$1"
}
# 64 bits for every page frame, in hexadecimal; equal lines are written once, with a * below.
frames() {
  if [ -r "$1" ] && : 2>/dev/null < "$1"; then
    echo "== $1 od"
    od -A x -t x8 "$1" | sed 's/^/ /'
  else
    echo "== $1 unreadable"
  fi
}

echo 'hotplug-lab collection 1'
echo "# $(date 2>/dev/null)"
echo '== /uname'
printf ' %s\n' "$(uname -srm)"
for file in version cmdline iomem zoneinfo buddyinfo pagetypeinfo meminfo; do
  text "/proc/$file"
done
memory=/sys/devices/system/memory
line $memory/block_size_bytes
line $memory/auto_online_blocks
for block in $memory/memory[0-9]*; do
  for file in state valid_zones removable phys_index; do
    line "$block/$file"
  done
  for node in "$block"/node[0-9]*; do
    [ -e "$node" ] && echo "== $node link"
  done
done
for file in online possible has_memory has_normal_memory has_cpu; do
  line "/sys/devices/system/node/$file"
done
if [ "$1" != -n ]; then
  frames /proc/kpageflags
  frames /proc/kpagecount
fi
echo '== end'
