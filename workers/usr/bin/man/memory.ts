/** Manual pages of the tools for memory and of the host's commands. */
import type { Page } from './page.ts';

export const MEMORY_PAGES: Readonly<Record<string, Page>> = {
  lsmem: [1, 'list the ranges of memory with their online status', 'lsmem [options]', `
-a          one line a block instead of ranges
-b          sizes in bytes
-J -P -r    JSON, KEY="value" pairs, raw columns
-o LIST     columns: RANGE SIZE STATE REMOVABLE BLOCK NODE ZONES; +LIST adds to the usual ones
-S LIST     begin a new range where one of these differs; none: where the numbers end
-s DIR      read DIR/sys instead of /sys
--summary[=never|always|only]
ZONES of an offline block are those it could go online in, the first is the default.`, 'chmem(8)'],
  chmem: [8, 'bring memory online or offline', 'chmem -e|-d [-b] [-z ZONE] [-v] SIZE|RANGE|BLOCKS', `
-e -d       online, offline
-b          the argument is a block or blocks: 3, 3-5
-z ZONE     only blocks that can go to (come from) ZONE: Movable, Normal, DMA32 …
-v          say what is done with each block
SIZE is a multiple of the block size, MiB without a suffix: 1g, 512. RANGE is
0xSTART-0xEND, both ends included. Blocks that refuse are passed over; the
status is 0 for all, 1 for none, 64 for a part.`, 'lsmem(1)'],
  free: [1, 'how much memory is free and used', 'free [-b|-k|-m|-g|-h] [-w] [-t] [-l] [-s SECONDS] [-c COUNT]', `
used = total - available; buff/cache counts page cache and reclaimable slab.
-h sizes for people, -w wide, -t a line of totals, -s again and again.`, 'vmstat(8), /proc/meminfo'],
  vmstat: [8, 'counters of virtual memory', 'vmstat [-a] [-s] [-S k|K|m|M] [-w] [-t] [DELAY [COUNT]]', `
-s          a list of counters instead of a line
-a          active and inactive memory`, 'free(1), /proc/vmstat'],
  numactl: [8, 'nodes and their memory', 'numactl -H | -m NODES COMMAND', `
-H          nodes, sizes, distances
-m 0,1      the command's memory comes from these nodes alone`, 'lsmem(1)'],
  'page-types': [8, 'pages by their flags', 'page-types [-r] [-l|-L] [-a ADDRESSES] [-b BITS] [-p PID] [-N]', `
Counts the frames of /proc/kpageflags by flags, or lists them (-l runs, -L each).
-a 0x8000,0x9000  only these pfns   -b buddy,lru  only with these flags
-r          hacking flags, too`, '/proc/kpageflags, lsmem(1)'],
  sysctl: [8, 'read and set kernel parameters', 'sysctl [-n] [-e] [-w] NAME[=VALUE]… | sysctl -a', `
Names are paths below /proc/sys with dots: sysctl vm.nr_hugepages=16`, ''],
  dmesg: [1, 'the kernel log', 'dmesg [-w] [-T] [-t] [-x] [-l LEVELS] [-k]', `
-w          wait for more (^C ends it)
-T          wall clock instead of seconds since boot
-l err,warn only these levels; err+ means err and worse`, '/dev/kmsg'],
  mh: [1, 'the workloads of the recordings', 'mh anon MB [thp|nothp|hugetlb|hugetlb1g] [mlock] [pin] [splice] | mh write FILE TEXT | mh where PID | …', `
anon MB     a process with so much anonymous memory; it stays until it is killed
write F T   one write(2) of T, and what it returned with errno
where PID   which blocks the memory of that process lies in now
atomic O N  N chunks of 2^O pages the kernel may not wait for, as a network driver has
time CMD    how long a command took, in simulated time
asuid U CMD runs a command as another user`, 'ps(1), kill(1)'],
  workload: [1, 'processes that use memory', 'workload NAME [PARAMETER=VALUE]… | workload -l', `
The process does its rounds, says its pid, and keeps its memory until it is
killed. seed=N repeats a run, every=MS is the time between rounds.
processes   anon heap fork file shared tables threads thp purge
            hugetlb hugealloc
page cache  read write (files of /srv)     slab  walk sockets
pins        io_uring rdma vfio             days of a server  web cache batch
            builds of a kernel  builds
-l lists all with their parameters. Examples:
workload heap size=128M rounds=50 seed=7
workload walk files=20000; echo 2 > /proc/sys/vm/drop_caches`, 'mh(1), kill(1), free(1), slabtop(1)'],
  slabtop: [1, 'kernel memory in slab caches', 'slabtop -o', `
Prints one screen. Caches that work here made are counted in objects; of what boot
left in slab only the pages are known: those lines count whole pages.`, '/proc/slabinfo'],
  udevadm: [8, 'the device manager', 'udevadm info [-a] [-q path|property|all] DEVICE', `
info -a DEV   attributes as rules match them: ATTR{state}=="online"
info -q property -p /devices/system/memory/memory3`, 'lsmem(1)'],
  mkswap: [8, 'make a disk a swap area', 'mkswap [-L LABEL] DEVICE [KBYTES]', `
modprobe zram; echo 300M > /sys/block/zram0/disksize; mkswap /dev/zram0; swapon /dev/zram0`, 'swapon(8)'],
  swapon: [8, 'swap to a disk', 'swapon [-p PRIORITY] DEVICE… | swapon -s | swapon --show', `
Anonymous memory nobody used lately goes there when memory is short.
-p N        higher numbers are filled first; without it, in the order of swapon`, 'mkswap(8), swapoff(8), /proc/swaps'],
  swapoff: [8, 'swap to a disk no more', 'swapoff DEVICE… | swapoff -a', `
Everything comes back into memory; if it does not fit, the disk stays.`, 'swapon(8)'],
  modprobe: [8, 'load a kernel module, or take it out', 'modprobe [-q] [-r] MODULE [PARAMETER=VALUE]…', `
Here are memory-notifier-error-inject [priority=N], hwpoison-inject,
virtio-mem, virtio-balloon, virtio-pci, zram [num_devices=N].
-r          remove     -q  say nothing of modules that do not exist`, '/sys/kernel/debug'],
  rmmod: [8, 'take a kernel module out', 'rmmod MODULE…', '', 'modprobe(8)'],
  object_add: [7, 'the host: make an object', 'object_add memory-backend-ram,id=ID,size=SIZE', `
A command of the machine's monitor. The memory becomes the guest's with device_add.`, 'device_add(7)'],
  object_del: [7, 'the host: remove an object that no device uses', 'object_del ID', '', 'object_add(7)'],
  device_add: [7, 'the host: plug a DIMM', 'device_add pc-dimm,id=ID,memdev=OBJECT[,node=N][,slot=N][,addr=ADDRESS]', `
   object_add memory-backend-ram,id=m0,size=1G
   device_add pc-dimm,id=d0,memdev=m0
The firmware tells the kernel, which adds the blocks; they are offline unless
auto_online_blocks says otherwise.`, 'device_del(7), info(7), lsmem(1)'],
  device_del: [7, 'the host: ask for a DIMM back', 'device_del ID', `
The kernel takes all its blocks offline first. What it answered is in the log and
in the ACPI_DEVICE_OST event.`, 'device_add(7)'],
  container_add: [7, 'the host: plug an ACPI container', 'container_add CONTAINER SIZE…', `
   container_add 0 128M 128M
fills sockets of the board's first container, and tells the kernel of the container
as a whole: its devices are added one after the other, on its node.`, 'container_del(7), device_add(7)'],
  memory_device_add: [7, 'the host: plug a memory device of several ranges', 'memory_device_add ID SIZE[@ADDRESS] [SIZE[@ADDRESS]]…', `
   memory_device_add d0 128M@4G 256M@5G
is one device with two ranges in its _CRS. They are added one after the other as one
memory group; one that is refused does not stop the device as long as another is
taken. device_del asks for all of it.`, 'device_add(7), device_del(7)'],
  container_del: [7, 'the host: ask for an ACPI container back', 'container_del CONTAINER', `
The kernel's container driver wants user space to take it offline first: each block,
then 0 to /sys/devices/system/container/NAME/online. Until then the answer is _OST
0x82, device busy, and an event CHANGE with EVENT=offline. The file
/sys/bus/acpi/devices/NAME/eject asks for the same from inside.`, 'container_add(7), device_del(7)'],
  'qom-get': [7, 'the host: read a property', 'qom-get PATH PROPERTY', `
   qom-get /machine/peripheral/vm0 size`, 'qom-set(7)'],
  'qom-set': [7, 'the host: set a property', 'qom-set PATH PROPERTY VALUE', `
   qom-set /machine/peripheral/vm0 requested-size 1G
is how virtio-mem grows and shrinks.`, 'qom-get(7)'],
  info: [7, 'the host: what the monitor knows', 'info memory-devices|memory_size_summary|balloon', '', 'device_add(7)'],
  balloon: [7, 'the host: how much memory the guest shall have', 'balloon MiB', '', 'info(7)'],
  qmp: [7, 'the host: one command in JSON', `qmp '{"execute": "query-memory-devices"}'`, '', 'virsh(1)'],
  virsh: [1, 'the host, by the words of libvirt', 'virsh qemu-monitor-command DOMAIN [--hmp] COMMAND', `
virsh update-memory-device DOMAIN --alias=ID --requested-size=SIZE
virsh setmem DOMAIN SIZE      virsh list`, 'qmp(7)'],
};
