/** German: the page's own words in a line of the event list. */
import type { EventWords } from './events.en.ts';

export const eventWords: EventWords = {
  enter: 'beginnt',
  moved: (n, failed) => `${n} verschoben${failed === undefined ? '' : `, ${failed} gescheitert`}`,
  movedOne: 'verschoben',
  at: (name, pfn) => `${name} bei pfn ${pfn}`,
  pageblock: (pfn) => `Pageblock bei pfn ${pfn}`,
  isolated: 'isoliert',
  captured: (order) => `eingefangen, Ordnung ${order}`,
  order: (order) => `Ordnung ${order}`,
  orderFrom: (order, from) => `Ordnung ${order} aus ${from}`,
  node: (nid) => `Knoten ${nid}`,
  waits: 'wartet',
  writeError: (path) => `Schreibfehler: ${path}`,
  of: (n, all) => `${n} von ${all}`,
  oneIn: (n) => `1 von ${n}`,
  freed: (n) => `${n} freigegeben`,
  ost: (slot, source) => `_OST Steckplatz ${slot}: Quelle ${source}`,
  status: (status) => `Status ${status}`,
  slot: (slot) => `Steckplatz ${slot}`,
  subsystem: (name) => `Subsystem ${name}`,
  command: (n) => `Befehl ${n}`,
  begins: 'beginnt',
};
