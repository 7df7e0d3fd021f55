/** Names of zones in somebody's files → zone indexes. */
import { ZONE_DEVICE, ZONE_NAMES } from '../uapi/mmzone.ts';
import { MAX_NODES } from './evidence.ts';
import { Problem, shown } from './problem.ts';

/** Zone index, or undefined for ZONE_DEVICE, whose frames no block holds. Problem: a zone of another architecture. */
export function zoneNamed(name: string, file: string): number | undefined {
  const zone = (ZONE_NAMES as readonly string[]).indexOf(name);
  if (zone < 0) throw new Problem(`${file} names the zone "${shown(name)}".`, `zones are ${ZONE_NAMES.slice(0, ZONE_DEVICE).join(', ')}; kernels with HighMem are not modelled`, 'give the files of a 64-bit machine');
  return zone === ZONE_DEVICE ? undefined : zone;
}
export function nodeNumbered(text: string, file: string): number {
  const nid = Number(text);
  if (!(nid < MAX_NODES)) throw new Problem(`${file} names node ${shown(text)}.`, `nodes are numbered from 0 to ${MAX_NODES - 1}`, 'give the files of a machine with fewer nodes');
  return nid;
}
