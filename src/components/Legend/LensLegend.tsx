/** The classes of a lens other than kind: colour, name, how many frames; a click shows one alone. */
import type { DerivedLens } from '../../../workers/uapi/lens.ts';
import { pageSize } from '../../state/machine.ts';
import { bytes, count } from '../../format/numbers.ts';
import { LENS_CLASSES, type LensClass, lensFill } from '../../map/index.ts';
import { useLens } from '../../state/lens.ts';
import { useTheme } from '../../state/theme.ts';
import { toggleKind, useView } from '../../state/view.ts';
import { t } from '../../strings/later.ts';
import { coloursForced, ForcedSwatch } from './ForcedSwatch.tsx';
import styles from './Legend.module.css';

/** What a class is called: the catalogue's word, or the kernel's. Classes of owners are called by who is in them. */
function nameOf(lens: DerivedLens, { name, value }: LensClass, owners: ReadonlyMap<number, readonly string[]>): string {
  switch (lens) {
    case 'mobility': return t.classes.mobility[name as keyof typeof t.classes.mobility];
    case 'order': return name === 'inUse' ? t.classes.inUse : t.classes.order(Number(name), bytes(pageSize() * 2 ** Number(name)));
    case 'node': return t.classes.node(Number(name));
    case 'owner': return name === 'free' ? t.classes.free : name === 'nobody' ? t.classes.nobody : t.classes.owners(owners.get(value) ?? [name]);
    case 'age': return name === 'older' ? t.classes.older : name === 'untouched' ? t.classes.untouched : t.classes.ago(count(Number(name)));
    case 'migratetype': return name;
  }
}

export function LensLegend({ lens }: { lens: DerivedLens }) {
  const classes = useLens((s) => s.classes);
  const owners = useLens((s) => s.owners);
  const isolated = useView((s) => s.isolated);
  const theme = useTheme((s) => s.theme);
  return (
    <section className={styles.legend} aria-label={t.classes.legend(t.lens.names[lens])}>
      <div className={styles.group}>
        <h4>{t.lens.names[lens]}</h4>
        {lens === 'age' && <p className={styles.note}>{t.classes.ageNote}</p>}
        <ul>
          {LENS_CLASSES[lens].filter(({ value }) => (classes[value] ?? 0) > 0).map((one) => (
            <li key={one.value}>
              <button
                type="button" className={isolated !== undefined && isolated !== one.value ? `${styles.kind} ${styles.faded}` : styles.kind} aria-pressed={isolated === one.value}
                onClick={() => { toggleKind(one.value); }}
              >
                {coloursForced()
                  ? <ForcedSwatch value={one.value} lens={lens} />
                  : <svg className={styles.swatch} viewBox="0 0 11 11" aria-hidden="true"><rect width="11" height="11" rx="2" fill={lensFill(theme, one)} /></svg>}
                <span className={styles.name}>{nameOf(lens, one, owners)}</span>
                <span className={styles.count}>{count(classes[one.value] ?? 0)}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
    </section>
  );
}
