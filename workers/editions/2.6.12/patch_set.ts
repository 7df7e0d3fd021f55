/**
 * Which of the hot-add patches of 2005 a machine runs. The edition is named after 2.6.12-rc1-mhp1 of seed 000, whose text is lost; the spec brackets it by the posting of February ([A]) and
 * the one of August ([B]). Where the two differ, rc1-mhp1 has what February had (it is one month younger), and calls the notifier chain of August.
 */
import type { MachineDescription } from '../../uapi/machine_description.ts';

export interface PatchSet {
  /** The chain of memory notifiers is called. February only declares it. */
  readonly calls_chain: boolean;
  /** `offline` removes the section. In August that was not written yet: -ENOSYS. */
  readonly removes: boolean;
  /** Directories of boot sections end at the first hole. August goes on behind it. */
  readonly stops_at_hole: boolean;
  /** A write to state needs CAP_SYS_ADMIN, and there is a file `online` in the top directory that does nothing useful. */
  readonly february_files: boolean;
  /** `probe` takes only sections in which the firmware's memory map has RAM, and only such pages are brought online. */
  readonly checks_ram: boolean;
  /** The zone grows when memory is added; in August when it comes online. */
  readonly grows_at_add: boolean;
}
const FEBRUARY: PatchSet = { calls_chain: false, removes: true, stops_at_hole: true, february_files: true, checks_ram: true, grows_at_add: true };
const RC1_MHP1: PatchSet = { ...FEBRUARY, calls_chain: true };
const AUGUST: PatchSet = { calls_chain: true, removes: false, stops_at_hole: false, february_files: false, checks_ram: false, grows_at_add: false };

export const patchSet = ({ patchSet: name }: Pick<MachineDescription, 'patchSet'>): PatchSet => (name === '2005-02' ? FEBRUARY : name === '2005-08' ? AUGUST : RC1_MHP1);
