/** A zone's state at a glance: how much is used, where its free pages stand against the watermarks, and in chunks of which order they lie. */
import { pageSize } from '../../state/machine.ts';
import type { Zone } from '../../engine/snapshot.ts';
import { bytes, count } from '../../format/numbers.ts';
import { t } from '../../strings/later.ts';
import styles from './Inspector.module.css';

const s = t.inspector;
/** The watermarks' bar ends at this many times "high": beyond, there is plenty. */
const SCALE = 3;

function Marks({ zone }: { zone: Zone }) {
  const end = Math.max(1, zone.high * SCALE);
  const at = (pages: number): string => `${Math.min(100, (100 * pages) / end)}%`;
  return (
    <div className={styles.marks} role="img" aria-label={s.watermarksHelp(count(zone.free), count(zone.min), count(zone.low), count(zone.high))}>
      <i className={zone.free < zone.low ? styles.short : undefined} style={{ width: at(zone.free) }} />
      {([['min', zone.min], ['low', zone.low], ['high', zone.high]] as const).map(([name, pages]) => <b key={name} style={{ left: at(pages) }}><span>{name}</span></b>)}
    </div>
  );
}

function Orders({ zone }: { zone: Zone }) {
  const pages = zone.freeByOrder.map((n, order) => n * 2 ** order);
  const most = Math.max(1, ...pages);
  return (
    <ol className={styles.orders} aria-label={s.byOrder}>
      {zone.freeByOrder.map((n, order) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order is the key
        <li key={order} title={s.orderHelp(order, bytes(pageSize() * 2 ** order), count(n))}>
          <i style={{ height: `${n === 0 ? 0 : Math.max(4, (100 * (pages[order] ?? 0)) / most)}%` }} aria-hidden="true" />
          <span>{order}<span className="visually-hidden">: {count(n)}</span></span>
        </li>
      ))}
    </ol>
  );
}

export function ZoneGauge({ zone }: { zone: Zone }) {
  if (zone.managed === 0) return null;
  return (
    <div className={styles.gauge}>
      <Marks zone={zone} />
      <Orders zone={zone} />
    </div>
  );
}
