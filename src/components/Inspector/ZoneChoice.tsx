/** Which zone is looked at: that of the selected block, or any other, also one without a block. Its node goes with it. */
import type { Snapshot, Zone } from '../../engine/snapshot.ts';
import { lookAtZone, useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import styles from './Inspector.module.css';

const keyOf = ({ nid, zone }: Pick<Zone, 'nid' | 'zone'>): string => `${nid} ${zone}`;

export function ZoneChoice({ snapshot }: { snapshot: Snapshot }) {
  const chosen = useView((v) => v.zone);
  const several = snapshot.nodes.length > 1;
  return (
    <label className={styles.choice}>
      <span>{t.inspector.zone}</span>
      <select value={chosen ? keyOf(chosen) : ''} onChange={({ target }) => { lookAtZone(snapshot.zones.find((zone) => keyOf(zone) === target.value)); }}>
        <option value="">{t.inspector.zoneOfBlock}</option>
        {snapshot.zones.map((zone) => <option key={keyOf(zone)} value={keyOf(zone)}>{several ? `${t.where.node(zone.nid)} ${zone.name}` : zone.name}</option>)}
      </select>
    </label>
  );
}
