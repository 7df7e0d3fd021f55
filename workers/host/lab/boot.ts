import { NODE_ONLINE } from '../../uapi/layout.ts';
import { MAX_NR_ZONES, zoneRow } from '../../uapi/mmzone.ts';
import { type LabCommand, readArguments } from './command.ts';
import { bootChosen, MACHINE_OPTIONS, MACHINE_USAGE } from './machine_option.ts';

const MIB = 2 ** 20;

export const bootCommand: LabCommand = {
  usage: MACHINE_USAGE,
  about: 'Boots and prints the zones of each node: pfns, and pages spanned, present, managed and free.',
  run(argv) {
    const { values } = readArguments(argv, MACHINE_OPTIONS, { min: 0, max: 0, what: '' });
    const { t, geometry } = bootChosen(values).kernel.mm;
    console.log('node zone      start_pfn     spanned    present    managed       free');
    for (let nid = 0; nid < t.sizes.nodes; nid++) {
      if (((t.node.state[nid] as number) & NODE_ONLINE) === 0) continue;
      for (let zone = 0; zone < MAX_NR_ZONES; zone++) {
        const row = zoneRow(nid, zone);
        if (t.zone.spanned_pages[row] === 0) continue;
        const cells = [t.zone.spanned_pages[row], t.zone.present_pages[row], t.zone.managed_pages[row], t.zone.nr_free_pages[row]];
        console.log(`${String(nid).padStart(4)} ${(geometry.zone_names[zone] ?? '').padEnd(8)} ${`0x${(t.zone.zone_start_pfn[row] as number).toString(16)}`.padStart(10)} ${cells.map((n) => String(n).padStart(10)).join(' ')}`);
      }
    }
    console.log(`${(t.buffer.byteLength / MIB).toFixed(1)} MiB of state for ${((t.sizes.max_pfn * geometry.page_size) / MIB).toFixed(0)} MiB of address space`);
    return 0;
  },
};
