/**
 * Mirrors: the zonelists of mm/page_alloc.c (6.1): build_all_zonelists(). Zones in the order in which an allocation tries them, as rows of ZONE, by node and highest zone.
 */
import { remember } from '../lib/remember.ts';
import { MAX_NR_ZONES } from '../uapi/mmzone.ts';
import { M_GROUPING_DISABLED, type Mm } from './mm.ts';

export interface Zonelists {
  /** By nid * MAX_NR_ZONES + highest zone: the first zone of the list, where one look at its free pages tells whether it has enough; -1 elsewhere, and where the list is empty or not built yet. */
  readonly preferred: Int32Array;
  /** Zone rows in the order they are tried: nearest node first, inside a node from the highest populated zone down; where the edition says so, zones before nodes. */
  zonelist(nid: number, highest_zoneidx: number): readonly number[];
  /** Makes the lists anew: after boot, and when a zone became populated or empty. */
  build_all_zonelists(): void;
  /** From now on a zone's marks need more than one look: some of its free pages are kept for some. */
  looked_at_twice(zone_row: number): void;
  /** Some pages kept for some are everybody's again: one look will do, unless others are kept. */
  looked_at_once(zone_row: number): void;
}

export function createZonelists(mm: Mm): Zonelists {
  const { managed_pages, nr_reserved_highatomic, cma_pages } = mm.t.zone;
  const { word } = mm.t.misc;
  const { nodes } = mm.t.sizes;
  const lists = remember<(number[] | undefined)[]>(Array.from({ length: nodes * MAX_NR_ZONES }, () => undefined));
  const preferred = remember(new Int32Array(nodes * MAX_NR_ZONES).fill(-1));
  const order = remember<{ now: 0 | 1 }>({ now: 0 });
  const keepsNone = (row: number): boolean => (nr_reserved_highatomic[row] as number) + (cma_pages[row] as number) + (word[M_GROUPING_DISABLED] as number) === 0;

  function build(nid: number, highest_zoneidx: number): readonly number[] {
    const rows: number[] = [];
    const add = (node: number, z: number): void => {
      if ((managed_pages[node * MAX_NR_ZONES + z] as number) > 0) rows.push(node * MAX_NR_ZONES + z);
    };
    // Distances are 10 to oneself and 20 to all others: the others follow in ascending order, wrapping, which spreads the load as find_next_best_node() does.
    const near = Array.from({ length: nodes }, (_, step) => (nid + step) % nodes);
    if (order.now === 1) for (let z = highest_zoneidx; z >= 0; z--) for (const node of near) add(node, z);
    else for (const node of near) for (let z = highest_zoneidx; z >= 0; z--) add(node, z);
    lists[nid * MAX_NR_ZONES + highest_zoneidx] = rows;
    const [first = -1] = rows;
    preferred[nid * MAX_NR_ZONES + highest_zoneidx] = first >= 0 && keepsNone(first) ? first : -1;
    return rows;
  }
  return {
    preferred,
    zonelist: (nid, highest_zoneidx) => lists[nid * MAX_NR_ZONES + highest_zoneidx] ?? build(nid, highest_zoneidx),
    build_all_zonelists() {
      lists.fill(undefined);
      preferred.fill(-1);
      order.now = mm.edition.zonelists.zone_order(mm);
    },
    looked_at_twice(zone_row) {
      for (let i = 0; i < preferred.length; i++) if (preferred[i] === zone_row) preferred[i] = -1;
    },
    looked_at_once(zone_row) {
      if (keepsNone(zone_row)) for (let i = 0; i < preferred.length; i++) if (lists[i]?.[0] === zone_row) preferred[i] = zone_row;
    },
  };
}
