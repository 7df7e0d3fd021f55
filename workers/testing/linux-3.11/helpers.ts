/** The short commands of the recorded 3.11 guest, as functions of its shell: what each means is told in every question (`helpers`). The guest's find and cat are busybox's. */
export const HELPERS = String.raw`
export M=/sys/devices/system/memory
W() { mh write "$M/$1" "$2"; }
bn() { W "memory$1/state" "$2"; }
st() { bn "$@"; }
on() { printf '%s ' "$1"; bn "$1" "$2\n"; }
add() { local n; for n; do W probe "$(printf '0x%x' $((n * 134217728)))"; done; }
A() { cat /sys/kernel/debug/rec/zones; }
Q() { A | sed -n '/ Normal \| Movable /{s/ spanned=[0-9]*//;s/ free=.*//;p;}'; }
V() { local n s; for n; do read -r s < "$M/memory$n/state"; printf '%s:%s ' "$n" "$s"; done; echo; Q; }
S() {
  local n a b c d e f
  for n in $(ls "$M" | sed -n 's/^memory\([0-9]\)/\1/p' | sort -n); do
    [ "$n" -ge "$(("$1" + 0))" ] || continue
    read -r a < "$M/memory$n/phys_index"; read -r b < "$M/memory$n/end_phys_index"; read -r c < "$M/memory$n/phys_device"
    read -r d < "$M/memory$n/state"; read -r e < "$M/memory$n/removable"; read -r f < "$M/memory$n/online"
    echo "memory$n phys_index=$a end=$b dev=$c state=$d removable=$e online=$f"
  done
}
T() {
  local a b r
  read -r a _ < /proc/uptime
  "$@"; r=$?
  read -r b _ < /proc/uptime
  awk -v a="$a" -v b="$b" 'BEGIN { print "t=" b - a }'
  return $r
}
dir() {
  local f
  [ -e "$1" ] || { echo "find: $1: No such file or directory" >&2; return 0; }
  find "$1" -maxdepth 1 | LC_ALL=C sort | while read -r f; do
    if [ -L "$f" ]; then echo "l $f -> $(readlink "$f")"
    elif [ -d "$f" ]; then echo "d $(stat -c %a "$f") $f"
    else printf 'f %s %s: ' "$(stat -c '%a %s' "$f")" "$f"; { cat "$f" 2>/dev/null || echo "cat: can't open '$f': Permission denied"; } | tr '\n' '$'; echo
    fi
  done
}
`;
